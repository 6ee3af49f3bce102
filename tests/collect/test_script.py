"""The jump host's script, run by a real shell with stand-ins for az and kubectl that answer from a sample cluster."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from analyzer.collect.files.reading import read_files
from analyzer.collect.files.script import script
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.snapshot import Snapshot

SAMPLES = Path(str(files("analyzer.samples")))

STAND_IN = '''#!{python}
"""Answers as az or kubectl would, from the folder of a sample cluster."""
import json, pathlib, sys
folder = pathlib.Path({folder!r})
rows = [line.split("\\t") for line in (folder / "collected.tsv").read_text().splitlines() if not line.startswith("#")]
files = {{request.removeprefix("GET "): (folder / name, int(status)) for status, name, request in rows}}
words = sys.argv[1:]
forbidden = {forbidden!r}

def answer(request):
    path, status = files.get(request, (None, 1))
    if request in forbidden:
        sys.exit("Error from server (Forbidden): User cannot list it")
    if path is None:
        sys.exit("Error from server (NotFound): the server could not find the requested resource")
    if status:
        print(path.with_name(path.name + ".err").read_text(), end="", file=sys.stderr)
        sys.exit(status)
    print(path.read_text(), end="")

def value(option):
    return words[words.index(option) + 1] if option in words else ""

cluster = json.loads(files["az aks show"][0].read_text())
pools, identity = cluster["agentPoolProfiles"], cluster["identity"]
queries = {{
    "id": [cluster["id"]],
    "location": [cluster["location"]],
    "nodeResourceGroup": [cluster["nodeResourceGroup"]],
    "[agentPoolProfiles[].[vnetSubnetId, podSubnetId][], [apiServerAccessProfile.subnetId]][]":
        [p.get(k) or "None" for p in pools for k in ("vnetSubnetId", "podSubnetId")] + ["None"],
    "identity.[principalId, userAssignedIdentities.*.principalId][]":
        [str(one["principalId"]) for one in [identity, *(identity["userAssignedIdentities"] or {{}}).values()]],
    "addonProfiles.ingressApplicationGateway.config.effectiveApplicationGatewayId": [],
    "agentPoolProfiles[?!vnetSubnetId].name": [p["name"] for p in pools if not p.get("vnetSubnetId")],
}}
if words[:2] == ["aks", "show"] and "--query" in words:
    print("\\n".join(queries[value("--query")]))
elif words[:2] == ["aks", "show"]:
    answer("az aks show")
elif words == ["version", "--output", "json"]:
    answer("az version")
elif words[:1] == ["rest"]:
    assert value("--method") == "get"
    answer(value("--url"))
elif words[:2] == ["config", "view"]:
    print((folder / "collected.tsv").read_text().splitlines()[2].removeprefix("# server "), end="")
elif words[:2] == ["get", "--raw"]:
    answer(words[2])
elif words[:2] == ["get", "configmaps"]:
    answer("/api/v1/namespaces/kube-system/configmaps")
else:
    sys.exit(f"not a reading command: {{words}}")
'''


def run(tmp_path: Path, sample: str, forbidden: tuple[str, ...] = (), code: int = 0) -> Snapshot:
    """What the script collects of a sample, read back."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("az", "kubectl"):
        tool = tools / name
        tool.write_text(STAND_IN.format(python=sys.executable, folder=str(SAMPLES / sample), forbidden=forbidden))
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "collect.sh").write_text(script())
    folder = tmp_path / "evidence"
    done = subprocess.run(
        ["sh", str(tmp_path / "collect.sh"), "rg", sample, str(folder)],
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    return read_files([folder]).snapshot


@pytest.mark.parametrize("sample", ["kubenet-calico-prod", "overlay-ready"])
def test_the_folder_holds_everything_that_the_tools_answered(tmp_path: Path, sample: str) -> None:
    whole = read_files([SAMPLES / sample]).snapshot
    collected = run(tmp_path, sample)
    assert collected.collected_at is not None
    left_out = {"collected_at": whole.collected_at, "config_map_names": whole.config_map_names}
    assert replace(collected, **left_out) == whole  # type: ignore[arg-type]
    assert isinstance(collected.config_map_names, Known)


def test_a_denied_list_is_a_gap_that_says_what_kubectl_said(tmp_path: Path) -> None:
    pods = run(tmp_path, "overlay-ready", ("/api/v1/pods",)).pods
    assert isinstance(pods, Missing)
    said = "GET /api/v1/pods: Error from server (Forbidden): User cannot list it"
    assert (pods.cause, pods.detail) == (Cause.FORBIDDEN, said)


def test_a_list_of_azure_is_followed_to_its_last_page(tmp_path: Path) -> None:
    paged = tmp_path / "paged"
    shutil.copytree(SAMPLES / "overlay-ready", paged)
    index = (paged / "collected.tsv").read_text()
    (request,) = (line.split("\t")[2] for line in index.splitlines() if "maintenance-0.json" in line)
    following = f"https://management.azure.com{request.removeprefix('GET ')}&$skiptoken=2"
    (paged / "collected.tsv").write_text(f"{index}0\tmaintenance-1.json\tGET {following}\n")
    shutil.move(paged / "maintenance-0.json", paged / "maintenance-1.json")
    (paged / "maintenance-0.json").write_text(json.dumps({"nextLink": following, "value": []}, indent=2))
    whole = read_files([SAMPLES / "overlay-ready"]).snapshot.maintenance_configurations
    assert isinstance(whole, Known)
    assert run(tmp_path, str(paged)).maintenance_configurations == whole


def test_without_discovery_a_list_that_is_not_found_stays_a_gap(tmp_path: Path) -> None:
    snapshot = run(tmp_path, "overlay-ready", ("/apis",), code=1)
    assert isinstance(snapshot.cilium_policies, Missing)
    assert isinstance(snapshot.pods, Known)


def test_the_script_only_reads() -> None:
    words = [word for line in script().splitlines() if not line.startswith("#") for word in line.split()]
    assert not {"apply", "create", "delete", "patch", "edit", "update", "secrets", "--admin"} & set(words)

"""`policy`: the engines asked directly, about clusters, snapshots and plain manifests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import healthy
import pytest
from click.testing import Result
from servers.kubernetes_answers import refusal
from servers.samples import Live, serving
from typer.testing import CliRunner

from analyzer.cli.entry import app
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.store.snapshot_file import encode, pack

SAMPLES = Path(str(files("analyzer.samples")))
GOLDEN = Path(__file__).parent / "golden"
RUN = "import sys; from analyzer.cli.entry import main; main()"
GUARD = """
import sys
def forbid(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"a socket was used: {event} {arguments}")
sys.addaudithook(forbid)
"""

WORKLOADS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, ports: [{containerPort: 8080, name: http}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: ops}
spec:
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
"""
POLICIES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  egress:
  - to: [{podSelector: {matchLabels: {app: db}}}]
    ports: [{port: 5432, endPort: 5433}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: agent}}}]
"""
BOTH = ("--engine", "npm", "--engine", "cilium", "--kubernetes-version", "1.30")
ACROSS = ("--engine", "npm", "--kubernetes-version", "1.30")


def policy(*words: str | Path, **environment: str) -> Result:
    plain = {key: None for key in os.environ if key.startswith("AKS_PREFLIGHT_")}
    return CliRunner(env={**plain, "COLUMNS": "100", **environment}).invoke(app, ["policy", *map(str, words)])


def program(*words: str | Path, code: str = RUN) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """A folder of plain manifests."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "workloads.yaml").write_text(WORKLOADS)
    (folder / "policies.yaml").write_text(POLICIES)
    return folder


def snapshot(path: Path, found: Snapshot) -> Path:
    path.write_bytes(pack(encode(found)))
    return path


GOLDENS = [
    ("changes-manifests", ["changes", "M", "--complete", *ACROSS]),
    ("changes-unproven", ["changes", "M", "--engine-before", "calico", "--kubernetes-version", "1.30"]),
    ("changes-same", ["changes", "M", "--complete", "--engine-before", "calico", "--engine-after", "calico"]),
    ("changes-sample", ["changes", SAMPLES / "overlay-two-policies"]),
    ("flows-manifests", ["flows", "M", "--complete", "--engine", "npm"]),
    ("flows-to-db", ["flows", "M", "--complete", "--engine", "calico", "--dst", "shop/db", "--port", "5432"]),
    ("flows-of-nobody", ["flows", "M", "--complete", "--engine", "npm", "--src", "ops", "--dst", "shop/web"]),
    ("flows-sample", ["flows", SAMPLES / "overlay-two-policies", "--src", "billing"]),
    ("explain-service", ["explain", "shop/web", "shop/db:5432", "M", "--complete", *BOTH]),
    ("explain-range", ["explain", "shop/web", "shop/db:5433", "M", "--complete", *BOTH]),
    ("explain-node", ["explain", "shop/web", "node:10250", "M", "--complete", *BOTH]),
    ("explain-entrance", ["explain", "203.0.113.9", "shop/web:80", "M", "--complete", *BOTH]),
    ("explain-sample", ["explain", "broker-api/broker-gateway", "10.244.3.74:8080", SAMPLES / "overlay-two-policies"]),
    ("explain-path", ["explain", "storefront/web", "checkout/cart-redis:6379", SAMPLES / "kubenet-calico-prod"]),
]


@pytest.mark.parametrize(("name", "words"), GOLDENS, ids=[name for name, _ in GOLDENS])
def test_the_answer_is_as_agreed(name: str, words: list[str | Path], manifests: Path) -> None:
    done = policy(*(manifests if word == "M" else word for word in words))
    found = f"{done.stdout}{done.stderr}exit {done.exit_code}\n"
    golden = GOLDEN / f"policy-{name}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found)
    assert found == golden.read_text()


NO_BODY = "The evidence does not hold the cluster's body (az aks show -o json), so say"
USAGE = [
    (["changes"], "No cluster is named."),
    (["changes", "a.zip", "b.zip"], "2 targets are named; the policy engines are asked about one cluster."),
    (["changes", "M"], f"{NO_BODY} what runs there: --engine none, npm, calico or cilium; and --kubernetes-version"),
    (
        ["changes", "M", "--kubernetes-version", "1.33"],
        f"{NO_BODY} what runs there: --engine none, npm, calico or cilium.",
    ),
    (["changes", "M", "--engine", "npm"], f"{NO_BODY} which version of Kubernetes Cilium will run on"),
    (
        ["changes", "M", "--engine", "npm", "--kubernetes-version", "new"],
        "--kubernetes-version is 'new'; give it as 1.33",
    ),
    (
        ["changes", "M", "--engine", "npm", "--kubernetes-version", "1.9"],
        "AKS publishes no Cilium version for Kubernetes 1.9",
    ),
    (
        ["changes", "M", "--engine", "kube-router", "--kubernetes-version", "1.33"],
        "--engine-before is 'kube-router'; it can be none",
    ),
    (
        ["changes", "M", *ACROSS, "--engine-after", "magic"],
        "--engine-after is 'magic'; it can be none, npm, calico, cilium.",
    ),
    (["changes", "M", *ACROSS, "--format", "html"], "--format 'html' is not known; it can be text, json."),
    (["changes", "M", *ACROSS, "--format", "json", "--format", "text"], "Only one --format can go to stdout"),
    (
        ["changes", SAMPLES / "overlay-ready", "--to", "mars"],
        "--to is 'mars'; it can be overlay, cilium, overlay,cilium.",
    ),
    (["changes", SAMPLES / "kubenet-calico-prod", "--to", "cilium"], "To compare all the same: --engine-after cilium."),
    (["flows", "M"], f"{NO_BODY} which engine to ask: --engine none, npm, calico or cilium."),
    (["flows", "M", "--engine", "cilium"], f"{NO_BODY} which version of Kubernetes Cilium will run on"),
    (
        ["flows", "M", "--engine", "npm", "--src", "shpo"],
        "No pod that was read is in a namespace shpo. Namespaces with pods",
    ),
    (
        ["flows", "M", "--engine", "npm", "--dst", "shop/wbe"],
        "Nothing that was read is called shop/wbe. Close: shop/web.",
    ),
    (
        ["flows", "M", "--engine", "npm", "--dst", "shop/svc/web"],
        "shop/svc/web is a Service: name the pods or the workload",
    ),
    (["flows", "M", "--engine", "npm", "--port", "http"], "--port is 'http'; give a number: 443, TCP/443, UDP/53."),
    (["flows", "M", "--engine", "npm", "--port", "TCP/http/2"], "'TCP/http/2' is no port"),
    (["explain", "shop/web"], "Missing argument 'DST[:PORT]'"),
    (["explain", "shop/web", "shop/db", "M"], f"{NO_BODY} which engine to ask"),
    (["explain", "shop/wbe", "shop/db:5432", "M", *BOTH], "Nothing that was read is called shop/wbe. Close: shop/web."),
    (["explain", "shop/web", "shop/db:99999", "M", *BOTH], "'99999' is no port: give 443, TCP/443, UDP/53"),
    (["explain", "shop/web", "shop/svc/db:80", "M", *BOTH], "There is no port 80 of Service shop/db; it has TCP/5432."),
    (
        ["explain", "shop/db", "ops/agent", "M", *BOTH],
        "There is no port of ops/Deployment/agent: its containers declare none",
    ),
    (["explain", "shop/svc/web", "shop/db:5432", "M", *BOTH], "Service shop/web starts no connection: name the pods"),
    (["explain", "shop/web", "10.1.2.3", "M", *BOTH], "Give the destination's port as a number"),
    (["explain", "10.1.2.3", "10.1.2.4:80", "M", *BOTH], "Neither end is a pod with a network of its own"),
    (["explain", "203.0.113.9", "shop/db:5432", "M", *BOTH], "A ClusterIP is not reached from outside"),
    (
        ["explain", "shop/db", "shop/StatefulSet/db:5432", "M", *BOTH],
        "A pod reaches its own address without leaving itself",
    ),
]


@pytest.mark.parametrize(("words", "message"), USAGE, ids=[" ".join(map(str, words))[-60:] for words, _ in USAGE])
def test_bad_usage_ends_with_2_and_says_what_to_give(manifests: Path, words: list[str | Path], message: str) -> None:
    done = policy(*(manifests if word == "M" else word for word in words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_the_engines_of_a_cluster_come_from_its_body_and_its_path() -> None:
    done = policy("changes", SAMPLES / "kubenet-calico-prod", "--format", "json")
    steps = json.loads(done.stdout)["steps"]
    assert [(item["step"], item["before"], item["after"]) for item in steps] == [
        ("remove-policy-engine", "Calico", "no policy engine"),
        ("cilium", "Calico", "Cilium 1.16.16"),
    ]
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_later_kubernetes_gives_a_later_cilium() -> None:
    done = policy("changes", SAMPLES / "overlay-two-policies", "--kubernetes-version", "1.36", "--format", "json")
    assert [item["after"] for item in json.loads(done.stdout)["steps"]] == ["Cilium 1.18.9"]


def test_a_cluster_that_is_there_already_has_nothing_to_change(tmp_path: Path) -> None:
    arrived = "networkProfile: {networkDataplane: cilium, networkPolicy: cilium}"
    there = healthy.with_cluster(healthy.healthy(), arrived)
    done = policy("changes", snapshot(tmp_path / "there.zip", there), "--to", "cilium")
    expected = "No step of the path changes the policy engine, so no flow changes.\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, expected, "")


def test_json_holds_every_change_and_text_the_likeliest(manifests: Path) -> None:
    done = policy("changes", manifests, "--complete", *ACROSS, "--format", "json")
    step = json.loads(done.stdout)["steps"][0]
    assert len(step["changes"]) == step["changeCount"] > 3


def test_several_formats_are_written_in_one_run(tmp_path: Path, manifests: Path) -> None:
    path = tmp_path / "flows.json"
    done = policy("flows", manifests, "--complete", "--engine", "none", "--format", f"json={path}", "--format", "text")
    assert (
        done.stdout
        == "Allowed with no policy engine:\nevery pod -> everybody : every port\neverybody but pods -> every pod : every port\n"
    )
    assert json.loads(path.read_text())["engine"] == "no policy engine"


def test_what_cannot_be_written_ends_with_1(tmp_path: Path, manifests: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = policy("flows", manifests, "--complete", "--engine", "none", "--format", f"json={tmp_path}/file/x.json")
    assert done.exit_code == 1
    assert "x.json cannot be written: " in done.stderr


ASKED: list[tuple[str, ...]] = [
    ("changes", "SNAP", "--engine-before", "npm", "--engine-after", "cilium"),
    ("flows", "SNAP", "--engine", "npm"),
    ("explain", "shop/web", "203.0.113.9:443", "SNAP", "--engine", "npm"),
]


@pytest.mark.parametrize("words", ASKED, ids=lambda words: words[0])
@pytest.mark.parametrize("source", [Source.PODS, Source.NETWORK_POLICIES])
def test_pods_and_policies_that_were_not_read_end_with_5(
    tmp_path: Path, words: tuple[str, ...], source: Source
) -> None:
    """And the answer, where there is one, says so."""
    path = snapshot(tmp_path / "cluster.zip", healthy.partly(healthy.healthy(), source))
    done = policy(*(path if word == "SNAP" else word for word in words))
    assert done.exit_code == 5, done.stderr
    assert "not read" in (done.stdout + done.stderr).lower()


def test_a_snapshot_of_manifests_gives_the_same_answer_as_the_manifests(tmp_path: Path, manifests: Path) -> None:
    path = tmp_path / "manifests.zip"
    assert program("collect", manifests, "-O", path).returncode == 0
    from_files, from_snapshot = (policy("changes", target, *ACROSS) for target in (manifests, path))
    assert from_files.stdout == from_snapshot.stdout
    assert from_files.exit_code == from_snapshot.exit_code == 5


@pytest.mark.parametrize(
    "words", [("changes",), ("flows",), ("explain", "billing/direct-debit", "node:10250")], ids=lambda words: words[0]
)
def test_no_socket_is_opened_by_an_offline_question(words: tuple[str, ...]) -> None:
    done = program("policy", *words, SAMPLES / "overlay-two-policies", code=GUARD + RUN)
    assert (done.returncode, done.stderr) == (0, "")


def on(live: Live, *words: str | Path) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AKS_PREFLIGHT_", "AZURE_"))}
    command = [sys.executable, "-c", RUN, "policy", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**plain, **live.environment})


def test_a_live_cluster_answers_as_its_exported_folder_does() -> None:
    sample = SAMPLES / "overlay-two-policies"
    with serving(sample.name) as live:
        done = on(live, "changes", *live.words)
    expected = policy("changes", sample)
    assert (done.returncode, done.stdout) == (expected.exit_code, expected.stdout)


def test_policies_that_a_live_cluster_denies_end_with_5() -> None:
    """What the engines say without them is not known; it is not said that nothing changes."""
    with serving("overlay-two-policies") as live:
        path = "/apis/networking.k8s.io/v1/networkpolicies"
        live.api.answer(path, always=refusal(403, "Forbidden", "networkpolicies is forbidden"))
        done = on(live, "changes", *live.words, "--format", "json")
    (step,) = json.loads(done.stdout)["steps"]
    assert (done.returncode, step["changeCount"], len(step["unread"])) == (5, 0, 1)
    assert "networkpolicies" in step["unread"][0]


def test_every_flag_can_be_an_environment_variable(manifests: Path) -> None:
    by_variable = policy(
        "flows",
        manifests,
        AKS_PREFLIGHT_ENGINE="calico",
        AKS_PREFLIGHT_SRC="shop",
        AKS_PREFLIGHT_DST="shop/db",
        AKS_PREFLIGHT_PORT="5432",
        AKS_PREFLIGHT_COMPLETE="1",
    )
    flags = ("--engine", "calico", "--src", "shop", "--dst", "shop/db", "--port", "5432", "--complete")
    assert by_variable.stdout == policy("flows", manifests, *flags).stdout
    compared = policy(
        "changes", manifests, "--complete", AKS_PREFLIGHT_ENGINE="npm", AKS_PREFLIGHT_KUBERNETES_VERSION="1.30"
    )
    assert compared.stdout == policy("changes", manifests, "--complete", *ACROSS).stdout


def test_names_of_a_cluster_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "hostile.json"
    labels: dict[str, Any] = {"app": "a"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a\u001b[31m\u202e", "namespace": "x", "labels": labels},
        "spec": {},
    }
    path.write_text(json.dumps(pod))
    done = policy("flows", path, "--engine", "none", "--src", "x")
    assert "x/a\\x1b[31m\\u202e -> " in done.stdout

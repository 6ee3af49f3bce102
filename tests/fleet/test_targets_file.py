"""A file of targets: what each entry means, and how each mistake is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.errors import UsageError
from analyzer.fleet.targets import InAzure, InFiles, InSnapshot
from analyzer.fleet.targets_file import parse_targets_file

FILE = Path("lists/night.yaml")


def arm_id(name: str) -> str:
    return f"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/{name}"


STORE, ANNEX = arm_id("store"), arm_id("annex")
WHOLE = f"""
- {STORE}
- id: {ANNEX}
  kubeconfig: annex.yaml
  context: admin
- {{id: {arm_id("depot")}, kubeconfig: in-cluster}}
- snapshot: /kept/branch.zip
- files: [shop/cluster.json, shop/objects]
"""
TARGETS = (
    InAzure(STORE),
    InAzure(ANNEX, Path("lists/annex.yaml"), "admin"),
    InAzure(arm_id("depot"), Path("in-cluster")),
    InSnapshot(Path("/kept/branch.zip")),
    InFiles((Path("lists/shop/cluster.json"), Path("lists/shop/objects"))),
)


def test_every_kind_of_target_is_read_in_the_order_of_the_file() -> None:
    assert parse_targets_file(WHOLE, FILE) == TARGETS


def test_json_is_read_as_well() -> None:
    assert parse_targets_file(f'["{STORE}", {{"id": "{ANNEX}", "context": "admin"}}]', FILE) == (
        InAzure(STORE),
        InAzure(ANNEX, None, "admin"),
    )


def test_an_id_comes_in_its_canonical_spelling() -> None:
    odd = STORE.replace("resourceGroups", "resourcegroups").replace("managedClusters", "MANAGEDCLUSTERS")
    assert parse_targets_file(f"- {odd}/\n", FILE) == (InAzure(STORE),)


NO_ID = (
    "'/subscriptions/s' is not the id of an AKS cluster, which reads /subscriptions/SUBSCRIPTION/resourceGroups/GROUP"
    "/providers/Microsoft.ContainerService/managedClusters/NAME."
)
KINDS = "a target has either id (and kubeconfig, context), or snapshot, or files."
KEYS = "a target has id, kubeconfig, context, snapshot, files."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lists/night.yaml:1: a file of targets is a list with at least one target."),
        ("\n[]\n", "lists/night.yaml:2: a file of targets is a list with at least one target."),
        ("id: a\n", "lists/night.yaml:1: a file of targets is a list with at least one target."),
        (f"- {STORE}\n- /subscriptions/s\n", f"lists/night.yaml:2: {NO_ID}"),
        (f"- {STORE}\n- {STORE.upper()}\n", "lists/night.yaml:2: the same target is on line 1."),
        (f"['{STORE}', '{STORE}']", "lists/night.yaml:1: the same target is on line 1."),
        ("- snapshot: a.zip\n- snapshot: ./a.zip\n", "lists/night.yaml:2: the same target is on line 1."),
        (f"- id: {STORE}\n  contxt: a\n", f"lists/night.yaml:2: unknown key 'contxt': {KEYS}"),
        (f"- id: {STORE}\n  id: {ANNEX}\n", "lists/night.yaml:2: id is there twice."),
        ("- context: a\n", f"lists/night.yaml:1: {KINDS}"),
        (f"- id: {STORE}\n  snapshot: a.zip\n", f"lists/night.yaml:1: {KINDS}"),
        ("- snapshot: a.zip\n  context: a\n", f"lists/night.yaml:1: {KINDS}"),
        ("- files: [a.json]\n  context: a\n", f"lists/night.yaml:1: {KINDS}"),
        ("- {}\n", f"lists/night.yaml:1: {KINDS}"),
        ("- files: a.json\n", "lists/night.yaml:1: files is a list with at least one path."),
        ("- files: []\n", "lists/night.yaml:1: files is a list with at least one path."),
        ("- snapshot: 7\n", "lists/night.yaml:1: there must be a text here."),
        ("- snapshot:\n", "lists/night.yaml:1: there must be a text here."),
        ("- snapshot: ' '\n", "lists/night.yaml:1: there must be a text here."),
        ("- 7\n", "lists/night.yaml:1: there must be a text here."),
        ("- [a]\n", "lists/night.yaml:1: a target is the ARM id of a cluster, or has the key id, snapshot or files."),
        ("- a: [b\n", "lists/night.yaml:2: this is not YAML: expected ',' or ']', but got '<stream end>'."),
        ("- a\n- \x07\n", "lists/night.yaml:2: this is not YAML: special characters are not allowed."),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_targets_file(text, FILE)
    assert str(caught.value) == message

"""Real ARM bodies: every one is read, and its network state and pools come out right."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analyzer.collect.decoding import convert_arm
from analyzer.collect.files.documents import ArmBodies, Document, Unknown, documents
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Fact, Known
from analyzer.model.network import NetworkState, observe, pools
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Solved, StepKind, Target
from analyzer.path import apply, solve

FOLDER = os.environ.get("AKS_PREFLIGHT_CORPUS")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(FOLDER is None, reason="AKS_PREFLIGHT_CORPUS does not name the folder of real ARM bodies"),
]

# name | plugin, IPAM mode, data plane, policy engine | pod CIDRs | service CIDRs | version | pools
# "?" is missing, "-" is none; a pool is name:OS:type:nodes:maxPods
CLUSTERS = """
mig-kubenet-to-overlay-preview__1_before_GET | kubenet kubenet azure none | 100.64.0.0/16 | 172.56.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:1:110
mig-kubenet-to-overlay-preview__3_update_PUT_response | azure overlay azure none | 100.64.0.0/16 | 172.56.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:1:110
mig-kubenet-to-overlay-preview__6_after_GET | azure overlay azure none | 100.64.0.0/16 | 172.56.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:1:110
mig-nodesubnet-to-overlay-stable__1_before_GET | azure node-subnet azure none | - | 172.56.0.0/16 | 1.26.3 | nodepool1:Linux:vmss:3:30
mig-nodesubnet-to-overlay-stable__3_update_PUT_response | azure overlay azure none | 100.64.0.0/10 | 172.56.0.0/16 | 1.26.3 | nodepool1:Linux:vmss:3:30
mig-nodesubnet-to-overlay-stable__5_after_GET | azure overlay azure none | 100.64.0.0/10 | 172.56.0.0/16 | 1.26.3 | nodepool1:Linux:vmss:3:30
mig-npm-azure-to-none-stable__1_before_GET | azure overlay azure azure | 10.244.0.0/16 | 10.0.0.0/16 | 1.30.2 | nodepool1:Linux:vmss:3:250
mig-npm-azure-to-none-stable__4_after_GET | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.30.2 | nodepool1:Linux:vmss:3:250
mig-overlay-to-cilium-preview__1_before_GET | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:3:250
mig-overlay-to-cilium-preview__3_update_PUT_response | azure overlay cilium cilium | 10.244.0.0/16 | 10.0.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:3:250
mig-overlay-to-cilium-preview__5_after_GET | azure overlay cilium cilium | 10.244.0.0/16 | 10.0.0.0/16 | 1.28.0 | nodepool1:Linux:vmss:3:250
semireal-kubescape__aks-azure-azure-pass | azure ? ? azure | 10.244.0.0/16 | 10.0.0.0/16 | 1.24.9 | default:Linux:vmss:3:110
semireal-kubescape__aks-calico-azure-pass | azure ? ? calico | 10.244.0.0/16 | 10.0.0.0/16 | 1.24.9 | default:Linux:vmss:3:110
state-automatic-overlay-cilium | azure overlay cilium cilium | 10.244.0.0/16 | 10.0.0.0/16 | 1.32.6 | nodepool1:Linux:vmss:3:250
state-automatic-overlay-cilium__seen_through_OLD_API | azure ? ? cilium | ? | 10.0.0.0/16 | 1.32.6 | nodepool1:Linux:vmss:3:250
state-byocni-none | none byo azure none | - | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:3:250
state-kubenet-CANCELED | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.27.7 | nodepool1:Linux:vmss:3:110
state-kubenet-agic-byosubnet-2021 | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.19.9 | nodepool1:Linux:vmss:3:110
state-kubenet-autoscaler-max101 | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:2:110
state-kubenet-byovnet-systemassigned | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:1:110
state-kubenet-dualstack | kubenet kubenet azure none | 10.244.0.0/16,fd3a:5627:8eef:94ca::/64 | 10.0.0.0/16,fdd8:4603:9915:1eed::/108 | 1.28.3 | nodepool1:Linux:vmss:3:110
state-kubenet-kubeproxy-iptables | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:3:110
state-kubenet-vmas-basiclb | kubenet kubenet azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.28.5 | nodepool1:Linux:vmas:1:110
state-nodesubnet-windows-UPGRADING_PUT_response | azure node-subnet azure none | - | 10.0.0.0/16 | 1.27.1 | nodepool1:Linux:vmss:1:30 npwin:Windows:vmss:1:30
state-nodesubnet-windows2022-linux | azure node-subnet azure none | - | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:1:30 npwin:Windows:vmss:1:30
state-overlay-2023-no-policy-property | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.25.6 | nodepool1:Linux:vmss:1:250
state-overlay-agic-addon | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.32.5 | nodepool1:Linux:vmss:3:250
state-overlay-azure-acns-observability | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.30.6 | nodepool1:Linux:vmss:1:250
state-overlay-byovnet-httpproxy-userassigned | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.31.8 | nodepool1:Linux:vmss:3:250
state-overlay-checknetwork__cluster_GET | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.30.11 | nodepool1:Linux:vmss:2:250
state-overlay-cilium-acns-fqdn-flowlogs | azure overlay cilium cilium | 10.244.0.0/16 | 10.0.0.0/16 | 1.32.7 | nodepool1:Linux:vmss:1:250
state-overlay-two-pools | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.30.11 | nodepool1:Linux:vmss:1:250 nodepool2:Linux:vmss:3:250
state-overlay-virtualmachines-pool | azure overlay azure none | 10.244.0.0/16 | 10.0.0.0/16 | 1.31.7 | nodepool1:Linux:vms:3:250
"""

# bodies that are not a managed cluster, and what they are read as
OTHERS = {
    "cli-az_aks_nodepool_update_output__linux-nodepool1-nodesubnet": None,
    "mig-kubenet-to-overlay-preview__2_update_PUT_request": None,
    "mig-kubenet-to-overlay-preview__4_operation_poll_first": None,
    "mig-kubenet-to-overlay-preview__5_operation_final": None,
    "mig-nodesubnet-to-overlay-stable__2_update_PUT_request": None,
    "mig-nodesubnet-to-overlay-stable__4_operation_final": None,
    "mig-npm-azure-to-none-stable__2_update_PUT_request": None,
    "mig-npm-azure-to-none-stable__3_operation_final": None,
    "mig-overlay-to-cilium-preview__2_update_PUT_request": None,
    "mig-overlay-to-cilium-preview__4_operation_final": None,
    "state-kubenet-agic-byosubnet-2021__vnet_GET": Source.VIRTUAL_NETWORKS,
    "state-kubenet-byovnet-systemassigned__vnet_GET": Source.VIRTUAL_NETWORKS,
    "state-nodesubnet-windows__agentPool_npwin_GET": None,
    "state-nodesubnet-windows__agentPools_list_before_add": None,
    "state-overlay-byovnet-httpproxy__subnet_aks_GET": None,
    "state-overlay-byovnet-httpproxy__subnet_proxy_GET": None,
    "state-overlay-byovnet-httpproxy__vnet_GET": Source.VIRTUAL_NETWORKS,
    "state-overlay-checknetwork__vmss_list": Source.SCALE_SETS,
}

TYPES = {"VirtualMachineScaleSets": "vmss", "AvailabilitySet": "vmas", "VirtualMachines": "vms"}


def folder() -> Path:
    assert FOLDER is not None
    return Path(FOLDER) / "arm"


def read(name: str) -> Document:
    (document,) = documents((folder() / f"{name}.json").read_bytes())
    return document


def cluster(name: str) -> ManagedCluster:
    document = read(name)
    assert isinstance(document, ArmBodies)
    assert document.source is Source.CLUSTER
    return document.items[0]  # type: ignore[no-any-return]


def word(fact: Fact[Any]) -> str:
    if not isinstance(fact, Known):
        return "?"
    return (",".join(fact.value) or "-") if type(fact.value) is tuple else str(fact.value)


def row(name: str) -> str:
    body = cluster(name)
    state = observe(Known(body))
    shown = [
        f"{pool.name}:{pool.os_type}:{TYPES[pool.type or '']}:{pool.node_count}:{pool.max_pods}"
        for pool in pools(Known(body)).require()
    ]
    words = " ".join(map(word, (state.plugin, state.ipam, state.dataplane, state.policy)))
    ranges = f"{word(state.pod_cidrs)} | {word(state.service_cidrs)} | {word(state.kubernetes_version)}"
    return f"{name} | {words} | {ranges} | {' '.join(shown)}"


def test_every_cluster_body_comes_out_right() -> None:
    expected = CLUSTERS.strip().splitlines()
    assert [row(line.partition(" | ")[0]) for line in expected] == expected


def test_every_other_body_is_named_for_what_it_is() -> None:
    found = {name: document.source if isinstance(document := read(name), ArmBodies) else None for name in OTHERS}
    assert found == OTHERS
    assert all(isinstance(read(name), Unknown) for name, source in OTHERS.items() if source is None)


def test_no_body_is_left_out() -> None:
    named = {line.partition(" | ")[0] for line in CLUSTERS.strip().splitlines()} | set(OTHERS)
    assert named == {path.stem for path in folder().glob("*.json")}


MIGRATIONS = [
    # recording, bodies: before, PUT, after; the step; its pod CIDR; the target
    ("mig-kubenet-to-overlay-preview", "1_before_GET 2_update_PUT_request 6_after_GET", StepKind.OVERLAY, None),
    (
        "mig-nodesubnet-to-overlay-stable",
        "1_before_GET 2_update_PUT_request 5_after_GET",
        StepKind.OVERLAY,
        "100.64.0.0/10",
    ),
    ("mig-overlay-to-cilium-preview", "1_before_GET 2_update_PUT_request 5_after_GET", StepKind.CILIUM, None),
    (
        "mig-npm-azure-to-none-stable",
        "1_before_GET 2_update_PUT_request 4_after_GET",
        StepKind.REMOVE_POLICY_ENGINE,
        None,
    ),
]


def put_body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode((folder() / f"{name}.json").read_bytes())
    return body


def asked_for(recording: str, put: str, before: ManagedCluster) -> NetworkState:
    """The state that a PUT asks for. It has no id; where neither it nor the body before it has the key
    networkDataplane, both mean the same."""
    body = put_body(f"{recording}__{put}")
    state = observe(Known(convert_arm({"id": before.id, "name": before.name, **body}, ManagedCluster)))
    assert before.network_profile is not None
    key_on_either_side = "networkDataplane" in body["properties"]["networkProfile"] or isinstance(
        before.network_profile.network_dataplane, str
    )
    return state if key_on_either_side else replace(state, dataplane=observe(Known(before)).dataplane)


@pytest.mark.parametrize(("recording", "bodies", "kind", "pod_cidr"), MIGRATIONS)
def test_a_step_makes_of_the_state_before_what_was_really_put(
    recording: str, bodies: str, kind: StepKind, pod_cidr: str | None
) -> None:
    before, put, _ = bodies.split()
    body = cluster(f"{recording}__{before}")
    assert apply(kind, observe(Known(body)), Inputs(pod_cidr=pod_cidr)) == asked_for(recording, put, body)


@pytest.mark.parametrize(("recording", "bodies", "kind", "pod_cidr"), MIGRATIONS[:3])
def test_the_path_from_before_holds_the_step_and_the_body_after_is_on_the_target(
    recording: str, bodies: str, kind: StepKind, pod_cidr: str | None
) -> None:
    before, _, after = bodies.split()
    target = Target(kind.value)
    inputs = Inputs(pod_cidr=pod_cidr)
    path = solve(Known(cluster(f"{recording}__{before}")), target, inputs)
    assert isinstance(path, Solved)
    assert path.steps[-1].kind is kind
    assert path.steps[-1].after == observe(Known(cluster(f"{recording}__{after}")))
    assert solve(Known(cluster(f"{recording}__{after}")), target, inputs) == Solved(())

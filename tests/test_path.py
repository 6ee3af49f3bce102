"""The path solver, by the table of transitions in the documentation."""

from __future__ import annotations

import healthy
import pytest

from analyzer.model.fact import Missing
from analyzer.model.step import Inputs, Solved, Target, UnknownPath
from analyzer.path import solve

KUBENET = "networkPlugin: kubenet, podCidr: 10.244.0.0/16"
OVERLAY = "networkPluginMode: overlay, podCidr: 10.244.0.0/16"
WINDOWS = "pools: {win: {osType: Windows}}"
DYNAMIC = "pools: {apps: {podSubnetID: /x/subnets/p}, system: {podSubnetID: /x/subnets/p}}"
IDENTITY_AND_PRINCIPAL = "identity: {type: SystemAssigned}, servicePrincipalProfile: {clientId: 0f0f}"
NO_IDENTITY = "identity: {type: None}, servicePrincipalProfile: {clientId: 0f0f}"
PRINCIPAL = "identity: null, servicePrincipalProfile: {clientId: 0f0f}"


def profile(fields: str, more: str = "") -> str:
    return f"{{networkProfile: {{{fields}}}{', ' if more else ''}{more}}}"


CASES = [
    # patch, target, steps, refused, reimages
    (profile(""), "overlay,cilium", "overlay cilium", "", 2),
    (profile(""), "overlay", "overlay", "", 1),
    (profile(""), "cilium", "cilium", "", 1),
    (profile("networkPolicy: azure"), "overlay,cilium", "cilium overlay", "", 2),
    (profile("networkPolicy: calico"), "overlay,cilium", "cilium overlay", "", 2),
    (profile("networkPolicy: azure"), "overlay", "remove-policy-engine overlay", "", 2),
    (profile("networkPolicy: calico"), "cilium", "cilium", "", 1),
    (profile("networkPolicy: azure", WINDOWS), "overlay,cilium", "remove-policy-engine overlay", "cilium", 2),
    (profile("", WINDOWS), "overlay,cilium", "overlay", "cilium", 1),
    (profile("", WINDOWS), "overlay", "overlay", "", 1),
    (profile("", WINDOWS), "cilium", "", "cilium", 0),
    (profile("networkDataplane: cilium, networkPolicy: cilium"), "overlay,cilium", "overlay", "", 1),
    (profile("networkDataplane: cilium, networkPolicy: cilium"), "overlay", "overlay", "", 1),
    (profile(KUBENET), "overlay,cilium", "overlay cilium", "", 2),
    (profile(KUBENET, "identity: {type: SystemAssigned}"), "overlay", "user-assigned-identity overlay", "", 1),
    (profile(KUBENET, PRINCIPAL), "overlay", "user-assigned-identity overlay", "", 2),
    (profile(KUBENET, NO_IDENTITY), "overlay", "user-assigned-identity overlay", "", 2),
    (profile(KUBENET, IDENTITY_AND_PRINCIPAL), "overlay", "user-assigned-identity overlay", "", 1),
    (
        profile(f"{KUBENET}, networkPolicy: calico", "identity: {type: SystemAssigned}"),
        "overlay,cilium",
        "remove-policy-engine user-assigned-identity overlay cilium",
        "",
        3,
    ),
    (profile(KUBENET), "cilium", "", "cilium", 0),
    (profile("", DYNAMIC), "overlay,cilium", "cilium", "overlay", 1),
    (profile("", DYNAMIC), "overlay", "", "overlay", 0),
    (profile("networkPolicy: azure", DYNAMIC), "cilium", "cilium", "", 1),
    (profile(OVERLAY), "overlay,cilium", "cilium", "", 1),
    (profile(f"{OVERLAY}, networkPolicy: azure"), "overlay,cilium", "cilium", "", 1),
    (profile(OVERLAY), "overlay", "", "", 0),
    (profile(f"{OVERLAY}, networkDataplane: cilium, networkPolicy: cilium"), "overlay,cilium", "", "", 0),
    (profile("networkPlugin: none"), "overlay,cilium", "", "overlay", 0),
    (profile("networkPlugin: none"), "cilium", "", "cilium", 0),
    (profile(OVERLAY, "nodeProvisioningProfile: {mode: Auto}"), "cilium", "nap-off cilium nap-on", "", 1),
    (
        profile("networkPolicy: azure", "nodeProvisioningProfile: {mode: Auto}"),
        "overlay,cilium",
        "nap-off cilium overlay nap-on",
        "",
        2,
    ),
    (profile("", "nodeProvisioningProfile: {mode: Auto}"), "overlay", "overlay", "", 1),
]


def solved(patch: str, target: str, pod_cidr: str | None = None) -> Solved:
    path = solve(healthy.with_cluster(healthy.healthy(), patch).cluster, Target(target), Inputs(pod_cidr=pod_cidr))
    assert isinstance(path, Solved)
    return path


@pytest.mark.parametrize(("patch", "target", "steps", "refused", "reimages"), CASES)
def test_the_legal_steps_the_refused_one_and_the_reimages(
    patch: str, target: str, steps: str, refused: str, reimages: int
) -> None:
    path = solved(patch, target)
    shown = " ".join(step.kind.value for step in path.steps), path.refusal.step.kind.value if path.refusal else ""
    assert (*shown, path.reimages) == (steps, refused, reimages)


@pytest.mark.parametrize(("patch", "target", "steps", "refused", "reimages"), CASES)
def test_each_step_starts_where_the_one_before_ended(
    patch: str, target: str, steps: str, refused: str, reimages: int
) -> None:
    path = solved(patch, target, "100.64.0.0/16")
    chain = [*path.steps, *([path.refusal.step] if path.refusal else [])]
    assert [step.before for step in chain[1:]] == [step.after for step in chain[:-1]]


HIDDEN = [
    ("{networkProfile: {networkDataplane: <absent>}}", "networkProfile.networkDataplane"),
    ("{networkProfile: {networkDataplane: <absent>, networkPluginMode: <absent>}}", "networkProfile.networkPluginMode"),
    ("{networkProfile: {networkPlugin: null}}", "networkProfile.networkPlugin"),
    ("{networkProfile: {networkPlugin: weave}}", "networkProfile.networkPlugin"),
    ("{networkProfile: {networkPolicy: antrea}}", "networkProfile.networkPolicy"),
    ("{networkProfile: null}", "networkProfile"),
    ("{agentPoolProfiles: []}", "agentPoolProfiles"),
    ("{networkProfile: {networkPlugin: kubenet}, identity: null}", "identity"),
]


@pytest.mark.parametrize(("patch", "named"), HIDDEN)
def test_a_missing_network_state_gives_an_unknown_path_that_names_it(patch: str, named: str) -> None:
    path = solve(healthy.with_cluster(healthy.healthy(), patch).cluster, Target.OVERLAY_CILIUM, Inputs())
    assert isinstance(path, UnknownPath)
    assert named in " ".join(fact.detail for fact in path.missing)


def test_an_unread_cluster_gives_an_unknown_path() -> None:
    missing = healthy.without(healthy.healthy(), healthy.Source.CLUSTER).cluster
    path = solve(missing, Target.OVERLAY, Inputs())
    assert isinstance(missing, Missing)
    assert path == UnknownPath((missing.of(),))


def test_commands_carry_this_clusters_names() -> None:
    patch = profile(f"{KUBENET}, networkPolicy: calico", "identity: {type: SystemAssigned}")
    names = "az aks update --subscription 11111111-2222-3333-4444-555555555555 --resource-group shop-rg --name shop"
    assert [" ".join(step.command) for step in solved(patch, "overlay,cilium", "100.64.0.0/16").steps] == [
        f"{names} --network-policy none",
        f"{names} --enable-managed-identity --assign-identity IDENTITY_RESOURCE_ID",
        f"{names} --network-plugin azure --network-plugin-mode overlay --pod-cidr 100.64.0.0/16",
        f"{names} --network-dataplane cilium --network-policy cilium",
    ]


def test_a_pod_cidr_that_is_not_given_is_a_placeholder_for_node_subnet_and_kept_for_kubenet() -> None:
    assert solved("{}", "overlay").steps[0].command[-2:] == ("--pod-cidr", "POD_CIDR")
    assert "--pod-cidr" not in solved(profile(KUBENET), "overlay").steps[0].command


def test_a_given_pod_cidr_replaces_the_ipv4_range_of_a_dual_stack_cluster() -> None:
    dual = profile("networkPlugin: kubenet, podCidr: 10.244.0.0/16, podCidrs: [10.244.0.0/16, 'fd00::/64']")
    assert solved(dual, "overlay", "100.64.0.0/16").steps[0].after.pod_cidrs.require() == ("100.64.0.0/16", "fd00::/64")
    assert solved(dual, "overlay").steps[0].after.pod_cidrs.require() == ("10.244.0.0/16", "fd00::/64")


def test_a_refusal_says_why_and_the_way_out() -> None:
    refusal = solved(profile(KUBENET), "cilium").refusal
    assert refusal is not None
    assert refusal.reason.startswith("Kubenet cannot change to Cilium directly")
    assert refusal.ways_out == ("Ask for both, in order: --to overlay,cilium",)
    new_cluster = solved("{networkProfile: {networkPlugin: none}}", "overlay").refusal
    assert new_cluster is not None
    assert new_cluster.ways_out == (
        "Create a new cluster on the target and move the workloads: az aks create --resource-group shop-rg --name"
        " NEW_NAME --location westeurope --network-plugin azure --network-plugin-mode overlay --pod-cidr POD_CIDR"
        " --network-dataplane cilium --network-policy cilium",
    )

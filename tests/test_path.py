"""The path solver, by the table of transitions in the documentation."""

from __future__ import annotations

import healthy
import pytest

from analyzer.engine import Question, judge
from analyzer.model.fact import Known, Missing
from analyzer.model.finding import Severity
from analyzer.model.network import observe
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Solved, Target, UnknownPath
from analyzer.path import solve
from rules import CATALOG

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


@pytest.mark.parametrize("patch", [profile("", WINDOWS), profile("", DYNAMIC)])
def test_a_refused_step_changes_nothing_and_reimages_nothing(patch: str) -> None:
    path = solved(patch, "overlay,cilium")
    assert path.refusal is not None
    refused = path.refusal.step
    assert (refused.is_refused, refused.reimages, refused.after) == (True, 0, refused.before)
    assert [(step.is_refused, step.reimages) for step in path.steps] == [(False, 1)]


REFUSALS = [
    (profile(KUBENET), "cilium", "KUB-DIRECT-CILIUM"),
    (profile("", WINDOWS), "overlay,cilium", "CIL-WINDOWS-POOL"),
    (profile("", DYNAMIC), "overlay", "OVL-SOURCE-MODE"),
    (profile("networkPlugin: none"), "overlay,cilium", "GEN-BYO-CNI"),
    (profile("networkPlugin: none"), "cilium", "GEN-BYO-CNI"),
]


@pytest.mark.parametrize(("patch", "target", "rule"), REFUSALS)
def test_the_rule_that_a_refusal_names_finds_a_blocker_at_that_step(patch: str, target: str, rule: str) -> None:
    snapshot = healthy.with_cluster(healthy.healthy(), patch)
    question = Question(target=Target(target), inputs=Inputs(), as_of=healthy.AS_OF, snapshot_hash="", tool_version="0")
    report = judge(snapshot, question, CATALOG)
    refused = report.path.steps[-1]
    found = next(item for item in report.results if (item.rule, item.step) == (rule, refused.kind))
    assert (refused.refused_by, {item.severity for item in found.findings}) == (rule, {Severity.BLOCKER})


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


def test_a_proposal_is_given_to_a_node_subnet_cluster_and_only_where_nothing_else_is() -> None:
    def ranges(patch: str, given: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        cluster = healthy.with_cluster(healthy.healthy(), patch).cluster
        path = solve(cluster, Target.OVERLAY, Inputs(pod_cidr=given), Known("100.70.0.0/20"))
        assert isinstance(path, Solved)
        return path.steps[-1].command[-2:], path.steps[-1].after.pod_cidrs.require()

    assert ranges("{}", None) == (("--pod-cidr", "100.70.0.0/20"), ("100.70.0.0/20",))
    assert ranges("{}", "10.9.0.0/16") == (("--pod-cidr", "10.9.0.0/16"), ("10.9.0.0/16",))
    assert ranges(profile(KUBENET), None) == (("--network-plugin-mode", "overlay"), ("10.244.0.0/16",))


@pytest.mark.parametrize(("patch", "target", "steps", "refused", "reimages"), CASES)
def test_a_proposal_changes_no_step(patch: str, target: str, steps: str, refused: str, reimages: int) -> None:
    cluster = healthy.with_cluster(healthy.healthy(), patch).cluster
    paths = [solve(cluster, Target(target), Inputs()), solve(cluster, Target(target), Inputs(), Known("100.70.0.0/20"))]
    kinds = [[step.kind for step in path.steps] if isinstance(path, Solved) else [] for path in paths]
    assert kinds[0] == kinds[1]


def test_without_a_proposal_the_range_after_the_step_is_missing() -> None:
    after = solved("{}", "overlay").steps[0].after.pod_cidrs
    assert isinstance(after, Missing)
    assert (after.source, after.grant) == (Source.INPUTS, "Give --pod-cidr")


@pytest.mark.parametrize(
    ("version", "grant"),
    [
        ("1.26.3", "It is too old for Cilium: upgrade the cluster to Kubernetes 1.27 or later, and check again"),
        ("1.99.0", "This version knows Kubernetes up to 1.36: use a newer version of aks-preflight"),
    ],
)
def test_a_kubernetes_version_without_cilium_says_what_to_do(version: str, grant: str) -> None:
    snapshot = healthy.with_cluster(healthy.healthy(), f"{{currentKubernetesVersion: {version}}}")
    cilium = observe(snapshot.cluster).cilium_version
    assert isinstance(cilium, Missing)
    assert cilium.grant == grant

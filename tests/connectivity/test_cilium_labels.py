"""Which labels are part of a pod's identity under Cilium, and whom selectors find over those alone."""

from __future__ import annotations

import pytest
from connectivity.cases import names, pod, selection

from analyzer.connectivity.engines.cilium_labels import IdentitySelection, is_identity_label
from analyzer.connectivity.engines.settings import Cilium
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.version import Version

NAMESPACE = "io.kubernetes.pod.namespace"
TEAM = "io.cilium.k8s.namespace.labels.team"
ACCOUNT = "io.cilium.k8s.policy.serviceaccount"
POD_NAME = "statefulset.kubernetes.io/pod-name"

LEFT_OUT = (
    "kubernetes.io/arch",
    "kubernetes.io.foo",
    "io.kubernetes.container.name",
    "k8s.io/cluster",
    "node.beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "annotation.note",
    "etcd_node",
)
LEFT_OUT_LATER = (
    POD_NAME,
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
)
KEPT = (
    "app",
    "app.kubernetes.io/name",
    "ioXkubernetes",
    "example.com/k8s.io",
    "batch.kubernetes.io/job-name",
    NAMESPACE,
    TEAM,
    "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name",
    ACCOUNT,
)


def cilium(*label_filter: str, minor: int = 17) -> Cilium:
    return Cilium(Version(1, minor), label_filter)


@pytest.mark.row(12)
@pytest.mark.parametrize("minor", [13, 15, 16, 18, 20])
@pytest.mark.parametrize(("keys", "expected"), [(LEFT_OUT, False), (KEPT, True)], ids=["left out", "kept"])
def test_every_version_leaves_these_labels_out_and_keeps_those(
    keys: tuple[str, ...], expected: bool, minor: int
) -> None:
    assert {key: is_identity_label(key, cilium(minor=minor)) for key in keys} == dict.fromkeys(keys, expected)


@pytest.mark.row(12)
@pytest.mark.parametrize(("minor", "expected"), [(13, None), (14, None), (15, None), (16, False), (18, False)])
@pytest.mark.parametrize("key", LEFT_OUT_LATER)
def test_before_1_16_it_is_not_known_whether_the_later_entries_are_there(
    key: str, minor: int, expected: bool | None
) -> None:
    assert is_identity_label(key, cilium(minor=minor)) is expected


@pytest.mark.row(12)
@pytest.mark.parametrize(("minor", "expected"), [(15, True), (16, None), (18, None), (19, None), (20, False)])
def test_patches_of_1_16_to_1_19_may_leave_out_the_topology_of_a_pod(minor: int, expected: bool | None) -> None:
    assert is_identity_label("topology.kubernetes.io/zone", cilium(minor=minor)) is expected


@pytest.mark.row(12)
@pytest.mark.parametrize(
    ("label_filter", "key", "expected"),
    [
        pytest.param(("!job",), "job-name", False, id="an exclusion leaves out what starts with it"),
        pytest.param(("k8s:!job",), "job-name", False, id="the source of pod labels may stand before it"),
        pytest.param(("!job",), "batch-job", True, id="only at the start"),
        pytest.param(("!job",), "app", True, id="exclusions alone keep everything else"),
        pytest.param(("!.*name",), "job-name", False, id="patterns are regular expressions"),
        pytest.param(("team",), "team-a", True, id="an inclusion keeps what starts with it"),
        pytest.param(("^team$",), "team-a", False, id="unless it ends"),
        pytest.param(("team",), "app", False, id="an inclusion leaves out whatever is not asked for"),
        pytest.param(("team",), "app.kubernetes.io/name", True, id="Cilium's own inclusions stay: applications"),
        pytest.param(("team",), NAMESPACE, True, id="Cilium's own inclusions stay: the namespace"),
        pytest.param(("team",), TEAM, True, id="Cilium's own inclusions stay: labels of the namespace"),
        pytest.param(("!io.cilium.k8s.namespace.labels.team",), TEAM, False, id="a longer exclusion beats"),
        pytest.param(("team", "!te"), "team-a", True, id="the longer inclusion beats"),
        pytest.param(("team", "!team-a"), "team-a", False, id="the longer exclusion beats"),
        pytest.param(("team", "!team"), "team", False, id="of two as long the exclusion beats"),
        pytest.param((r"statefulset\.kubernetes\.io",), POD_NAME, False, id="a default exclusion that is longer beats"),
        pytest.param((r"statefulset\.kubernetes\.io/.*",), POD_NAME, False, id="and one that is as long"),
        pytest.param((r"kubernetes\.io/arch",), "kubernetes.io/arch", True, id="a longer inclusion beats a default"),
        pytest.param(("container:job",), "job-name", False, id="another source matches no pod, but is an inclusion"),
        pytest.param(("container:!job",), "job-name", True, id="another source matches no pod"),
        pytest.param(("any:!job",), "job-name", None, id="any source: documents and code differ"),
        pytest.param(("any:!job",), "app", True, id="any source: what it does not match is known"),
        pytest.param(("!(job",), "job-name", None, id="an exclusion that is not understood"),
        pytest.param(("!(job",), TEAM, None, id="it may leave out anything"),
        pytest.param(("!(job",), NAMESPACE, True, id="but not what a shorter default would leave out as well"),
        pytest.param(("(a+)+b",), "job-name", None, id="an inclusion that is not understood"),
        pytest.param(("(a+)+b",), "annotation.x", False, id="it does not beat what a default leaves out entirely"),
        pytest.param(("k8s:[[:alpha:]]+",), "job-name", None, id="Go's classes are not understood"),
        pytest.param(("!j.*-.*",), "job-name", False, id="two repetitions are followed"),
        pytest.param(("!j.*-.*e*",), "job-name", None, id="three are not: they could take too long"),
        pytest.param(("!" + "job-name".ljust(300, "x"),), "job-name", True, id="300 characters are followed"),
        pytest.param(("!" + "job-name".ljust(301, "x"),), "job-name", None, id="more are not"),
        pytest.param(("", "!job"), "job-name", False, id="an empty entry is none"),
    ],
)
def test_the_users_filter_adds_to_the_default(label_filter: tuple[str, ...], key: str, expected: bool | None) -> None:
    assert is_identity_label(key, cilium(*label_filter)) is expected


@pytest.mark.row(12)
@pytest.mark.parametrize(
    ("key", "verdicts"),
    [
        (ACCOUNT, {13: False, 16: False, 17: None, 18: True}),
        ("io.cilium.k8s.policy.cluster", {13: None, 15: None, 16: True, 18: True}),
    ],
)
def test_labels_that_cilium_adds_came_to_its_own_inclusions_one_by_one(key: str, verdicts: dict[int, bool]) -> None:
    assert {minor: is_identity_label(key, cilium("team", minor=minor)) for minor in verdicts} == verdicts


CHOSEN = selection(
    pod("shop/web-0", labels={"app": "web", POD_NAME: "web-0"}),
    pod("shop/web-1", labels={"app": "web", POD_NAME: "web-1"}),
    pod("shop/db", labels={"app": "db"}),
    pod("ops/web", labels={"app": "web"}),
)
WEB_BOTH = ["shop/web-0", "shop/web-1"]


def found(settings: Cilium, *requirements: Requirement, **labels: str) -> tuple[list[str], list[str]]:
    """In the namespace shop, surely and possibly."""
    chosen = IdentitySelection(CHOSEN.population, settings).pods(LabelSelector(labels, requirements), "shop")
    return names(CHOSEN.population, chosen.surely), names(CHOSEN.population, chosen.possibly)


@pytest.mark.row(12)
@pytest.mark.parametrize(
    ("requirement", "now", "unknown_version"),
    [
        pytest.param(Requirement(POD_NAME, "In", ("web-0",)), ([], []), ([], ["shop/web-0"]), id="In"),
        pytest.param(Requirement(POD_NAME, "Exists"), ([], []), ([], WEB_BOTH), id="Exists"),
        pytest.param(
            Requirement(POD_NAME, "NotIn", ("web-0",)),
            (["shop/db", *WEB_BOTH], ["shop/db", *WEB_BOTH]),
            (["shop/db", "shop/web-1"], ["shop/db", *WEB_BOTH]),
            id="NotIn",
        ),
        pytest.param(
            Requirement(POD_NAME, "DoesNotExist"),
            (["shop/db", *WEB_BOTH], ["shop/db", *WEB_BOTH]),
            (["shop/db"], ["shop/db", *WEB_BOTH]),
            id="DoesNotExist",
        ),
        pytest.param(Requirement("app", "In", ("web",)), (WEB_BOTH, WEB_BOTH), (WEB_BOTH, WEB_BOTH), id="kept"),
    ],
)
def test_a_label_outside_the_identity_is_on_no_pod(
    requirement: Requirement, now: tuple[list[str], list[str]], unknown_version: tuple[list[str], list[str]]
) -> None:
    assert (found(cilium(), requirement), found(cilium(minor=14), requirement)) == (now, unknown_version)


@pytest.mark.row(12)
def test_terms_hold_together() -> None:
    assert found(cilium(), Requirement(POD_NAME, "DoesNotExist"), app="web") == (WEB_BOTH, WEB_BOTH)
    assert found(cilium(minor=14), Requirement(POD_NAME, "NotIn", ("web-0",)), app="web") == (["shop/web-1"], WEB_BOTH)


def test_an_empty_selector_finds_all_and_peers_are_found_among_those_given() -> None:
    chosen = IdentitySelection(CHOSEN.population, cilium())
    assert found(cilium()) == (["shop/db", *WEB_BOTH], ["shop/db", *WEB_BOTH])
    everywhere = chosen.peers(LabelSelector({"app": "web"}), CHOSEN.population.plain)
    assert (names(CHOSEN.population, everywhere.surely), everywhere.further) == (["ops/web", *WEB_BOTH], 0)
    assert names(CHOSEN.population, chosen.pods(LabelSelector({"app": "web"}), "ops").surely) == ["ops/web"]

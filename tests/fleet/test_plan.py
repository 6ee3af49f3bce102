"""What a run is going to do: names of files, and targets that survive being written down."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fleet.inventory import FoundCluster
from analyzer.fleet.plan import PlannedCluster, planned, planned_targets
from analyzer.fleet.targets import InAzure, InFiles, InSnapshot

GROUP = "/subscriptions/s1/resourceGroups/g1/providers/Microsoft.ContainerService/managedClusters"


def found(name: str, group: str = "g1", subscription: str = "s1") -> FoundCluster:
    return FoundCluster(
        id=f"/subscriptions/{subscription}/resourceGroups/{group}/x/{name}",
        name=name,
        resource_group=group,
        subscription=subscription,
        tags={},
    )


def files(*clusters: FoundCluster) -> list[str]:
    return [item.file for item in planned(clusters)]


def test_a_name_that_no_other_cluster_has_is_the_files_name() -> None:
    assert files(found("store"), found("annex")) == ["store", "annex"]


def test_clusters_of_one_name_are_told_apart_by_group_then_subscription() -> None:
    assert files(found("store"), found("Store", "g2"), found("annex"), found("annex", "g1", "s2")) == [
        "store.g1",
        "Store.g2",
        "annex.g1.s1",
        "annex.g1.s2",
    ]


def test_names_that_nothing_tells_apart_are_numbered() -> None:
    assert files(found("a b"), found("a/b"), found("")) == ["a-b.g1.s1", "a-b.g1.s1.2", "g1"]


NAMES = st.sampled_from(["a", "A", "a.b", "a b", "B", "", "..", "CON", "é", "x" * 200])


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=2, max_size=12))
def test_no_two_clusters_share_a_file_even_where_case_tells_nothing_apart(parts: list[tuple[str, str, str]]) -> None:
    names = files(*(found(*item) for item in parts))
    assert len({name.lower() for name in names}) == len(parts)
    assert all(name and "/" not in name and not name.startswith(".") for name in names)


def test_targets_are_the_same_after_they_were_written_down() -> None:
    targets = (
        InAzure(f"{GROUP}/store"),
        InAzure(f"{GROUP}/annex", Path("annex.yaml"), "admin"),
        InSnapshot(Path("branch.zip")),
        InFiles((Path("depot"), Path("more.json"))),
    )
    written = msgspec.json.encode(planned_targets(targets))
    read = msgspec.json.decode(written, type=tuple[PlannedCluster, ...])
    assert tuple(item.target for item in read) == targets
    assert [(item.file, item.name, item.resource_group, item.subscription) for item in read] == [
        ("store", "store", "g1", "s1"),
        ("annex", "annex", "g1", "s1"),
        ("branch", "branch", "", ""),
        ("depot", "depot", "", ""),
    ]

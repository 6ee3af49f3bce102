"""Flow changes in names, and the time in which nobody enforces policies."""

from __future__ import annotations

import pytest
from connectivity.small_cluster import DENY_IN, DENY_OUT, snapshot

from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.universe import Universe
from analyzer.flow_summary import Compared, FlowSummaries
from analyzer.model.flows import StepFlows, UnenforcedWindow
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

AT_LAST = "Cilium enforces policies only when the last node is reimaged; until then what is refused gets through."
NEVER = "No later step of this path brings an engine: what policies refuse gets through."
NPM, CILIUM = Npm(False, False), Cilium(Version(1, 17, 9))


def told(snapshot: Snapshot, before: Settings, after: Settings, step: str, closes: str = "") -> StepFlows:
    return FlowSummaries(Universe(snapshot)).step(Compared(before, after, step, closes))


@pytest.mark.row(68)
@pytest.mark.parametrize(
    ("before", "after", "step", "closes", "window"),
    [
        (NPM, CILIUM, "cilium", "", ("cilium", "cilium")),
        (Calico(), NoEngine(), "remove-policy-engine", "cilium", ("remove-policy-engine", "cilium")),
        (NPM, NoEngine(), "remove-policy-engine", "", ("remove-policy-engine", "")),
        (NoEngine(), CILIUM, "cilium", "", None),
    ],
)
def test_from_when_to_when_nobody_enforces(
    before: Settings, after: Settings, step: str, closes: str, window: tuple[str, str] | None
) -> None:
    flows = told(snapshot(DENY_IN + DENY_OUT), before, after, step, closes)
    assert flows.unenforced == (
        window
        and UnenforcedWindow(
            opens=window[0],
            closes=window[1],
            policies=2,
            pods=3,
            reason=AT_LAST if window[1] else NEVER,
        )
    )

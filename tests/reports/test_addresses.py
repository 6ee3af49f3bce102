"""The address plan as readers see it, in HTML and in the terminal's summary."""

from __future__ import annotations

import re

import healthy
import pytest

from analyzer.engine import Question, judge
from analyzer.model.report import AddressPlanSummary, PoolDemandSummary, RejectedRange, Report
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Target
from reports import FORMATS
from reports.sections import unread_ranges
from rules import CATALOG

RESERVED = ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
POOLS = (
    PoolDemandSummary(pool="apps", nodes=2, most=2, surge=1),
    PoolDemandSummary(pool="system", nodes=3, most=3, surge=1),
)


def judged(inputs: Inputs, snapshot: Snapshot | None = None, target: Target = Target.OVERLAY) -> Report:
    question = Question(target=target, inputs=inputs, as_of=healthy.AS_OF, snapshot_hash="", tool_version="0")
    return judge(snapshot or healthy.healthy(), question, CATALOG)


def words(report: Report, format: str) -> str:
    """The report without markup and line breaks."""
    return " ".join(re.sub(r"<[^>]*>", "", FORMATS[format](report)).split())


def test_a_proposal_in_use_is_in_the_report_with_its_parts() -> None:
    report = judged(Inputs(on_premises_cidrs=("100.64.0.0/10",)))
    assert report.address_plan == AddressPlanSummary(
        pools=POOLS,
        provisioned=0,
        demand=7,
        judged=("10.1.0.0/20",),
        capacity=16,
        proposal="10.1.0.0/20",
        proposal_capacity=16,
        is_proposal_judged=True,
        reason="The cluster has no pod CIDR, and --pod-cidr was not given.",
        rejected=(
            RejectedRange(
                cidr="100.64.0.0/20",
                candidates=1024,
                reason="overlaps 100.64.0.0/10 (on premises --on-premises-cidr)",
            ),
            RejectedRange(cidr="10.0.0.0/20", candidates=16, reason="overlaps 10.0.0.0/16 (service CIDR services)"),
        ),
        reserved=RESERVED,
    )
    assert ("pod CIDR proposed", "10.1.0.0/20") in [(item.role, item.cidr) for item in report.address_space]


def test_a_given_range_that_fails_has_the_proposal_beside_it() -> None:
    plan = judged(Inputs(pod_cidr="10.10.0.0/16")).address_plan
    assert plan == AddressPlanSummary(
        pools=POOLS,
        provisioned=0,
        demand=7,
        judged=("10.10.0.0/16",),
        capacity=256,
        proposal="100.64.0.0/20",
        proposal_capacity=16,
        reason="10.10.0.0/16 overlaps another range, or is too small.",
        reserved=RESERVED,
    )


PLANS = [
    (Inputs(pod_cidr="100.64.0.0/16"), (), "", "None is needed: the range overlaps nothing that was read, and holds"),
    (Inputs(), (Source.SERVICE_CIDRS,), "", "No range can be proposed: service_cidrs: forbidden"),
    (
        Inputs(on_premises_cidrs=("100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),
        (),
        "",
        "No private range that is large enough is free.",
    ),
]


@pytest.mark.parametrize(("inputs", "unread", "proposal", "reason"), PLANS)
def test_why_nothing_is_proposed_is_said(
    inputs: Inputs, unread: tuple[Source, ...], proposal: str, reason: str
) -> None:
    snapshot = healthy.healthy()
    for source in unread:
        snapshot = healthy.without(snapshot, source)
    report = judged(inputs, snapshot)
    assert report.address_plan is not None
    assert report.address_plan.proposal == proposal
    assert report.address_plan.reason.startswith(reason)
    for format in ("html", "text"):
        assert reason in words(report, format)


def test_a_path_without_an_overlay_step_has_no_plan_and_no_proposal() -> None:
    report = judged(Inputs(), target=Target.CILIUM)
    assert report.address_plan is None
    assert "pod CIDR proposed" not in [item.role for item in report.address_space]
    assert "Pod CIDR Judged" not in words(report, "text")


def test_the_html_shows_proposal_demand_and_rejected_ranges() -> None:
    shown = words(judged(Inputs(on_premises_cidrs=("100.64.0.0/10",))), "html")
    assert "Proposed pod CIDR: 10.1.0.0/20, room for 16 nodes." in shown
    assert "Nodes that the pod CIDR must hold, each with a /24: 7" in shown
    assert "100.64.0.0/201,023overlaps 100.64.0.0/10 (on premises --on-premises-cidr)" in shown
    assert "10.1.0.0/20 pod CIDR proposed" in shown


def test_the_summary_has_two_lines() -> None:
    shown = words(judged(Inputs(pod_cidr="10.10.0.0/16")), "text")
    assert "Pod CIDR Judged: 10.10.0.0/16, room for 256 nodes; 7 needed. Proposed instead: 100.64.0.0/20" in shown
    assert "Pod CIDR Proposed and judged: 100.64.0.0/20, room for 16 nodes; 7 needed. The cluster" in words(
        judged(Inputs()), "text"
    )


def test_a_demand_that_is_not_known_is_said() -> None:
    hidden = healthy.with_cluster(healthy.healthy(), "{pools: {apps: {count: null}}}")
    report = judged(Inputs(pod_cidr="100.64.0.0/16"), hidden)
    assert "room for 256 nodes; how many are needed is not known." in words(report, "text")
    assert "How many nodes it must hold is not known." in words(report, "html")


def test_a_step_that_is_held_back_says_so_beside_its_command() -> None:
    assert "Do not run yet" not in words(judged(Inputs()), "html")
    blocked = words(judged(Inputs(pod_cidr="10.10.0.0/16")), "html")
    assert "Do not run yet: 1 blocker: OVL-PODCIDR-OVERLAP-VNET. az aks update" in blocked


def test_lists_of_ranges_that_were_not_read_are_named_beside_the_picture() -> None:
    report = judged(Inputs(pod_cidr="100.64.0.0/16"), healthy.without(healthy.healthy(), Source.SERVICE_CIDRS))
    assert unread_ranges(report) == ("service_cidrs",)
    assert unread_ranges(judged(Inputs())) == ()

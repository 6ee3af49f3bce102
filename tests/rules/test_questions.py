"""Questions to the operator: every finding that wants a flag says which, and every flag that is asked for exists."""

from __future__ import annotations

import re
from dataclasses import fields

import healthy
import pytest

from analyzer.cli.options import Asking
from analyzer.engine import Question, judge
from analyzer.model.finding import Severity
from analyzer.model.report import Report, ReportedFinding
from analyzer.model.step import Inputs, Target
from rules import CATALOG

FLAGS = {f"--{field.name.replace('_', '-')}" for field in fields(Asking)}
CLUSTERS = [
    "{}",
    "{networkProfile: {outboundType: userDefinedRouting}}",
    "{networkProfile: {networkPolicy: calico}}",
    "{autoUpgradeProfile: {upgradeChannel: stable, nodeOSUpgradeChannel: NodeImage}}",
]
WANTS = re.compile(r"\?|was not given|\bgive --")


def found(patch: str, target: Target) -> list[ReportedFinding]:
    snapshot = healthy.with_cluster(healthy.healthy(), patch)
    question = Question(target=target, inputs=Inputs(), as_of=healthy.AS_OF, snapshot_hash="", tool_version="0")
    report: Report = judge(snapshot, question, CATALOG)
    return [item for result in report.results for item in result.findings]


@pytest.mark.parametrize("target", [Target.OVERLAY, Target.OVERLAY_CILIUM])
@pytest.mark.parametrize("patch", CLUSTERS)
def test_a_notice_that_wants_an_answer_names_its_flag(patch: str, target: Target) -> None:
    said = found(patch, target)
    asking = [item for item in said if item.asks]
    assert len(asking) >= 3
    assert [item.message for item in said if WANTS.search(item.message) and not item.asks] == []
    assert [item.message for item in asking if not WANTS.search(item.message)] == []
    assert {item.asks for item in asking} <= FLAGS
    assert {item.severity for item in asking} == {Severity.NOTICE}


def test_the_flags_are_those_that_can_be_asked_for() -> None:
    asked = {item.asks for patch in CLUSTERS for target in Target for item in found(patch, target) if item.asks}
    assert asked == {
        "--allowed-fqdn",
        "--cli-version",
        "--iac-plan",
        "--planned-features",
        "--planned-window",
        "--pod-cidr",
        "--scan-configmaps",
    }

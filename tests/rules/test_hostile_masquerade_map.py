"""OVL-IPMASQ-CUSTOM on content that is made to break its reader: too long for a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import healthy
import pytest

from analyzer.engine import evaluate
from analyzer.model.fact import Known
from analyzer.model.network import observe
from analyzer.model.objects import ConfigMap, Metadata
from analyzer.model.report import Result, State
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Scene, Views
from rules.overlay.ipmasq_custom import RULE

ALIASES = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    + [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 8)}]" for level in range(1, 6)]
    + ["nonMasqueradeCIDRs: [*a5, *a5]"]
)


def judged(content: str) -> Result:
    name = Metadata(name="azure-ip-masq-agent-config", namespace="kube-system")
    config = ConfigMap(metadata=name, data={"ip-masq-agent": content})
    snapshot = replace(healthy.healthy(), ip_masq_config=Known(config))
    state = observe(snapshot.cluster)
    step = Step(StepKind.OVERLAY, ("az", "aks", "update"), state, state, 1)
    return evaluate(RULE, Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20)))


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (
            "nonMasqueradeCIDRs: " + "[" * 5000,
            "ConfigMap azure-ip-masq-agent-config data.ip-masq-agent is not YAML: maximum recursion depth exceeded",
        ),
        (
            ALIASES,
            "ConfigMap azure-ip-masq-agent-config data.ip-masq-agent lists 'list', which is no CIDR",
        ),
    ],
)
def test_hostile_content_is_a_short_gap_and_never_a_broken_rule(content: str, detail: str) -> None:
    result = judged(content)
    assert result.state is State.UNKNOWN
    (gap,) = result.gaps
    assert gap.detail.startswith(detail)
    assert len(gap.detail) < 200

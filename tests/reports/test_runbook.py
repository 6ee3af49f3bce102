"""The runbook: every command with this cluster's names, and none that may be pasted before its time."""

from __future__ import annotations

import json
import re

import healthy
import msgspec
import pytest

from analyzer.engine import Question, judge
from analyzer.model.report import Report, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Target
from reports import PLAN_FORMATS
from reports.runbook import held_steps, runbook
from rules import CATALOG

KUBENET = "{networkProfile: {networkPlugin: kubenet, podCidr: 10.244.0.0/16, networkPolicy: calico}, identity: {type: SystemAssigned}}"
NODE_PROVISIONING = (
    "{networkProfile: {networkPluginMode: overlay, podCidr: 10.244.0.0/16}, nodeProvisioningProfile: {mode: Auto}}"
)


def judged(
    snapshot: Snapshot | None = None, target: Target = Target.OVERLAY_CILIUM, inputs: Inputs | None = None
) -> Report:
    question = Question(
        target=target, inputs=inputs or Inputs(), as_of=healthy.AS_OF, snapshot_hash="5e", tool_version="0"
    )
    return judge(snapshot or healthy.healthy(), question, CATALOG)


def patched(patch: str) -> Snapshot:
    return healthy.with_cluster(healthy.healthy(), patch)


def with_verdicts(report: Report, *verdicts: Verdict) -> Report:
    """The report as if its steps had come to these verdicts."""
    steps = tuple(
        msgspec.structs.replace(step, verdict=verdict)
        for step, verdict in zip(report.path.steps, verdicts, strict=True)
    )
    return msgspec.structs.replace(report, path=msgspec.structs.replace(report.path, steps=steps))


def updates(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if "az aks update" in line]


NAMES = "az aks update --subscription 11111111-2222-3333-4444-555555555555 --resource-group shop-rg --name shop"


def test_a_ready_path_has_every_command_ready_to_paste() -> None:
    assert updates(PLAN_FORMATS["text"](judged())) == [
        f"{NAMES} --network-plugin azure --network-plugin-mode overlay --pod-cidr 100.64.0.0/20",
        f"{NAMES} --network-dataplane cilium --network-policy cilium",
    ]


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.INDETERMINATE])
def test_the_command_of_a_step_that_is_not_ready_is_a_comment(verdict: Verdict) -> None:
    report = with_verdicts(judged(), Verdict.READY, verdict)
    text = PLAN_FORMATS["text"](report)
    assert [line.startswith("# do not run yet: ") for line in updates(text)] == [True, True]
    assert "NOT A GO: step 2 must not run yet. The steps before it alone would leave the cluster half-way." in text
    assert held_steps(report)["overlay"] == (
        "step 2 must be settled first; this step alone would leave the cluster half-way"
    )


def test_a_step_behind_one_that_is_held_is_held_too() -> None:
    report = with_verdicts(judged(), Verdict.BLOCKED, Verdict.READY)
    assert held_steps(report)["cilium"] == "step 1 must be settled and done first"
    assert all(line.startswith("# do not run yet: ") for line in updates(PLAN_FORMATS["text"](report)))


def test_risks_are_named_and_hold_nothing() -> None:
    book = runbook(judged(inputs=Inputs(pod_cidr="10.10.64.0/18"), target=Target.OVERLAY))
    assert [(step.may_run, step.risks) for step in book.steps] == [(True, "OVL-PODCIDR-OVERLAP-VNET")]
    assert book.held is None


def test_what_holds_a_step_is_named_by_rule() -> None:
    blocked = judged(inputs=Inputs(pod_cidr="10.10.0.0/16"), target=Target.OVERLAY)
    assert held_steps(blocked) == {"overlay": "1 blocker: OVL-PODCIDR-OVERLAP-VNET"}
    unread = judged(healthy.without(healthy.healthy(), Source.SERVICE_CIDRS), Target.OVERLAY)
    assert held_steps(unread)["overlay"].startswith("not known: OVL-PODCIDR-REQUIRED, OVL-PODCIDR-OVERLAP-VNET, ")


def test_nothing_may_run_from_a_report_that_was_interrupted() -> None:
    report = msgspec.structs.replace(judged(), partial=True)
    text = PLAN_FORMATS["text"](report)
    assert len(updates(text)) == 2
    assert all(line.startswith("# do not run yet: ") for line in updates(text))
    assert "PARTIAL: the run was interrupted." in text


def test_a_refused_step_has_no_command_but_its_ways_out() -> None:
    text = PLAN_FORMATS["text"](judged(patched("{networkProfile: {networkPlugin: kubenet}}"), Target.CILIUM))
    assert updates(text) == []
    assert "  Way out: Ask for both, in order: --to overlay,cilium\n" in text
    assert "BEFORE THE FIRST STEP" not in text


def test_without_a_path_there_is_nothing_to_run_and_the_missing_facts_are_named() -> None:
    text = PLAN_FORMATS["text"](judged(healthy.without(healthy.healthy(), Source.CLUSTER)))
    assert "No path can be named, so there is nothing to run." in text
    assert "  - Managed cluster (Azure): cluster: forbidden\n    read cluster\n" in text


def test_a_cluster_on_the_target_has_nothing_to_run() -> None:
    on_target = patched("{networkProfile: {networkPluginMode: overlay, podCidr: 10.244.0.0/16}}")
    assert PLAN_FORMATS["text"](judged(on_target, Target.OVERLAY)).endswith(
        "\n\nNothing to migrate: the cluster already runs Azure CNI Overlay.\n"
    )


def test_each_command_names_the_azure_cli_that_it_needs() -> None:
    found = re.findall(r"\(Azure CLI (\S+) or later\)", PLAN_FORMATS["text"](judged(patched(KUBENET))))
    assert found == ["2.54.0", "2.49.0", "2.56.0", "2.54.0"]
    assert runbook(judged(patched(KUBENET))).before_first[0].expected == "azure-cli 2.56.0 or later"


GATES = [
    # cluster, target, step, the first words of what is seen after it
    ("{}", Target.OVERLAY, "overlay", "provisioningState Succeeded, networkPlugin azure, networkPluginMode overlay"),
    ("{}", Target.CILIUM, "cilium", "provisioningState Succeeded, networkDataplane cilium, networkPolicy cilium"),
    (KUBENET, Target.OVERLAY, "remove-policy-engine", "provisioningState Succeeded, networkPolicy none"),
    (KUBENET, Target.OVERLAY, "user-assigned-identity", "provisioningState Succeeded"),
]


@pytest.mark.parametrize(("patch", "target", "kind", "expected"), GATES)
def test_after_each_step_the_state_is_seen_before_the_next(
    patch: str, target: Target, kind: str, expected: str
) -> None:
    step = next(step for step in runbook(judged(patched(patch), target)).steps if step.kind == kind)
    assert step.gate[0].arguments[:3] == ("az", "aks", "show")
    assert step.gate[0].expected.startswith(expected)


def test_after_a_reimage_every_node_and_the_new_network_are_seen() -> None:
    overlay, cilium = (step.gate for step in runbook(judged()).steps)
    assert [item.purpose for item in overlay] == [
        "See the state and the network",
        "See every pool",
        "See that every node was made anew",
        "See that no node is without overlay",
        "See each node's range",
        "See the pods' addresses",
    ]
    assert [item.purpose for item in cilium][3:] == [
        "See the agents",
        "See that kube-proxy is gone",
        "See Cilium's own policies; then apply what was prepared at once",
    ]


def test_what_to_prepare_depends_on_the_cluster() -> None:
    kubenet = {
        step.kind: [item.arguments[:3] for item in step.prepare] for step in runbook(judged(patched(KUBENET))).steps
    }
    assert kubenet == {
        "remove-policy-engine": [],
        "user-assigned-identity": [("az", "identity", "create"), ("az", "role", "assignment")],
        "overlay": [("az", "network", "route-table")],
        "cilium": [],
    }
    exports = [item.purpose for item in runbook(judged(patched(KUBENET))).before_first]
    assert "Keep Calico's own policies in a file" in exports
    nap = runbook(judged(patched(NODE_PROVISIONING), Target.CILIUM)).steps
    assert [(step.kind, len(step.prepare)) for step in nap] == [("nap-off", 2), ("cilium", 0), ("nap-on", 0)]


def test_the_proposal_and_what_was_rejected_before_it_are_said() -> None:
    text = PLAN_FORMATS["text"](judged(inputs=Inputs(on_premises_cidrs=("100.64.0.0/10",))))
    assert "  Proposed: 10.1.0.0/20, room for 16 nodes. None was given, so the rules judged this one.\n" in text
    assert (
        "  Rejected: 100.64.0.0/20 and 1023 behind it, overlaps 100.64.0.0/10 (on premises --on-premises-cidr)\n"
        "  Rejected: 10.0.0.0/20 and 15 behind it, overlaps 10.0.0.0/16 (service CIDR services)\n" in text
    )


def test_the_json_says_the_same() -> None:
    book = json.loads(PLAN_FORMATS["json"](judged()))
    assert [(step["kind"], step["mayRun"], step["reimages"]) for step in book["steps"]] == [
        ("overlay", True, 1),
        ("cilium", True, 1),
    ]
    assert book["addressPlan"]["isProposalJudged"] is True


def test_no_name_acts_on_a_terminal_or_leaves_its_line() -> None:
    report = judged(patched('{name: "shop\\e[2J\\u202e\\nrm -rf", pools: {"a\\e[1m": {count: 1}}}'))
    for text in (PLAN_FORMATS["text"](report), PLAN_FORMATS["json"](report)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert not any(line.startswith("rm -rf") for line in PLAN_FORMATS["text"](report).splitlines())

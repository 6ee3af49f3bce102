"""The words of a report: what each verdict, state, step and source is called, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from analyzer.model.fact import Cause
from analyzer.model.finding import Confidence, Severity
from analyzer.model.report import ClusterSummary, State, Verdict
from analyzer.model.source import Source

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.BLOCKED: "Blocked",
        Verdict.INDETERMINATE: "Indeterminate",
        Verdict.READY_WITH_RISKS: "Ready with risks",
        Verdict.READY: "Ready",
    }
)

VERDICT_MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.BLOCKED: "At least one blocker was found that no waiver accepts: the platform rejects the step or"
        " does not support it.",
        Verdict.INDETERMINATE: "No blocker was found that counts, but a rule that could find a blocker or a risk"
        " lacked a fact, or broke. It is not a go.",
        Verdict.READY_WITH_RISKS: "No blocker was found that counts, and nothing is left open that could be one. At"
        " least one risk was found, or a waiver accepts a missing fact.",
        Verdict.READY: "No blocker and no risk was found that counts, and every rule that could find one had all its"
        " facts. What waivers accept does not count, and is shown. It speaks only of what the rules of this version"
        " judge.",
    }
)

STATES: Mapping[State, str] = MappingProxyType(
    {
        State.FAIL: "Fails",
        State.UNKNOWN: "Unknown",
        State.NOTED: "Noted",
        State.PASS: "Passed",
        State.ERROR: "Broke",
        State.NOT_APPLICABLE: "Not applicable",
    }
)

STATE_MEANINGS: Mapping[State, str] = MappingProxyType(
    {
        State.FAIL: "The rule found a blocker or a risk.",
        State.UNKNOWN: "A fact was missing. What the rule found before that is shown; that it found no more proves"
        " nothing.",
        State.NOTED: "The rule found something worth knowing, which stops nothing.",
        State.PASS: "Every fact that the rule needs was read, and it found nothing.",
        State.ERROR: "The rule itself failed. It counts as unknown.",
        State.NOT_APPLICABLE: "The rule does not speak about this step of this cluster.",
    }
)

SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {Severity.BLOCKER: "Blocker", Severity.RISK: "Risk", Severity.NOTICE: "Notice"}
)

SEVERITY_MEANINGS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.BLOCKER: "The platform rejects it or does not support it.",
        Severity.RISK: "The platform accepts it; then traffic breaks or workloads suffer.",
        Severity.NOTICE: "Behaviour, duty or tool version worth knowing.",
    }
)

CONFIDENCE_MEANINGS: Mapping[Confidence, str] = MappingProxyType(
    {
        Confidence.DOCUMENTED: "The vendor's documentation says so.",
        Confidence.CHANGELOG: "Release notes or the Azure CLI's source say so.",
        Confidence.UPSTREAM: "An issue, a sample configuration or another project's source says so.",
        Confidence.DERIVED: "Reasoned from the others. Such a rule alone never makes a blocker.",
    }
)

CAUSE_MEANINGS: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.FORBIDDEN: "A right is lacking.",
        Cause.UNREACHABLE: "There was no answer that could be used.",
        Cause.MALFORMED: "The answer did not have the shape of its kind.",
        Cause.PARTIAL: "Part of the list was read, or nothing proves that there is no rest.",
        Cause.NOT_ASKED: "Nothing was asked, or the operator did not give it.",
        Cause.HIDDEN: "The body was read, but does not hold the field.",
        Cause.UNRECOGNISED: "This version does not know the value.",
    }
)

_OTHER_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "Finding": "One object that a rule is about, with the place where each value was read, and the value.",
        "Gap": "A fact that a rule lacked. It never counts as a pass: the rule is unknown at that step, and the verdict"
        " is indeterminate where the gap could hide a blocker or a risk.",
        "Step": "One operation of the platform. Rules judge it from the network state that the steps before it leave.",
        "Reimage": "AKS makes every node of every pool anew.",
        "Waiver": "What somebody accepts, why, and until when. A finding that is waived stays shown and stops nothing;"
        " a missing fact that is accepted counts as a risk. What the platform itself refuses cannot be waived.",
        "Fingerprint": "The sixteen characters under a finding: of rule, step, object and evidence, so the same in"
        " every run that finds the same thing. Links and waivers use it.",
    }
)

GLOSSARIES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "verdicts": tuple((VERDICTS[verdict], meaning) for verdict, meaning in VERDICT_MEANINGS.items()),
        "severities": tuple((SEVERITIES[severity], meaning) for severity, meaning in SEVERITY_MEANINGS.items()),
        "confidences": tuple((str(word).capitalize(), meaning) for word, meaning in CONFIDENCE_MEANINGS.items()),
        "causes": tuple((str(word).capitalize(), meaning) for word, meaning in CAUSE_MEANINGS.items()),
        "others": tuple(_OTHER_MEANINGS.items()),
    }
)

_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "user-assigned-identity": "Give the cluster a user-assigned identity",
        "remove-policy-engine": "Remove the network policy engine",
        "overlay": "Move to Azure CNI Overlay",
        "nap-off": "Switch node auto-provisioning off",
        "cilium": "Move to the Cilium data plane",
        "nap-on": "Switch node auto-provisioning on again",
        "arrived": "On the target already",
    }
)

_TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "overlay": "Azure CNI Overlay",
        "cilium": "the Cilium data plane",
        "overlay,cilium": "Azure CNI Overlay with the Cilium data plane",
    }
)

_IPAM: Mapping[str, str] = MappingProxyType(
    {
        "kubenet": "kubenet",
        "node-subnet": "Azure CNI, node subnet",
        "pod-subnet-dynamic": "Azure CNI, pod subnet (dynamic)",
        "pod-subnet-static": "Azure CNI, pod subnet (static block)",
        "overlay": "Azure CNI Overlay",
        "byo": "a CNI that AKS does not manage",
        "unknown": "an unknown IPAM mode",
    }
)

_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        Source.CLUSTER: "Managed cluster (Azure)",
        Source.VIRTUAL_NETWORKS: "Virtual networks (Azure)",
        Source.ROUTE_TABLES: "Route tables (Azure)",
        Source.NETWORK_SECURITY_GROUPS: "Network security groups (Azure)",
        Source.SERVICE_CIDRS: "ServiceCIDR objects",
        Source.CONFIG_MAP_NAMES: "Names of kube-system config maps",
        Source.IP_MASQ_CONFIG: "IP masquerade config map",
        Source.IP_MASQ_RECONCILED: "Reconciled IP masquerade config map",
        Source.NPM_CONFIG: "Azure NPM config map",
        Source.AKS_NODE_CLASSES: "AKSNodeClass objects",
        Source.MONITORS: "Pod and service monitors",
        Source.INPUTS: "What only the operator knows",
    }
)

_MONTHS = (
    "January February March April May June July August September October November December"  # locale plays no part
).split()


def step_title(kind: str) -> str:
    """What a step does; the kind itself where this version does not know it."""
    return _STEPS.get(kind, kind)


def target_title(target: str) -> str:
    """Where `--to` leads."""
    return _TARGETS.get(target, target)


def ipam_title(mode: str) -> str:
    """Where pods get their addresses from."""
    return _IPAM.get(mode, mode)


def source_title(source: str) -> str:
    """What is read, in words: "Pod disruption budgets"."""
    return _SOURCES.get(source, source.replace("_", " ").capitalize())


def cluster_title(cluster: ClusterSummary) -> str:
    """The cluster's name, or that it is not known."""
    return cluster.name or "Unknown cluster"


def day(text: str) -> str:
    """2028-03-31 as 31 March 2028; any other text as it is."""
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text, re.ASCII)
    if not found or not 1 <= int(found[2]) <= len(_MONTHS):
        return text
    return f"{int(found[3])} {_MONTHS[int(found[2]) - 1]} {found[1]}"


def moment(text: str | None) -> str:
    """2026-11-20T06:00:00Z as 20 November 2026, 06:00 UTC; None says that it is not recorded."""
    if not text:
        return "not recorded"
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|\+00:00)", text, re.ASCII)
    return f"{day(found[1])}, {found[2]} UTC" if found else text

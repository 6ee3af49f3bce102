"""One judgement as a comparison asks it: its findings and gaps by identity, and what it says where it has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.model.difference import FindingMark, GapMark, Sight
from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedFinding, ReportedGap, Result, State
from analyzer.model.source import READS, KubernetesRead, Source

GapKey = tuple[str, str, str, str]
"""Rule, step, source, object: what makes a gap the same gap."""
_OPEN = (State.UNKNOWN, State.ERROR)
_WHOLE = ("read", "absent API")
"""The status of what was read whole."""
_ARM_KINDS = {
    "AgentPool": Source.CLUSTER,
    "ApplicationGateway": Source.APPLICATION_GATEWAYS,
    "Lock": Source.LOCKS,
    "ManagedCluster": Source.CLUSTER,
    "NetworkSecurityGroup": Source.NETWORK_SECURITY_GROUPS,
    "RouteTable": Source.ROUTE_TABLES,
    "Subnet": Source.VIRTUAL_NETWORKS,
    "VirtualNetwork": Source.VIRTUAL_NETWORKS,
    "VirtualNetworkPeering": Source.VIRTUAL_NETWORKS,
}
_LISTED_IN = _ARM_KINDS | {
    kind: source
    for source, read in READS.items()
    if isinstance(read, KubernetesRead) and not read.name and not read.only_when_asked
    for end in read.endpoints
    for kind in ((f"{end.kind}.{end.group}" if end.group.endswith("projectcalico.org") else end.kind),)
}
"""Where the objects of a kind are read from, by the kind as findings name it."""


@dataclass(frozen=True)
class Judgement:
    """A report, with what comparisons look up in it."""

    report: Report

    @cached_property
    def findings(self) -> dict[str, FindingMark]:
        """Every finding by its fingerprint."""
        return {
            item.fingerprint: self._finding(result, item) for result in self.report.results for item in result.findings
        }

    @cached_property
    def gaps(self) -> dict[GapKey, GapMark]:
        """Every missing fact, and every rule that broke. Without a path, what the path lacks: all rules lack the same.

        Of several facts of one source that a rule lacks of one object, the gravest that nobody accepts speaks.
        """
        marks = sorted(self._gaps(), key=lambda mark: (not mark.waived, mark.severity.weight))
        return {(mark.rule, mark.step, mark.source, mark.object): mark for mark in marks}

    def sight_of(self, mark: FindingMark | GapMark, has: Judgement) -> Sight:
        """What this judgement, which lacks it, says of a finding or a gap that another one has."""
        if isinstance(mark, FindingMark):
            return self._sight(mark.rule, mark.step, has, mark.object)
        lacked_there = mark.source in has._unread
        if lacked_there and mark.source not in self._unread and (mark.rule, mark.step) in self._results:
            return Sight.CLEAR
        return self._sight(mark.rule, mark.step, has)

    def _sight(self, rule: str, step: str, has: Judgement, of: ObjectRef | None = None) -> Sight:
        if not self.report.path.known:
            return Sight.UNKNOWN
        if not rule:
            return Sight.CLEAR
        result = self._results.get((rule, step))
        if result is None:
            return Sight.OFF_PATH if rule in self._rules and step not in self._steps else Sight.UNKNOWN
        if result.state is State.NOT_APPLICABLE and step in self._refused and step not in has._refused:
            return Sight.OFF_PATH
        is_open = result.state in _OPEN or bool(result.gaps) or self._is_told_less(rule, step, has)
        return Sight.UNKNOWN if is_open or not self._shows(of, has) else Sight.CLEAR

    def _shows(self, of: ObjectRef | None, has: Judgement) -> bool:
        """Whether what an object is read from was read whole, and lacks nothing for any rule that it did not lack."""
        source = _LISTED_IN.get(of.kind) if of else None
        return source not in self._unread and source not in {lacked for lacked, *_ in self._lacked - has._lacked}

    def _is_told_less(self, rule: str, step: str, than: Judgement) -> bool:
        """Whether the operator told it less: an input that is not given any more may be why nothing is found."""
        untold = than.report.inputs.keys() - self.report.inputs.keys()
        return bool(untold) or bool(self._asks(rule, step) - than._asks(rule, step))

    def _asks(self, rule: str, step: str) -> frozenset[str]:
        """The flags that a rule asks the operator for: what they would tell it is not known."""
        result = self._results.get((rule, step))
        return frozenset(item.asks for item in result.findings if item.asks) if result else frozenset()

    @cached_property
    def _results(self) -> dict[tuple[str, str], Result]:
        return {(result.rule, result.step): result for result in self.report.results}

    @cached_property
    def _rules(self) -> dict[str, Severity]:
        return {rule.id: rule.severity for rule in self.report.rules}

    @cached_property
    def _titles(self) -> dict[str, str]:
        return {rule.id: rule.title for rule in self.report.rules}

    @cached_property
    def _steps(self) -> frozenset[str]:
        on_path = (step.kind for step in self.report.path.steps)
        return frozenset({*on_path, *(result.step for result in self.report.results)})

    @cached_property
    def _refused(self) -> frozenset[str]:
        return frozenset(step.kind for step in self.report.path.steps if step.refused)

    @cached_property
    def _unread(self) -> frozenset[str]:
        return frozenset(row.source for row in self.report.coverage if row.status not in _WHOLE)

    @cached_property
    def _lacked(self) -> frozenset[tuple[str, str, str]]:
        """Whatever any rule lacked: a source, the object, what of it."""
        gaps = (gap for result in self.report.results for gap in result.gaps)
        return frozenset((gap.source, str(gap.object), gap.detail) for gap in gaps)

    def _finding(self, result: Result, item: ReportedFinding) -> FindingMark:
        return FindingMark(
            fingerprint=item.fingerprint,
            rule=result.rule,
            title=self._titles.get(result.rule, result.rule),
            step=result.step,
            severity=item.severity,
            object=item.object,
            message=item.message,
            evidence=item.evidence,
            waived=bool(item.waiver),
        )

    def _gaps(self) -> Iterator[GapMark]:
        if not self.report.path.known:
            yield from (_gap("", "", item) for item in self.report.path.gaps)
            return
        for result in self.report.results:
            yield from (_gap(result.rule, result.step, item) for item in result.gaps)
            if result.state is State.ERROR:
                severity = self._rules.get(result.rule, Severity.BLOCKER)
                yield GapMark(rule=result.rule, step=result.step, source="", severity=severity)


def _gap(rule: str, step: str, item: ReportedGap) -> GapMark:
    about = str(item.object) if item.object else ""
    waived = bool(item.waiver)
    return GapMark(rule=rule, step=step, source=item.source, severity=item.severity, object=about, waived=waived)

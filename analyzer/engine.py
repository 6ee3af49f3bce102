"""Judges a snapshot: solves the path, sets the scenes, asks every rule, weighs the answers. Pure."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from analyzer.addresses.plan import AddressPlan
from analyzer.disruption_summary import disruption_summary
from analyzer.flow_summary import path_flows
from analyzer.model.fact import LackingError, Missing
from analyzer.model.finding import Finding, Gap, NotApplicable, Passed, Severity, gap
from analyzer.model.report import (
    AddressPlanSummary,
    ClusterSummary,
    Report,
    ReportedFinding,
    ReportedGap,
    ReportedPath,
    ReportedStep,
    Result,
    State,
    Tool,
    Verdict,
)
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import REIMAGING, Inputs, Path, Refusal, Solved, Step, StepKind, Target, UnknownPath
from analyzer.model.waiver import Waiver
from analyzer.path import solve
from analyzer.scene import Rule, Scene, Views
from analyzer.summary import (
    address_plan_summary,
    address_space,
    cluster_summary,
    coverage,
    object_counts,
    pool_summaries,
    rule_summaries,
    state_summary,
)
from analyzer.waiving import Grounds, waive

_WEIGHTY = {Severity.BLOCKER, Severity.RISK}
_WORST = (Verdict.BLOCKED, Verdict.INDETERMINATE, Verdict.READY_WITH_RISKS, Verdict.READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a snapshot, and by whom."""

    target: Target
    inputs: Inputs
    as_of: str
    """YYYY-MM-DD: the only calendar that a judgement reads."""
    snapshot_hash: str
    tool_version: str
    waivers: tuple[Waiver, ...] = ()
    """In the order of their file."""
    strict: bool = False
    """Every waiver is ignored."""


def judge(snapshot: Snapshot, question: Question, catalog: Sequence[Rule]) -> Report:
    """Every rule at every step of the path, and the verdicts. Same snapshot and question, same report."""
    views = Views(snapshot, question.inputs)
    plan = views.address_plan
    path = solve(snapshot.cluster, question.target, question.inputs, plan.pod_cidr)
    scenes = _scenes(views, path, question)
    cluster = cluster_summary(snapshot.cluster)
    grounds = _grounds(question, cluster, path, catalog)
    results, waivers = waive(_judge_path(path, scenes, catalog), question.waivers, grounds)
    reported = _report_path(path, results, catalog)
    addresses = _address_plan(plan, path)
    return Report(
        tool=tool(question.tool_version, catalog),
        cluster=cluster,
        target=question.target.value,
        as_of=question.as_of,
        inputs=given_inputs(question.inputs),
        snapshot_hash=question.snapshot_hash,
        collected_at=snapshot.collected_at,
        api_version=snapshot.api_version,
        server=snapshot.server,
        verdict=_whole_verdict(reported, results),
        observed=state_summary(views.observed),
        path=reported,
        coverage=coverage(snapshot, catalog, results),
        rules=rule_summaries(catalog, snapshot.cluster),
        results=results,
        address_space=address_space(plan, question.inputs.pod_cidr, addresses.proposal if addresses else None),
        address_plan=addresses,
        pools=pool_summaries(snapshot.cluster),
        object_counts=object_counts(snapshot),
        disruption=disruption_summary(views.drain, path),
        flows=path_flows(scenes),
        waivers=waivers,
    )


def evaluate(rule: Rule, scene: Scene) -> Result:
    """One rule at one step."""
    answer = _Answer(rule, scene)
    answer.listen()
    return answer.result()


@dataclass(slots=True)
class _Answer:
    """Collects what one rule says at one step."""

    rule: Rule
    scene: Scene
    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    reason: str = ""
    applies: bool = True
    broke: bool = False

    def listen(self) -> None:
        """Asks the rule. What it found before a fact was missing, or before it broke, stays."""
        try:
            if self._speaks():
                for outcome in self.rule.check(self.scene):
                    self._take(outcome)
        except LackingError as lacking:
            self.gaps.extend(gap(missing) for missing in lacking.missing)
        except Exception as error:
            self.broke = True
            self.reason = f"The rule broke: {type(error).__name__}: {error}"

    def _speaks(self) -> bool:
        """Whether the rule exists in this mode and on this Kubernetes version."""
        if self.rule.modes:
            mode = self.scene.before.ipam.require()
            if mode not in self.rule.modes:
                self._take(
                    NotApplicable(f"It concerns {_words(self.rule.modes)}; before this step it is {mode.value}.")
                )
                return False
        if self.rule.window is not None:
            version = self.scene.before.kubernetes_version.require()
            if version >= self.rule.window.before:
                limit = self.rule.window.before
                self._take(Passed(f"It exists only before Kubernetes {limit.major}.{limit.minor}; this is {version}."))
                return False
        return True

    def _take(self, outcome: Finding | Gap | Passed | NotApplicable) -> None:
        match outcome:
            case Finding():
                self.findings.append(outcome)
            case Gap():
                self.gaps.append(outcome)
            case Passed(reason):
                self.reason = reason
            case _:
                self.reason, self.applies = outcome.reason, False

    def result(self) -> Result:
        """The result, with its state; findings and gaps in a stable order, each once."""
        step = self.scene.step.kind.value
        findings = self._findings(step) if self.findings else ()
        state = self._state(findings)
        return Result(
            rule=self.rule.id,
            step=step,
            state=state,
            reason=self.reason if state in _STATES_WITH_REASON else "",
            findings=findings,
            gaps=self._gaps() if self.gaps else (),
        )

    def _findings(self, step: str) -> tuple[ReportedFinding, ...]:
        found = {item.fingerprint: item for item in (self._report(found, step) for found in self.findings)}
        return tuple(sorted(found.values(), key=lambda item: (-item.severity.weight, item.object, item.fingerprint)))

    def _gaps(self) -> tuple[ReportedGap, ...]:
        found = dict.fromkeys(_report_gap(item, self.rule) for item in self.gaps)
        return tuple(sorted(found, key=lambda item: (item.source, item.detail, str(item.object))))

    def _report(self, found: Finding, step: str) -> ReportedFinding:
        severity = found.severity or self.rule.severity
        identity = (self.rule.id, step, found.object.kind, found.object.namespace, found.object.name, found.key)
        return ReportedFinding(
            fingerprint=hashlib.sha256("\0".join(identity).encode()).hexdigest()[:16],
            severity=min(severity, self.rule.severity, key=lambda item: item.weight),
            object=found.object,
            message=found.message,
            evidence=found.evidence,
            remedy=found.remedy,
            asks=found.asks,
        )

    def _state(self, findings: Sequence[ReportedFinding]) -> State:
        if self.broke:
            return State.ERROR
        found = {item.severity for item in findings}
        if Severity.BLOCKER in found:
            return State.FAIL
        if self.gaps:
            return State.UNKNOWN
        if Severity.RISK in found:
            return State.FAIL
        if found:
            return State.NOTED
        return State.PASS if self.applies else State.NOT_APPLICABLE


_STATES_WITH_REASON = (State.PASS, State.NOT_APPLICABLE, State.ERROR)


def _report_gap(item: Gap, rule: Rule) -> ReportedGap:
    return ReportedGap(
        source=item.source.value,
        cause=item.cause.value,
        detail=item.detail,
        grant=item.grant,
        object=item.object,
        severity=min(item.severity or rule.severity, rule.severity, key=lambda found: found.weight),
    )


def _words(values: Sequence[object]) -> str:
    return " or ".join(str(value) for value in values)


def _scenes(views: Views, path: Path, question: Question) -> tuple[Scene, ...]:
    """The steps as rules see them; none where the path is not known."""
    if isinstance(path, UnknownPath):
        return ()
    as_of = datetime.date.fromisoformat(question.as_of)
    steps = _judged_steps(views, path)
    return tuple(Scene(views, step, steps[:place], as_of, steps[place + 1 :]) for place, step in enumerate(steps))


def _judge_path(path: Path, scenes: Sequence[Scene], catalog: Sequence[Rule]) -> tuple[Result, ...]:
    if isinstance(path, UnknownPath):
        return tuple(_unknown(rule, path) for rule in catalog)
    results = [_evaluate(rule, scene) for scene in scenes for rule in catalog if scene.step.kind in rule.steps]
    kinds = {scene.step.kind for scene in scenes}
    return (*results, *(_off_path(rule) for rule in catalog if not kinds.intersection(rule.steps)))


def _evaluate(rule: Rule, scene: Scene) -> Result:
    """One rule at one step of a path; what is about reimaging does not concern a step that the platform refuses."""
    if scene.step.is_refused and rule.steps == REIMAGING:
        reason = "The platform refuses this step, so nothing is reimaged."
        return Result(rule=rule.id, step=scene.step.kind.value, state=State.NOT_APPLICABLE, reason=reason)
    return evaluate(rule, scene)


def _judged_steps(views: Views, path: Solved) -> tuple[Step, ...]:
    """The steps and the refused one; where there are none, the arrival, so that what was left behind is seen."""
    if path.refusal is not None:
        return (*path.steps, path.refusal.step)
    return path.steps or (Step(StepKind.ARRIVED, (), views.observed, views.observed, 0),)


def _unknown(rule: Rule, path: UnknownPath) -> Result:
    gaps = tuple(_report_gap(gap(missing), rule) for missing in path.missing)
    return Result(rule=rule.id, step="", state=State.UNKNOWN, gaps=gaps)


def _off_path(rule: Rule) -> Result:
    kinds = [step.value for step in rule.steps if step is not StepKind.ARRIVED]
    if not kinds:
        return Result(rule=rule.id, step="", state=State.NOT_APPLICABLE, reason="The path has steps to do.")
    reason = f"The path has no step {_words(kinds)}."
    return Result(rule=rule.id, step="", state=State.NOT_APPLICABLE, reason=reason)


def _grounds(question: Question, cluster: ClusterSummary, path: Path, catalog: Sequence[Rule]) -> Grounds:
    refusal = path.refusal if isinstance(path, Solved) else None
    return Grounds(
        cluster=cluster,
        as_of=question.as_of,
        strict=question.strict,
        enforced=frozenset(rule.id for rule in catalog if rule.refused_by_platform),
        refused=(refusal.rule, refusal.step.kind.value) if refusal else None,
    )


def verdict_of(results: Sequence[Result], severities: Mapping[str, Severity]) -> Verdict:
    """The verdict over some results: a blocker, else a gap or a broken rule that could be worse, else a risk.

    What is waived does not count, but a waived gap is a risk that somebody took: it never adds up to READY.
    """
    found = {item.severity for result in results for item in result.findings if not item.waiver}
    open_ = {item.severity for result in results for item in result.gaps if not item.waiver}
    open_ |= {severities[result.rule] for result in results if result.state is State.ERROR}
    taken = {item.severity for result in results for item in result.gaps if item.waiver}
    if Severity.BLOCKER in found:
        return Verdict.BLOCKED
    if open_ & _WEIGHTY:
        return Verdict.INDETERMINATE
    return Verdict.READY_WITH_RISKS if Severity.RISK in found or taken & _WEIGHTY else Verdict.READY


def _report_path(path: Path, results: tuple[Result, ...], catalog: Sequence[Rule]) -> ReportedPath:
    if isinstance(path, UnknownPath):
        gaps = tuple(_path_gap(missing) for missing in path.missing)
        return ReportedPath(known=False, reason="The network state is not known well enough.", gaps=gaps)
    severities = {rule.id: rule.severity for rule in catalog}
    steps = [_report_step(step, results, severities) for step in path.steps]
    if path.refusal is not None:
        steps.append(_report_refusal(path.refusal))
    return ReportedPath(known=True, steps=tuple(steps), reimages=path.reimages, reason=path.reason)


def _path_gap(missing: Missing[object]) -> ReportedGap:
    return ReportedGap(
        source=missing.source.value,
        cause=missing.cause.value,
        detail=missing.detail,
        grant=missing.grant,
        severity=Severity.BLOCKER,
    )


def _report_step(step: Step, results: tuple[Result, ...], severities: Mapping[str, Severity]) -> ReportedStep:
    kind = step.kind.value
    of_step = [result for result in results if result.step == kind]
    return ReportedStep(
        kind=kind,
        verdict=verdict_of(of_step, severities),
        command=step.command,
        reimages=step.reimages,
        irreversible=step.kind.is_irreversible,
        before=state_summary(step.before),
        after=state_summary(step.after),
        least_cli=str(step.kind.least_cli or ""),
    )


def _address_plan(plan: AddressPlan, path: Path) -> AddressPlanSummary | None:
    """The plan of the path's overlay step; None where it has none."""
    steps = path.steps if isinstance(path, Solved) else ()
    found = next((step for step in steps if step.kind is StepKind.OVERLAY), None)
    return address_plan_summary(plan, found.after) if found else None


def _report_refusal(refusal: Refusal) -> ReportedStep:
    """A refused step is BLOCKED whatever the rules say: the platform does not offer it."""
    return ReportedStep(
        kind=refusal.step.kind.value,
        verdict=Verdict.BLOCKED,
        command=refusal.step.command,
        reimages=0,
        irreversible=refusal.step.kind.is_irreversible,
        before=state_summary(refusal.step.before),
        after=state_summary(refusal.step.after),
        refused=True,
        reason=refusal.reason,
        refused_by=refusal.rule,
        ways_out=refusal.ways_out,
    )


def _whole_verdict(path: ReportedPath, results: Sequence[Result]) -> Verdict:
    """The worst step's; READY for an empty path; INDETERMINATE where no rule spoke about any step."""
    if not path.known:
        return Verdict.INDETERMINATE
    if not path.steps:
        return Verdict.READY
    spoke = any(result.step and result.state is not State.NOT_APPLICABLE for result in results)
    worst = min((step.verdict for step in path.steps), key=_WORST.index)
    return worst if spoke else min(worst, Verdict.INDETERMINATE, key=_WORST.index)


def tool(version: str, catalog: Sequence[Rule]) -> Tool:
    """What judges: the version, and the hash of every rule's metadata and page."""
    return Tool(
        name="aks-preflight",
        version=version,
        rule_pack_version=version,
        rule_pack_hash=_pack_hash(tuple(catalog)),
        rule_count=len(catalog),
    )


@cache
def _pack_hash(catalog: tuple[Rule, ...]) -> str:
    """The same for every cluster of a run."""
    digest = hashlib.sha256()
    for rule in catalog:
        digest.update(repr((rule.id, rule.page.text, rule.severity, rule.confidence, rule.steps)).encode())
        digest.update(repr((rule.modes, rule.window, rule.reads, rule.sources, rule.since)).encode())
        digest.update(repr((rule.refused_by_platform, rule.is_always_so)).encode())
    return digest.hexdigest()


def given_inputs(inputs: Inputs) -> dict[str, str]:
    """What the operator gave, by flag."""
    window = inputs.planned_window
    given = {
        "--pod-cidr": inputs.pod_cidr,
        "--cli-version": inputs.cli_version,
        "--planned-features": _listed(inputs.planned_features),
        "--planned-window": f"{window.start.isoformat()}/{window.end.isoformat()}" if window else None,
        "--on-premises-cidr": _listed(inputs.on_premises_cidrs),
        "--iac-plan": inputs.iac_plan,
        "--allowed-fqdn": _listed(inputs.allowed_fqdns),
        "--credential-expiry": inputs.credential_expiry,
        "--scan-configmaps": "yes" if inputs.scan_configmaps else None,
    }
    return {flag: str(value) for flag, value in given.items() if value is not None}


def _listed(values: tuple[str, ...] | None) -> str | None:
    return None if values is None else ",".join(values) or "none"

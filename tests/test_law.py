"""The law: with fewer facts of the same cluster, on the same path, each result's state stays or becomes unknown and
its findings are a subset; each verdict stays or becomes INDETERMINATE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import healthy
import msgspec
import pytest
import random_clusters
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from random_clusters import Asked
from random_tables import TABLES, blocks

from analyzer.collect.files.reading import read_files
from analyzer.collect.requests import kubernetes_reads
from analyzer.collect.requests import path_of as request_path
from analyzer.engine import Question, judge
from analyzer.model.finding import Confidence, Finding, ObjectRef, Outcome, Severity
from analyzer.model.report import Report, ReportedGap, Result, State, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, StepKind, Target
from analyzer.model.waiver import Pattern, Selector, Waiver
from analyzer.scene import Page, Rule, Scene
from rules import CATALOG

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))


LEAN = tuple(replace(rule, page=Page(rule.page.title), sources=()) for rule in CATALOG)
"""Every rule, without the pages that reports would be written with."""
RULES = {rule.id: rule for rule in LEAN}
SOURCES = [source for source in Source if source not in (Source.INPUTS, Source.CLUSTER)]
GIVEN = Inputs(pod_cidr="100.64.0.0/16")


def report(
    snapshot: Snapshot,
    target: Target,
    inputs: Inputs,
    catalog: Sequence[Rule] = LEAN,
    as_of: str = healthy.AS_OF,
    *,
    waivers: Sequence[Waiver] = (),
) -> Report:
    question = Question(
        target=target, inputs=inputs, as_of=as_of, snapshot_hash="", tool_version="0", waivers=tuple(waivers)
    )
    return judge(snapshot, question, catalog)


def answer(asked: Asked, catalog: Sequence[Rule] = LEAN, waivers: Sequence[Waiver] = ()) -> Report:
    return report(asked.snapshot, asked.target, asked.inputs, catalog, asked.as_of, waivers=waivers)


def path_of(found: Report) -> list[str]:
    return [f"{step.kind} {step.refused}" for step in found.path.steps] if found.path.known else ["unknown"]


def breaches(full: Report, less: Report) -> list[str]:
    """Every way in which a report with fewer facts breaks the law, in words."""
    found = [] if less.verdict in (full.verdict, Verdict.INDETERMINATE) else [f"{full.verdict} became {less.verdict}"]
    for step, other in zip(full.path.steps, less.path.steps, strict=True):
        if other.verdict not in (step.verdict, Verdict.INDETERMINATE):
            found.append(f"{step.kind}: {step.verdict} became {other.verdict}")
    for before, after in zip(full.results, less.results, strict=True):
        found += result_breaches(before, after)
    return found


def result_breaches(full: Result, less: Result) -> Iterator[str]:
    name = f"{full.rule} at {full.step}"
    assert (full.rule, full.step) == (less.rule, less.step)
    if State.ERROR in (full.state, less.state):
        yield f"{name}: {full.reason}{less.reason}"
    if less.state not in (full.state, State.UNKNOWN):
        yield f"{name}: {full.state} became {less.state}"
    known = {item.fingerprint: item.severity.weight for item in full.findings}
    for item in less.findings:
        if item.severity.weight > known.get(item.fingerprint, 0):
            yield f"{name}: {item.severity} on {item.object} appeared: {item.message}"


@dataclass(frozen=True)
class Roll:
    """How a random cluster came about: short to print, and enough to make it again."""

    seed: int
    cases: int
    objects: int
    sources: int = 0
    """Facts that are taken away."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules whose cases it holds: few enough for one of them to turn a verdict."""
        return tuple(RULES[name] for name in Random(self.seed).sample(sorted(TABLES), self.cases)) or LEAN

    @property
    def asked(self) -> Asked:
        """The cluster in full, and the question."""
        random = Random(self.seed)
        return random_clusters.cluster(random, random.sample(sorted(TABLES), self.cases), self.objects)

    def less(self, asked: Asked) -> Asked:
        """The same with fewer facts."""
        less = random_clusters.with_less(asked.snapshot, Random(self.seed), self.sources)
        return replace(asked, snapshot=less)


def rolls(sources: int = 0) -> st.SearchStrategy[Roll]:
    taken = st.integers(min(sources, 1), sources)
    return st.builds(Roll, st.integers(0, 2**32), st.integers(0, 4), st.integers(0, 12), taken)


@settings(RELAXED, max_examples=300)
@given(rolls(sources=6))
def test_fewer_facts_never_say_more(roll: Roll) -> None:
    asked = roll.asked
    before, after = answer(asked), answer(roll.less(asked))
    assume(path_of(before) == path_of(after))
    assert breaches(before, after) == []


@settings(RELAXED, max_examples=200)
@given(rolls(sources=6))
def test_waivers_of_findings_never_make_fewer_facts_say_more(roll: Roll) -> None:
    """Somebody accepts half of what is found: with fewer facts no verdict is better, and no more is accepted."""
    asked, few = roll.asked, roll.rules
    less = roll.less(asked)
    waivers = finding_waivers(answer(asked, few), Random(roll.seed))
    before, after = answer(asked, few, waivers), answer(less, few, waivers)
    assume(path_of(before) == path_of(after))
    assert breaches(before, after) == []
    assert waived(after) - waived(before) == set()
    assert [gap for result in after.results for gap in result.gaps if gap.waiver] == []
    assert after.verdict in UNSETTLED or open_gaps(after) == []


@settings(RELAXED, max_examples=100)
@given(rolls(sources=6))
def test_a_waived_gap_only_ever_turns_indeterminate_into_ready_with_risks(roll: Roll) -> None:
    """The law holds for what was read. Where somebody accepts not to see, his word stands in its place: beside it
    nothing is hidden, nothing blocked becomes free, and nothing unread READY."""
    less = roll.less(roll.asked)
    without = answer(less)
    accepting = answer(less, waivers=gap_waivers(without, Random(roll.seed)))
    taken = (Verdict.INDETERMINATE, Verdict.READY_WITH_RISKS)
    pairs = [(one.verdict, other.verdict) for one, other in zip(without.path.steps, accepting.path.steps, strict=True)]
    turned = {pair for pair in [(without.verdict, accepting.verdict), *pairs] if pair[0] is not pair[1]}
    assert turned - {taken} == set()
    assert [replace_waivers(item) for item in accepting.results] == list(without.results)
    assert accepting.verdict in UNSETTLED or open_gaps(accepting) == []


UNSETTLED = (Verdict.BLOCKED, Verdict.INDETERMINATE)


def open_gaps(found: Report) -> list[ReportedGap]:
    """Those that hold a verdict back."""
    gaps = [gap for result in found.results for gap in result.gaps]
    return [gap for gap in gaps if not gap.waiver and gap.severity is not Severity.NOTICE]


def finding_waivers(found: Report, random: Random) -> list[Waiver]:
    """Waivers for about half of the findings, each by some of its object's words, or for the whole cluster."""
    pairs = [(item.rule, finding.object) for item in found.results for finding in item.findings]
    drawn = random.sample(pairs, len(pairs) // 2)
    return [waiver(rule, "", object, random) for rule, object in drawn]


def gap_waivers(found: Report, random: Random) -> list[Waiver]:
    """Waivers for all gaps, or for half of them."""
    gaps = [(item.rule, gap) for item in found.results for gap in item.gaps]
    drawn = random.sample(gaps, len(gaps) // random.randint(1, 2))
    return [waiver(rule, gap.source, gap.object, random) for rule, gap in drawn]


def waiver(rule: str, fact: str, object: ObjectRef | None, random: Random) -> Waiver:
    parts = {part: getattr(object, part) for part in ("namespace", "kind", "name")} if object else {}
    kept = {part: Pattern(parts[part]) for part in random.sample(sorted(parts), random.randint(0, len(parts)))}
    anywhere = {"cluster": Pattern("*", is_glob=True)}
    return Waiver(
        id=f"{rule} {fact} {kept}",
        rule=rule,
        fact=fact,
        selector=Selector(**kept or anywhere),
        reason="Seen.",
        owner="Ada",
        expires="2099-12-31",
        ticket="CHG-1",
    )


def waived(found: Report) -> set[tuple[str, str]]:
    return {(item.fingerprint, item.waiver) for result in found.results for item in result.findings if item.waiver}


def replace_waivers(result: Result) -> Result:
    """The result as if nobody accepted anything."""
    plain = msgspec.structs.replace
    findings = tuple(plain(item, waiver="") for item in result.findings)
    return plain(result, findings=findings, gaps=tuple(plain(item, waiver="") for item in result.gaps))


@pytest.mark.parametrize("rule", LEAN, ids=RULES)
def test_a_rule_never_says_more_of_its_own_cases_without_a_fact_that_it_reads(rule: Rule) -> None:
    """Each fact alone, wholly and in part, and several together: where chance alone would seldom meet the rule."""
    random = Random(rule.id)
    sources = [source for source in rule.reads if source in SOURCES]
    for block in blocks(rule.id):
        asked = random_clusters.of_block(block)
        before = answer(asked, (rule,))
        for less in fewer(asked.snapshot, sources, random):
            after = answer(replace(asked, snapshot=less), (rule,))
            broken = [
                text for pair in zip(before.results, after.results, strict=True) for text in result_breaches(*pair)
            ]
            assert (block.promise, broken) == (block.promise, [])


def fewer(snapshot: Snapshot, sources: Sequence[Source], random: Random) -> Iterator[Snapshot]:
    """The snapshot without each of these sources, then twice with each of some of them only in part."""
    for source in sources:
        yield healthy.without(snapshot, source)
    for _ in range(2):
        less = snapshot
        for source in random.sample(sources, random.randint(0, len(sources))):
            less = random_clusters.with_fact(less, source, random_clusters.taken_away(less, source, random))
        yield less


@settings(RELAXED, max_examples=20)
@given(rolls())
def test_no_source_alone_makes_a_cluster_look_better(roll: Roll) -> None:
    asked, random = roll.asked, Random(roll.seed)
    before = answer(asked)
    for source in random.sample(SOURCES, 8):
        taken = random_clusters.taken_away(asked.snapshot, source, random)
        after = answer(replace(asked, snapshot=random_clusters.with_fact(asked.snapshot, source, taken)))
        assert (source, breaches(before, after)) == (source, [])


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("source", SOURCES)
def test_each_single_fact_taken_from_the_healthy_cluster(source: Source, target: Target) -> None:
    before = report(healthy.healthy(), target, GIVEN)
    after = report(healthy.without(healthy.healthy(), source), target, GIVEN)
    assert breaches(before, after) == []


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("source", SOURCES)
def test_a_cluster_stays_ready_without_a_fact_only_where_each_rule_says_why(source: Source, target: Target) -> None:
    """Silent: a pass without a word from a rule that weighs more than a notice and may read the fact."""
    found = report(healthy.without(healthy.healthy(), source), target, GIVEN)
    silent = [
        f"{item.rule} at {item.step}"
        for item in found.results
        if RULES[item.rule].severity is not Severity.NOTICE and source in RULES[item.rule].reads
        if not (item.reason or item.findings or item.gaps)
    ]
    assert ([] if found.verdict is Verdict.INDETERMINATE else silent) == []


def said(rule: Rule) -> set[str]:
    """What a rule says of clusters that hold a case of its own table among other things, read in full and in part."""
    words: set[str] = set()
    random = Random(rule.id)
    for _ in range(MOST_CLUSTERS):
        asked = random_clusters.cluster(random, [rule.id, *random.sample(sorted(TABLES), 2)], objects=4)
        less = random_clusters.with_less(asked.snapshot, random, sources=12)
        for snapshot in (asked.snapshot, less):
            words |= words_of(answer(replace(asked, snapshot=snapshot), (rule,)))
        if words == SPOKEN:
            break
    return words


def words_of(found: Report) -> set[str]:
    passed = {"pass" for item in found.results if item.state in (State.PASS, State.NOT_APPLICABLE)}
    findings = {"finding" for item in found.results if item.findings}
    return passed | findings | {"gap" for item in found.results if item.gaps}


SPOKEN = {"finding", "gap", "pass"}
MOST_CLUSTERS = 60
NEVER_FOUND = ("CIL-POLICY-FLAG", "GEN-ONE-OPERATION", "KUB-CALICO", "KUB-PLUGIN-FLAG")
"""They judge the planned steps, which are never planned so that they find something: only truth tables show them
other ones."""
NEVER_LACKING = ("GEN-ONE-OPERATION",)
"""They read nothing but what a path cannot be known without."""


def test_every_rule_is_reached_by_the_random_clusters() -> None:
    """A law is shown for no rule that the clusters never make speak."""
    words = {rule.id: said(rule) for rule in LEAN}
    assert sorted(name for name, spoken in words.items() if "finding" not in spoken) == sorted(NEVER_FOUND)
    assert {name for name, spoken in words.items() if "gap" not in spoken} - set(NEVER_LACKING) == set()
    assert {name for name, spoken in words.items() if "pass" not in spoken} == set()


@settings(RELAXED, max_examples=100)
@given(rolls())
def test_no_cluster_breaks_a_rule(roll: Roll) -> None:
    broken = [(item.rule, item.reason) for item in answer(roll.asked).results if item.state is State.ERROR]
    assert broken == []


@settings(RELAXED, max_examples=30)
@given(rolls())
def test_the_order_in_which_objects_come_back_changes_nothing(roll: Roll) -> None:
    """Lists are sorted where they are read; behind that edge everything may rely on it."""
    asked, random = roll.asked, Random(roll.seed)
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        one, other = (
            answer(replace(asked, snapshot=_read_back(asked.snapshot, Path(folder), shuffle)))
            for folder, shuffle in ((first, list), (second, lambda items: random.sample(items, len(items))))
        )
    assert one == other


def _read_back(snapshot: Snapshot, folder: Path, order: Callable[[list[Any]], list[Any]]) -> Snapshot:
    """The snapshot as exported files, in which each list comes in some order."""
    rows = ["# aks-preflight collected 1"]
    (folder / "cluster.json").write_bytes(msgspec.json.encode(snapshot.cluster.require()))
    for source, read in kubernetes_reads():
        items = getattr(snapshot, source.value).require()
        if read.name or not items:
            continue
        endpoint = next(end for end in read.endpoints if end.kind == items[0].kind)
        body = {"kind": f"{endpoint.kind}List", "apiVersion": items[0].api_version, "items": order(list(items))}
        (folder / f"{source.value}.json").write_bytes(msgspec.json.encode(body))
        rows.append(f"0\t{source.value}.json\tGET {request_path(read, endpoint, endpoint.versions[0])}")
    rows.append("0\tcluster.json\taz aks show")
    (folder / "collected.tsv").write_text("\n".join(rows))
    return read_files([folder]).snapshot


def _unlawful(scene: Scene) -> Iterator[Outcome]:
    """Takes pods that were not read for pods that are not there."""
    if not any(pod.namespace == "shop" for pod in getattr(scene.snapshot.pods, "value", ())):
        yield Finding(object=scene.cluster_ref, message="The shop is empty.")


UNLAWFUL = Rule(
    id="TEST-UNLAWFUL",
    page=Page("A rule that takes what was not read for what is not there."),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=tuple(StepKind),
    reads=(Source.PODS,),
    sources=(),
    check=_unlawful,
)


def test_an_unlawful_rule_is_caught() -> None:
    def breaks_the_law(roll: Roll) -> bool:
        asked = roll.asked
        before, after = answer(asked, (UNLAWFUL,)), answer(roll.less(asked), (UNLAWFUL,))
        return path_of(before) == path_of(after) and bool(breaches(before, after))

    try:
        find(rolls(sources=6), breaks_the_law, settings=settings(RELAXED, max_examples=2000))
    except NoSuchExample:
        pytest.fail("the property did not catch a rule that breaks the law")


def test_the_healthy_cluster_is_ready_to_every_target() -> None:
    verdicts = {target.value: report(healthy.healthy(), target, GIVEN).verdict.value for target in Target}
    assert verdicts == {"overlay": "READY", "cilium": "READY", "overlay,cilium": "READY"}

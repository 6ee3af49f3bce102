"""Calico's own policies (row 40): sections for pods, by tier and order.

Source, beside that of the modules this one puts together: projectcalico/calico,
libcalico-go/lib/backend/syncersv1/updateprocessors (networkpolicyprocessor.go, globalnetworkpolicyprocessor.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.enforcement import Grant, NotEnforced, Section
from analyzer.connectivity.engines.calico_expressions import And, Expression, Operator, Term, label_keys
from analyzer.connectivity.engines.calico_labels import NAMESPACE, CalicoEndpoints, address_sets, ranges
from analyzer.connectivity.engines.calico_ports import port_names
from analyzer.connectivity.engines.calico_rules import ROW, Meaning, Rules, in_namespaces, of_service_accounts
from analyzer.connectivity.engines.calico_selectors import selector
from analyzer.connectivity.engines.calico_tiers import DEFAULT, Rank, lenient_tiers, ranks, tier_names
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Mentioned
from analyzer.connectivity.ports import NamedPort, NumbersByName
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.model.fact import LackingError
from analyzer.model.objects import CalicoEntity, CalicoPolicy


def sections(reading: Reading) -> tuple[dict[Direction, list[Section]], list[NotEnforced]]:
    """What Calico's own policies do to pods, and the policies that are for host endpoints only.

    Exact but for what the model does not see. Unsure are therefore: subjects and peers chosen by service account; rules
    that match Services, DNS names, HTTP requests, ICMP or another protocol without ports, or ports of the source; and
    whether a rule that restricts the source meets what the control plane sends (row 39).

    Raises LackingError where a selector cannot be read, or asks for labels of namespaces that were not all read.
    """
    found: dict[Direction, list[Section]] = {direction: [] for direction in Direction}
    passed_over: list[NotEnforced] = []
    translator = _Translator(reading, Rules(CalicoEndpoints(reading)))
    for place, (policy, rank) in enumerate(zip(reading.book.calico, ranks(reading.book), strict=True)):
        number = reading.book.first_calico + place
        for direction in directions(policy):
            if policy.spec.do_not_track or policy.spec.pre_dnat:
                passed_over.append(NotEnforced(number, direction, ROW))
            else:
                found[direction] += translator.sections(_Placed(policy, number, rank), direction)
    return found, passed_over


def default_tier(book: PolicyBook) -> int:
    """The place of the default tier, in which Kubernetes policies stand at order 1000, among all tiers."""
    return tier_names(book).index(DEFAULT)


def calico_mentioned(book: PolicyBook) -> Mentioned:
    """What Calico's policies and sets name of pods and addresses. A selector that cannot be read names nothing here."""
    if not book.calico:
        return Mentioned()
    entities = tuple(entity for policy in book.calico for entity in _entities(policy))
    texts = {policy.spec.selector for policy in book.calico}
    texts.update(text for entity in entities for text in (entity.selector, entity.not_selector))
    nets = (item for entity in entities for item in ranges((*entity.nets, *entity.not_nets)))
    return Mentioned(
        labels=frozenset[str]().union(*map(_keys, texts)),
        port_names=frozenset(name for entity in entities for name in port_names((*entity.ports, *entity.not_ports))),
        ranges=frozenset((*nets, *(item for found in address_sets(book) for item in found.ranges))),
    )


def directions(policy: CalicoPolicy) -> tuple[Direction, ...]:
    """The directions that a policy is about.

    Without types: those of its rules, ingress where it has none; but Calico writes the types down when it takes a
    policy, and one without them in the CRD group, which went past Calico, is about both (felix/calc/policy_sorter.go).
    """
    spec = policy.spec
    if spec.types:
        named = {item.lower() for item in spec.types}
        return tuple(direction for direction in Direction if direction.value.lower() in named)
    if policy.api_version.startswith("crd.") or (spec.ingress and spec.egress):
        return tuple(Direction)
    return (Direction.EGRESS,) if spec.egress else (Direction.INGRESS,)


class _Placed(NamedTuple):
    policy: CalicoPolicy
    number: int
    """In the book."""
    rank: Rank


@dataclass(frozen=True)
class _Translator:
    reading: Reading
    rules: Rules

    @cached_property
    def _lenient(self) -> frozenset[int]:
        """The tiers that refuse nothing of their own."""
        return lenient_tiers(self.reading.book)

    def sections(self, placed: _Placed, direction: Direction) -> Iterator[Section]:
        """One policy in one direction, apart by the subjects that its rules treat alike."""
        selected = self.rules.endpoints.pods(_subjects(placed.policy))
        if not selected.possibly:
            return
        meanings = tuple(self.rules.meanings(placed.policy, direction))
        together: dict[tuple[Grant, ...], int] = {}
        for part, numbers in self._alike(selected.possibly, meanings, direction):
            grants = tuple(
                grant for meaning in meanings for grant in self.rules.grants(meaning, direction, part, numbers)
            )
            together[grants] = together.get(grants, 0) | part
        isolates = placed.rank.tier not in self._lenient
        for grants, part in together.items():
            yield Section(
                placed.number,
                part & selected.surely,
                grants,
                part & ~selected.surely,
                isolates,
                placed.rank.tier,
                placed.rank.order,
                ROW,
            )

    def _alike(
        self, subjects: int, meanings: Iterable[Meaning], direction: Direction
    ) -> Iterator[tuple[int, NumbersByName]]:
        """Subjects apart by the rules whose own side matches them, and by their numbers where a rule excludes ports."""
        parts = [subjects]
        names: set[NamedPort] = set()
        for meaning in meanings:
            surely, possibly = meaning.own
            pieces = (piece for part in parts for piece in (part & surely, part & possibly & ~surely, part & ~possibly))
            parts = [piece for piece in pieces if piece]
            if direction is Direction.INGRESS and not meaning.traffic.without.is_empty:
                names |= meaning.traffic.names
        for part in parts:
            yield from self.reading.parties.population.by_numbers(part, names)


def _subjects(policy: CalicoPolicy) -> Expression:
    """What a policy selects, of the pods: in its namespace, if it has one, and what its selectors match."""
    spec = policy.spec
    found: list[Expression] = [selector(spec.selector)]
    if policy.namespace:
        found.append(Term(NAMESPACE, Operator.IN, (policy.namespace,)))
    elif spec.namespace_selector:
        found.append(in_namespaces(spec.namespace_selector))
    if spec.service_account_selector:
        found.append(of_service_accounts(spec.service_account_selector))
    return And(tuple(found))


def _entities(policy: CalicoPolicy) -> Iterator[CalicoEntity]:
    for rule in (*policy.spec.ingress, *policy.spec.egress):
        yield from (entity for entity in (rule.source, rule.destination) if entity is not None)


def _keys(text: str) -> frozenset[str]:
    try:
        return label_keys(selector(text))
    except LackingError:
        return frozenset()

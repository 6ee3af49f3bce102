"""CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies as Cilium on AKS enforces them (rows 41 to 46).

Sources: docs.cilium.io, "Policy Enforcement Modes", 1.13 to 1.18; cilium, pkg/policy/repository.go; for
enableDefaultDeny pull request 30572; MicrosoftDocs/azure-aks-docs, articles on Advanced Container Networking Services
(ACNS).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.connectivity.enforcement import Action, NotEnforced, Section
from analyzer.connectivity.engines.cilium_faults import fault_row
from analyzer.connectivity.engines.cilium_labels import is_identity_label
from analyzer.connectivity.engines.cilium_peers import PeerReader, parsed_terms
from analyzer.connectivity.engines.cilium_ports import port_names
from analyzer.connectivity.engines.cilium_rules import SpecReader, listed, ranges_of
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Mentioned
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.model.objects import CiliumPolicy, CiliumRule, CiliumSpec, LabelSelector
from analyzer.model.version import Version

_BOTH = (Action.ALLOW, Action.DENY)
_DENY_ORDER = 0
_ALLOW_ORDER = 1
"""Refusals go before every admission, those of Kubernetes' policies among them."""
_DEFAULT_DENY_COUNTS = Version(1, 16)


def sections(reading: Reading, settings: Cilium) -> tuple[dict[Direction, list[Section]], list[NotEnforced]]:
    """What Cilium makes of its own policies: a section for the refusals and one for the admissions of each spec.

    With ACNS, what an L7 rule may refuse is admitted: connections are made, and a proxy answers on them.
    """
    found: dict[Direction, list[Section]] = {direction: [] for direction in Direction}
    passed_over: list[NotEnforced] = []
    peers = PeerReader(reading, settings)
    for place, policy in enumerate(reading.book.cilium, start=reading.book.first_cilium):
        if row := fault_row(policy, settings):
            passed_over += [NotEnforced(place, direction, row) for direction in Direction]
            continue
        for number, spec in enumerate(policy.all_specs):
            for direction in Direction:
                if spec.node_selector is None:
                    part = _Part(place, SpecReader(peers, policy, number, direction))
                    found[direction] += part.sections()
                elif _has_rules(spec, direction):
                    passed_over.append(NotEnforced(place, direction, 45))
    return found, list(dict.fromkeys(passed_over))


def rule_path(policy: CiliumPolicy, direction: Direction, action: Action, rule: int) -> str:
    """Where the rule of a grant stands: "spec.egressDeny[0]", "specs[1].ingress[2]"; "" where there is no such rule."""
    name = direction.value.lower() + ("Deny" if action is Action.DENY else "")
    for place, spec in enumerate(policy.all_specs, start=0 if policy.spec is None else -1):
        count = len(listed(spec, direction, action))
        if rule < count:
            return f"spec{'' if place < 0 else f's[{place}]'}.{name}[{rule}]"
        rule -= count
    return ""


def cilium_mentioned(book: PolicyBook) -> Mentioned:
    """Labels of pods by their keys without a source, port names and ranges that Cilium's own policies name."""
    specs = [spec for policy in book.cilium for spec in policy.all_specs]
    rules = [
        rule
        for spec in specs
        for direction in Direction
        for action in _BOTH
        for rule in listed(spec, direction, action)
    ]
    selectors = [spec.endpoint_selector or LabelSelector() for spec in specs]
    selectors += [selector for rule in rules for selector in _selectors(rule)]
    return Mentioned(
        frozenset(term.key for selector in selectors for term in parsed_terms(selector)),
        frozenset(name for rule in rules for name in port_names(rule)),
        frozenset(item for rule in rules for entry in ranges_of(rule) for item in entry),
    )


@dataclass(frozen=True)
class _Part:
    """One spec of a policy in one direction."""

    policy: int
    reader: SpecReader

    def sections(self) -> Iterator[Section]:
        """Refusals first. Without any rule of the direction nothing isolates, whatever enableDefaultDeny says."""
        spec, peers = self.reader.spec, self.reader.peers
        subjects = peers.subjects(spec.endpoint_selector or LabelSelector(), self.reader.policy.namespace)
        if not _has_rules(spec, self.reader.direction) or not subjects.possibly:
            return
        denied = (*self.reader.grants(Action.DENY), *self.reader.requirements())
        allowed = tuple(self.reader.grants(Action.ALLOW))
        isolates, row = self._isolates(), self._row()
        for order, grants in ((_DENY_ORDER, denied), (_ALLOW_ORDER, allowed)):
            if grants or (order == _ALLOW_ORDER and isolates):
                further, sure = subjects.further, subjects.surely
                yield Section(self.policy, sure, grants, maybe=further, isolates=isolates, order=order, row=row)

    def _isolates(self) -> bool:
        """A direction with rules isolates, be they only refusals, unless enableDefaultDeny says that it does not."""
        chosen = self.reader.spec.enable_default_deny
        given = chosen.ingress if self.reader.direction is Direction.INGRESS else chosen.egress
        return given is not False or self._settings.version < _DEFAULT_DENY_COUNTS

    def _row(self) -> int:
        """12 where labels outside identities decide whom it selects, 43 where it names names that nobody learns."""
        spec = self.reader.spec
        keys = [term.key for term in parsed_terms(spec.endpoint_selector or LabelSelector())]
        if not all(is_identity_label(key, self._settings) for key in keys):
            return 12
        names = any(rule.to_fqdns for rule in listed(spec, self.reader.direction, Action.ALLOW))
        return 43 if names and not self._settings.has_l7_proxy else 41

    @property
    def _settings(self) -> Cilium:
        return self.reader.peers.settings


def _has_rules(spec: CiliumSpec, direction: Direction) -> bool:
    return any(listed(spec, direction, action) for action in _BOTH)


def _selectors(rule: CiliumRule) -> Iterator[LabelSelector]:
    yield from (*(rule.from_endpoints or ()), *(rule.to_endpoints or ()))
    yield from (*rule.from_requires, *rule.to_requires)

"""From wishes to policies: one for each set of pods, its rules together, under a name that is free."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from msgspec import structs

from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import PolicyBook
from analyzer.connectivity.rewriting.edits import edited
from analyzer.connectivity.rewriting.wishes import (
    Addition,
    Edit,
    Endpoints,
    Entity,
    ManifestKind,
    Peer,
    Range,
    Wish,
)
from analyzer.model.objects import (
    CiliumCIDR,
    CiliumPolicy,
    CiliumPort,
    CiliumPorts,
    CiliumRule,
    CiliumSpec,
    EgressRule,
    IngressRule,
    Metadata,
    NetworkPolicy,
    NetworkPolicySpec,
    PolicyPeer,
    PolicyPort,
)
from analyzer.model.objects.cilium import CiliumDefaultDeny
from analyzer.selectors import selector_text

_LONGEST = 63
_SUFFIX = "-cilium"
_MOST_PORTS = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that may keep some changes from happening."""

    manifest: NetworkPolicy | CiliumPolicy
    changes: frozenset[int]
    notes: tuple[str, ...] = ()
    replaces: int = -1
    """The place of the policy that it replaces; -1: it is an additional one."""

    @property
    def is_ciliums(self) -> bool:
        """Whether it can only exist once Cilium does."""
        return isinstance(self.manifest, CiliumPolicy)

    @property
    def takes_away(self) -> bool:
        """Whether it can refuse what some other policy admits."""
        own = self.manifest.all_specs if isinstance(self.manifest, CiliumPolicy) else ()
        return self.replaces >= 0 or any(spec.ingress_deny or spec.egress_deny for spec in own)


def drafts(book: PolicyBook, wishes: Iterable[Wish]) -> tuple[Draft, ...]:
    """The policies of some wishes, those of Kubernetes first, in order of namespaces and names."""
    listed = tuple(wishes)
    replaced: dict[int, list[Edit]] = {}
    added: dict[tuple[str, str, str, str, bool], list[Addition]] = {}
    for wish in listed:
        if isinstance(wish, Edit):
            replaced.setdefault(wish.policy, []).append(wish)
        else:
            subjects = wish.subjects
            selected = selector_text(subjects.selector)
            key = (wish.kind.value, subjects.namespace, subjects.base, selected, wish.refuses)
            added.setdefault(key, []).append(wish)
    found = [_replacement(book, place, items) for place, items in sorted(replaced.items())]
    found += [_additional(added[key]) for key in sorted(added)]
    return tuple(sorted(_named(book, found), key=_order))


def with_drafts(book: PolicyBook, found: Iterable[Draft]) -> PolicyBook:
    """The book as it is with some policies applied."""
    listed = tuple(found)
    kubernetes = list(book.kubernetes)
    for draft in listed:
        if draft.replaces >= 0 and isinstance(draft.manifest, NetworkPolicy):
            kubernetes[draft.replaces] = draft.manifest
    kubernetes += [
        draft.manifest for draft in listed if isinstance(draft.manifest, NetworkPolicy) and draft.replaces < 0
    ]
    own = [draft.manifest for draft in listed if isinstance(draft.manifest, CiliumPolicy)]
    return replace(book, kubernetes=tuple(kubernetes), cilium=(*book.cilium, *own))


def place_of(book: PolicyBook, found: Sequence[Draft], wanted: Draft) -> int:
    """The place of a draft's policy in such a book."""
    if wanted.replaces >= 0:
        return wanted.replaces
    if not wanted.is_ciliums:
        added = [draft for draft in found if not draft.is_ciliums and draft.replaces < 0]
        return len(book.kubernetes) + added.index(wanted)
    kubernetes = sum(not draft.is_ciliums and draft.replaces < 0 for draft in found)
    own = [draft for draft in found if draft.is_ciliums]
    return len(book.kubernetes) + kubernetes + len(book.cilium) + own.index(wanted)


def _order(draft: Draft) -> tuple[bool, str, str]:
    return draft.is_ciliums, draft.manifest.namespace, draft.manifest.name


def _replacement(book: PolicyBook, place: int, items: list[Edit]) -> Draft:
    policy = edited(book.kubernetes[place], items)
    metadata = Metadata(name=policy.name, namespace=policy.namespace, labels=policy.labels)
    manifest = NetworkPolicy(metadata, "NetworkPolicy", "networking.k8s.io/v1", spec=policy.spec)
    return Draft(manifest, frozenset(item.change for item in items), replaces=place)


def _additional(wishes: list[Addition]) -> Draft:
    changes = frozenset(item.change for item in wishes)
    items = list(_needed(wishes))
    first = items[0]
    metadata = Metadata(name=first.subjects.base, namespace=first.subjects.namespace)
    notes = tuple(dict.fromkeys(item.note for item in items if item.note))
    if first.kind is ManifestKind.CILIUM:
        own = CiliumPolicy(metadata, "CiliumNetworkPolicy", "cilium.io/v2", spec=_cilium_spec(items))
        return Draft(own, changes, notes)
    ingress = tuple(IngressRule(peers, ports) for peers, ports in _kubernetes_rules(items, Direction.INGRESS))
    egress = tuple(EgressRule(peers, ports) for peers, ports in _kubernetes_rules(items, Direction.EGRESS))
    types = (("Ingress",) if ingress else ()) + (("Egress",) if egress else ())
    spec = NetworkPolicySpec(first.subjects.selector, types, ingress, egress)
    return Draft(NetworkPolicy(metadata, "NetworkPolicy", "networking.k8s.io/v1", spec=spec), changes, notes)


def _needed(wishes: list[Addition]) -> Iterator[Addition]:
    """Without those for peers that another one is for on every port."""
    everywhere: dict[Direction, list[Peer]] = {direction: [] for direction in Direction}
    for item in wishes:
        if not item.ports and item.peer not in everywhere[item.direction]:
            everywhere[item.direction].append(item.peer)
    yield from (item for item in wishes if not item.ports or item.peer not in everywhere[item.direction])


def _kubernetes_rules(
    items: list[Addition], direction: Direction
) -> Iterator[tuple[tuple[PolicyPeer, ...], tuple[PolicyPort, ...]]]:
    """One rule for each list of ports; one without peers is for everybody."""
    by_ports: dict[tuple[PolicyPort, ...], list[PolicyPeer | None]] = {}
    for item in items:
        if item.direction is direction and (item.peer is None or isinstance(item.peer, PolicyPeer)):
            peers = by_ports.setdefault(item.ports, [])
            if item.peer not in peers:
                peers.append(item.peer)
    for ports, peers in by_ports.items():
        yield () if None in peers else tuple(peer for peer in peers if peer is not None), ports


def _cilium_spec(items: list[Addition]) -> CiliumSpec:
    """A policy that only refuses isolates nothing: else it would refuse what nobody mentions."""
    incoming = tuple(_cilium_rules(items, Direction.INGRESS))
    outgoing = tuple(_cilium_rules(items, Direction.EGRESS))
    selector = items[0].subjects.selector
    if not items[0].refuses:
        return CiliumSpec(endpoint_selector=selector, ingress=incoming, egress=outgoing)
    alone = CiliumDefaultDeny(False, False)
    return CiliumSpec(
        endpoint_selector=selector, ingress_deny=incoming, egress_deny=outgoing, enable_default_deny=alone
    )


def _cilium_rules(items: list[Addition], direction: Direction) -> Iterator[CiliumRule]:
    """One rule for each list of ports and kind of peer: a rule has peers of one kind."""
    wanted = [item for item in items if item.direction is direction]
    for ports in dict.fromkeys(item.ports for item in wanted):
        peers = [item.peer for item in wanted if item.ports == ports]
        listed = tuple(_cilium_ports(ports))
        for member in _members(peers):
            names = {
                f"{'from' if direction is Direction.INGRESS else 'to'}_{key}": value for key, value in member.items()
            }
            yield structs.replace(CiliumRule(listed), **names)


def _members(peers: list[Peer]) -> Iterator[dict[str, tuple[object, ...]]]:
    """What names peers, by its field without from or to."""
    if entities := {peer.name for peer in peers if isinstance(peer, Entity)}:
        yield {"entities": tuple(sorted(entities))}
    ranges = tuple(dict.fromkeys(peer for peer in peers if isinstance(peer, Range)))
    if plain := tuple(peer.cidr for peer in ranges if not peer.except_):
        yield {"cidr": plain}
    if holed := tuple(CiliumCIDR(cidr=peer.cidr, except_=peer.except_) for peer in ranges if peer.except_):
        yield {"cidr_set": holed}
    endpoints = [peer.selector for peer in peers if isinstance(peer, Endpoints)]
    if endpoints:
        yield {"endpoints": tuple(item for place, item in enumerate(endpoints) if item not in endpoints[:place])}


def _cilium_ports(ports: tuple[PolicyPort, ...]) -> Iterator[CiliumPorts]:
    """Port 0 is every port of a protocol; an entry has at most 40."""
    found = [CiliumPort(str(item.port or 0), item.end_port, item.protocol) for item in ports]
    for first in range(0, len(found), _MOST_PORTS):
        yield CiliumPorts(tuple(found[first : first + _MOST_PORTS]))


def _named(book: PolicyBook, found: list[Draft]) -> Iterator[Draft]:
    """Each additional policy under the name of the one that it stands beside, and what tells the two apart."""
    taken = {
        ManifestKind.KUBERNETES: {(policy.namespace, policy.name) for policy in book.kubernetes},
        ManifestKind.CILIUM: {(policy.namespace, policy.name) for policy in book.cilium},
    }
    for draft in found:
        if draft.replaces >= 0:
            yield draft
            continue
        manifest = draft.manifest
        names = taken[ManifestKind(manifest.kind)]
        name = next(name for name in _names(manifest.name) if (manifest.namespace, name) not in names)
        names.add((manifest.namespace, name))
        yield replace(draft, manifest=_renamed(manifest, name))


def _names(base: str) -> Iterator[str]:
    plain = re.sub(r"[^a-z0-9-]+", "-", base.lower()).strip("-") or "allow"
    for number in count(1):
        suffix = _SUFFIX if number == 1 else f"{_SUFFIX}-{number}"
        yield plain[: _LONGEST - len(suffix)].rstrip("-") + suffix


def _renamed(manifest: NetworkPolicy | CiliumPolicy, name: str) -> NetworkPolicy | CiliumPolicy:
    metadata = Metadata(name=name, namespace=manifest.namespace)
    if isinstance(manifest, NetworkPolicy):
        return NetworkPolicy(metadata, manifest.kind, manifest.api_version, spec=manifest.spec)
    return CiliumPolicy(metadata, manifest.kind, manifest.api_version, spec=manifest.spec)

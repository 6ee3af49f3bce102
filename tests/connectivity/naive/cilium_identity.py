"""What Cilium knows a party by: rows 8, 12 to 14, 32 to 39 follow from it.

Sources: pkg/labelsfilter/filter.go (the label filter), pkg/k8s/apis/cilium.io/utils/utils.go (whose selectors carry a
namespace), both cilium/cilium.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from connectivity.naive.answers import Answer
from connectivity.naive.blocks import in_block
from connectivity.naive.labels import holds
from connectivity.naive.network import (
    Network,
    Side,
    address_of,
    disguises,
    is_control_plane_at_ingress,
    namespace_labels,
)

from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.flow import Flow, Party, PartyKind
from analyzer.model.objects import Pod, Requirement

NAMESPACE = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
CLUSTER = "io.cilium.k8s.policy.cluster"
"""Of every pod, if the filter lets it through: from 1.16 on always (pull request 31178). The entity cluster is it."""

_INCLUDED = (
    r"reserved:.*",
    r"io\.kubernetes\.pod\.namespace",
    r"io\.cilium\.k8s\.namespace\.labels",
    "app\\.kubernetes\\.io",
)
IGNORED = (
    r"io\.kubernetes",
    r"kubernetes\.io",
    r".*beta\.kubernetes\.io",
    r"k8s\.io",
    r"pod-template-generation",
    r"pod-template-hash",
    r"controller-revision-hash",
    r"annotation.*",
    r"etcd_node",
)
IGNORED_FROM_1_16 = (
    r"statefulset\.kubernetes\.io/pod-name",
    r"apps\.kubernetes\.io/pod-index",
    r"batch\.kubernetes\.io/job-completion-index",
)
"""Section 7, row 12: before 1.16 it is not known whether they are ignored."""


@dataclass(frozen=True)
class Identity:
    """One party, as policies see it."""

    kind: PartyKind
    labels: dict[str, str] = field(default_factory=dict)
    """Of a pod: its own that count, its namespace, and its namespace's labels. Of everything else: none."""
    address: str = ""
    """The address that CIDRs match; empty: they match nothing of it (rows 13, 14, 15, 33)."""
    address_is_doubtful: bool = False
    """Row 38: whether CIDRs match the address is not known."""
    is_host: bool = False
    """The own node (row 35)."""


@dataclass(frozen=True)
class Case:
    """One side of one flow: the pod whose policies judge, and the other end as they see it."""

    network: Network
    settings: Cilium
    flow: Flow
    side: Side
    subject: Identity
    others: tuple[Identity, ...]
    """One; or several, of which one is the other end (row 39)."""


def case_of(network: Network, settings: Cilium, flow: Flow, side: Side, ignored: tuple[str, ...]) -> Case:
    """One side, with both identities. Row 39: of the control plane at ingress all that it may be taken for."""
    subject = pod_identity(network, settings, side.subject, ignored)
    others = disguises(network) if is_control_plane_at_ingress(side) else (side.other,)
    identities = tuple(_identity(network, settings, flow, party, ignored) for party in others)
    return Case(network, settings, flow, side, subject, identities)


def _identity(network: Network, settings: Cilium, flow: Flow, party: Party, ignored: tuple[str, ...]) -> Identity:
    """Section 1, Cilium: a pod by its labels, nodes by what they are, the rest by address."""
    kind = party.kind
    if party.pod is not None:
        return pod_identity(network, settings, party.pod, ignored)
    if kind is PartyKind.OWN_NODE or (kind is PartyKind.LOCAL_DNS and settings.version >= (1, 17)):
        # rows 35 and 37
        return Identity(kind, is_host=True)
    if kind is PartyKind.REMOTE_NODE:
        return Identity(kind)
    address = address_of(party, flow.family)
    if kind is PartyKind.API_SERVER:
        # row 38
        return Identity(kind, address=address, address_is_doubtful=True)
    return Identity(PartyKind.WORLD, address=address)


def pod_identity(network: Network, settings: Cilium, pod: Pod, ignored: tuple[str, ...]) -> Identity:
    """Row 12: the pod's labels that count, and where it lives (rows 5, 6, 7)."""
    labels = {key: value for key, value in pod.labels.items() if _passes(settings.label_filter, key, ignored)}
    labels |= {NAMESPACE_LABELS + key: value for key, value in namespace_labels(network, pod.namespace).items()}
    if settings.version >= (1, 16) or _passes(settings.label_filter, CLUSTER, ignored):
        labels[CLUSTER] = "default"
    return Identity(PartyKind.POD, labels | {NAMESPACE: pod.namespace})


def ignored_labels(settings: Cilium) -> tuple[tuple[str, ...], ...]:
    """Row 12: the lists that the version may have; before 1.16 it is not known which of the two."""
    newer = IGNORED + IGNORED_FROM_1_16
    return (newer,) if settings.version >= (1, 16) else (IGNORED, newer)


@lru_cache(maxsize=4096)
def _passes(custom: tuple[str, ...], key: str, ignored: tuple[str, ...]) -> bool:
    """Each pattern matches at the start of the key. One inclusive pattern of one's own makes the list a closed one.

    Where both kinds match, the longest inclusive match must be longer than the shortest ignoring one.
    """
    longest_included, shortest_ignored, is_closed = 0, 0, False
    patterns = [(pattern, False) for pattern in _INCLUDED] + [(pattern, True) for pattern in ignored]
    for text in custom:
        source, _, pattern = text.rpartition(":") if ":" in text else ("", "", text)
        is_closed = is_closed or not pattern.startswith("!")
        if source in ("", "k8s"):
            patterns.append((pattern.removeprefix("!"), pattern.startswith("!")))
    for pattern, ignores in patterns:
        found = re.match(pattern, key)
        if found is None:
            continue
        if ignores:
            shortest_ignored = min(shortest_ignored or found.end(), found.end())
        else:
            longest_included = max(longest_included, found.end())
    return (not is_closed and not shortest_ignored) or longest_included > shortest_ignored


def selected(terms: tuple[Requirement, ...], identity: Identity) -> bool:
    """Whether all terms hold for an identity. Row 8: nothing asks for a pod but terms that only a pod can meet."""
    return all(holds(term, identity.labels) for term in terms)


def cidr_matches(identity: Identity, cidr: str, except_: tuple[str, ...] = ()) -> Answer:
    """Rows 13 to 16 and 33: only what is neither a pod nor a node. Row 38: of the API server unknown."""
    if not identity.address or not in_block(identity.address, cidr, except_):
        return False
    return None if identity.address_is_doubtful else True

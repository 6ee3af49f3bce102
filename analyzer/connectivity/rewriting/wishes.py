"""What a rewrite may consist of, before it is known whether it holds: rules to add, and edits of policies."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction
from analyzer.model.objects import LabelSelector, PolicyPeer, PolicyPort


class NoRewriteError(Exception):
    """Nothing can keep a loss from happening; the text says why."""


class ManifestKind(enum.StrEnum):
    """What is written."""

    KUBERNETES = "NetworkPolicy"
    CILIUM = "CiliumNetworkPolicy"


class Entity(NamedTuple):
    """An entity of Cilium's: host, remote-node, world, kube-apiserver."""

    name: str


class Endpoints(NamedTuple):
    """Pods as Cilium's own policies name them."""

    selector: LabelSelector


class Range(NamedTuple):
    """Addresses as Cilium's own policies name them."""

    cidr: str
    except_: tuple[str, ...] = ()


Peer = PolicyPeer | Entity | Endpoints | Range | None
"""None: everybody."""


class Subjects(NamedTuple):
    """The pods that an additional policy is for."""

    namespace: str
    selector: LabelSelector
    base: str
    """The name of the policy that it stands beside."""


@dataclass(frozen=True, slots=True)
class Addition:
    """One rule of an additional policy."""

    change: int
    kind: ManifestKind
    subjects: Subjects
    direction: Direction
    peer: Peer
    ports: tuple[PolicyPort, ...]
    """Empty: every port."""
    refuses: bool = False
    note: str = ""
    """What a reader should know of it."""


class EditKind(enum.StrEnum):
    """How a policy is changed."""

    WITHOUT_SECTION = "without the rules of the direction that policyTypes leaves out"
    PODS_ONLY = "with namespaceSelectors that ask for a namespace's name to be there"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a policy that there is."""

    change: int
    policy: int
    """Its place in the policy book."""
    direction: Direction
    kind: EditKind


Wish = Addition | Edit

"""One change between two engines: all flows of a rectangle that the one allows and the other does not."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.connectivity.flow import Flow, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet


class ChangeKind(enum.StrEnum):
    """What becomes of the flows."""

    BLOCKED = "newly blocked"
    ALLOWED = "newly allowed"
    UNKNOWN = "unknown"
    """Before or after, no source says which."""

    __hash__ = str.__hash__


class Side(enum.StrEnum):
    """Under which of the two engines a policy does what it is blamed for."""

    BEFORE = "before"
    AFTER = "after"

    __hash__ = str.__hash__


class Effect(enum.StrEnum):
    """What a policy does to the flows."""

    ADMITTED = "admitted them"
    ADMITS = "admits them"
    ISOLATED = "isolated the pods"
    ISOLATES = "isolates the pods, and no policy admits them"
    REFUSED = "refused them"
    REFUSES = "refuses them"

    __hash__ = str.__hash__


class Blame(NamedTuple):
    """A policy, or one rule of it, that makes the difference."""

    policy: int
    """Its place in the policy book."""
    direction: Direction
    rule: int
    """The rule's place in its list; -1: the policy as a whole."""
    effect: Effect
    side: Side


@dataclass(frozen=True, slots=True)
class Change:
    """Flows from each of some sources to each of some destinations on each of some ports, all for one reason."""

    kind: ChangeKind
    way: Way
    family: int
    sources: int
    """A bitset over the parties of the family."""
    destinations: int
    ports: PortSet
    """Of the destination. Without names."""
    row: int
    """The row of the semantics that decides; 0: a policy comes alive or goes, as the plain reading has it."""
    blame: tuple[Blame, ...]
    """In the order of policies; empty where no policy is involved."""
    flow_count: int
    """Pairs of a source and a destination: of pods, of a pod and a node group, of a pod and a range of addresses."""
    example: Flow
    """One flow of the rectangle, on a port that is served if any is."""
    rank: int = 0
    """Lower is likelier to be real traffic."""

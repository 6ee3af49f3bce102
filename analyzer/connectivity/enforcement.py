"""What an engine makes of the policies: sections that isolate, grants that admit or refuse, traffic it never filters.

Every engine is a translator into these types; `analyzer.connectivity.reach` evaluates them, the same for all.
Sets of parties are bitsets over one `analyzer.connectivity.parties.Parties`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import EVERYTHING, NOTHING, PortSet


class How(enum.StrEnum):
    """What it is in a rule that matches its peers."""

    EVERYBODY = "a rule without peers"
    SELECTOR = "a selector"
    IP_BLOCK = "an address range"
    ENTITY = "an entity"


class Action(enum.StrEnum):
    """What a matching rule does with a flow. Kubernetes policies only allow."""

    ALLOW = "Allow"
    DENY = "Deny"
    PASS = "Pass"
    """Calico: on to the next tier."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one peer of one rule matches. A rule without peers is one grant for everybody."""

    rule: int
    """The rule's place in its list of the policy."""
    peer: int
    """The peer's place in its rule; -1 of a rule without peers."""
    how: How
    peers: int
    """The parties that it matches; EVERY of everybody."""
    ports: PortSet = EVERYTHING
    """Of the destination. Names are still there for ingress, where each subject has its own numbers; for egress an
    engine has resolved them, one grant for each part of the peers with the same numbers."""
    action: Action = Action.ALLOW
    is_sure: bool = True
    """False: whether it matches is not known (a cell graded U)."""
    row: int = 0
    """The row of the semantics that made these peers or ports what they are; 0: the plain reading."""


@dataclass(frozen=True, slots=True)
class Section:
    """One policy in one direction, as the engine enforces it."""

    policy: int
    """The policy's place among all of them (`PolicyBook.policies`)."""
    subjects: int
    """The classes of pods that it surely selects."""
    grants: tuple[Grant, ...]
    """In the order of the policy's rules."""
    maybe: int = 0
    """Further classes that it may select: whether it does is not known."""
    isolates: bool = True
    """Whether what nothing admits is refused to its subjects."""
    tier: int = 0
    """Tiers are asked one after another."""
    order: float = 0
    """Within a tier lower ones are asked first; those of one order together, refusals before admissions."""
    row: int = 0
    """The row that made the engine enforce it, or may make it so, in a way of its own; 0: the plain reading."""


@dataclass(frozen=True, slots=True)
class NotEnforced:
    """A policy, or one direction of it, that the engine passes over."""

    policy: int
    direction: Direction
    row: int
    """Why."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """One engine's reading of all policies, for one address family."""

    engine: str
    """As people name it."""
    sections: Mapping[Direction, tuple[Section, ...]]
    """By tier and order, then as the policies stand."""
    unfiltered: Mapping[Direction, int]
    """The peers whose traffic with any pod the engine never filters; EVERY: nothing is filtered."""
    unfiltered_row: Mapping[Direction, int]
    """Why."""
    doubtful: Mapping[Direction, int]
    """The peers for which no source says whether the engine filters, where a pod is isolated and no rule admits
    everybody."""
    admitted: Mapping[Direction, int] = field(default_factory=dict)
    """The peers that are admitted without a rule, where no rule refuses them."""
    dropped: PortSet = NOTHING
    """The traffic that the data plane does not carry at all, policies or not."""
    dropped_row: int = 0
    not_enforced: tuple[NotEnforced, ...] = ()

"""What Calico has to judge, and policies of both kinds in the form in which its tiers hold them."""

from __future__ import annotations

from dataclasses import dataclass

from connectivity.naive.answers import Answer
from connectivity.naive.network import EGRESS, Network, Side

from analyzer.connectivity.flow import Flow, Party, PartyKind

DEFAULT_TIER = "default"
ALLOW = "Allow"
DENY = "Deny"
PASS = "Pass"


@dataclass(frozen=True)
class Case:
    """One side of one flow."""

    network: Network
    flow: Flow
    side: Side
    enforces_invalid_values: bool
    """Row 11: whether a policy with a value that no label can have is enforced, and then as it reads."""

    @property
    def source(self) -> Party:
        """The source, as this side sees it."""
        return self._subject if self.side.direction == EGRESS else self.side.other

    @property
    def destination(self) -> Party:
        """The destination, as this side sees it."""
        return self.side.other if self.side.direction == EGRESS else self._subject

    @property
    def _subject(self) -> Party:
        return Party(PartyKind.POD, self.side.subject)


@dataclass(frozen=True)
class Rule:
    """One rule, asked about the case."""

    action: str
    matches: Answer


@dataclass(frozen=True)
class Policy:
    """One policy that selects the subject, in the direction of the case."""

    tier: str
    order: float
    rules: tuple[Rule, ...]

"""Who is in the simulated fleet: a pure function of a few numbers."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from functools import cached_property

SAMPLES = ("kubenet-calico-prod", "nodesubnet-npm-windows", "overlay-ready", "overlay-two-policies")
TENANT = "dddddddd-0000-4000-8000-000000000004"
FOREIGN_TENANT = "ffffffff-0000-4000-8000-000000000006"
FOREIGN_SUBSCRIPTION = "ffffffff-0000-4000-8000-000000000007"
"""Of another tenant: who asks for it is sent there."""


class Health(enum.StrEnum):
    """How a cluster fares."""

    HEALTHY = "healthy"
    FORBIDDEN = "forbidden"
    """Resource Graph finds it; its own ARM ids and its API server answer 403, and ARM's lists leave it out."""
    UNREACHABLE = "unreachable"
    """Its API server refuses connections."""
    SILENT = "silent"
    """Its API server takes requests and never answers."""
    GONE = "gone"
    """Its subscription is listed, and then is gone."""


@dataclass(frozen=True)
class Shape:
    """How many of what."""

    clusters: int = 12
    subscriptions: int = 4
    forbidden: int = 0
    unreachable: int = 0
    silent: int = 0
    gone: int = 0
    """Subscriptions that are listed and then are gone: the last ones."""


@dataclass(frozen=True)
class Member:
    """One cluster."""

    index: int
    subscription: str
    sample: str
    health: Health

    @cached_property
    def name(self) -> str:
        return f"{self.sample}-{self.index:04}"

    @property
    def address(self) -> str:
        """Of its API server: each has its own of the loopback network."""
        return f"127.1.{self.index // 250}.{self.index % 250 + 1}"

    @cached_property
    def principal(self) -> str:
        """The object id of its system-assigned identity."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.name))


@dataclass(frozen=True)
class Fleet:
    """All of them. The clusters of a subscription come from one sample, and share its VNet."""

    shape: Shape

    @cached_property
    def subscriptions(self) -> tuple[str, ...]:
        return tuple(f"50b50000-0000-4000-8000-{index:012}" for index in range(self.shape.subscriptions))

    @cached_property
    def gone(self) -> frozenset[str]:
        return frozenset(self.subscriptions[len(self.subscriptions) - self.shape.gone :])

    @cached_property
    def members(self) -> tuple[Member, ...]:
        indices = range(self.shape.clusters)
        staying = [index for index in indices if self._subscription(index) not in self.gone]
        health = dict.fromkeys(indices, Health.GONE) | dict.fromkeys(staying, Health.HEALTHY)
        for kind in (Health.FORBIDDEN, Health.UNREACHABLE, Health.SILENT):
            for _ in range(getattr(self.shape, kind.value)):
                health[staying.pop()] = kind
        return tuple(
            Member(index, self._subscription(index), SAMPLES[index % len(self.subscriptions) % 4], health[index])
            for index in indices
        )

    def _subscription(self, index: int) -> str:
        return self.subscriptions[index % len(self.subscriptions)]


def display_name(subscription: str) -> str:
    """As people call it: platform-007."""
    return f"platform-{int(subscription[-12:]):03}"

"""Fleet Manager, as a member cluster shows it."""

from __future__ import annotations

from msgspec import Struct


class FleetMembership(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Membership of the cluster in a Fleet Manager."""

    id: str
    name: str

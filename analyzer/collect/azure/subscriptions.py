"""Subscriptions: those that the signed-in account sees, and those that it was told of."""

from __future__ import annotations

from msgspec import Struct

from analyzer.collect.arm_requests import ArmRequest
from analyzer.collect.known_types import introduce
from analyzer.model.source import Source

ENABLED = "Enabled"
_API_VERSION = "2022-12-01"
_ACTION = "Microsoft.Resources/subscriptions/read"


class Subscription(Struct, frozen=True, rename="camel"):
    """One subscription, by its bare id."""

    subscription_id: str
    display_name: str = ""
    state: str = ENABLED
    """Enabled, Warned, PastDue, Disabled or Deleted."""

    @property
    def key(self) -> str:
        """The id as ids are compared: in lower case."""
        return self.subscription_id.lower()


introduce(Subscription)

VISIBLE = ArmRequest(
    source=Source.CLUSTER,
    path="/subscriptions",
    api_version=_API_VERSION,
    label="subscriptions",
    is_list=True,
    subject="/subscriptions",
    action=_ACTION,
    kind=Subscription,
)
"""All that the account has any role in, as far as its tenant knows them."""


def by_id(subscription_id: str) -> ArmRequest:
    """The GET of one subscription. Of one that another tenant owns, the 401 names that tenant."""
    path = f"/subscriptions/{subscription_id}"
    return ArmRequest(
        source=Source.CLUSTER,
        path=path,
        api_version=_API_VERSION,
        label=f"subscription {subscription_id}",
        subject=path,
        action=_ACTION,
        kind=Subscription,
    )

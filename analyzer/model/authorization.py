"""Locks and role assignments: Microsoft.Authorization, locks 2016-09-01, role assignments 2022-04-01."""

from __future__ import annotations

from msgspec import Struct


class Lock(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Authorization/locks."""

    id: str
    name: str
    level: str | None = None
    """CanNotDelete or ReadOnly."""

    @property
    def scope(self) -> str:
        """The ARM id of what is locked: a subscription, a resource group or a resource."""
        return self.id[: self.id.lower().rfind("/providers/microsoft.authorization/locks/")]


class RoleAssignment(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Authorization/roleAssignments of one of the cluster's identities."""

    id: str
    name: str
    principal_id: str
    """Whom it was given to: the identity, or a group that the identity is in."""
    role_definition_id: str
    scope: str
    condition: str | None = None


class RolePermission(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Actions with wildcards, and those taken out of them."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()


class RoleDefinition(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Authorization/roleDefinitions that an assignment of the cluster names."""

    id: str
    name: str
    """A GUID."""
    role_name: str | None = None
    permissions: tuple[RolePermission, ...] = ()

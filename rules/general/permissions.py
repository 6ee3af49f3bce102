"""The cluster's identity may lack rights on the customer's subnet or route table.

Why it matters
--------------
With a VNet of your own, AKS acts in it as the cluster's identity. Without the right to join the subnet the new nodes
get no network, after the update was accepted. On kubenet the step also takes the route table off the subnet and changes
it: without that right it ends with CustomRouteTableMissingPermission.

What to do
----------
- Give the identity Network Contributor: `az role assignment create --assignee PRINCIPAL_ID --role "Network
  Contributor" --scope SCOPE`, SCOPE being the subnet and, on kubenet, the route table.
- Wait until the assignment holds: a token of the identity can be several hours old.

How it is decided
-----------------
Judged are the subnets that pools name. Where no pool names one, the VNet is AKS's own, and that passes. A blocker:
nothing grants `subnets/join/action`; on the way from kubenet to overlay also, where the subnet has a route table,
`subnets/write`, and `routeTables/write` on a table outside the node resource group. A risk: only `subnets/read` is
lacking.

What counts: every assignment to the identity, or to a group that it is in, whose scope is the resource or above it, up
to management groups. Actions match with wildcards and without regard to case; notActions take away within one role
only. Deny assignments are not read. A role whose definition was not read, and an assignment with a condition, may
grant what is lacking: a gap. So is a list that is not whole, unless what was read of it grants everything.

The page asks a custom role for `roleAssignments/write` as well. Network Contributor, which it calls enough, does not
have it, so it is not asked for here.

If an earlier step of the path gives the cluster a new identity, its roles are in no snapshot: each subnet is a notice,
as a duty. Subnets of pods, of AKSNodeClasses and of the API server are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.authorization import RoleAssignment, RoleDefinition
from analyzer.model.cluster import id_segment
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    ObjectRef,
    Outcome,
    Passed,
    Severity,
    gap,
)
from analyzer.model.network import IpamMode, hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import group_of, lies_in, subnet_ref
from rules.general.scopes import covers, table_of
from rules.subnets import named_subnets

JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
READ = "Microsoft.Network/virtualNetworks/subnets/read"
WRITE = "Microsoft.Network/virtualNetworks/subnets/write"
TABLE_WRITE = "Microsoft.Network/routeTables/write"


@dataclass(frozen=True, slots=True)
class Need:
    """What the step does as the cluster's identity to one resource."""

    object: ObjectRef
    id: str
    actions: tuple[str, ...]
    """Without one of these the step fails."""
    wanted: tuple[str, ...] = ()
    """These are asked for besides."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each resource that the identity lacks a right on, or may lack it."""
    subnets = named_subnets(scene.pools.require())
    if not subnets:
        yield Passed("No pool names a subnet: the nodes are in the VNet that AKS manages itself.")
    for need in _needs(subnets, scene):
        if isinstance(need, Gap):
            yield need
        elif scene.earlier_step(StepKind.USER_ASSIGNED_IDENTITY):
            yield _duty(need)
        else:
            yield from _judge(need, scene)


def _needs(subnets: tuple[str, ...], scene: Scene) -> Iterator[Need | Gap]:
    detaches = scene.step.kind is StepKind.OVERLAY and scene.before.ipam.require() is IpamMode.KUBENET
    for subnet in subnets:
        of = subnet_ref(subnet)
        table = table_of(subnet, scene) if detaches else Known("")
        if isinstance(table, Missing):
            yield gap(table, of)
        has_table = isinstance(table, Known) and bool(table.value)
        yield Need(of, subnet, (JOIN, WRITE) if has_table else (JOIN,), (READ,))
        if isinstance(table, Known) and has_table and not _is_managed(table.value, scene):
            yield Need(_table_ref(table.value), table.value, (TABLE_WRITE,))


def _is_managed(table_id: str, scene: Scene) -> bool:
    """Whether a table lies in the node resource group, where AKS gives its identity every right itself."""
    group = scene.cluster.require().node_resource_group
    known: Fact[str] = Known(group) if group else hidden("nodeResourceGroup", "it is absent or null")
    return lies_in(table_id, known.require())


def _table_ref(table_id: str) -> ObjectRef:
    """A route table that need not have been read."""
    return ObjectRef(kind="RouteTable", name=id_segment(table_id, "routeTables"), namespace=group_of(table_id))


def _duty(need: Need) -> Finding:
    return Finding(
        object=need.object,
        message=(
            f"The new identity of the step {StepKind.USER_ASSIGNED_IDENTITY} needs {_words(need.actions + need.wanted)}"
            f" on {need.object.name} before this step; Network Contributor grants it."
        ),
        severity=Severity.NOTICE,
        key="new-identity",
        remedy=(_grant(need, "NEW_PRINCIPAL_ID"),),
    )


def _judge(need: Need, scene: Scene) -> Iterator[Finding | Gap]:
    assignments = tuple(item for item in seen(scene.snapshot.role_assignments) if covers(item.scope, need.id))
    granted = {action for action in need.actions + need.wanted if _is_granted(action, assignments, scene)}
    lacking = tuple(action for action in need.actions + need.wanted if action not in granted)
    if not lacking:
        return
    severity = Severity.RISK if granted.issuperset(need.actions) else Severity.BLOCKER
    doubts = tuple(_doubts(lacking, assignments, scene))
    yield from (gap(doubt, need.object, severity) for doubt in doubts)
    if not doubts:
        yield _lacks(need, lacking, assignments, severity, scene)


def _is_granted(action: str, assignments: tuple[RoleAssignment, ...], scene: Scene) -> bool:
    """Whether an assignment without a condition grants an action, by a definition that was read."""
    definitions = (_definition(item, scene) for item in assignments if not item.condition)
    return any(found is not None and _grants(found, action) for found in definitions)


def _definition(assignment: RoleAssignment, scene: Scene) -> RoleDefinition | None:
    """The definition of an assignment's role: built-in ones are named with and without a subscription."""
    wanted = assignment.role_definition_id.rpartition("/")[2].lower()
    found = (item for item in seen(scene.snapshot.role_definitions) if item.id.rpartition("/")[2].lower() == wanted)
    return next(found, None)


def _grants(definition: RoleDefinition, action: str) -> bool:
    return any(
        _matches(action, permission.actions) and not _matches(action, permission.not_actions)
        for permission in definition.permissions
    )


def _matches(action: str, patterns: tuple[str, ...]) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )


def _doubts(
    lacking: tuple[str, ...], assignments: tuple[RoleAssignment, ...], scene: Scene
) -> Iterator[Missing[object]]:
    """Why what is lacking may be granted all the same."""
    if isinstance(scene.snapshot.role_assignments, Missing):
        yield scene.snapshot.role_assignments.of()
    for assignment in assignments:
        definition = _definition(assignment, scene)
        if definition is None:
            yield _not_read(assignment, scene)
        elif assignment.condition and any(_grants(definition, action) for action in lacking):
            name = definition.role_name or definition.name
            detail = f"Role {name} at {assignment.scope} is assigned under a condition, which is not evaluated"
            yield Missing(Source.ROLE_ASSIGNMENTS, Cause.UNRECOGNISED, detail, "Assign the role without a condition")


def _not_read(assignment: RoleAssignment, scene: Scene) -> Missing[object]:
    if isinstance(scene.snapshot.role_definitions, Missing):
        return scene.snapshot.role_definitions.of()
    detail = f"The definition {assignment.role_definition_id} of an assignment is not among those read"
    grant = "Read it (Microsoft.Authorization/roleDefinitions/read)"
    return Missing(Source.ROLE_DEFINITIONS, Cause.PARTIAL, detail, grant)


def _lacks(
    need: Need, lacking: tuple[str, ...], assignments: tuple[RoleAssignment, ...], severity: Severity, scene: Scene
) -> Finding:
    named = ((item, _definition(item, scene)) for item in assignments)
    return Finding(
        object=need.object,
        message=f"No role of the cluster's identity grants {_words(lacking)} on {need.object.name}.",
        evidence=tuple(
            Evidence(f"roleAssignments[{item.name}]", f"{(role and role.role_name) or item.name} at {item.scope}")
            for item, role in named
        ),
        severity=severity,
        remedy=(_grant(need, _principal(scene)),),
    )


def _words(actions: tuple[str, ...]) -> str:
    return ", ".join(action.removeprefix("Microsoft.Network/").removeprefix("virtualNetworks/") for action in actions)


def _grant(need: Need, principal: str) -> str:
    return f'`az role assignment create --assignee {principal} --role "Network Contributor" --scope {need.id}`'


def _principal(scene: Scene) -> str:
    """Whom the command names: the identity's principal, else the service principal's client id."""
    cluster = scene.cluster.require()
    identity = cluster.identity
    assigned = (identity.user_assigned_identities or {}) if identity else {}
    found = [assigned[key].principal_id for key in sorted(assigned)]
    found.append(identity.principal_id if identity else None)
    found.append(cluster.service_principal_profile.client_id if cluster.service_principal_profile else None)
    return next((item for item in found if item and item.lower() != "msi"), "PRINCIPAL_ID")


RULE = Rule(
    id="GEN-PERMISSIONS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.ROLE_ASSIGNMENTS, Source.ROLE_DEFINITIONS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#aks-cni-networking-prerequisites",
            "The cluster's identity needs Network Contributor on the subnet; a custom role needs subnets/join/action,"
            " subnets/read and roleAssignments/write.",
            "2026-07-10",
            contradicts="Network Contributor, which the same page calls enough, has no roleAssignments/write.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#bring-your-own-subnet-and-route-table-with-kubenet",
            "With a customer's route table the identity must be able to write it and the subnet.",
            "2026-04-16",
        ),
    ),
    check=check,
)

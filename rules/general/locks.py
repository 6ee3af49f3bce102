"""A lock is on something that the step changes.

Why it matters
--------------
The step creates and deletes machines in the node resource group. A lock there, or above it, refuses one or the other,
and the roll stops half-way. A read-only lock on the cluster refuses the update itself. On kubenet the step also takes
the route table off the subnet, which a read-only lock refuses.

What to do
----------
- Delete the lock before the change, and create it again after the last step: `az lock delete --ids LOCK_ID`.

How it is decided
-----------------
A lock holds for everything under its scope. A blocker: any lock that holds for the node resource group or for a
resource in it; a read-only lock that holds for the cluster; on the way from kubenet to overlay, a read-only lock that
holds for a node subnet or for the route table on it. A risk: any other lock that holds for a node subnet or, on that
way, for its table. Locks elsewhere are nothing, and so is one against deletion on the cluster itself.

The page says only that an upgrade is refused over locks on the node resource group. That a network update is too, and
what locks on VNets and tables do, is derived. That a read-only lock refuses a write is Azure Resource Manager's rule.

Lockdown of the node resource group (nodeResourceGroupProfile) is AKS's own and no lock. Deny effects of Azure Policy
are not read. A lock whose level is not known is a gap. Which table is on a subnet is asked only where a lock is left
that could hold for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.authorization import Lock
from analyzer.model.cluster import ManagedCluster, id_segment
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode, hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.general.scopes import covers, table_of
from rules.lists import gaps
from rules.subnets import named_subnets

LEVELS = ("readonly", "cannotdelete")


@dataclass(frozen=True, slots=True)
class Reach:
    """What the step changes."""

    cluster: str
    node_group: Fact[str]
    """The node resource group's id."""
    subnets: tuple[str, ...]
    detaches: bool
    """Whether the step takes the route table off the subnets."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each lock that is in the way."""
    locks = scene.snapshot.locks
    yield from gaps(locks)
    if not seen(locks):
        yield Passed("There are no locks.")
        return
    body = scene.cluster.require()
    detaches = scene.step.kind is StepKind.OVERLAY and scene.before.ipam.require() is IpamMode.KUBENET
    reach = Reach(body.id, _node_group(body), named_subnets(seen(scene.pools)), detaches)
    yield from gaps(reach.node_group)
    yield from gaps(scene.pools, severity=None if detaches else Severity.RISK)
    for lock in seen(locks):
        yield from _judge(lock, reach, scene)


def _node_group(body: ManagedCluster) -> Fact[str]:
    if not body.node_resource_group:
        return hidden("nodeResourceGroup", "it is absent or null")
    return Known(f"/subscriptions/{body.subscription}/resourceGroups/{body.node_resource_group}")


def _judge(lock: Lock, reach: Reach, scene: Scene) -> Iterator[Outcome]:
    level = (lock.level or "").lower()
    if level not in LEVELS:
        detail = f"Lock {lock.name} at {lock.scope} has the level {lock.level!r}, which this version does not know"
        yield gap(Missing(Source.LOCKS, Cause.UNRECOGNISED, detail), _lock_ref(lock))
        return
    is_read_only = level == "readonly"
    if isinstance(reach.node_group, Known) and _concerns(lock.scope, reach.node_group.value):
        yield _found(lock, "the node resource group, where the step creates and deletes machines", Severity.BLOCKER)
    elif is_read_only and covers(lock.scope, reach.cluster):
        yield _found(lock, "the cluster, which it keeps from being updated", Severity.BLOCKER)
    elif any(covers(lock.scope, subnet) for subnet in reach.subnets):
        severity = Severity.BLOCKER if reach.detaches and is_read_only else Severity.RISK
        yield _found(lock, "a node subnet", severity)
    elif reach.detaches:
        yield from _on_a_table(lock, reach, scene)


def _concerns(scope: str, group: str) -> bool:
    return covers(scope, group) or covers(group, scope)


def _on_a_table(lock: Lock, reach: Reach, scene: Scene) -> Iterator[Outcome]:
    """The lock, if it holds for a table on a node subnet; a gap for each subnet whose table is not known."""
    severity = Severity.BLOCKER if (lock.level or "").lower() == "readonly" else Severity.RISK
    tables = [table_of(subnet, scene) for subnet in reach.subnets]
    if any(isinstance(table, Known) and table.value and covers(lock.scope, table.value) for table in tables):
        yield _found(lock, "the route table of a node subnet, which the step detaches", severity)
    else:
        yield from gaps(*tables, severity=severity)


def _found(lock: Lock, what: str, severity: Severity) -> Finding:
    return Finding(
        object=_lock_ref(lock),
        message=f"Lock {lock.name} ({lock.level}) at {lock.scope} holds for {what}.",
        evidence=(Evidence("level", str(lock.level)), Evidence("scope", lock.scope)),
        severity=severity,
        key=lock.scope.lower(),
        remedy=(
            f"Before the change: `az lock delete --ids {lock.id}`.",
            f"After the last step create it again: `{_creation(lock)}`.",
        ),
    )


def _creation(lock: Lock) -> str:
    command = f"az lock create --name {lock.name} --lock-type {lock.level}"
    group = id_segment(lock.scope, "resourceGroups")
    if "/providers/" in lock.scope:
        return f"{command} --resource {lock.scope}"
    return f"{command} --resource-group {group}" if group else command


def _lock_ref(lock: Lock) -> ObjectRef:
    return ObjectRef(kind="Lock", name=lock.name, namespace=id_segment(lock.scope, "resourceGroups").lower())


RULE = Rule(
    id="GEN-LOCKS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.LOCKS, Source.VIRTUAL_NETWORKS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#validations-used-in-the-upgrade-process",
            "Before nodes are rolled, AKS looks for locks on the managed resource group.",
            "2026-06-22",
        ),
        Citation(
            "https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",
            "A lock holds for everything under its scope; ReadOnly refuses every write, CanNotDelete every delete.",
        ),
    ),
    check=check,
)

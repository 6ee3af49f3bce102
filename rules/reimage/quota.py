"""The surge of all pools at once does not fit the quota.

Why it matters
--------------
All pools roll at the same time, and each makes its surge nodes beside its own. They take vCPUs of the VM family and
of the region; without room the operation fails, or from Kubernetes 1.35 goes on with one surge node a pool, which
takes longer.

What to do
----------
- Ask for more quota: `az quota update` or the subscription's page Usage + quotas, for the family and region named
  here.
- Or lower the surge: `az aks nodepool update --resource-group {resource_group} --cluster-name {cluster} --name POOL
  --max-surge 1`.
- User pools without any room: `--max-surge 0 --max-unavailable 1` drains a node before it is made again, which is
  more disruptive. System pools do not take it.

How it is decided
-----------------
Each pool's surge nodes times the vCPUs of its size, of all pools together, against what is free of the quota: of
each VM family, and of the region's total; Spot pools against the region's low-priority quota alone. The surge is
capped at the count; null is the larger of one node and 10 %, since the pages disagree. maxSurge 0 takes no quota.

Where the configured surge does not fit it is a blocker; a risk instead if every affected pool runs Kubernetes 1.35
or later, where AKS falls back to one surge node a pool, and those fit, or else every affected pool has a
maxUnavailable to fall back to. A size that is restricted in the region, or in a zone of the pool, is a risk. A pool
of several sizes counts with the largest. Quota, sizes, counts or versions that were not read are gaps, asked for
only where a pool has surge nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.model.cluster import AgentPool
from analyzer.model.compute import Usage, VirtualMachineSize
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import Surge, surge_of
from rules.lists import gaps
from rules.pool_sizes import sizes_of

REGION = "cores"
"""The name of the region's total."""
LOW_PRIORITY = "lowPriorityCores"
FALLS_BACK = Version(1, 35)
"""From here AKS goes on with one surge node where the configured surge cannot be had."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one pool takes from the quotas."""

    pool: AgentPool
    surge: Surge
    vcpus: int
    """Of one machine."""
    quotas: tuple[str, ...]

    @property
    def falls_back(self) -> bool | None:
        """Whether AKS itself falls back to one surge node; None where the pool's version is not known."""
        version = parse_version(self.pool.version)
        return None if version is None else version.minor_version >= FALLS_BACK


def check(scene: Scene) -> Iterator[Outcome]:
    """Each quota that the surge does not fit, and each size that cannot be had."""
    needs: list[Need] = []
    for pool in scene.pools.require():
        surge = surge_of(pool)
        if isinstance(surge, Missing):
            yield gap(surge, pool_ref(pool))
        elif surge.value.extra:
            need = _need(scene, pool, surge.value)
            if isinstance(need, Missing):
                yield gap(need, pool_ref(pool))
            else:
                needs.append(need.value)
                yield from _restrictions(scene, pool)
    yield from _quotas(scene, needs)


def _need(scene: Scene, pool: AgentPool, surge: Surge) -> Fact[Need]:
    found = _sizes(scene.snapshot.virtual_machine_sizes, pool)
    if isinstance(found, Missing):
        return found.of()
    largest = max(found.value, key=lambda size: size.vcpus or 0)
    spot = (pool.scale_set_priority or "").lower() == "spot"
    quotas = (LOW_PRIORITY,) if spot else (largest.family or "", REGION)
    return Known(Need(pool, surge, largest.vcpus or 0, quotas))


def _sizes(sizes: Fact[tuple[VirtualMachineSize, ...]], pool: AgentPool) -> Fact[tuple[VirtualMachineSize, ...]]:
    """The rows of the pool's sizes; missing unless every one says its family and vCPUs."""
    rows = {row.name.lower(): row for row in seen(sizes)}
    names = sizes_of(pool)
    found = tuple(row for name in names if (row := rows.get(name.lower())) and row.vcpus and row.family)
    if names and len(found) == len(names):
        return Known(found)
    if isinstance(sizes, Missing):
        return sizes.of()
    detail = f"Family and vCPUs of {', '.join(names) or 'a size that the pool does not name'} are not among the sizes"
    return Missing(Source.VIRTUAL_MACHINE_SIZES, Cause.HIDDEN, detail)


def _restrictions(scene: Scene, pool: AgentPool) -> Iterator[Finding]:
    zones = set(pool.availability_zones or ())
    for size in _sizes(scene.snapshot.virtual_machine_sizes, pool).require():
        for item in size.restrictions:
            shut = zones.intersection(item.restriction_info.zones if item.restriction_info else ())
            everywhere = (item.type or "").lower() == "location"
            if everywhere or shut:
                place = "in the region" if everywhere else f"in zone {', '.join(sorted(shut))}"
                message = (
                    f"{size.name} of pool {pool.name} is restricted {place} ({item.reason_code or 'no reason given'})."
                )
                yield Finding(
                    object=pool_ref(pool),
                    message=message,
                    evidence=(Evidence(f"Microsoft.Compute/skus {size.name}.restrictions", item.type or ""),),
                    severity=Severity.RISK,
                    key=f"{size.name} {place}",
                )


def _quotas(scene: Scene, needs: Sequence[Need]) -> Iterator[Outcome]:
    usages = scene.snapshot.compute_usages
    rows = {row.name.value.lower(): row for row in seen(usages)}
    for quota in sorted({quota for need in needs for quota in need.quotas}):
        yield from _quota(quota, rows, usages, [need for need in needs if quota in need.quotas])


def _quota(
    quota: str, rows: Mapping[str, Usage], usages: Fact[tuple[Usage, ...]], needs: Sequence[Need]
) -> Iterator[Outcome]:
    ref = ObjectRef(kind="Quota", name=quota)
    row = rows.get(quota.lower())
    if row is None:
        unread: Missing[Usage] = Missing(
            Source.COMPUTE_USAGES, Cause.HIDDEN, f"The region's usages have no row {quota}"
        )
        yield from gaps(usages) if isinstance(usages, Missing) else [gap(unread, ref)]
        return
    free = row.limit - row.current_value
    wanted = sum(need.vcpus * need.surge.extra for need in needs)
    if wanted > free:
        shrinks = _shrinks(needs, free)
        if shrinks is None:
            yield from (gap(_no_version(need.pool), ref) for need in needs if need.falls_back is None)
            return
        yield Finding(
            object=ref,
            message=_message(quota, wanted, free, sum(need.vcpus for need in needs) if shrinks else None),
            evidence=(
                Evidence(f"usages[{quota}]", f"{row.current_value} of {row.limit} vCPUs in use"),
                *(_evidence(need) for need in needs),
            ),
            severity=Severity.RISK if shrinks else Severity.BLOCKER,
        )


def _shrinks(needs: Sequence[Need], free: int) -> bool | None:
    """Whether AKS goes on with one surge node a pool, or without any; None where a version that decides is unknown."""
    fits = sum(need.vcpus for need in needs) <= free or all(need.surge.unavailable for need in needs)
    if not fits or any(need.falls_back is False for need in needs):
        return False
    return None if any(need.falls_back is None for need in needs) else True


def _no_version(pool: AgentPool) -> Missing[object]:
    return hidden(f"agentPoolProfiles[{pool.name}].currentOrchestratorVersion", "it is absent or null")


def _message(quota: str, wanted: int, free: int, least: int | None) -> str:
    of = {REGION: "the region's vCPUs", LOW_PRIORITY: "the region's Spot vCPUs"}.get(quota, f"the vCPUs of {quota}")
    says = f"The surge of all pools takes {wanted} of {of}, and {free} are free"
    if least is None:
        return f"{says}."
    instead = f"falls back to {least}" if least <= free else "drains nodes in place instead (maxUnavailable)"
    return f"{says}; AKS {instead}, and the step takes longer."


def _evidence(need: Need) -> Evidence:
    value = f"{need.surge.extra} surge nodes of {need.vcpus} vCPUs, Kubernetes {need.pool.version or 'unknown'}"
    return Evidence(f"agentPoolProfiles[{need.pool.name}]", value)


RULE = Rule(
    id="REI-QUOTA",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.VIRTUAL_MACHINE_SIZES, Source.COMPUTE_USAGES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling#customize-node-surge",
            "Surge nodes take quota; percentages round up; surge is never more than the nodes; from Kubernetes 1.35 AKS"
            " falls back to a surge of one.",
            "2026-05-29",
            contradicts="The default surge is one node on this page, and 10 % on others and in the API reference.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/quotas-skus-regions#provisioned-infrastructure",
            "Nodes count against the subscription's compute quotas of the region.",
            "2026-08-03",
        ),
    ),
    check=check,
)

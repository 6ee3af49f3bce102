"""One snapshot as a drain sees it: computed once, when first asked for, of what was read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analyzer.disruption.budgets import CoveredPods, covered
from analyzer.disruption.groups import PodGroup, fold
from analyzer.disruption.placement import pool_of
from analyzer.disruption.platform import is_platform
from analyzer.disruption.storage import by_claim, claims_of
from analyzer.model.fact import Known, LackingError, Missing, seen
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import PersistentVolume, PodDisruptionBudget
from analyzer.model.snapshot import Snapshot


@dataclass(frozen=True)
class Drain:
    """Derived from one snapshot. Whether a list was whole is for the snapshot's facts to say."""

    snapshot: Snapshot

    @cached_property
    def every_group(self) -> tuple[PodGroup, ...]:
        """The pods that are evicted, by owner; the platform's too."""
        return fold(seen(self.snapshot.pods), self.snapshot.replica_sets)

    @cached_property
    def groups(self) -> tuple[PodGroup, ...]:
        """The same without the platform's."""
        return tuple(group for group in self.every_group if not group.is_platform)

    @cached_property
    def by_owner(self) -> dict[ObjectRef, PodGroup]:
        """The groups by their owner."""
        return {group.owner: group for group in self.groups}

    @cached_property
    def budgets(self) -> tuple[CoveredPods, ...]:
        """The budgets that are not the platform's, with the pods that they cover.

        Raises LackingError on a selector's operator that Kubernetes does not have.
        """
        own = self._own_budgets
        return tuple(covered(own, (pod for group in self.every_group for pod in group.pods))) if own else ()

    @cached_property
    def unread_budgets(self) -> tuple[Missing[object], ...]:
        """Why `budgets` cannot be had, if so."""
        try:
            self.budgets  # noqa: B018 -- only whether it raises
        except LackingError as lacking:
            return lacking.missing
        return ()

    @cached_property
    def has_no_budget(self) -> bool:
        """Whether every budget was read and none is a customer's: then pods are not needed for them."""
        return isinstance(self.snapshot.pod_disruption_budgets, Known) and not self._own_budgets

    @cached_property
    def _own_budgets(self) -> tuple[PodDisruptionBudget, ...]:
        return tuple(item for item in seen(self.snapshot.pod_disruption_budgets) if not is_platform(item))

    @cached_property
    def pools(self) -> dict[str, str]:
        """The agent pool of each node, by names; "" where its labels do not say. Virtual nodes are none."""
        nodes = seen(self.snapshot.nodes)
        return {node.name: pool_of(node) for node in nodes if node.labels.get("type") != "virtual-kubelet"}

    @cached_property
    def volumes(self) -> dict[tuple[str, str], PersistentVolume]:
        """The bound volumes, by namespace and name of their claim."""
        return by_claim(seen(self.snapshot.persistent_volumes))

    @cached_property
    def mounts_claims(self) -> bool:
        """Whether a pod that was read mounts a claim."""
        return any(True for group in self.groups for pod in group.pods for _ in claims_of(pod))

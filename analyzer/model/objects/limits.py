"""Limits and quotas."""

from __future__ import annotations

from msgspec import Struct

from analyzer.model.objects.metadata import KubernetesObject, Number


class LimitRange(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 LimitRange: its presence."""


class QuotaSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ResourceQuota.spec."""

    hard: dict[str, Number] = {}


class ResourceQuota(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 ResourceQuota."""

    spec: QuotaSpec = QuotaSpec()


class ConstraintMatch(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """spec.match of a Gatekeeper constraint."""

    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()


class ConstraintSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Spec of a Gatekeeper constraint."""

    enforcement_action: str = ""
    match: ConstraintMatch = ConstraintMatch()


class ContainerLimitConstraint(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """constraints.gatekeeper.sh K8sContainerLimits."""

    spec: ConstraintSpec = ConstraintSpec()

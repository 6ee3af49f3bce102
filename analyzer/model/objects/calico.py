"""Objects of projectcalico.org."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject


class CalicoEntity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Source or destination of a Calico rule."""

    selector: str = ""
    namespace_selector: str = ""
    nets: tuple[str, ...] = ()
    not_nets: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class CalicoRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One rule of a Calico policy."""

    action: str = ""
    source: CalicoEntity | None = None
    destination: CalicoEntity | None = None


class CalicoPolicySpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkPolicy.spec or GlobalNetworkPolicy.spec of Calico."""

    tier: str = ""
    order: float | None = None
    selector: str = ""
    types: tuple[str, ...] = ()
    ingress: tuple[CalicoRule, ...] = ()
    egress: tuple[CalicoRule, ...] = ()


class CalicoPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's own NetworkPolicy or GlobalNetworkPolicy."""

    spec: CalicoPolicySpec = CalicoPolicySpec()


class CalicoSetSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkSet.spec."""

    nets: tuple[str, ...] = ()
    allowed_egress_domains: tuple[str, ...] = ()


class CalicoNetworkSet(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's NetworkSet or GlobalNetworkSet."""

    spec: CalicoSetSpec = CalicoSetSpec()


class CalicoHostEndpoint(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's HostEndpoint: its presence."""


class CalicoFelixConfiguration(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """FelixConfiguration: settings of every calico-node, or of one."""

    spec: dict[str, object] = field(default_factory=dict)


class CalicoIPPoolSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """IPPool.spec."""

    cidr: str = ""
    disabled: bool = False


class CalicoIPPool(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """IPPool."""

    spec: CalicoIPPoolSpec = CalicoIPPoolSpec()

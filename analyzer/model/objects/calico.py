"""Objects of projectcalico.org.

Calico's API reference 3.32 (docs.tigera.io/calico/latest/reference/resources) and the types behind it
(projectcalico/calico, api/pkg/apis/projectcalico/v3).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct, field
from msgspec.structs import force_setattr

from analyzer.model.objects.metadata import KubernetesObject, Labels, Metadata


class CalicoPresence(Struct, frozen=True, omit_defaults=True, gc=False):
    """A part of a rule of which only the presence counts."""


class CalicoServiceAccounts(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Matches pods by their service account."""

    names: tuple[str, ...] = ()
    selector: str = ""
    """Over the labels of service accounts."""


class CalicoEntity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Source or destination of a Calico rule."""

    selector: str = ""
    namespace_selector: str = ""
    nets: tuple[str, ...] = ()
    not_nets: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    not_selector: str = ""
    ports: tuple[int | str, ...] = ()
    """Numbers, ranges as "8080:8090", and names."""
    not_ports: tuple[int | str, ...] = ()
    service_accounts: CalicoServiceAccounts | None = None
    services: CalicoPresence | None = None


class CalicoRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One rule of a Calico policy. A flow has to meet all that it names."""

    action: str = ""
    """Allow, Deny, Pass or Log."""
    source: CalicoEntity | None = None
    destination: CalicoEntity | None = None
    protocol: int | str | None = None
    """A name, as TCP, or a number; None: every protocol."""
    not_protocol: int | str | None = None
    ip_version: int | None = None
    """4 or 6; None: both."""
    icmp: CalicoPresence | None = None
    not_icmp: CalicoPresence | None = field(default=None, name="notICMP")
    http: CalicoPresence | None = None


class CalicoPolicySpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkPolicy.spec or GlobalNetworkPolicy.spec of Calico."""

    tier: str = ""
    order: float | None = None
    selector: str = ""
    types: tuple[str, ...] = ()
    ingress: tuple[CalicoRule, ...] = ()
    egress: tuple[CalicoRule, ...] = ()
    namespace_selector: str = ""
    """Of a GlobalNetworkPolicy."""
    service_account_selector: str = ""
    do_not_track: bool = False
    """Of a GlobalNetworkPolicy, as the two below: for host endpoints, before connections are tracked."""
    pre_dnat: bool = field(default=False, name="preDNAT")
    """For host endpoints, before Services are translated."""
    apply_on_forward: bool = False
    """For host endpoints, also of what they forward."""


class CalicoPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's own NetworkPolicy or GlobalNetworkPolicy."""

    spec: CalicoPolicySpec = CalicoPolicySpec()


class _KeptMetadata(Struct, frozen=True, gc=False):
    labels: Labels | None = None


_KEPT = msgspec.json.Decoder(_KeptMetadata)


class CalicoAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotation in which Calico keeps the metadata of an object of its CRD group, as JSON."""

    metadata: str = field(default="", name="projectcalico.org/metadata")


_NO_ANNOTATIONS = CalicoAnnotations()


class CalicoMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta, with the labels where they belong.

    In the group crd.projectcalico.org Calico keeps an object's labels in an annotation, and adds them to the object's
    own when it reads them (libcalico-go/lib/backend/k8s/resources/resources.go). Nothing else of it is kept.
    """

    annotations: CalicoAnnotations = _NO_ANNOTATIONS

    def __post_init__(self) -> None:
        if self.annotations.metadata:
            force_setattr(self, "labels", self.labels | _kept_labels(self.annotations.metadata))
            force_setattr(self, "annotations", _NO_ANNOTATIONS)


def _kept_labels(text: str) -> Labels:
    """Empty where the text is not what Calico writes."""
    try:
        return _KEPT.decode(text).labels or {}
    except msgspec.MsgspecError:
        return {}


class CalicoSetSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkSet.spec."""

    nets: tuple[str, ...] = ()
    allowed_egress_domains: tuple[str, ...] = ()


class CalicoNetworkSet(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's NetworkSet or GlobalNetworkSet: addresses that selectors find by the set's labels."""

    metadata: CalicoMetadata = CalicoMetadata()
    spec: CalicoSetSpec = CalicoSetSpec()


class CalicoTierSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Tier.spec."""

    order: float | None = None
    default_action: str | None = None
    """What becomes of what no policy of the tier decides: Pass; anything else is Deny."""


class CalicoTier(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's Tier."""

    spec: CalicoTierSpec = CalicoTierSpec()


class CalicoHostEndpointSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """HostEndpoint.spec."""

    node: str = ""
    interface_name: str = ""
    """"*" for all interfaces of the node."""
    expected_ips: tuple[str, ...] = field(default=(), name="expectedIPs")
    """The addresses for which selectors that find the endpoint stand."""


class CalicoHostEndpoint(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's HostEndpoint: an interface of a node."""

    metadata: CalicoMetadata = CalicoMetadata()
    spec: CalicoHostEndpointSpec = CalicoHostEndpointSpec()


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

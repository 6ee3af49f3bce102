"""Objects of cilium.io."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, LabelSelector


class CiliumPortRules(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """toPorts[].rules: which kinds of L7 rule are present."""

    http: tuple[dict[str, object], ...] | None = None
    kafka: tuple[dict[str, object], ...] | None = None
    l7: tuple[dict[str, object], ...] | None = None
    l7proto: str = ""
    dns: tuple[dict[str, object], ...] | None = None


class CiliumPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """toPorts[].ports[]."""

    port: str = ""
    """A number or a name, as text."""
    end_port: int | None = None
    protocol: str = ""
    """Empty means any."""


class CiliumProxy(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A listener of Envoy, or the certificates for TLS that it ends or starts: their presence."""


class CiliumPorts(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """toPorts[]."""

    ports: tuple[CiliumPort, ...] = ()
    rules: CiliumPortRules | None = None
    listener: CiliumProxy | None = None
    terminating_tls: CiliumProxy | None = field(default=None, name="terminatingTLS")
    originating_tls: CiliumProxy | None = field(default=None, name="originatingTLS")
    server_names: tuple[str, ...] = ()


class CiliumICMPField(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """icmps[].fields[]: one type of one family; empty means IPv4."""

    family: str = ""
    type: int | str = ""


class CiliumICMP(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """icmps[]."""

    fields: tuple[CiliumICMPField, ...] = ()


class CiliumFQDN(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """toFQDNs[]."""

    match_name: str = ""
    match_pattern: str = ""


class CiliumCIDR(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of fromCIDRSet or toCIDRSet."""

    cidr: str = ""
    cidr_group_ref: str = ""
    cidr_group_selector: LabelSelector | None = None
    except_: tuple[str, ...] = field(default=(), name="except")


class CiliumAuthentication(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Of one rule."""

    mode: str = ""
    """disabled, required, test-always-fail"""


class CiliumRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of ingress, egress, ingressDeny or egressDeny."""

    to_ports: tuple[CiliumPorts, ...] = ()
    to_fqdns: tuple[CiliumFQDN, ...] = field(default=(), name="toFQDNs")
    from_endpoints: tuple[LabelSelector, ...] | None = None
    to_endpoints: tuple[LabelSelector, ...] | None = None
    """An empty list names nobody; None leaves it to the other members."""
    from_requires: tuple[LabelSelector, ...] = ()
    to_requires: tuple[LabelSelector, ...] = ()
    from_entities: tuple[str, ...] = ()
    to_entities: tuple[str, ...] = ()
    from_cidr: tuple[str, ...] = field(default=(), name="fromCIDR")
    to_cidr: tuple[str, ...] = field(default=(), name="toCIDR")
    from_cidr_set: tuple[CiliumCIDR, ...] = field(default=(), name="fromCIDRSet")
    to_cidr_set: tuple[CiliumCIDR, ...] = field(default=(), name="toCIDRSet")
    to_services: tuple[dict[str, object], ...] = ()
    from_nodes: tuple[dict[str, object], ...] = ()
    to_nodes: tuple[dict[str, object], ...] = ()
    from_groups: tuple[dict[str, object], ...] = ()
    to_groups: tuple[dict[str, object], ...] = ()
    icmps: tuple[CiliumICMP, ...] = ()
    authentication: CiliumAuthentication | None = None


class CiliumDefaultDeny(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Whether a direction refuses what no rule admits; None: if it has any rule."""

    ingress: bool | None = None
    egress: bool | None = None


class CiliumSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """spec, or one of specs."""

    endpoint_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    ingress: tuple[CiliumRule, ...] = ()
    egress: tuple[CiliumRule, ...] = ()
    ingress_deny: tuple[CiliumRule, ...] = ()
    egress_deny: tuple[CiliumRule, ...] = ()
    enable_default_deny: CiliumDefaultDeny = CiliumDefaultDeny()


class CiliumPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """cilium.io/v2 CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy."""

    spec: CiliumSpec | None = None
    specs: tuple[CiliumSpec, ...] | None = None

    @property
    def all_specs(self) -> tuple[CiliumSpec, ...]:
        """spec and specs together: Cilium applies both."""
        return ((self.spec,) if self.spec else ()) + (self.specs or ())


class RedirectService(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """redirectFrontend.serviceMatcher."""

    service_name: str = ""
    namespace: str = ""


class RedirectAddress(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """redirectFrontend.addressMatcher."""

    ip: str = ""


class RedirectFrontend(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Whose traffic is redirected to a local pod: a Service's, or an address's."""

    service_matcher: RedirectService | None = None
    address_matcher: RedirectAddress | None = None


class LocalRedirectSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """CiliumLocalRedirectPolicy.spec."""

    redirect_frontend: RedirectFrontend = RedirectFrontend()


class CiliumLocalRedirectPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """cilium.io/v2 CiliumLocalRedirectPolicy."""

    spec: LocalRedirectSpec = LocalRedirectSpec()

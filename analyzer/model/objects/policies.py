"""Kubernetes network policies."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, LabelSelector


class IPBlock(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A CIDR and the ranges cut out of it."""

    cidr: str
    except_: tuple[str, ...] = field(default=(), name="except")


class PolicyPeer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of from or to."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One entry of ports. No port means every port of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class IngressRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Who may come in. Empty `from` means everyone, empty `ports` every port."""

    from_: tuple[PolicyPeer, ...] = field(default=(), name="from")
    ports: tuple[PolicyPort, ...] = ()

    @property
    def peers(self) -> tuple[PolicyPeer, ...]:
        """The peers, by a name that both directions share."""
        return self.from_


class EgressRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Where traffic may go. Empty `to` means everywhere, empty `ports` every port."""

    to: tuple[PolicyPeer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()

    @property
    def peers(self) -> tuple[PolicyPeer, ...]:
        """The peers, by a name that both directions share."""
        return self.to


class NetworkPolicySpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkPolicy.spec. The API server fills policyTypes in; only raw manifests leave it out."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: tuple[str, ...] | None = None
    ingress: tuple[IngressRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()


class NetworkPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 NetworkPolicy."""

    spec: NetworkPolicySpec = NetworkPolicySpec()

    @property
    def types(self) -> tuple[str, ...]:
        """policyTypes, with the API server's default where a manifest leaves it out."""
        if self.spec.policy_types is not None:
            return self.spec.policy_types
        return ("Ingress", "Egress") if self.spec.egress else ("Ingress",)

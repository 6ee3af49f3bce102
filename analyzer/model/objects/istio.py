"""Objects of Istio."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject


class IstioOperation(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """to[].operation: methods and paths are L7."""

    hosts: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    not_methods: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()


class IstioTarget(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """rules[].to[]."""

    operation: IstioOperation = IstioOperation()


class IstioCondition(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """rules[].when[]."""

    key: str = ""


class IstioSource(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """from[].source: the client by address."""

    ip_blocks: tuple[str, ...] = ()
    not_ip_blocks: tuple[str, ...] = ()
    remote_ip_blocks: tuple[str, ...] = ()
    not_remote_ip_blocks: tuple[str, ...] = ()


class IstioOrigin(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """rules[].from[]."""

    source: IstioSource = IstioSource()


class IstioRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """rules[]."""

    from_: tuple[IstioOrigin, ...] = field(default=(), name="from")
    to: tuple[IstioTarget, ...] = ()
    when: tuple[IstioCondition, ...] = ()


class IstioSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """AuthorizationPolicy.spec."""

    rules: tuple[IstioRule, ...] = ()


class AuthorizationPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """security.istio.io AuthorizationPolicy."""

    spec: IstioSpec = IstioSpec()

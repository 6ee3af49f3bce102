"""Everything readable that names addresses literally, wherever it could mean pods: object, field and value.

Which of the values mean pods is for the rules to say. Objects that AKS owns are left out, and so is what Azure's cloud
provider writes into network security groups for Services: the Service itself is named.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import filterfalse

import msgspec

from analyzer.model.fact import Known, seen
from analyzer.model.finding import Gap, ObjectRef, object_ref
from analyzer.model.network_resources import RouteTable, SecurityRule
from analyzer.model.objects import (
    CalicoEntity,
    CalicoPolicy,
    CiliumPolicy,
    CiliumRule,
    EndpointSlice,
    IngressAnnotations,
    KubernetesObject,
    NetworkPolicy,
)
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned
from rules.azure_resources import security_group_ref, table_ref
from rules.lists import gaps
from rules.security_rules import destinations_of, sources_of

READS = (
    Source.NETWORK_POLICIES,
    Source.CILIUM_POLICIES,
    Source.CILIUM_CLUSTERWIDE_POLICIES,
    Source.CALICO_POLICIES,
    Source.CALICO_GLOBAL_POLICIES,
    Source.CALICO_NETWORK_SETS,
    Source.CALICO_GLOBAL_NETWORK_SETS,
    Source.SERVICES,
    Source.INGRESSES,
    Source.ENDPOINT_SLICES,
    Source.AUTHORIZATION_POLICIES,
)
"""The lists of the cluster's own objects that are always looked through."""
MAPS_OF_THE_PLATFORM = ("azure-ip-masq-agent-config", "azure-ip-masq-agent-config-reconciled", "cilium-config")
"""ConfigMaps of kube-system whose addresses the platform or another rule answers for."""

_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b")


class Reader(enum.Enum):
    """Who compares the value with addresses."""

    POLICY_ENGINE = "policy engine"
    """Azure NPM or Calico, which compare CIDRs with pods."""
    CILIUM = "Cilium"
    """Which never does."""
    NETWORK = "network"
    """Azure's own: routes and security groups, outside the nodes."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One literal."""

    object: ObjectRef
    where: str
    """The field."""
    value: str
    """As it is written; it may be no address at all."""
    cuts: tuple[str, ...] = ()
    """Ranges that are taken out of it."""
    reader: Reader = Reader.OTHER


def in_cluster(scene: Scene) -> Iterator[Dependency | Gap]:
    """The literals of Kubernetes objects and of the cluster's proxy; then a gap for each list that is not whole."""
    yield from _policies(scene)
    yield from _calico(scene)
    yield from _services(scene)
    yield from _mesh(scene)
    yield from _masquerade(scene)
    yield from _proxy(scene)
    yield from gaps(*(getattr(scene.snapshot, source.value) for source in READS))
    if scene.inputs.scan_configmaps:
        yield from _config_maps(scene)


def security_rules(scene: Scene, *, with_sources: bool) -> Iterator[Dependency | Gap]:
    """The literals of network security groups: destinations, and sources where they are asked for."""
    groups = scene.snapshot.network_security_groups
    for group in seen(groups):
        for rule in group.security_rules:
            if not rule.name.lower().startswith("k8s-azure-lb"):
                where = f"securityRules[{rule.name}]"
                yield from _of_rule(security_group_ref(group), where, rule, with_sources)
    yield from gaps(groups)


def routes(scene: Scene, but: Sequence[str]) -> Iterator[Dependency | Gap]:
    """The destinations of routes, but those of some tables by id, in lower case."""
    tables = scene.snapshot.route_tables
    for table in seen(tables):
        if table.id.lower() not in but:
            yield from _of_table(table)
    yield from gaps(tables)


def manual_addresses(item: EndpointSlice) -> tuple[str, ...]:
    """The addresses of a slice that no controller keeps: without the pods' own, and the API server's."""
    if item.labels.get("endpointslice.kubernetes.io/managed-by") == "endpointslice-controller.k8s.io":
        return ()
    if item.namespace == "default" and item.labels.get("kubernetes.io/service-name", item.name) == "kubernetes":
        return ()
    return tuple(text for end in item.endpoints or () if end.target_ref is None for text in end.addresses)


def _of(
    item: KubernetesObject, where: str, values: Sequence[str], reader: Reader = Reader.OTHER
) -> Iterator[Dependency]:
    yield from (Dependency(object_ref(item), where, value, reader=reader) for value in values)


def _policies(scene: Scene) -> Iterator[Dependency]:
    snapshot = scene.snapshot
    for policy in seen(snapshot.network_policies):
        if not is_aks_owned(policy):
            yield from _blocks(policy)
    for cilium in (*seen(snapshot.cilium_policies), *seen(snapshot.cilium_clusterwide_policies)):
        if not is_aks_owned(cilium):
            yield from _cilium(cilium)


def _blocks(policy: NetworkPolicy) -> Iterator[Dependency]:
    for field, rules in (("ingress[].from", policy.spec.ingress), ("egress[].to", policy.spec.egress)):
        for block in (peer.ip_block for rule in rules for peer in rule.peers if peer.ip_block):
            where = f"spec.{field}[].ipBlock.cidr"
            yield Dependency(object_ref(policy), where, block.cidr, block.except_, Reader.POLICY_ENGINE)


def _cilium(policy: CiliumPolicy) -> Iterator[Dependency]:
    for spec in policy.all_specs:
        for field in ("ingress", "ingress_deny", "egress", "egress_deny"):
            for rule in getattr(spec, field):
                yield from _cilium_rule(policy, rule)


def _cilium_rule(policy: CiliumPolicy, rule: CiliumRule) -> Iterator[Dependency]:
    yield from _of(policy, "fromCIDR", rule.from_cidr, Reader.CILIUM)
    yield from _of(policy, "toCIDR", rule.to_cidr, Reader.CILIUM)
    for field, sets in (("fromCIDRSet", rule.from_cidr_set), ("toCIDRSet", rule.to_cidr_set)):
        for item in sets:
            yield Dependency(object_ref(policy), f"{field}[].cidr", item.cidr, item.except_, Reader.CILIUM)


def _calico(scene: Scene) -> Iterator[Dependency]:
    snapshot = scene.snapshot
    for policy in (*seen(snapshot.calico_policies), *seen(snapshot.calico_global_policies)):
        if not is_aks_owned(policy):
            yield from _calico_policy(policy)
    for item in (*seen(snapshot.calico_network_sets), *seen(snapshot.calico_global_network_sets)):
        if not is_aks_owned(item):
            yield from _of(item, "spec.nets", item.spec.nets, Reader.POLICY_ENGINE)


def _calico_policy(policy: CalicoPolicy) -> Iterator[Dependency]:
    for rule in (*policy.spec.ingress, *policy.spec.egress):
        for side, entity in (("source", rule.source), ("destination", rule.destination)):
            found = entity or CalicoEntity()
            yield from _of(policy, f"{side}.nets", found.nets, Reader.POLICY_ENGINE)
            yield from _of(policy, f"{side}.notNets", found.not_nets, Reader.POLICY_ENGINE)


def _services(scene: Scene) -> Iterator[Dependency]:
    for service in filterfalse(is_aks_owned, seen(scene.snapshot.services)):
        yield from _of(service, "spec.loadBalancerSourceRanges", service.spec.load_balancer_source_ranges)
        listed = service.metadata.annotations.allowed_ip_ranges
        yield from _of(service, "annotation service.beta.kubernetes.io/azure-allowed-ip-ranges", _split(listed))
    for ingress in seen(scene.snapshot.ingresses):
        for field in msgspec.structs.fields(IngressAnnotations):
            if field.encode_name.endswith(("-source-range", "-list", "/whitelist")):
                listed = getattr(ingress.metadata.annotations, field.name)
                yield from _of(ingress, f"annotation {field.encode_name}", _split(listed))
    for item in filterfalse(is_aks_owned, seen(scene.snapshot.endpoint_slices)):
        yield from _of(item, "endpoints[].addresses", manual_addresses(item))


def _mesh(scene: Scene) -> Iterator[Dependency]:
    for policy in seen(scene.snapshot.authorization_policies):
        for source in (origin.source for rule in policy.spec.rules for origin in rule.from_):
            yield from _of(policy, "source.ipBlocks", source.ip_blocks)
            yield from _of(policy, "source.notIpBlocks", source.not_ip_blocks)
            yield from _of(policy, "source.remoteIpBlocks", source.remote_ip_blocks)
            yield from _of(policy, "source.notRemoteIpBlocks", source.not_remote_ip_blocks)


def _masquerade(scene: Scene) -> Iterator[Dependency | Gap]:
    """The custom map, by what looks like an address: whether it is well formed is OVL-IPMASQ-CUSTOM's."""
    fact = scene.snapshot.ip_masq_config
    if isinstance(fact, Known) and fact.value is not None and not is_aks_owned(fact.value):
        text = fact.value.data.get("ip-masq-agent", "")
        yield from _of(fact.value, "data.ip-masq-agent", _ADDRESS.findall(text))
    yield from gaps(fact)


def _proxy(scene: Scene) -> Iterator[Dependency]:
    config = scene.cluster.require().active_proxy
    for value in (config.no_proxy or ()) if config else ():
        yield Dependency(scene.cluster_ref, "properties.httpProxyConfig.noProxy", value)


def _config_maps(scene: Scene) -> Iterator[Dependency | Gap]:
    maps = scene.snapshot.config_map_addresses
    for item in seen(maps):
        is_platform = item.namespace == "kube-system" and item.name in MAPS_OF_THE_PLATFORM
        if not is_platform and not is_aks_owned(item):
            for literal in item.addresses:
                yield Dependency(object_ref(item), f"data.{literal.key}", literal.text)
    yield from gaps(maps)


def _of_rule(group: ObjectRef, where: str, rule: SecurityRule, with_sources: bool) -> Iterator[Dependency]:
    for value in destinations_of(rule):
        yield Dependency(group, f"{where}.destinationAddressPrefixes", value, reader=Reader.NETWORK)
    for value in sources_of(rule) if with_sources else ():
        yield Dependency(group, f"{where}.sourceAddressPrefixes", value, reader=Reader.NETWORK)


def _of_table(table: RouteTable) -> Iterator[Dependency]:
    for route in table.routes:
        where = f"routes[{route.name}].addressPrefix"
        yield Dependency(table_ref(table), where, route.address_prefix or "", reader=Reader.NETWORK)


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[,;\s]+", text) if part]

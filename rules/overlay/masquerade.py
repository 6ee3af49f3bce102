"""The user's ip-masq-agent map: whose it is, what it lists, and what of that goes beyond the cluster's own ranges.

The agent reads the key `ip-masq-agent` of kube-system/azure-ip-masq-agent-config, as YAML or JSON, with keys in any
case, and merges it with the managed map's `ip-masq-agent-reconciled`: Azure/ip-masq-agent-v2, ip-masq-agent.go, and
the manifests of Azure/azure-container-networking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from analyzer.addresses import interval, is_covered
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.finding import Evidence, Finding, Gap, ObjectRef, Severity, gap
from analyzer.model.network_resources import VirtualNetwork
from analyzer.model.objects import ConfigMap
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.node_networks import of_pools

MAP = ObjectRef(kind="ConfigMap", name="azure-ip-masq-agent-config", namespace="kube-system")
CUSTOM_KEY = "ip-masq-agent"
RECONCILED_KEY = "ip-masq-agent-reconciled"
LIST_KEY = "nonMasqueradeCIDRs"
ADDON_MANAGER_LABELS = ("addonmanager.kubernetes.io/mode", "kubernetes.io/cluster-service")
"""What the add-on manager put on the maps of former agent versions."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What was read of some ranges, and why the rest was not."""

    cidrs: tuple[str, ...]
    gaps: tuple[Gap, ...]
    """Empty: these are all of them."""


def leftover_labels(config: ConfigMap) -> tuple[str, ...]:
    """The add-on manager's labels on a map; empty where somebody else made it."""
    return tuple(label for label in ADDON_MANAGER_LABELS if label in config.labels)


def judge(config: ConfigMap, scene: Scene, subject: str) -> Iterator[Finding | Gap]:
    """Each extra CIDR of the map, else the map itself; or the gaps that leave open which of the two it is.

    A CIDR that no range that was read holds is extra only if all ranges were read.
    """
    listed = _listed(config, CUSTOM_KEY, Source.IP_MASQ_CONFIG)
    own = _own_ranges(scene)
    beyond = [cidr for cidr in listed.cidrs if not is_covered(cidr, own.cidrs)]
    yield from listed.gaps
    if beyond and own.gaps:
        yield from (_undecided(item, beyond) for item in own.gaps)
    elif beyond:
        yield from (_extra(cidr, subject) for cidr in beyond)
    elif not listed.gaps:
        yield _present(listed.cidrs, subject)


def _listed(config: ConfigMap, key: str, source: Source) -> Ranges:
    """The ranges that a map lists; a key that is not there lists nothing."""
    where = f"ConfigMap {config.name} data.{key}"
    try:
        content = yaml.safe_load(config.data.get(key, ""))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date that does not exist; RecursionError: brackets nested a thousand deep
        return _unreadable(source, f"{where} is not YAML: {' '.join(str(error).split())}")
    if not isinstance(content, dict | None):
        return _unreadable(source, f"{where} is not a mapping")
    values = next((value for name, value in (content or {}).items() if str(name).lower() == LIST_KEY.lower()), None)
    if not isinstance(values, list | None):
        return _unreadable(source, f"{LIST_KEY} in {where} is not a list")
    return _cidrs([_text(value) for value in values or ()], where, source)


def _text(value: object) -> str:
    """A listed value; what is not text by its type only, for YAML aliases can make its text endless."""
    return value if isinstance(value, str) else type(value).__name__


def _cidrs(values: Sequence[str], where: str, source: Source) -> Ranges:
    bad = [value for value in values if interval(value) is None]
    gaps = tuple(_malformed(source, f"{where} lists {value!r}, which is no CIDR") for value in bad)
    return Ranges(tuple(value for value in values if interval(value)), gaps)


def _unreadable(source: Source, detail: str) -> Ranges:
    return Ranges((), (_malformed(source, detail),))


def _malformed(source: Source, detail: str) -> Gap:
    return gap(Missing(source, Cause.MALFORMED, detail), MAP if source is Source.IP_MASQ_CONFIG else None)


def _own_ranges(scene: Scene) -> Ranges:
    """The cluster's own ranges: pods, services, node VNets, and what the managed map holds."""
    state = scene.before
    parts = (
        _of(state.pod_cidrs, "networkProfile.podCidrs"),
        _of(state.service_cidrs, "networkProfile.serviceCidrs"),
        _networks(scene),
        _reconciled(scene),
    )
    return Ranges(
        tuple(cidr for part in parts for cidr in part.cidrs), tuple(item for part in parts for item in part.gaps)
    )


def _of(fact: Fact[tuple[str, ...]], where: str) -> Ranges:
    return Ranges((), (gap(fact),)) if isinstance(fact, Missing) else _cidrs(fact.value, where, Source.CLUSTER)


def _networks(scene: Scene) -> Ranges:
    found = tuple(of_pools(scene))
    networks = [item for item in found if isinstance(item, VirtualNetwork)]
    prefixes = tuple(prefix for network in networks for prefix in network.address_space.address_prefixes)
    return Ranges(prefixes, tuple(item for item in found if isinstance(item, Gap)))


def _reconciled(scene: Scene) -> Ranges:
    fact = scene.snapshot.ip_masq_reconciled
    if isinstance(fact, Missing):
        return Ranges((), (gap(fact),))
    config = fact.value
    if config is None:
        return Ranges((), ())
    if RECONCILED_KEY not in config.data:
        return _unreadable(Source.IP_MASQ_RECONCILED, f"ConfigMap {config.name} has no key {RECONCILED_KEY}")
    return _listed(config, RECONCILED_KEY, Source.IP_MASQ_RECONCILED)


def _undecided(item: Gap, beyond: list[str]) -> Gap:
    """The gap of an own range, with the CIDRs that it may hold."""
    missing: Missing[object] = Missing(item.source, item.cause, item.detail, item.grant)
    words = f"{', '.join(beyond)} of {MAP.name} may lie in a range that was not read: {item.detail}"
    return gap(replace(missing, detail=words), item.object)


def _extra(cidr: str, subject: str) -> Finding:
    return Finding(
        object=MAP,
        message=(
            f"{subject} keeps pod addresses towards {cidr}; nothing there can answer an overlay pod, and AKS refuses"
            " the update."
        ),
        evidence=(Evidence(f"{MAP.name} {LIST_KEY}", cidr),),
        key=cidr,
    )


def _present(cidrs: tuple[str, ...], subject: str) -> Finding:
    return Finding(
        object=MAP,
        message=f"{subject} exists and adds no range to the cluster's own; AKS may refuse the update all the same.",
        evidence=(Evidence(f"{MAP.name} {LIST_KEY}", ", ".join(cidrs) or "none"),),
        severity=Severity.RISK,
    )

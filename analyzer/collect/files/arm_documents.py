"""What a file of Azure holds: resources known by their ids, and rows known by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from analyzer.collect.decoding import UNREADABLE, Buffer, MalformedError, convert_arm
from analyzer.collect.surroundings import TRAFFIC_CONTROLLERS
from analyzer.model.cluster import ManagedCluster
from analyzer.model.compute import Usage, VirtualMachineSize
from analyzer.model.network_resources import Reference, SubnetUsage
from analyzer.model.preview import ClusterPreview
from analyzer.model.snapshot import ITEM_TYPES
from analyzer.model.source import Source


@dataclass(frozen=True, slots=True)
class ArmBodies:
    """ARM resources, or rows, of one kind."""

    source: Source
    items: tuple[Any, ...]
    is_last_page: bool = False
    """From an answer of the REST API that names no next page."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Content that nothing reads."""

    what: str


ArmDocument = ArmBodies | Unknown

_ARM_KINDS: dict[str, tuple[Source, type[Any]]] = {
    "microsoft.containerservice/managedclusters": (Source.CLUSTER, ManagedCluster),
    **{
        kind: (source, ITEM_TYPES[source])
        for kind, source in (
            ("microsoft.network/virtualnetworks", Source.VIRTUAL_NETWORKS),
            ("microsoft.network/routetables", Source.ROUTE_TABLES),
            ("microsoft.network/networksecuritygroups", Source.NETWORK_SECURITY_GROUPS),
            ("microsoft.network/applicationgateways", Source.APPLICATION_GATEWAYS),
            ("microsoft.containerservice/managedclusters/maintenanceconfigurations", Source.MAINTENANCE_CONFIGURATIONS),
            ("microsoft.containerservice/fleetmemberships", Source.FLEET_MEMBERSHIPS),
            ("microsoft.compute/virtualmachinescalesets", Source.SCALE_SETS),
            ("microsoft.authorization/locks", Source.LOCKS),
            ("microsoft.authorization/roleassignments", Source.ROLE_ASSIGNMENTS),
            ("microsoft.authorization/roledefinitions", Source.ROLE_DEFINITIONS),
            (f"{TRAFFIC_CONTROLLERS}/associations", Source.TRAFFIC_CONTROLLER_ASSOCIATIONS),
        )
    },
    TRAFFIC_CONTROLLERS: (Source.TRAFFIC_CONTROLLER_ASSOCIATIONS, Reference),
}


def arm_documents(raw: Buffer) -> Iterator[ArmDocument]:
    """The resources and rows of one file. Raises MalformedError where it is not JSON, or one is not of its kind."""
    try:
        body = msgspec.json.decode(raw)
    except UNREADABLE as error:
        raise MalformedError(f"it is not whole JSON: {error}") from error
    yield from _resources(body, is_last_page=False)


def _resources(body: object, *, is_last_page: bool) -> Iterator[ArmDocument]:
    """The resources in a body: itself, a list, ARM's `value`, or the `data` of a Resource Graph answer."""
    if isinstance(body, list):
        for item in body:
            yield from _resource(item, is_last_page=is_last_page)
    elif isinstance(body, dict) and "id" not in body and isinstance(body.get("value"), list):
        lower = {key.lower() for key, link in body.items() if link}
        yield from _resources(body["value"], is_last_page="nextlink" not in lower)
    elif isinstance(body, dict) and "id" not in body and isinstance(body.get("data"), list | dict):
        yield from _resources(body["data"], is_last_page=False)
    else:
        yield from _resource(body, is_last_page=False)


def _resource(body: object, *, is_last_page: bool) -> Iterator[ArmDocument]:
    if not isinstance(body, dict):
        yield Unknown("JSON that is neither a Kubernetes object nor an ARM resource")
        return
    place = _row(body) or _ARM_KINDS.get(arm_type(_id(body)))
    if place is None:
        yield Unknown(_unread(_id(body)))
        return
    source, structure = place
    item = convert_arm(_with_numbers(body) if structure is Usage else body, structure)
    yield ArmBodies(source, (item,), is_last_page)
    if source is Source.CLUSTER and _shows_disruption_policy(body):
        yield ArmBodies(Source.CLUSTER_PREVIEW, (convert_arm(body, ClusterPreview),))


def _id(body: dict[str, Any]) -> str:
    found = body.get("id")
    return found if isinstance(found, str) else ""


def _unread(resource_id: str) -> str:
    if not resource_id:
        return "JSON that is neither a Kubernetes object nor an ARM resource"
    return f"an ARM resource of type {arm_type(resource_id) or 'unknown'} ({resource_id}), which no rule reads"


def _row(body: dict[str, Any]) -> tuple[Source, type[Any]] | None:
    """Rows that are no resources: addresses of a subnet, a quota of a region, a VM size."""
    keys = {key.lower() for key in body}
    if {"currentvalue", "limit", "name"} <= keys and "/virtualnetworks/" in _id(body).lower():
        return Source.SUBNET_USAGES, SubnetUsage
    if {"currentvalue", "limit", "name"} <= keys and not _id(body):
        return Source.COMPUTE_USAGES, Usage
    if {"resourcetype", "capabilities", "name"} <= keys:
        return Source.VIRTUAL_MACHINE_SIZES, VirtualMachineSize
    return None


def _with_numbers(body: dict[str, Any]) -> dict[str, Any]:
    """`az vm list-usage` prints numbers as words."""
    return {key: int(value) if isinstance(value, str) and value.isdecimal() else value for key, value in body.items()}


def _shows_disruption_policy(body: dict[str, Any]) -> bool:
    """Only preview versions have the key, and the CLI with its preview extension prints it even where it is unset."""
    inner = body.get("properties")
    keys = {*body, *(inner if isinstance(inner, dict) else ())}
    return any(key.lower() == "nodedisruptionprofile" for key in keys)


def arm_type(resource_id: str) -> str:
    """The resource type that an ARM id ends in, in lower case: provider and every second segment after it."""
    _, _, tail = resource_id.lower().rpartition("/providers/")
    provider, *rest = tail.split("/")
    return "/".join((provider, *rest[::2])) if rest else ""

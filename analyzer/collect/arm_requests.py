"""The requests of Azure Resource Manager that hold each source: the same live, in the script's folder and in files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from analyzer.model.fact import Fact, Missing
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS
from analyzer.model.source import READS, ArmRead, Source

CONTAINER_SERVICE = "2025-10-01"
"""The managedClusters API version that is asked for: stable, shows every field that the rules read, and old enough
for the sovereign clouds."""
PREVIEW = "2026-04-02-preview"
"""The preview version of managedClusters. Template exports of running clusters in this version show
nodeDisruptionProfile (seen July 2026); kubeProxyConfig is in every preview version since 2022-08-03-preview, and in no
stable one."""
FLEET = "2025-03-01"
"""The stable version of Microsoft.ContainerService/fleets, whose resource provider also serves fleetMemberships."""
NETWORK = "2024-05-01"
"""The Microsoft.Network API version."""
COMPUTE = "2024-07-01"
"""The Microsoft.Compute API version of scale sets and quotas."""
SKUS = "2021-07-01"
"""The Microsoft.Compute API version of skus."""
LOCKS = "2016-09-01"
"""The Microsoft.Authorization API version of locks."""
ROLES = "2022-04-01"
"""The Microsoft.Authorization API version of role assignments and definitions."""
SERVICE_NETWORKING = "2025-01-01"
"""The Microsoft.ServiceNetworking API version."""

ACTIONS = MappingProxyType({source: read.actions[0] for source, read in READS.items() if isinstance(read, ArmRead)})
"""The role action that each ARM source takes; where it takes several, the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRequest:
    """One GET, or one list with all its pages."""

    source: Source
    path: str
    """The path, as the bodies spell it."""
    api_version: str
    label: str
    """What is asked for, in a word or two."""
    is_list: bool = False
    subject: str
    """The ARM id that a refusal names: the resource, or the scope that is listed."""
    action: str = ""
    """The role action, where it is not the first one of the source."""
    filter: str = ""
    """The $filter of a list; empty: none."""
    sizes: frozenset[str] = frozenset()
    """Of the sizes of a region: only these, in lower case."""
    kind: type[Any] | None = None
    """What an item is decoded into, where it is not what the source holds."""

    @property
    def item_type(self) -> type[Any]:
        """What an item is decoded into."""
        return self.kind or ITEM_TYPES.get(self.source) or SINGLE_OBJECTS[self.source]

    @property
    def parameters(self) -> dict[str, str]:
        """The query."""
        return {"api-version": self.api_version, **({"$filter": self.filter} if self.filter else {})}

    @property
    def url(self) -> str:
        """Path and query, as a person types them."""
        query = "&".join(f"{key}={quote(value, safe='()')}" for key, value in self.parameters.items())
        return f"{self.path}?{query}"


def resource(source: Source, resource_id: str, api_version: str, what: str) -> ArmRequest:
    """The GET of one resource."""
    return ArmRequest(
        source=source,
        path=resource_id,
        api_version=api_version,
        label=f"{what} {name_of(resource_id)}",
        subject=resource_id,
    )


def listing(source: Source, scope: str, below: str, api_version: str, what: str) -> ArmRequest:
    """The list at a path below a resource, a resource group or a subscription."""
    return ArmRequest(
        source=source,
        path=f"{scope}{below}",
        api_version=api_version,
        label=f"{what} of {name_of(scope)}",
        is_list=True,
        subject=scope,
    )


def name_of(resource_id: str) -> str:
    """The last segment of an ARM id."""
    return resource_id.rstrip("/").rpartition("/")[2]


Part = ArmRequest | Missing[Any]
"""What is asked for a source, or why something of it is not."""
Ask = Callable[[Sequence[ArmRequest]], Sequence[Fact[tuple[Any, ...]]]]
"""What came back for each request, in their order."""
Plan = Mapping[Source, Sequence[Part]]
"""Everything that is asked at the same time."""


def asked(ask: Ask, plan: Plan) -> dict[Source, list[Fact[tuple[Any, ...]]]]:
    """What came back for each part of each source; parts that are gaps stay what they are."""
    requests = [part for parts in plan.values() for part in parts if isinstance(part, ArmRequest)]
    answers = iter(ask(requests))
    return {
        source: [part if isinstance(part, Missing) else next(answers) for part in parts]
        for source, parts in plan.items()
    }

"""The bundled samples as answers of both APIs, to be renamed for each cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from servers.fleet.members import Member
from servers.samples import rows

_ENVELOPE = ("id", "name", "type", "location", "tags", "sku", "identity", "eTag", "kind", "extendedLocation")


@dataclass(frozen=True)
class Sample:
    """One sample: every request, path and query, with the bytes of its answer."""

    name: str
    subscription: str
    principal: str
    """Of its system-assigned identity; empty where it has another kind."""
    arm: Mapping[str, bytes]
    kubernetes: Mapping[str, bytes]

    def renamed(self, body: bytes, member: Member) -> bytes:
        """The same of one cluster of the fleet."""
        body = body.replace(self.subscription.encode(), member.subscription.encode())
        body = body.replace(self.name.encode(), member.name.encode())
        return body.replace(self.principal.encode(), member.principal.encode()) if self.principal else body


@cache
def sample(name: str) -> Sample:
    """One of the bundled samples."""
    answered = {request: json.loads(path.read_text()) for request, path in rows(name)}
    cluster = answered.pop("az aks show")
    answered[f"{cluster['id']}?api-version=2025-10-01"] = _as_arm(cluster)
    return Sample(
        name,
        cluster["id"].split("/")[2],
        cluster["identity"]["principalId"] or "",
        {path: packed(body) for path, body in answered.items() if path.startswith("/subscriptions/")},
        _with_discovery({path: packed(body) for path, body in answered.items() if path.startswith(("/api/", "/apis"))}),
    )


def packed(body: Any) -> bytes:
    """JSON without white space, as the APIs write it."""
    return json.dumps(body, separators=(",", ":")).encode()


def _as_arm(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a cluster in Resource Manager's shape, out of the Azure CLI's."""
    properties = {key: value for key, value in cluster.items() if key not in _ENVELOPE and value is not None}
    return {**{key: cluster[key] for key in _ENVELOPE if cluster.get(key) is not None}, "properties": properties}


def _with_discovery(bodies: dict[str, bytes]) -> dict[str, bytes]:
    """With the resources of each group-version that the sample does not show, from the lists that it does."""
    found: dict[str, list[str]] = {}
    for path in bodies:
        parts = path.split("/")
        if parts[1] == "apis" and len(parts) > 4:
            found.setdefault("/".join(parts[2:4]), []).append(parts[-1])
    for name, resources in found.items():
        listed = [{"name": one, "namespaced": True, "kind": "Any", "verbs": ["list"]} for one in resources]
        body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": listed}
        bodies.setdefault(f"/apis/{name}", packed(body))
    return {"/api": packed({"kind": "APIVersions", "versions": ["v1"]}), **bodies}

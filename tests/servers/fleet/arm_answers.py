"""What Resource Manager shows of the fleet: every resource by its id, and lists of groups and of subscriptions."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from servers.fleet.members import Fleet, Health, Member
from servers.fleet.sample_bodies import packed, sample
from servers.kubernetes import kubeconfig

_CLUSTERS = "/providers/microsoft.containerservice/managedclusters"
_LISTED = ("virtualnetworks", "routetables", "networksecuritygroups", "virtualmachinescalesets")
_IN_GROUP = re.compile(r"(/subscriptions/[^/]+)/resourcegroups/[^/]+(/providers/[^/]+/([^/?]+))(/[^/?]+)?(\?preview)?")


def key_of(path: str, query: Mapping[str, str]) -> str:
    """What tells answers apart: the path, whether a preview version is asked for, and whose role assignments."""
    key = path.lower().rstrip("/")
    if key.endswith("/roleassignments") and "$filter" in query:
        return f"{key}?{query['$filter'].lower()}"
    is_cluster = key.rpartition("/")[0].endswith(_CLUSTERS) or key.endswith(_CLUSTERS)
    return f"{key}?preview" if is_cluster and query.get("api-version", "").endswith("-preview") else key


def arm_bodies(fleet: Fleet) -> dict[str, bytes]:
    """Every answer by its key. What clusters of one subscription share is there once, under the first one's names."""
    bodies: dict[str, bytes] = {}
    owners: dict[str, Member] = {}
    for member in fleet.members:
        known = sample(member.sample)
        for request, body in known.arm.items():
            path, _, query = known.renamed(request.encode(), member).decode().partition("?")
            parameters = dict(part.partition("=")[::2] for part in query.split("&"))
            key = key_of(path, parameters)
            if key not in bodies:
                bodies[key] = known.renamed(body, member)
                owners[key] = member
    return bodies | _lists_of_subscriptions(bodies, owners)


def _lists_of_subscriptions(bodies: Mapping[str, bytes], owners: Mapping[str, Member]) -> dict[str, bytes]:
    """As the caller sees them: what belongs to a forbidden cluster is left out."""
    lists: dict[str, list[Any]] = {}
    for key, body in bodies.items():
        found = _IN_GROUP.fullmatch(key)
        if not found or is_forbidden_part(key, owners[key]):
            continue
        subscription, kind, plural, name, preview = found.groups()
        if plural in (*_LISTED, "managedclusters"):
            decoded = json.loads(body)
            rows = [decoded] if name else decoded["value"]
            lists.setdefault(f"{subscription}{kind}{preview or ''}", []).extend(rows)
    return {key: packed({"value": rows}) for key, rows in lists.items()}


def is_forbidden_part(key: str, owner: Member) -> bool:
    """Whether an id lies in a forbidden cluster or in its node resource group."""
    return owner.health is Health.FORBIDDEN and owner.name in key


def user_credential(member: Member, port: int, closed_port: int, authority: bytes) -> bytes:
    """The answer of listClusterUserCredential: a kubeconfig with kubelogin, and the cluster's own address."""
    kept = closed_port if member.health is Health.UNREACHABLE else port
    cluster = {
        "server": f"https://{member.address}:{kept}",
        "tls-server-name": fqdn(member),
        "certificate-authority-data": base64.b64encode(authority).decode(),
    }
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin"}}
    content = json.dumps(kubeconfig(cluster, user, member.name)).encode()
    return packed({"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(content).decode()}]})


def fqdn(member: Member) -> str:
    """The name of its API server in its ARM body."""
    return str(cluster_body(member)["properties"]["fqdn"])


def cluster_id(member: Member) -> str:
    """Its ARM id, as its body spells it."""
    return str(cluster_body(member)["id"])


@cache
def cluster_body(member: Member) -> dict[str, Any]:
    """Its ARM body."""
    known = sample(member.sample)
    request = next(path for path in known.arm if path.endswith(f"/{member.sample}?api-version=2025-10-01"))
    found: dict[str, Any] = json.loads(known.renamed(known.arm[request], member))
    return found

"""Whether an API server is the one of an ARM cluster, judged by its name."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from analyzer.errors import OtherClusterError
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Known
from analyzer.model.snapshot import Snapshot


class Match(enum.StrEnum):
    """What the names say."""

    SAME = "same"
    OTHER = "other"
    """Another cluster: the caller stops with a UsageError."""
    UNKNOWN = "unknown"
    """The names cannot tell: the caller shows the detail as a warning."""


@dataclass(frozen=True, slots=True)
class ServerMatch:
    """The answer, and the sentence that a person needs with it."""

    match: Match
    detail: str = ""
    """Empty where the names are the same."""


def server_matches(server: str, cluster: ManagedCluster, tls_server_name: str = "") -> ServerMatch:
    """Compares an API server's URL with the cluster's FQDNs, without regard to case, port and closing dot.

    `tls_server_name` is the name that the server's certificate was verified for, where it is not the URL's: it
    then says which cluster stands behind a tunnel. A name of none of the cluster's FQDNs is another cluster; an
    address, localhost and the in-cluster names say nothing.
    """
    host = _plain(tls_server_name or urlsplit(server).hostname or "")
    names = tuple(_plain(name) for name in (cluster.fqdn, cluster.private_fqdn, cluster.azure_portal_fqdn) if name)
    if host in names:
        return ServerMatch(Match.SAME)
    if not names:
        return ServerMatch(
            Match.UNKNOWN, f"ARM names no API server for {cluster.name}: nothing proves that {host} is it"
        )
    if _names_no_cluster(host):
        reason = f"The API server is reached as {host}, which does not say which cluster it is"
        return ServerMatch(Match.UNKNOWN, f"{reason}; {cluster.name} has {' and '.join(names)}")
    reason = f"The API server is {host}, but {cluster.name} has {' and '.join(names)}"
    return ServerMatch(Match.OTHER, f"{reason}: the kubeconfig's context is another cluster's")


def require_same_cluster(snapshot: Snapshot, tls_server_name: str = "") -> tuple[str, ...]:
    """Warnings where the names cannot tell whether a snapshot's API server is its ARM cluster's.

    None where the snapshot lacks either. Raises OtherClusterError where the server is another cluster's.
    """
    if snapshot.server is None or not isinstance(snapshot.cluster, Known):
        return ()
    found = server_matches(snapshot.server, snapshot.cluster.value, tls_server_name)
    if found.match is Match.OTHER:
        raise OtherClusterError(found.detail)
    return (found.detail,) if found.match is Match.UNKNOWN else ()


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _names_no_cluster(host: str) -> bool:
    if host in ("", "localhost", "kubernetes") or host.endswith(".localhost"):
        return True
    if host.startswith("kubernetes.default"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

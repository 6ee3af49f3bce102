"""An API server is the ARM cluster's, another's, or cannot be told."""

from __future__ import annotations

import pytest

from analyzer.collect.context import Match, ServerMatch, require_same_cluster, server_matches
from analyzer.errors import UsageError
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Known
from analyzer.model.snapshot import Snapshot

FQDN = "shop-dns-ab12.hcp.westeurope.azmk8s.io"
PRIVATE = "shop-dns-ab12.1f2e.privatelink.westeurope.azmk8s.io"
PORTAL = "shop-dns-ab12.portal.hcp.westeurope.azmk8s.io"
SHOP = ManagedCluster("/id", "shop", fqdn=FQDN, private_fqdn=PRIVATE, azure_portal_fqdn=PORTAL)
NAMES = f"{FQDN} and {PRIVATE} and {PORTAL}"


@pytest.mark.parametrize(
    "server",
    [
        f"https://{FQDN}:443",
        f"https://{FQDN}",
        f"https://{PRIVATE}:8443",
        f"https://{PORTAL}:443/",
        f"HTTPS://{FQDN.upper()}.:443",
    ],
)
def test_a_server_with_a_name_of_the_cluster_is_the_clusters(server: str) -> None:
    assert server_matches(server, SHOP) == ServerMatch(Match.SAME)


@pytest.mark.parametrize("host", ["other-dns-cd34.hcp.westeurope.azmk8s.io", f"x{FQDN}", "azmk8s.io"])
def test_a_server_with_another_name_is_another_clusters(host: str) -> None:
    detail = f"The API server is {host}, but shop has {NAMES}: the kubeconfig's context is another cluster's"
    assert server_matches(f"https://{host}:443", SHOP) == ServerMatch(Match.OTHER, detail)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://10.0.0.1:443", "10.0.0.1"),
        ("https://[::1]:6443", "::1"),
        ("https://localhost:6443", "localhost"),
        ("https://kubernetes.default.svc", "kubernetes.default.svc"),
    ],
)
def test_an_address_or_a_tunnel_cannot_be_told(url: str, host: str) -> None:
    detail = f"The API server is reached as {host}, which does not say which cluster it is; shop has {NAMES}"
    assert server_matches(url, SHOP) == ServerMatch(Match.UNKNOWN, detail)


def test_the_name_that_the_certificate_was_verified_for_tells() -> None:
    assert server_matches("https://127.0.0.1:6443", SHOP, tls_server_name=FQDN) == ServerMatch(Match.SAME)
    assert server_matches("https://127.0.0.1:6443", SHOP, tls_server_name="other.io").match is Match.OTHER


def test_a_cluster_without_names_cannot_be_told() -> None:
    detail = f"ARM names no API server for shop: nothing proves that {FQDN} is it"
    assert server_matches(f"https://{FQDN}", ManagedCluster("/id", "shop")) == ServerMatch(Match.UNKNOWN, detail)


def test_a_snapshot_of_two_clusters_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^The API server is other\.io, but shop has "):
        require_same_cluster(Snapshot(cluster=Known(SHOP), server="https://other.io"))


def test_a_snapshot_whose_server_cannot_be_told_warns() -> None:
    detail = f"The API server is reached as 10.0.0.1, which does not say which cluster it is; shop has {NAMES}"
    assert require_same_cluster(Snapshot(cluster=Known(SHOP), server="https://10.0.0.1")) == (detail,)


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot(cluster=Known(SHOP), server=f"https://{FQDN}"),
        Snapshot(cluster=Known(SHOP)),
        Snapshot(server="https://other.io"),
    ],
)
def test_a_snapshot_of_one_cluster_or_of_one_half_says_nothing(snapshot: Snapshot) -> None:
    assert require_same_cluster(snapshot) == ()

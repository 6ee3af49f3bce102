"""Each Service's share in what changes: its own backends and ports, in its own address families."""

from __future__ import annotations

from connectivity.small_cluster import INGRESS, cluster, np

from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Cilium, Npm
from analyzer.connectivity.flow import Way
from analyzer.connectivity.service_shares import Share, shares
from analyzer.model.version import Version

NPM, CILIUM = Npm(False, False), Cilium(Version(1, 17, 9))
DENY = np(f"podSelector: {{}}, {INGRESS}")
OF_BOTH = "{type: LoadBalancer, selector: {app: web}, ipFamilies: [IPv4, IPv6], ports: [{port: 80, targetPort: 8080}]}"


def service(name: str, spec: str) -> str:
    return f"- {{kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {spec}}}\n"


def entrance(name: str, app: str) -> str:
    return service(name, f"{{type: NodePort, selector: {{app: {app}}}, ports: [{{port: 8080}}]}}")


def found(text: str) -> tuple[tuple[Share, ...], tuple[Change, ...]]:
    """The shares, and the whole changes through entrances."""
    analysis = cluster(text)
    whole = changes(analysis, NPM, CILIUM)
    return tuple(shares(analysis, NPM, CILIUM, whole)), tuple(item for item in whole if item.way is not Way.DIRECT)


def names(share: Share, destinations: int) -> set[str]:
    population = share.comparison.parties.population
    return {population.pods[place].name for place in population.pods_of(destinations)}


def outside(share: Share) -> list[tuple[ChangeKind, set[str], str]]:
    """What clients outside lose through the backends' own nodes."""
    listed = [item for item in share.changes if item.way is Way.ENTRANCE_LOCAL and item.row == 52]
    return [(item.kind, names(share, item.destinations), str(item.ports)) for item in listed]


def test_a_change_that_holds_the_backends_of_two_services_is_cut_apart() -> None:
    listed, whole = found(entrance("web", "web") + entrance("db", "db") + DENY)
    assert [names(listed[0], item.destinations) for item in whole if item.row == 52 and item.family == 4][:1] == [
        {"web", "new", "db"}
    ]
    assert {share.entrance.service.name: outside(share) for share in listed} == {
        "web": [(ChangeKind.BLOCKED, {"web", "new"}, "TCP 8080")],
        "db": [(ChangeKind.BLOCKED, {"db"}, "TCP 8080")],
    }


def test_an_example_is_of_the_services_own_backends() -> None:
    listed, _ = found(entrance("web", "web") + entrance("db", "db") + DENY)
    for share in listed:
        ends = {item.example.destination.pod.name for item in share.changes if item.example.destination.pod}
        assert ends <= names(share, share.entrance.backends)


def test_an_entrance_without_a_change_has_an_empty_share_and_what_is_no_entrance_has_none() -> None:
    inside = service("inside", "{selector: {app: web}, ports: [{port: 8080}]}")
    listed, _ = found(entrance("web", "web") + inside)
    assert [(share.entrance.service.name, share.changes) for share in listed] == [("web", ())]


def test_a_service_counts_in_the_families_that_it_has_and_in_ipv4_where_it_names_none() -> None:
    listed, _ = found(service("both", OF_BOTH) + entrance("plain", "web") + DENY)
    families = [(share.entrance.service.name, share.comparison.parties.family) for share in listed]
    assert families == [("both", 4), ("plain", 4), ("both", 6)]

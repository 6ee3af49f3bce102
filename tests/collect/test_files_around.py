"""What files prove of Azure around a cluster: the script's index, bare bodies, and lists that may not be whole."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servers.arm_bodies import (
    ASSIGNMENTS,
    CLUSTER,
    CONTROLLERS,
    CORES,
    DEFINITION,
    DSV5,
    GATEWAY,
    GROUP_LOCK,
    HEALTHY,
    HUB,
    HUB_LOCKS,
    MAINTENANCE,
    MANAGED_GROUP,
    PRINCIPAL,
    SIZES,
    SUBSCRIPTION,
    VNET,
    WHOLE,
    WINDOW,
    cluster,
    pool,
    subnet,
    vnet,
)

from analyzer.collect import arm_requests
from analyzer.collect.files.reading import read_files
from analyzer.collect.files.script import script
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.network_resources import ApplicationGateway, Reference, TrafficControllerAssociation
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

SCRIPT = "Use the script that `aks-preflight collect --script` prints"
QUERIES = {
    "cluster": "2025-10-01",
    "preview": "2026-04-02-preview",
    "sizes": "2021-07-01&$filter=location%20eq%20'northeurope'",
    "assignments": f"2022-04-01&$filter=assignedTo('{PRINCIPAL}')",
}
Rows = dict[str, tuple[int, str, object]]


def rows() -> Rows:
    """The script's folder of the healthy cluster: exit status, request and body."""
    found: Rows = {}
    for name, (path, body) in HEALTHY.items():
        query = QUERIES.get(name, "2024-05-01")
        found[name] = (0, f"GET {path.partition('?')[0]}?api-version={query}", body)
    return found


def export(folder: Path, changed: Rows | None = None) -> Snapshot:
    """What the script's folder proves; `changed` rows replace or add."""
    folder.mkdir(exist_ok=True)
    lines = ["# aks-preflight collected 1"]
    for name, (status, request, body) in (rows() | (changed or {})).items():
        text = body if isinstance(body, str) else json.dumps(body)
        (folder / (f"{name}.json" if status == 0 else f"{name}.json.err")).write_text(text)
        lines.append(f"{status}\t{name}.json\t{request}")
    (folder / "collected.tsv").write_text("\n".join(lines))
    return read_files([folder]).snapshot


def bare(folder: Path, *bodies: object, complete: bool = False) -> Snapshot:
    """What bodies in files of any name prove, beside the cluster and its VNet."""
    folder.mkdir(exist_ok=True)
    for number, body in enumerate((HEALTHY["cluster"][1], HEALTHY["vnet"][1], *bodies)):
        (folder / f"{number}.json").write_text(json.dumps(body))
    return read_files([folder], complete=complete).snapshot


def arm_half(snapshot: Snapshot) -> dict[str, Any]:
    return {
        **{source.value: fact for source, fact in snapshot.facts() if source in arm_requests.ACTIONS},
        "api_version": snapshot.api_version,
    }


def test_the_scripts_folder_proves_what_the_live_api_shows(tmp_path: Path) -> None:
    assert arm_half(export(tmp_path)) == arm_half(WHOLE)


SOURCES = {
    "preview": Source.CLUSTER_PREVIEW,
    "maintenance": Source.MAINTENANCE_CONFIGURATIONS,
    "fleet": Source.FLEET_MEMBERSHIPS,
    "addresses": Source.SUBNET_USAGES,
    "quotas": Source.COMPUTE_USAGES,
    "sizes": Source.VIRTUAL_MACHINE_SIZES,
    "hub_locks": Source.LOCKS,
    "definition": Source.ROLE_DEFINITIONS,
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_request_that_failed_is_a_gap_of_its_own_source(tmp_path: Path, name: str) -> None:
    said = 'ERROR: Forbidden({"error":{"code":"AuthorizationFailed","message":"no"}})'
    request = rows()[name][1]
    found = export(tmp_path, {name: (1, request, said)})
    source = SOURCES[name]
    seen = WHOLE.locks.require()[:1] if source is Source.LOCKS else None
    detail = f"{request}: {said}"
    gap: Missing[Any] = Missing(source, Cause.FORBIDDEN, detail, "Reader in Azure", seen)
    assert arm_half(found) == arm_half(replace(WHOLE, **{source.value: gap}))


@pytest.mark.parametrize("name", SOURCES)
def test_a_request_that_was_not_made_is_a_gap_of_its_own_source(tmp_path: Path, name: str) -> None:
    found = export(tmp_path, {name: (0, "GET /subscriptions/else", {"value": []})})
    missing = [source for source, fact in found.facts() if isinstance(fact, Missing) and source in arm_requests.ACTIONS]
    assert missing == [SOURCES[name]]


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in ("preview", "definition")])
def test_a_page_that_names_another_is_not_the_whole_list(tmp_path: Path, name: str) -> None:
    path, body = HEALTHY[name]
    following = f"https://management.azure.com{path}?api-version=x&$skiptoken=2"
    first = (0, rows()[name][1], {"nextLink": following, "value": []})
    alone = export(tmp_path / "alone", {name: first})
    gap = getattr(alone, SOURCES[name].value)
    assert isinstance(gap, Missing)
    assert (gap.cause, gap.grant) == (Cause.PARTIAL, SCRIPT)
    assert gap.detail == f"{name}.json names a next page, and no file holds it"
    both = export(tmp_path / "both", {name: first, f"{name}-1": (0, f"GET {following}", body)})
    assert arm_half(both) == arm_half(WHOLE)


def test_pages_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    request = rows()["maintenance"][1]
    body = {"nextLink": f"https://management.azure.com{request.removeprefix('GET ')}", "value": [WINDOW]}
    found = export(tmp_path, {"maintenance": (0, request, body)}).maintenance_configurations
    assert isinstance(found, Missing)
    assert (found.cause, found.seen) == (Cause.PARTIAL, WHOLE.maintenance_configurations.require())


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_that_is_not_its_answer_is_malformed(tmp_path: Path, name: str) -> None:
    found = export(tmp_path, {name: (0, rows()[name][1], "<html>")})
    gap = getattr(found, SOURCES[name].value)
    assert isinstance(gap, Missing)
    assert (gap.cause, gap.grant) == (Cause.MALFORMED, SCRIPT)
    assert gap.detail.startswith(f"{name}.json: ")


@pytest.mark.parametrize("version", ["2025-10-01", "2023-11-02-preview"])
def test_an_answer_in_another_version_says_nothing_about_the_preview(tmp_path: Path, version: str) -> None:
    body = HEALTHY["cluster"][1]
    found = export(tmp_path, {"preview": (0, f"GET {CLUSTER}?api-version={version}", body)})
    assert isinstance(found.cluster_preview, Missing)
    assert found.cluster == WHOLE.cluster


def test_roles_of_another_principal_prove_nothing(tmp_path: Path) -> None:
    request = f"GET {ASSIGNMENTS}?api-version=2022-04-01&$filter=assignedTo('somebody-else')"
    found = export(tmp_path, {"assignments": (0, request, {"value": []})})
    assert isinstance(found.role_assignments, Missing)
    assert isinstance(found.role_definitions, Missing)


def test_a_bare_body_that_shows_the_disruption_policy_is_a_preview_too(tmp_path: Path) -> None:
    flat = {"id": CLUSTER, "name": "store", "agentPoolProfiles": [pool("apps")], "nodeDisruptionProfile": None}
    assert isinstance(bare(tmp_path).cluster_preview, Missing)
    shown = bare(tmp_path, flat).cluster_preview
    assert isinstance(shown, Known)
    assert shown.value.node_disruption_profile is None


def test_without_a_preview_the_gap_says_how_to_get_one(tmp_path: Path) -> None:
    assert bare(tmp_path).cluster_preview == Missing(
        Source.CLUSTER_PREVIEW,
        Cause.NOT_ASKED,
        f"No file holds {CLUSTER}",
        f'Give the file of `az rest --method get --url "{CLUSTER}?api-version=2026-04-02-preview"`',
    )


SCOPED = ["maintenance", "fleet", "sets", "addresses"]
FIELDS = {"sets": "scale_sets", "locks": "locks", "assignments": "role_assignments", "quotas": "compute_usages"}


@pytest.mark.parametrize("name", SCOPED)
def test_an_answer_of_the_rest_api_without_a_next_page_is_whole(tmp_path: Path, name: str) -> None:
    field = FIELDS.get(name) or SOURCES[name].value
    body = HEALTHY[name][1]
    assert getattr(bare(tmp_path / "last", {**body, "nextLink": None}), field) == getattr(WHOLE, field)
    found = getattr(bare(tmp_path / "more", {**body, "nextLink": "https://more"}), field)
    assert (found.cause, found.seen) == (Cause.PARTIAL, getattr(WHOLE, field).require())


@pytest.mark.parametrize("name", [*SCOPED, "quotas", "assignments"])
def test_a_list_of_the_cli_is_whole_only_by_the_operators_word(tmp_path: Path, name: str) -> None:
    field = FIELDS.get(name) or SOURCES[name].value
    items = HEALTHY[name][1]["value"]
    found = getattr(bare(tmp_path, items), field)
    assert (found.cause, found.seen) == (Cause.PARTIAL, getattr(WHOLE, field).require())
    assert getattr(bare(tmp_path, items, complete=True), field) == getattr(WHOLE, field)


def test_a_bare_list_of_locks_does_not_say_of_what(tmp_path: Path) -> None:
    found = bare(tmp_path, {"value": [GROUP_LOCK]}).locks
    assert isinstance(found, Missing)
    assert found.detail == (
        f"The list of locks of {SUBSCRIPTION} is not proven whole; No file holds the locks of {HUB}"
    )
    assert found.seen == WHOLE.locks.require()[:1]
    assert found.grant == (
        f"{SCRIPT}, or give --complete if the files hold every object of their kinds, "
        f'`az rest --method get --url "{HUB_LOCKS}?api-version=2016-09-01"` with --complete, '
        "or the script of `collect --script`"
    )


def test_sizes_are_whole_once_every_size_of_the_pools_is_there(tmp_path: Path) -> None:
    assert bare(tmp_path / "one", [DSV5]).virtual_machine_sizes == WHOLE.virtual_machine_sizes
    two = cluster(pool("apps"), pool("more") | {"vmSize": "Standard_E8s_v5"})
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "c.json").write_text(json.dumps(two))
    (tmp_path / "two" / "s.json").write_text(json.dumps([DSV5]))
    found = read_files([tmp_path / "two"]).snapshot.virtual_machine_sizes
    assert isinstance(found, Missing)
    assert (found.cause, found.seen) == (Cause.PARTIAL, WHOLE.virtual_machine_sizes.require())


def test_an_empty_list_in_a_file_of_any_name_proves_nothing(tmp_path: Path) -> None:
    found = bare(tmp_path, {"value": []}, complete=True)
    assert found.maintenance_configurations == Missing(
        Source.MAINTENANCE_CONFIGURATIONS,
        Cause.NOT_ASKED,
        f"No file holds the maintenance configurations of {CLUSTER}",
        f'`az rest --method get --url "{MAINTENANCE}?api-version=2025-10-01"` with --complete, '
        "or the script of `collect --script`",
    )


def test_scale_sets_of_another_group_are_not_the_clusters(tmp_path: Path) -> None:
    other = json.loads(json.dumps(HEALTHY["sets"][1]).replace(MANAGED_GROUP, f"{SUBSCRIPTION}/resourceGroups/other"))
    assert isinstance(bare(tmp_path, other).scale_sets, Missing)


def test_roles_and_gateways_are_known_by_their_ids(tmp_path: Path) -> None:
    addon = {"ingressApplicationGateway": {"enabled": True, "config": {"effectiveApplicationGatewayId": GATEWAY}}}
    body = cluster(pool("apps"), addonProfiles=addon)
    (tmp_path / "cluster.json").write_text(json.dumps(body))
    (tmp_path / "agw.json").write_text(json.dumps({"id": GATEWAY.upper(), "name": "agw"}))
    found = read_files([tmp_path]).snapshot
    assert found.application_gateways == Known((ApplicationGateway(GATEWAY.upper(), "agw"),))
    (tmp_path / "agw.json").unlink()
    gap = read_files([tmp_path]).snapshot.application_gateways
    grant = "Give the file of `az network application-gateway show -o json` for each"
    assert gap == Missing(Source.APPLICATION_GATEWAYS, Cause.NOT_ASKED, f"No file holds {GATEWAY}", grant)


def test_role_definitions_follow_the_assignments(tmp_path: Path) -> None:
    assignments, definition = HEALTHY["assignments"][1]["value"], HEALTHY["definition"][1]
    found = bare(tmp_path, assignments, [definition], complete=True)
    assert (found.role_assignments, found.role_definitions) == (WHOLE.role_assignments, WHOLE.role_definitions)
    alone = bare(tmp_path / "alone", assignments, complete=True).role_definitions
    assert isinstance(alone, Missing)
    assert alone.detail == f"No file holds {DEFINITION}"


def test_gateways_for_containers_are_read_from_files(tmp_path: Path) -> None:
    delegation = {"name": "d", "properties": {"serviceName": "Microsoft.ServiceNetworking/trafficControllers"}}
    network = vnet(VNET, subnet(VNET, "nodes"), subnet(VNET, "agc", delegations=[delegation]))
    controller = f"{CONTROLLERS}/agc"
    association = {
        "id": f"{controller}/associations/a",
        "name": "a",
        "properties": {"subnet": {"id": f"{VNET}/subnets/agc"}},
    }
    hub = CONTROLLERS.replace(SUBSCRIPTION, HUB)
    version = "?api-version=2025-01-01"
    more: Rows = {
        "vnet": (0, f"GET {VNET}?api-version=2024-05-01", network),
        "own": (0, f"GET {CONTROLLERS}{version}", {"value": [{"id": controller, "name": "agc"}]}),
        "hub": (0, f"GET {hub}{version}", {"value": []}),
        "associations": (0, f"GET {controller}/associations{version}", {"value": [association]}),
    }
    found = export(tmp_path, more).traffic_controller_associations
    expected = TrafficControllerAssociation(f"{controller}/associations/a", "a", Reference(f"{VNET}/subnets/agc"))
    assert found == Known((expected,))


def test_numbers_as_words_are_numbers(tmp_path: Path) -> None:
    """`az vm list-usage` prints them so."""
    row = {**CORES, "currentValue": "96", "limit": "350", "localName": "Total"}
    assert bare(tmp_path, [row], complete=True).compute_usages == WHOLE.compute_usages


def test_without_the_clusters_body_nothing_around_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "maintenance.json").write_text(json.dumps(HEALTHY["maintenance"][1]))
    found = read_files([tmp_path]).snapshot
    detail = "The cluster's body, which says what belongs to it, was not read"
    grant = "Give the file of `az aks show -o json`"
    seen = WHOLE.maintenance_configurations.require()
    expected = Missing(Source.MAINTENANCE_CONFIGURATIONS, Cause.NOT_ASKED, detail, grant, seen)
    assert found.maintenance_configurations == expected
    assert found.locks == Missing(Source.LOCKS, Cause.NOT_ASKED, detail, grant)


def test_the_clis_version_in_a_folder_is_no_stray_file(tmp_path: Path) -> None:
    said = {"azure-cli": "2.81.0"}
    (tmp_path / "az-version.json").write_text(json.dumps(said))
    (tmp_path / "cluster.json").write_text(json.dumps(HEALTHY["cluster"][1]))
    assert read_files([tmp_path]).unknown == ()
    (tmp_path / "collected.tsv").write_text("# aks-preflight collected 1\n0\taz-version.json\taz version\n")
    assert read_files([tmp_path]).unknown == ()


def test_the_script_asks_in_the_versions_that_the_live_reading_asks_in() -> None:
    names = (
        "CONTAINER_SERVICE",
        "PREVIEW",
        "FLEET",
        "NETWORK",
        "COMPUTE",
        "SKUS",
        "LOCKS",
        "ROLES",
        "SERVICE_NETWORKING",
    )
    versions = {getattr(arm_requests, name) for name in names}
    assert set(re.findall(r"\b20\d\d-\d\d-\d\d(?:-preview)?\b", script())) == versions


def test_the_script_lists_configmaps_only_where_that_is_asked() -> None:
    line = "get config-map-addresses.json /api/v1/configmaps\n"
    assert line not in script()
    assert line in f"{script(scan_configmaps=True)}\n"


def test_sizes_are_asked_for_by_the_region(tmp_path: Path) -> None:
    request = f"GET {SIZES}?api-version=2021-07-01&$filter=location%20eq%20'westeurope'"
    found = export(tmp_path, {"sizes": (0, request, {"value": []})}).virtual_machine_sizes
    assert isinstance(found, Missing)
    assert found.cause is Cause.NOT_ASKED

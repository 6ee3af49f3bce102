"""What each failure of ARM leaves: a gap that says what was asked, of what, what came back, and what to grant."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from servers.arm import Answer, ArmServer, Reply, Reset, Silent, Slow, Truncated, refusal
from servers.arm_bodies import (
    CLUSTER,
    CLUSTER_ID,
    EGRESS,
    GROUP_LOCK,
    HUB_GROUP,
    MANAGED_GROUP,
    MANAGED_VNETS,
    NODES_NSG,
    NSG,
    QUICK,
    SECOND_VNET,
    SPOKE,
    TABLE,
    VNET,
    WHOLE,
    StaticCredential,
    access,
    answers,
    cluster,
    pool,
    reading,
    serving,
    subnet,
    vnet,
)

from analyzer.collect.azure.pipeline import Limits
from analyzer.collect.azure.reading import read_cluster
from analyzer.collect.decoding import convert_arm
from analyzer.errors import GoneError, UnreachableError
from analyzer.model.authorization import Lock
from analyzer.model.fact import Cause, Missing
from analyzer.model.network_resources import NetworkSecurityGroup, RouteTable, VirtualNetwork
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import READS, ArmRead, Source

FORBIDDEN = refusal(403, "AuthorizationFailed")
IMPATIENT = Limits(timeout_s=0.3, deadline_s=2.0, retries=0, pause_s=0.01)
CLUSTER_READ = "Microsoft.ContainerService/managedClusters/read"
VNET_READ = "Microsoft.Network/virtualNetworks/read"


def without_vnet(cause: Cause, detail: str, grant: str = "") -> Snapshot:
    """The whole reading, but for a VNet that failed, and for what only it could name."""
    beyond = f"Not asked for beyond the VNets that were read: {detail}"

    def gap(source: Source, *seen: Any) -> Missing[Any]:
        return Missing(source, Cause.NOT_ASKED, beyond, grant, seen or None)

    return replace(
        WHOLE,
        virtual_networks=Missing(Source.VIRTUAL_NETWORKS, cause, detail, grant),
        route_tables=gap(Source.ROUTE_TABLES),
        network_security_groups=gap(Source.NETWORK_SECURITY_GROUPS, convert_arm(NODES_NSG, NetworkSecurityGroup)),
        locks=gap(Source.LOCKS, convert_arm(GROUP_LOCK, Lock)),
        role_assignments=gap(Source.ROLE_ASSIGNMENTS, *WHOLE.role_assignments.require()),
        role_definitions=gap(Source.ROLE_DEFINITIONS, *WHOLE.role_definitions.require()),
        traffic_controller_associations=gap(Source.TRAFFIC_CONTROLLER_ASSOCIATIONS),
    )


def without_cluster(cause: Cause, detail: str, grant: str = "") -> Snapshot:
    """Nothing: the cluster failed, and the rest was not asked for."""
    why = f"Not asked for, because the cluster was not read: {detail}"
    sources = (source for source, read in READS.items() if isinstance(read, ArmRead))
    gaps: dict[str, Any] = {item.value: Missing(item, Cause.NOT_ASKED, why, grant) for item in sources}
    return Snapshot(**{**gaps, "cluster": Missing(Source.CLUSTER, cause, detail, grant)})


def test_a_forbidden_vnet_names_the_right_and_the_grant() -> None:
    grant = f"Reader on {VNET}"
    assert reading(answers(vnet=[FORBIDDEN])) == without_vnet(Cause.FORBIDDEN, f"403 on {VNET_READ} for {VNET}", grant)


def test_a_forbidden_cluster_leaves_everything_missing() -> None:
    expected = without_cluster(Cause.FORBIDDEN, f"403 on {CLUSTER_READ} for {CLUSTER}", f"Reader on {CLUSTER}")
    assert reading(answers(cluster=[FORBIDDEN])) == expected


@pytest.mark.parametrize(
    ("name", "field", "source", "action", "resource"),
    [
        ("table", "route_tables", Source.ROUTE_TABLES, "Microsoft.Network/routeTables/read", TABLE),
        ("nsg", "network_security_groups", Source.NETWORK_SECURITY_GROUPS, None, NSG),
    ],
)
def test_a_forbidden_resource_of_a_subnet_is_a_gap_of_its_own_list(
    name: str, field: str, source: Source, action: str | None, resource: str
) -> None:
    found = reading(answers(**{name: [FORBIDDEN]}))
    detail = f"403 on {action or 'Microsoft.Network/networkSecurityGroups/read'} for {resource}"
    gap: Missing[object] = Missing(source, Cause.FORBIDDEN, detail, f"Reader on {resource}")
    assert found == replace(WHOLE, **{field: gap})


def test_one_forbidden_vnet_of_two_leaves_the_other_seen() -> None:
    both = cluster(pool("apps"), pool("batch", f"{SECOND_VNET}/subnets/batch"))
    found = reading(answers(cluster=[Reply(both)]) | {SECOND_VNET: [FORBIDDEN]})
    detail, grant = f"403 on {VNET_READ} for {SECOND_VNET}", f"Reader on {SECOND_VNET}"
    beyond = f"Not asked for beyond the VNets that were read: {detail}"
    seen = (convert_arm(SPOKE, VirtualNetwork),)
    tables = (convert_arm(EGRESS, RouteTable),)
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.FORBIDDEN, detail, grant, seen)
    assert found.route_tables == Missing(Source.ROUTE_TABLES, Cause.NOT_ASKED, beyond, grant, tables)


def test_every_vnet_that_failed_is_named() -> None:
    both = cluster(pool("apps"), pool("batch", f"{SECOND_VNET}/subnets/batch"))
    found = reading({CLUSTER: [Reply(both)], VNET: [FORBIDDEN], SECOND_VNET: [refusal(404, "ResourceNotFound")]})
    assert found.virtual_networks == Missing(
        Source.VIRTUAL_NETWORKS,
        Cause.UNREACHABLE,
        f"404 on {VNET_READ} for {SECOND_VNET} (ResourceNotFound); 403 on {VNET_READ} for {VNET}",
        f"Reader on {VNET}",
    )


def test_a_vnet_that_does_not_exist_is_unreachable() -> None:
    found = reading(answers(vnet=[refusal(404, "ResourceNotFound")]))
    assert found == without_vnet(Cause.UNREACHABLE, f"404 on {VNET_READ} for {VNET} (ResourceNotFound)")


def test_a_vnet_of_another_tenant_names_the_tenant() -> None:
    challenge = 'Bearer authorization_uri="https://login.windows.net/cccc-3", error="invalid_token"'
    found = reading(answers(vnet=[refusal(401, "InvalidToken", {"WWW-Authenticate": challenge})]))
    detail = f"401 on {VNET_READ} for {VNET} (InvalidToken)"
    grant = "Sign in to the tenant that owns it: `az login --tenant cccc-3`"
    assert found == without_vnet(Cause.FORBIDDEN, detail, grant)


def test_a_cluster_that_does_not_exist_ends_the_run() -> None:
    with pytest.raises(UnreachableError) as ended:
        reading(answers(cluster=[refusal(404, "ResourceNotFound")]))
    assert str(ended.value) == (
        f"404 on {CLUSTER_READ} for {CLUSTER} (ResourceNotFound): there is no such cluster, "
        "or it is in another tenant than the one that you are signed in to"
    )


def test_a_subscription_that_is_gone_is_told_from_a_cluster_that_is() -> None:
    with pytest.raises(GoneError) as ended:
        reading(answers(cluster=[refusal(404, "SubscriptionNotFound")]))
    assert str(ended.value) == (
        f"404 on {CLUSTER_READ} for {CLUSTER} (SubscriptionNotFound): there is no such subscription, "
        "or it is in another tenant than the one that you are signed in to"
    )


@pytest.mark.parametrize(
    ("challenge", "tenant"),
    [('Bearer authorization_uri="https://login.windows.net/cccc-3"', "cccc-3"), ("Bearer", "TENANT")],
)
def test_a_cluster_of_another_tenant_ends_the_run_with_the_sign_in(challenge: str, tenant: str) -> None:
    with pytest.raises(UnreachableError) as ended:
        reading(answers(cluster=[refusal(401, "InvalidToken", {"WWW-Authenticate": challenge})]))
    assert str(ended.value) == (
        f"401 on {CLUSTER_READ} for {CLUSTER} (InvalidToken): "
        f"sign in to the cluster's tenant with `az login --tenant {tenant}`"
    )


class UnableCredential:
    """Cannot sign in, for a reason."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_token_info(self, *_: str, **__: object) -> None:
        raise self.error


REASON = "Azure CLI not found on path.\nTraceback"
REFUSED_BY_ENTRA: Any = SimpleNamespace(status_code=401, reason="Unauthorized", text=lambda: "")


@pytest.mark.parametrize(
    "error",
    [
        CredentialUnavailableError(message=REASON),
        ClientAuthenticationError(message=REASON),
        ClientAuthenticationError(message=REASON, response=REFUSED_BY_ENTRA),
    ],
    ids=["unavailable", "failed", "refused by Entra"],
)
def test_a_failed_sign_in_ends_the_run_and_says_what_to_do(error: ClientAuthenticationError) -> None:
    unable = UnableCredential(error)
    with serving(answers()) as server, pytest.raises(UnreachableError) as ended:
        read_cluster(CLUSTER_ID, access(server, unable), lambda _: None)
    assert str(ended.value) == (
        "Cannot sign in to Azure (test): Azure CLI not found on path. "
        "Sign in with `az login --tenant TENANT`, or choose another way to sign in with --credential"
    )
    assert server.requests == []


@pytest.mark.parametrize(
    "passing",
    [refusal(429, "TooManyRequests", {"Retry-After": "0.2"}), refusal(500, "InternalServerError"), Reset()],
)
def test_what_passes_is_asked_again(passing: Answer) -> None:
    assert reading(answers(cluster=[passing, Reply(cluster(pool("apps")))], vnet=[passing, Reply(SPOKE)])) == WHOLE


def test_retry_after_is_waited_for() -> None:
    started = time.monotonic()
    reading(answers(vnet=[refusal(429, "TooManyRequests", {"Retry-After": "0.4"}), Reply(SPOKE)]))
    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize(
    ("status", "code"), [(429, "TooManyRequests"), (500, "InternalServerError"), (503, "ServiceUnavailable")]
)
def test_what_does_not_pass_is_given_up(status: int, code: str) -> None:
    with serving(answers(vnet=[refusal(status, code)])) as server:
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found == without_vnet(Cause.UNREACHABLE, f"{status} on {VNET_READ} for {VNET} ({code})")
    assert server.asked.count(f"GET {VNET}") == 2


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    with serving(answers(vnet=[refusal(429, "TooManyRequests", {"Retry-After": "3600"})])) as server:
        started = time.monotonic()
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
        assert time.monotonic() - started < QUICK.deadline_s
    detail = f"429 on {VNET_READ} for {VNET} (TooManyRequests); it asks to wait 3600 s"
    assert found == without_vnet(Cause.UNREACHABLE, detail)
    assert server.asked.count(f"GET {VNET}") == 1


def test_no_attempt_starts_after_the_deadline() -> None:
    endless = Limits(timeout_s=1.0, deadline_s=0.5, retries=100, pause_s=0.2)
    started = time.monotonic()
    found = reading(answers(vnet=[refusal(500, "InternalServerError")]), endless)
    assert time.monotonic() - started < 3
    assert isinstance(found.virtual_networks, Missing)
    assert found.virtual_networks.cause is Cause.UNREACHABLE


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (Reset(), "The connection ended before the answer to {} was whole"),
        (Truncated(b'{"id": "half'), "The answer to {} broke off before its end"),
        (Slow(b'{"id": "a body that comes in drops"}', 0.1), "No whole answer to {} within 0.3 s"),
        (Silent(0.6), "No whole answer to {} within 0.3 s"),
        (Reply(b"not gzip", headers={"Content-Encoding": "gzip"}), "The answer to {} cannot be unpacked"),
    ],
    ids=["reset", "truncated", "slow body", "silence", "not gzip"],
)
def test_a_broken_answer_is_unreachable(failure: Answer, sentence: str) -> None:
    vnet_detail = sentence.format(f"{VNET_READ} for {VNET}")
    assert reading(answers(vnet=[failure]), IMPATIENT) == without_vnet(Cause.UNREACHABLE, vnet_detail)
    cluster_detail = sentence.format(f"{CLUSTER_READ} for {CLUSTER}")
    assert reading(answers(cluster=[failure]), IMPATIENT) == without_cluster(Cause.UNREACHABLE, cluster_detail)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>Sign in to the proxy</html>", "the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b"", "the body is not JSON: Input data was truncated"),
        (b"[]", "the body is not a {}: Expected `object`, got `array`"),
        (b"null", "the body is not a {}: Expected `object`, got `null`"),
        (b"{}", "the body is not a {}: Object missing required field `id`"),
        (
            b'{"id": "\xff"}',
            "the body is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
    ],
)
def test_a_body_of_another_shape_is_malformed(body: bytes, why: str) -> None:
    vnet_detail = f"The answer to {VNET_READ} for {VNET} is malformed: {why.format('VirtualNetwork')}"
    assert reading(answers(vnet=[Reply(body)])) == without_vnet(Cause.MALFORMED, vnet_detail)
    cluster_detail = f"The answer to {CLUSTER_READ} for {CLUSTER} is malformed: {why.format('ManagedCluster')}"
    assert reading(answers(cluster=[Reply(body)])) == without_cluster(Cause.MALFORMED, cluster_detail)


AKS_VNET = f"{MANAGED_VNETS}/aks-vnet-1"
ONE_OF_MORE = vnet(AKS_VNET, subnet(AKS_VNET, "aks-subnet"))


@pytest.mark.parametrize(
    ("link", "second", "cause", "detail"),
    [
        ("{url}{path}?page=2", FORBIDDEN, Cause.FORBIDDEN, "403 on {asked}"),
        ("{url}{path}?page=2", Truncated(b"{"), Cause.UNREACHABLE, "The answer to {asked} broke off before its end"),
        (
            "{url}{path}?page=2",
            Reply({}),
            Cause.MALFORMED,
            "The answer to {asked} is malformed: the body is not a Page: Object missing required field `value`",
        ),
        (
            "https://elsewhere.example{path}",
            FORBIDDEN,
            Cause.MALFORMED,
            "The answer to {asked} is malformed: its nextLink leads away from {host}",
        ),
    ],
)
def test_a_list_that_breaks_off_keeps_its_first_pages_as_seen(
    link: str, second: Answer, cause: Cause, detail: str
) -> None:
    with serving({CLUSTER: [Reply(cluster(pool("apps", None)))]}) as server:
        following = link.format(url=server.url, path=MANAGED_VNETS)
        server.answers[MANAGED_VNETS.lower()] = [Reply({"value": [ONE_OF_MORE], "nextLink": following}), second]
        found = read_cluster(CLUSTER_ID, access(server, limits=IMPATIENT), lambda _: None)
    sentence = detail.format(asked=f"{VNET_READ} for {MANAGED_GROUP}", host=server.host)
    grant = f"Reader on {MANAGED_GROUP}" if cause is Cause.FORBIDDEN else ""
    seen = (convert_arm(ONE_OF_MORE, VirtualNetwork),)
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, cause, sentence, grant, seen)


def test_a_circle_of_pages_ends() -> None:
    with serving({CLUSTER: [Reply(cluster(pool("apps", None)))]}) as server:
        itself = f"{server.url}{MANAGED_VNETS}?page=2"
        server.answers[MANAGED_VNETS.lower()] = [Reply({"value": [], "nextLink": itself})]
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    detail = (
        f"The answer to {VNET_READ} for {MANAGED_GROUP} is malformed: its nextLink leads back to a page that was read"
    )
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.MALFORMED, detail)


def test_an_unregistered_provider_is_a_gap_and_is_not_registered() -> None:
    with serving(answers(vnet=[refusal(409, "MissingSubscriptionRegistration")])) as server:
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found == without_vnet(Cause.UNREACHABLE, f"409 on {VNET_READ} for {VNET} (MissingSubscriptionRegistration)")
    assert server.asked.count(f"GET {VNET}") == 1


def test_a_redirection_is_not_followed() -> None:
    found = reading(answers(vnet=[Reply(status=307, headers={"Location": f"{HUB_GROUP}/elsewhere"})]))
    assert found == without_vnet(Cause.UNREACHABLE, f"307 on {VNET_READ} for {VNET}")


def test_a_code_that_could_carry_markup_is_left_out() -> None:
    found = reading(answers(vnet=[refusal(400, "<b>\u202ebad")]))
    assert found == without_vnet(Cause.UNREACHABLE, f"400 on {VNET_READ} for {VNET}")


def test_an_untrusted_certificate_is_named() -> None:
    with ArmServer(answers()) as server:
        found = read_cluster(CLUSTER_ID, access(server, limits=IMPATIENT), lambda _: None)
    assert found == without_cluster(
        Cause.UNREACHABLE,
        f"The certificate of {server.host} is not trusted, for {CLUSTER_READ} for {CLUSTER}",
        "Set REQUESTS_CA_BUNDLE to the CA certificates of your network",
    )


def test_a_server_that_is_not_there_is_named() -> None:
    with ArmServer({}) as gone:
        way = access(gone, StaticCredential(), IMPATIENT)
        host = gone.host
    found = read_cluster(CLUSTER_ID, way, lambda _: None)
    assert found == without_cluster(Cause.UNREACHABLE, f"Cannot connect to {host}, for {CLUSTER_READ} for {CLUSTER}")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with ArmServer({}) as gone:
        nowhere = gone.url.replace("https", "http")
    with serving(answers()) as server:
        monkeypatch.setenv("HTTPS_PROXY", nowhere)
        monkeypatch.delenv("NO_PROXY")
        found = read_cluster(CLUSTER_ID, access(server, limits=IMPATIENT), lambda _: None)
        monkeypatch.undo()
    assert found == without_cluster(
        Cause.UNREACHABLE,
        f"The proxy does not connect to {server.host}, for {CLUSTER_READ} for {CLUSTER}",
        "Set HTTPS_PROXY, or name the host in NO_PROXY",
    )

"""Who signs in, at which cloud: credentials by name, clouds by name or address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import azure.identity as entra
import pytest
from azure.core.exceptions import ClientAuthenticationError
from servers.arm import Answer, ArmServer, Reply, Truncated, refusal
from servers.arm_bodies import CLUSTER, CLUSTER_ID, cluster, pool

from analyzer.collect.azure.credentials import CHOICES, credential
from analyzer.collect.azure.pipeline import Access, Limits
from analyzer.collect.azure.reading import read_cluster
from analyzer.collect.clouds import CHINA, PUBLIC, US_GOVERNMENT, Cloud, find_cloud
from analyzer.errors import UnreachableError, UsageError
from analyzer.model.fact import Known

TENANT = "dddddddd-0000-4000-8000-000000000004"
METADATA = "/metadata/endpoints"


def nobody(_: str) -> None:
    raise AssertionError("nothing is to be told")


@pytest.mark.parametrize(("name", "cloud"), [("public", PUBLIC), ("usgov", US_GOVERNMENT), ("China", CHINA)])
def test_a_cloud_is_found_by_its_name(name: str, cloud: Cloud) -> None:
    assert find_cloud(name, 1.0) is cloud


def test_the_clouds_have_the_scopes_that_the_sdk_gives_them() -> None:
    assert [cloud.scope for cloud in (PUBLIC, US_GOVERNMENT, CHINA)] == [
        "https://management.azure.com/.default",
        "https://management.core.usgovcloudapi.net/.default",
        "https://management.chinacloudapi.cn/.default",
    ]


@pytest.mark.parametrize("name", ["", "germany", "custom", "http://management.example"])
def test_an_unknown_cloud_is_refused_with_the_names_of_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        find_cloud(name, 1.0)
    assert str(refused.value) == (
        f"Unknown cloud {name!r}: give public, usgov, china, "
        "or the https:// address of another cloud's Resource Manager"
    )


def about(server: ArmServer) -> dict[str, Any]:
    return {
        "name": "airgap",
        "resourceManager": server.url,
        "authentication": {"loginEndpoint": f"{server.url}/", "audiences": ["https://arm.airgap.example/", "b"]},
    }


def test_a_cloud_of_its_own_says_itself_who_signs_in_to_it() -> None:
    with ArmServer({}) as server, server.trusted():
        server.answers[METADATA] = [Reply(b"\xef\xbb\xbf" + json.dumps(about(server)).encode())]
        assert find_cloud(f"{server.url}/", 1.0) == Cloud(
            "custom", server.url, server.url, "https://arm.airgap.example/"
        )
    assert server.asked == [f"GET {METADATA}"]
    assert server.requests[0].query == {"api-version": "2022-09-01"}
    assert server.requests[0].authorization is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(404, "NotFound"), "404 on GET /metadata/endpoints"),
        (Truncated(b"{"), "The answer to GET /metadata/endpoints broke off before its end"),
        (Reply(b"<html>"), "the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (Reply({"authentication": {"loginEndpoint": "https://l", "audiences": []}}), "it names no audience"),
    ],
)
def test_an_address_that_is_no_resource_manager_cannot_be_reached(answer: Any, reason: str) -> None:
    with ArmServer({METADATA: [answer]}) as server, server.trusted(), pytest.raises(UnreachableError) as failed:
        find_cloud(server.url, 1.0)
    assert str(failed.value) == f"{server.url} does not answer as an Azure Resource Manager: {reason}"


def test_an_address_whose_certificate_is_not_trusted_says_what_to_set() -> None:
    with ArmServer({}) as server, pytest.raises(UnreachableError) as failed:
        find_cloud(server.url, 1.0)
    assert str(failed.value) == (
        f"{server.url} does not answer as an Azure Resource Manager: The certificate of {server.host} is not trusted, "
        "for GET /metadata/endpoints. Set REQUESTS_CA_BUNDLE to the CA certificates of your network"
    )


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("default", entra.DefaultAzureCredential),
        ("cli", entra.AzureCliCredential),
        ("managed-identity", entra.ManagedIdentityCredential),
        ("environment", entra.EnvironmentCredential),
        ("device-code", entra.DeviceCodeCredential),
        ("browser", entra.InteractiveBrowserCredential),
    ],
)
def test_a_sign_in_is_what_its_name_says(choice: str, kind: type) -> None:
    assert type(credential(choice, PUBLIC, nobody)) is kind


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_signs_in_a_workload_that_has_its_settings(
    choice: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "token") if name.endswith("FILE") else TENANT)
    assert hasattr(credential(choice, PUBLIC, nobody), "get_token")


def test_a_workload_without_its_settings_cannot_sign_in() -> None:
    with pytest.raises(UnreachableError) as failed:
        credential("workload", PUBLIC, nobody)
    assert str(failed.value).startswith(
        "Cannot sign in to Azure with workload: WorkloadIdentityCredential authentication unavailable."
    )


def test_an_unknown_sign_in_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as refused:
        credential("password", PUBLIC, nobody)
    assert str(refused.value) == (
        "Unknown sign-in 'password': give default, cli, workload, managed-identity, environment, device-code, browser"
    )


def authority(server: ArmServer, tenant: str) -> dict[str, list[Answer]]:
    """What an Entra tenant answers: where its endpoints are, and a token."""
    base = f"{server.url}/{tenant}"
    configuration = {
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "issuer": f"{base}/v2.0",
    }
    return {
        f"/{tenant}/v2.0/.well-known/openid-configuration": [Reply(configuration)],
        f"/{tenant}/oauth2/v2.0/token": [Reply({"token_type": "Bearer", "expires_in": 3599, "access_token": "issued"})],
    }


SIGN_IN_POSTS = ("/oauth2/v2.0/token", "/oauth2/v2.0/devicecode")


@pytest.mark.parametrize("choice", ["environment", "default"])
def test_the_token_of_a_custom_cloud_comes_from_its_own_authority(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": "a-client", "CLIENT_SECRET": "a-secret"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    with ArmServer({}, SIGN_IN_POSTS) as login, login.trusted():
        login.answers |= authority(login, TENANT)
        login.answers |= {CLUSTER.lower(): [Reply(cluster(pool("apps")))]}
        cloud = Cloud("custom", login.url, login.url, "https://arm.airgap.example")
        found = read_cluster(
            CLUSTER_ID, Access(cloud, credential(choice, cloud, nobody), Limits(retries=0)), lambda _: None
        )
    assert isinstance(found.cluster, Known)
    assert login.asked[:3] == [
        f"GET /{TENANT}/v2.0/.well-known/openid-configuration",
        f"POST /{TENANT}/oauth2/v2.0/token",
        f"GET {CLUSTER}",
    ]
    assert login.requests[2].authorization == "Bearer issued"


def test_a_refused_secret_is_a_failed_sign_in_and_no_answer_of_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": "a-client", "CLIENT_SECRET": "old"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    with ArmServer({}, SIGN_IN_POSTS) as login, login.trusted():
        refused = {"error": "invalid_client", "error_description": "AADSTS7000222: The secret is expired."}
        login.answers |= authority(login, TENANT)
        login.answers[f"/{TENANT}/oauth2/v2.0/token"] = [Reply(refused, status=401)]
        cloud = Cloud("custom", login.url, login.url, "https://arm.airgap.example")
        way = Access(cloud, credential("environment", cloud, nobody), Limits(retries=0))
        with pytest.raises(UnreachableError) as failed:
            read_cluster(CLUSTER_ID, way, lambda _: None)
    assert str(failed.value) == (
        "Cannot sign in to Azure (custom): Authentication failed: AADSTS7000222: The secret is expired. "
        "Sign in with `az login --tenant TENANT`, or choose another way to sign in with --credential"
    )


def test_no_browser_opens_unasked() -> None:
    chain = credential("default", PUBLIC, nobody)
    assert isinstance(chain, entra.DefaultAzureCredential)
    assert entra.AzureCliCredential in {type(one) for one in chain.credentials}
    assert entra.InteractiveBrowserCredential not in {type(one) for one in chain.credentials}


def test_no_environment_variable_turns_the_default_into_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "InteractiveBrowserCredential")
    with pytest.raises(UnreachableError) as failed:
        credential("default", PUBLIC, nobody)
    assert str(failed.value) == "Cannot sign in to Azure with default: at least one credential is required"


def test_a_device_code_is_told_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    with ArmServer({}, SIGN_IN_POSTS) as login, login.trusted():
        login.answers |= authority(login, "organizations")
        login.answers["/organizations/oauth2/v2.0/token"] = [Reply({"error": "expired_token"}, status=400)]
        login.answers["/organizations/oauth2/v2.0/devicecode"] = [
            Reply(
                {
                    "device_code": "d",
                    "user_code": "ABC-123",
                    "verification_uri": "https://microsoft.example/devicelogin",
                    "expires_in": 60,
                    "interval": 0,
                    "message": "unused",
                }
            )
        ]
        cloud = Cloud("custom", login.url, login.url, "https://arm.airgap.example")
        with pytest.raises(ClientAuthenticationError):
            credential("device-code", cloud, told.append).get_token(cloud.scope)
    assert told == ["To sign in, open https://microsoft.example/devicelogin and enter the code ABC-123"]
    assert capsys.readouterr().out == ""


def test_a_user_assigned_identity_is_asked_for_by_its_client_id(monkeypatch: pytest.MonkeyPatch) -> None:
    token = {"access_token": "issued", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
    with ArmServer({"/msi": [Reply(token)]}) as host, host.trusted():
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{host.url}/msi")
        monkeypatch.setenv("IDENTITY_HEADER", "secret")
        found = credential("managed-identity", PUBLIC, nobody, "an-identity").get_token(PUBLIC.scope)
    assert found.token == "issued"
    assert host.requests[0].query["client_id"] == "an-identity"


@pytest.mark.parametrize(
    "module", ["clouds", "azure.cluster_id", "azure.credentials"], ids=["clouds", "cluster ids", "credentials"]
)
def test_what_the_command_line_needs_to_start_imports_no_azure_package(module: str) -> None:
    code = f"import sys, analyzer.collect.{module}; print([name for name in sys.modules if name.startswith('azure')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"

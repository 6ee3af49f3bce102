"""The bundled sample clusters, served by the local ARM and Kubernetes servers as if they were live."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from servers.arm import ArmServer, Reply
from servers.kubernetes import KubernetesServer, kubeconfig

TENANT = "dddddddd-0000-4000-8000-000000000004"
SAMPLES = Path(str(files("analyzer.samples")))
POSTS = ("/oauth2/v2.0/token", "/listclusterusercredential")


@dataclass(frozen=True)
class Live:
    """A sample behind both servers."""

    arm: ArmServer
    api: KubernetesServer
    cluster_id: str

    @property
    def environment(self) -> dict[str, str]:
        """Signs the environment's service principal in, and trusts the servers."""
        return {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": "a-client",
            "AZURE_CLIENT_SECRET": "a-secret",
            "REQUESTS_CA_BUNDLE": self.arm.ca_file,
            "NO_PROXY": "127.0.0.1",
        }

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments that name it."""
        return (self.cluster_id, "--cloud", self.arm.url, "--credential", "environment")


def rows(name: str) -> Iterator[tuple[str, Path]]:
    """Every request of a sample that was answered, and the file that holds the answer."""
    for line in (SAMPLES / name / "collected.tsv").read_text().splitlines():
        if line.startswith("0\t"):
            _, file, request = line.split("\t")
            yield request.removeprefix("GET "), SAMPLES / name / file


@contextmanager
def serving(name: str) -> Iterator[Live]:
    """Both servers hold the sample; at the end neither must have been asked to write."""
    answered = {request: json.loads(path.read_text()) for request, path in rows(name)}
    cluster = answered["az aks show"]
    with KubernetesServer() as api, ArmServer({}, POSTS) as arm:
        for path, body in answered.items():
            _serve(api, path, body)
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin"}}
        credential = base64.b64encode(json.dumps(kubeconfig(api.cluster(), user)).encode()).decode()
        bodies = {path.partition("?")[0]: body for path, body in answered.items() if path.startswith("/subscriptions/")}
        preview = f"{cluster['id']}?api-version=2026-04-02-preview"
        bodies |= {f"{cluster['id']}?2026-04-02-preview": answered[preview], cluster["id"]: cluster, **_sign_in(arm)}
        bodies[f"{cluster['id']}/listClusterUserCredential"] = {"kubeconfigs": [{"name": "u", "value": credential}]}
        arm.answers |= {path.lower(): [Reply(body)] for path, body in bodies.items()}
        yield Live(arm, api, cluster["id"])
        assert (arm.violations, api.violations) == ([], [])


def _serve(api: KubernetesServer, path: str, body: Any) -> None:
    """One list of the sample; discovery is the server's own."""
    if not path.startswith(("/api/", "/apis/")) or body["kind"] in ("APIResourceList", "APIGroupList"):
        return
    if "/configmaps/" in path:
        others = (one for one in api.objects("v1/configmaps") if one["metadata"]["name"] != body["metadata"]["name"])
        api.serve("v1", "configmaps", "ConfigMap", [*others, body])
        return
    _, _, rest = path.removeprefix("/").partition("/")
    group_version, _, resource = rest.replace("/namespaces/kube-system", "").rpartition("/")
    kind = "ConfigMap" if resource == "configmaps" else body["kind"].removesuffix("List")
    api.serve(group_version, resource, kind, body["items"])


def _sign_in(arm: ArmServer) -> dict[str, Any]:
    """The cloud's own description, and an Entra tenant that issues tokens."""
    base = f"{arm.url}/{TENANT}"
    return {
        "/metadata/endpoints": {
            "name": "airgap",
            "resourceManager": arm.url,
            "authentication": {"loginEndpoint": arm.url, "audiences": ["https://arm.airgap.example"]},
        },
        f"/{TENANT}/v2.0/.well-known/openid-configuration": {
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "issuer": f"{base}/v2.0",
        },
        f"/{TENANT}/oauth2/v2.0/token": {"token_type": "Bearer", "expires_in": 3599, "access_token": "issued"},
    }

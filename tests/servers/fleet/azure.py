"""Entra, Resource Manager and Resource Graph of the fleet, behind one address."""

from __future__ import annotations

import json
import re
from typing import Any

from servers.fleet.arm_answers import arm_bodies, cluster_id, is_forbidden_part, key_of, user_credential
from servers.fleet.exchange import Reply, Request, as_json
from servers.fleet.members import FOREIGN_SUBSCRIPTION, FOREIGN_TENANT, TENANT, Fleet, display_name
from servers.fleet.quota import Quota
from servers.fleet.resource_graph import PATH, ResourceGraph

READING_POSTS = (PATH, "/oauth2/v2.0/token", "/listclusterusercredential")
_DESCENDANTS = re.compile(r"/providers/microsoft\.management/managementgroups/[^/]+/descendants")
_PAGE = 25


class AzureAnswers:
    """Every ordinary answer."""

    def __init__(self, fleet: Fleet, url: str, ports: tuple[int, int], authority: bytes) -> None:
        """`ports`: of the API servers, and one that refuses connections."""
        self.quota = Quota()
        self._fleet = fleet
        self._url = url
        self._bodies = arm_bodies(fleet) | {path.lower(): packed for path, packed in self._sign_in().items()}
        self._graph = ResourceGraph(fleet, page=100)
        self._members = {member.name: member for member in fleet.members}
        for member in fleet.members:
            path = f"{cluster_id(member)}/listClusterUserCredential".lower()
            self._bodies[path] = user_credential(member, *ports, authority)

    def answer(self, request: Request) -> Reply:
        """The answer to a request that is let in."""
        path = request.path.lower()
        if path == PATH:
            reply = self._graph.answer(request.body)
            return Reply(reply.body, reply.status, self.quota.query())
        if path == "/subscriptions":
            return self._page("/subscriptions", [_subscription(one) for one in self._fleet.subscriptions], request)
        if _DESCENDANTS.fullmatch(path):
            return self._page(request.path, [_descendant(one) for one in self._fleet.subscriptions], request)
        return self._resource(path, request)

    def _resource(self, path: str, request: Request) -> Reply:
        subscription = path.split("/")[2] if path.startswith("/subscriptions/") else ""
        if subscription == FOREIGN_SUBSCRIPTION:
            return _of_another_tenant(self._url)
        if subscription in self._fleet.gone or (subscription and subscription not in self._fleet.subscriptions):
            return refusal(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        named = next((self._members[part] for part in re.findall(r"[\w-]+-\d{4}", path) if part in self._members), None)
        if named and is_forbidden_part(path, named):
            return refusal(403, "AuthorizationFailed", "The client 'a-client' does not have authorization.")
        if path == f"/subscriptions/{subscription}":
            return as_json(_subscription(subscription))
        body = self._bodies.get(key_of(path, request.query))
        if body is None:
            return refusal(404, "ResourceNotFound", "The Resource was not found.")
        return Reply(body, headers=self.quota.read(subscription) if subscription else {})

    def _page(self, path: str, rows: list[dict[str, Any]], request: Request) -> Reply:
        start = int(request.query.get("$skiptoken", "0"))
        end = start + _PAGE
        version = request.query.get("api-version", "")
        link = f"{self._url}{path}?api-version={version}&$skiptoken={end}"
        return as_json({"value": rows[start:end], **({"nextLink": link} if end < len(rows) else {})})

    def _sign_in(self) -> dict[str, bytes]:
        """The cloud's own description, and an Entra tenant that issues tokens."""
        base = f"{self._url}/{TENANT}"
        authentication = {"loginEndpoint": self._url, "audiences": ["https://arm.airgap.example"]}
        bodies = {
            "/metadata/endpoints": {
                "name": "airgap",
                "resourceManager": self._url,
                "authentication": authentication,
            },
            f"/{TENANT}/v2.0/.well-known/openid-configuration": {
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "issuer": f"{base}/v2.0",
            },
            f"/{TENANT}/oauth2/v2.0/token": {"token_type": "Bearer", "expires_in": 3599, "access_token": "issued"},
        }
        return {path: json.dumps(body).encode() for path, body in bodies.items()}


def refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    """An error in ARM's shape."""
    return as_json({"error": {"code": code, "message": message}}, status, headers)


def throttled(retry_after_s: int) -> Reply:
    """Too many requests."""
    return refusal(429, "TooManyRequests", "The request is being throttled.", {"Retry-After": str(retry_after_s)})


def expired(url: str) -> Reply:
    """What a token that is no longer valid gets."""
    told = f'Bearer authorization_uri="{url}/{TENANT}", error="invalid_token", error_description="expired"'
    return refusal(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is past.", _challenge(told))


def refused_sign_in() -> Reply:
    """Entra, when the client's secret has expired."""
    words = "AADSTS7000222: The provided client secret keys for app 'a-client' are expired."
    return as_json({"error": "invalid_client", "error_description": words}, 401)


def _of_another_tenant(url: str) -> Reply:
    told = f'Bearer authorization_uri="{url}/{FOREIGN_TENANT}", error="invalid_token", error_description="tenant"'
    words = f"The access token is from the wrong issuer. It must match the tenant '{url}/{FOREIGN_TENANT}/'."
    return refusal(401, "InvalidAuthenticationTokenTenant", words, _challenge(told))


def _challenge(told: str) -> dict[str, str]:
    return {"WWW-Authenticate": told}


def _subscription(subscription: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "tenantId": TENANT,
        "displayName": display_name(subscription),
        "state": "Enabled",
    }


def _descendant(subscription: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription}",
        "type": "Microsoft.Management/managementGroups/subscriptions",
        "name": subscription,
        "properties": {
            "displayName": display_name(subscription),
            "parent": {"id": "/providers/Microsoft.Management/managementGroups/platform"},
        },
    }

"""A signed-in connection to one API server, from a kubeconfig, from ARM's user credential, or in the cluster.

The kubernetes package loads the configuration and carries the requests. What its versions do in different ways, or
other than kubectl, is set on its Configuration object: the proxies of the environment, the kubeconfig's `proxy-url`
(which goes before NO_PROXY), and the tokens of exec plugins.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import msgspec
import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import ConfigException, load_kube_config_from_dict
from kubernetes.config.incluster_config import InClusterConfigLoader

from analyzer.collect.kubernetes.exchange import Wire, wire_to
from analyzer.collect.kubernetes.exec_plugin import Credential, ExecConfig, Plugin
from analyzer.collect.kubernetes.kubeconfig import Kubeconfig, parse_kubeconfig, read_kubeconfig
from analyzer.errors import UsageError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts a pod's own credentials."""

_CONNECTIONS = 64
"""Kept open at most; as many are opened as there are reads at one time."""

Token = Callable[[], str]
"""Gives a bearer token that is valid now. Raises a PreflightError where it cannot."""


@dataclass(frozen=True)
class Session:
    """A connection that is ready to be asked."""

    client: ApiClient
    server: str
    """The API server's URL."""
    tls_server_name: str = ""
    """The name that the server's certificate is verified for, where it is not the URL's."""
    _lock: Lock = field(default_factory=Lock)

    def headers(self) -> dict[str, str]:
        """The headers that sign a request in. Renews what is about to expire; may raise a PreflightError."""
        with self._lock:
            settings = self.client.configuration.auth_settings()
        return {item["key"]: item["value"] for item in settings.values() if item["in"] == "header" and item["value"]}

    @property
    def wire(self) -> Wire:
        """The connections to this server, found once: to look them up for each request costs as much as to send it."""
        with self._lock:
            return self._wire

    @cached_property
    def _wire(self) -> Wire:
        return wire_to(self.server, self.client.rest_client.pool_manager)

    def close(self) -> None:
        """Closes the connections."""
        self.client.close()  # type: ignore[no-untyped-call] # half of the package is typed


def connect_kubeconfig(paths: Sequence[Path], context: str | None = None, plugin_timeout_s: float = 120) -> Session:
    """A session as kubectl would have it with these files, in their order; `context` None: the current one.

    Raises UsageError where the kubeconfig cannot be used, UnreachableError where its exec plugin fails or takes
    longer than `plugin_timeout_s`, which is the time for a person to sign in.
    """
    chosen = read_kubeconfig(paths, context)
    if "exec" in chosen.user and not chosen.user.get("token") and not chosen.user.get("tokenFile"):
        return _connect_with_plugin(chosen, plugin_timeout_s)
    return _connect(chosen)


def connect_user_credential(kubeconfig: bytes, token: Token) -> Session:
    """A session with the kubeconfig that ARM's listClusterUserCredential gives.

    On a cluster with Entra sign-in it names an exec plugin (or the older auth-provider), whose place `token` takes;
    nothing is run. On a cluster with local accounts it holds its own credentials, and `token` is not asked.
    Raises UsageError, and what `token` raises.
    """
    chosen = parse_kubeconfig(kubeconfig, "of the cluster user credential")
    if not {"exec", "auth-provider"} & chosen.user.keys():
        return _connect(chosen)
    return _connect(_signed_in_otherwise(chosen, {}), token)


def connect_in_cluster(environment: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Session:
    """A session as a pod's service account. `environment` holds KUBERNETES_SERVICE_HOST and _PORT.

    Raises UsageError where this is no pod, or its service account is not mounted.
    """
    configuration = Configuration()
    try:
        loader = InClusterConfigLoader(  # type: ignore[no-untyped-call]
            str(folder / "token"), str(folder / "ca.crt"), environ=environment
        )
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise UsageError(f"Cannot use the credentials of a pod: {error}") from error
    return _session(configuration, proxy_url=None)


def _connect_with_plugin(chosen: Kubeconfig, timeout_s: float) -> Session:
    try:
        config = msgspec.convert(chosen.user["exec"], ExecConfig)
    except msgspec.ValidationError as error:
        raise UsageError(f"The exec plugin of context {chosen.context} in {chosen.origin}: {error}") from error
    plugin = Plugin(config, chosen.cluster, chosen.folder, timeout_s)
    credential = plugin.credential()
    if credential.token:
        return _connect(_signed_in_otherwise(chosen, {}), plugin.token)
    return _connect(_signed_in_otherwise(chosen, _certificate(credential)))


def _certificate(credential: Credential) -> dict[str, str]:
    parts = {
        "client-certificate-data": credential.client_certificate_data,
        "client-key-data": credential.client_key_data,
    }
    return {key: base64.b64encode(value.encode()).decode() for key, value in parts.items()}


def _signed_in_otherwise(chosen: Kubeconfig, user: dict[str, Any]) -> Kubeconfig:
    return Kubeconfig(chosen.origin, chosen.folder, chosen.context, chosen.cluster, user)


def _connect(chosen: Kubeconfig, token: Token | None = None) -> Session:
    configuration = Configuration()
    document = {
        "current-context": chosen.context,
        "contexts": [{"name": chosen.context, "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": chosen.cluster}],
        "users": [{"name": "it", "user": chosen.user}],
    }
    try:
        load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            document, client_configuration=configuration, persist_config=False
        )
    except (ConfigException, OSError, ValueError) as error:
        raise UsageError(
            f"Context {chosen.context} of the kubeconfig {chosen.origin} cannot be used: {error}"
        ) from error
    if token is not None:
        _sign_in_with(configuration, token)
    return _session(configuration, chosen.cluster.get("proxy-url"))


def _sign_in_with(configuration: Configuration, token: Token) -> None:
    def renew(configuration: Configuration) -> None:
        configuration.api_key["authorization"] = f"Bearer {token()}"

    renew(configuration)
    configuration.refresh_api_key_hook = renew  # type: ignore[assignment] # declared as None


def _session(configuration: Configuration, proxy_url: str | None) -> Session:
    configuration.proxy = proxy_url or _environment_proxy(configuration.host)
    configuration.no_proxy = "" if proxy_url else _no_proxy()
    configuration.connection_pool_maxsize = _CONNECTIONS
    try:
        client = ApiClient(configuration)
    except (AssertionError, ValueError, ImportError) as error:
        raise UsageError(f"The proxy {_without_password(configuration.proxy)} cannot be used: {error}") from error
    if not configuration.verify_ssl:
        # The kubeconfig says insecure-skip-tls-verify: kubectl does not warn of it at each request either.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    verified_name = configuration.tls_server_name if configuration.verify_ssl else None
    return Session(client, configuration.host, verified_name or "")


def _environment_proxy(server: str) -> str | None:
    """HTTPS_PROXY, HTTP_PROXY or ALL_PROXY. As in kubectl they are not for the machine itself, where tunnels end."""
    url = urlsplit(server)
    if url.hostname == "localhost" or (url.hostname or "").startswith("127.") or url.hostname == "::1":
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def _no_proxy() -> str:
    """NO_PROXY, with `*.name` written as `.name`: kubectl reads both, the kubernetes package the second."""
    entries = (entry.strip() for entry in getproxies().get("no", "").split(","))
    return ",".join(entry.removeprefix("*") or "*" for entry in entries if entry)


def _without_password(url: str | None) -> str:
    return (url or "").rpartition("@")[2]

"""A real API server of the Kubernetes list protocol, over TLS on 127.0.0.1.

It lists with limit and continue, serves discovery, metadata-only lists and access reviews, and can be told to fail in
the ways that API servers and networks fail. Every request is recorded; anything but GET and the access review is
refused and recorded as a violation.
"""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import trustme
from servers.kubernetes_answers import Answer, Handler, Object, Request, failure

from analyzer.collect.kubernetes import Budget, KubernetesReading, Session, connect_kubeconfig, read_kubernetes

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

_BUILT_IN = """
v1: nodes Node, namespaces Namespace, pods Pod, services Service, persistentvolumes PersistentVolume,
 persistentvolumeclaims PersistentVolumeClaim, limitranges LimitRange, resourcequotas ResourceQuota,
 configmaps ConfigMap
apps/v1: replicasets ReplicaSet, deployments Deployment, statefulsets StatefulSet, daemonsets DaemonSet
batch/v1: jobs Job, cronjobs CronJob
discovery.k8s.io/v1: endpointslices EndpointSlice
networking.k8s.io/v1: networkpolicies NetworkPolicy, ingresses Ingress, ingressclasses IngressClass
policy/v1: poddisruptionbudgets PodDisruptionBudget
autoscaling/v2: horizontalpodautoscalers HorizontalPodAutoscaler
apiregistration.k8s.io/v1: apiservices APIService
apiextensions.k8s.io/v1: customresourcedefinitions CustomResourceDefinition
storage.k8s.io/v1: storageclasses StorageClass
admissionregistration.k8s.io/v1: validatingwebhookconfigurations ValidatingWebhookConfiguration,
 mutatingwebhookconfigurations MutatingWebhookConfiguration
"""


@dataclass
class KubernetesServer:
    """What the server holds and how it behaves: at first Kubernetes 1.32 without any object or custom resource.

    Use as a context manager.
    """

    token: str | None = None
    """The bearer token that is let in; None: everyone is."""
    asks_for_certificate: bool = False
    """Let in only clients with a certificate of the same authority."""
    requests: list[Request] = field(default_factory=list)
    violations: list[Request] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    """Access reviews that are answered with no: "list pods"."""

    def __post_init__(self) -> None:
        self._objects: dict[str, list[Object]] = {}
        self._kinds: dict[str, str] = {}
        self._answers: dict[str, deque[Answer | None]] = defaultdict(deque)
        self._always: dict[str, Answer] = {}
        self._only_listed: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()
        for line in _BUILT_IN.strip().replace("\n ", " ").splitlines():
            group_version, _, collections = line.partition(": ")
            for collection in collections.split(","):
                self.serve(group_version, *collection.split())

    def serve(self, group_version: str, resource: str, kind: str, objects: Iterable[Object] = ()) -> None:
        """Serves a collection; objects without a namespace are cluster-wide."""
        self._objects[f"{group_version}/{resource}"] = list(objects)
        self._kinds[f"{group_version}/{resource}"] = kind

    def objects(self, key: str) -> list[Object]:
        """What a collection holds, by group-version and plural."""
        return self._objects[key]

    def list_only(self, group_version: str, *resources: str) -> None:
        """Discovery names a group-version, and resources in it, that answer 404."""
        self._only_listed[group_version] |= set(resources)

    def answer(self, path: str, *answers: Answer | None, always: Answer | None = None) -> None:
        """The next answers of a path, None for the ordinary one; then `always`, or ordinary ones."""
        self._answers[path].extend(answers)
        if always is not None:
            self._always[path] = always

    @property
    def url(self) -> str:
        """https://127.0.0.1:port."""
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def asked(self, path: str) -> list[Request]:
        """The requests of one path, in order."""
        return [request for request in self.requests if request.path == path]

    def paths(self) -> set[str]:
        """Every path that was asked for."""
        return {request.path for request in self.requests}

    def cluster(self, **more: Any) -> dict[str, Any]:
        """The `cluster` of a kubeconfig."""
        return {"server": self.url, "certificate-authority-data": base64.b64encode(ca_pem()).decode(), **more}

    def kubeconfig(self, folder: Path, user: Mapping[str, Any] | None = None, **cluster: Any) -> Path:
        """A kubeconfig file for this server."""
        path = folder / "kubeconfig"
        path.write_text(json.dumps(kubeconfig(self.cluster(**cluster), user or {"token": self.token or "any"})))
        return path

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.asks_for_certificate = self.asks_for_certificate
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_answer(self, path: str) -> Answer:
        """What this path answers now."""
        with self._lock:
            planned = self._answers[path]
            answer = planned.popleft() if planned else self._always.get(path)
        return answer or self._ordinary

    def _ordinary(self, handler: Handler, request: Request) -> None:
        discovered = self._discovery(request.path)
        if discovered is not None:
            handler.send_json(200, discovered)
        elif request.path == REVIEWS:
            handler.send_json(201, self._review(json.loads(request.body)))
        else:
            self._read(handler, request)

    def _discovery(self, path: str) -> Object | None:
        served = self._served()
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            groups: dict[str, list[Object]] = defaultdict(list)
            for name in served:
                group, _, version = name.partition("/")
                if version:
                    groups[group].append({"groupVersion": name, "version": version})
            body = [{"name": group, "versions": versions} for group, versions in groups.items()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": body}
        name = path.removeprefix("/apis/").removeprefix("/api/")
        if name not in served or not path.startswith("/api"):
            return None
        resources = [{"name": item, "namespaced": True, "kind": "Any", "verbs": ["list"]} for item in served[name]]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources}

    def _served(self) -> dict[str, list[str]]:
        served: dict[str, list[str]] = {}
        for key in self._objects:
            group_version, _, resource = key.rpartition("/")
            served.setdefault(group_version, []).append(resource)
        for group_version, resources in self._only_listed.items():
            served.setdefault(group_version, []).extend(sorted(resources))
        return served

    def _review(self, review: Object) -> Object:
        attributes = review["spec"]["resourceAttributes"]
        resource = ".".join(part for part in (attributes["resource"], attributes["group"]) if part)
        denied = f"{attributes['verb']} {resource}" in self.denied
        status = {"allowed": not denied, "reason": "" if denied else "RBAC: allowed by a ClusterRoleBinding"}
        return {**review, "status": status}

    def _read(self, handler: Handler, request: Request) -> None:
        key, namespace, name = _parts(request.path)
        if key not in self._objects:
            handler.send_bytes(404, b"404 page not found\n", {"Content-Type": "text/plain"})
            return
        group_version, _, resource = key.rpartition("/")
        found = [one for one in self._objects[key] if not namespace or one["metadata"].get("namespace") == namespace]
        if not name:
            handler.send_json(200, self._page(request, key, found))
            return
        named = [one for one in found if one["metadata"]["name"] == name]
        if named:
            handler.send_json(200, {"kind": self._kinds[key], "apiVersion": group_version, **named[0]})
        else:
            handler.send_json(404, failure(404, "NotFound", f'{resource} "{name}" not found'))

    def _page(self, request: Request, key: str, found: list[Object]) -> Object:
        """One page of a list; a continue token is the number of objects before it."""
        start = int(request.query.get("continue", "0"))
        end = start + int(request.query.get("limit", len(found) or 1))
        page = found[start:end]
        metadata = {"resourceVersion": "1", **({"continue": str(end)} if end < len(found) else {})}
        if "as=PartialObjectMetadataList" in request.headers["Accept"]:
            partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
            items = [{**partial, "metadata": one["metadata"]} for one in page]
            kind = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            return {**kind, "metadata": metadata, "items": items}
        kind = {"kind": f"{self._kinds[key]}List", "apiVersion": key.rpartition("/")[0]}
        return {**kind, "metadata": metadata, "items": page}


def read(server: KubernetesServer, folder: Path, **budget: float) -> KubernetesReading:
    """Reads the server with a kubeconfig. Retries wait a hundredth of a second unless told otherwise."""
    session = connect_kubeconfig([server.kubeconfig(folder)])
    try:
        return read_kubernetes(session, Budget(**{"wait_s": 0.01, **budget}))  # type: ignore[arg-type]
    finally:
        session.close()


def reaches(session: Session) -> bool:
    """Whether the API server lets the session in; closes it."""
    reading = read_kubernetes(session, Budget(attempts=1))
    session.close()
    return reading.reached


def named(*names: str, **more: object) -> list[Object]:
    """Objects by name, or by namespace/name."""
    split = [name.rpartition("/") for name in names]
    return [{"metadata": {"name": name, **({"namespace": space} if space else {})}, **more} for space, _, name in split]


def kubeconfig(cluster: Mapping[str, Any], user: Mapping[str, Any], name: str = "shop") -> dict[str, Any]:
    """A kubeconfig with one context, which is the current one."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-user"}}],
        "clusters": [{"name": name, "cluster": dict(cluster)}],
        "users": [{"name": f"{name}-user", "user": dict(user)}],
    }


class _Handler(Handler):
    owner: KubernetesServer

    def do_GET(self) -> None:  # noqa: N802 # the name that http.server calls
        self._answer(allowed=True)

    def do_POST(self) -> None:  # noqa: N802 # the name that http.server calls
        self._answer(allowed=urlsplit(self.path).path == REVIEWS)

    def _refuse(self) -> None:
        self._answer(allowed=False)

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _refuse  # noqa: N815 # the names that http.server calls

    def _answer(self, *, allowed: bool) -> None:
        request = self._request()
        self.owner.requests.append(request)
        if not allowed:
            self.owner.violations.append(request)
            self.send_json(405, failure(405, "MethodNotAllowed", f"{request.method} is not allowed"))
        elif self.owner.token is not None and request.headers["Authorization"] != f"Bearer {self.owner.token}":
            self.send_json(401, failure(401, "Unauthorized", "Unauthorized"))
        else:
            self.owner.next_answer(request.path)(self, request)

    def _request(self) -> Request:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        return Request(self.client_address[1], self.command, url.path, query, self.headers, content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    asks_for_certificate: bool

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speaks TLS in the thread of the connection."""
        context = server_context(asks_for_certificate=self.asks_for_certificate)
        with contextlib.suppress(OSError), context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        raise  # noqa: PLE0704 # called while the error is handled


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_context(*, asks_for_certificate: bool) -> ssl.SSLContext:
    """TLS for a server on 127.0.0.1, localhost and the API server names that tests use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("127.0.0.1", "localhost", "shop.hcp.westeurope.azmk8s.io").configure_cert(context)
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        _authority().configure_trust(context)
    return context


def ca_pem() -> bytes:
    """The certificate authority that the server's certificate is from."""
    return _authority().cert_pem.bytes()


def client_certificate() -> tuple[str, str]:
    """A client certificate and its key, PEM."""
    issued = _authority().issue_cert("reader@example.org")
    return issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()


def _parts(path: str) -> tuple[str, str, str]:
    """Group-version and plural, namespace, name."""
    root, *rest = path.strip("/").split("/")
    prefix = rest[:1] if root == "api" else rest[:2]
    rest = rest[len(prefix) :]
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    return "/".join([*prefix, *rest[:1]]), namespace, "/".join(rest[1:])

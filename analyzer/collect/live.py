"""One cluster from its live APIs: ARM and Kubernetes at the same time, each half failing alone."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.collect.access import Access, Progress
from analyzer.collect.azure_cli import version_on_path
from analyzer.collect.config_map_addresses import NOT_SCANNED
from analyzer.collect.places import KUBERNETES
from analyzer.collect.requests import kubernetes_reads
from analyzer.collect.sharing import API_SERVER_AT_ONCE, Sharing, utc_now
from analyzer.errors import ForbiddenError, LateError, SignInError, UnreachableError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import READS, ArmRead, Source

if TYPE_CHECKING:
    from analyzer.collect.azure.pipeline import Access as AzureAccess
    from analyzer.collect.azure.shared import SharedAnswers
    from analyzer.collect.kubernetes.reading import KubernetesReading
    from analyzer.collect.kubernetes.session import Session

T = TypeVar("T")

AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""The Entra application that AKS API servers take tokens for: kubelogin's documentation, "server-id"."""
_NAME_IT = "Name the cluster in Azure: its ARM id, or -s, -g and -n"
_OVER = "the time for this cluster was used up before it answered"
_MORE_TIME = "More time for this cluster: --deadline"
IN_CLUSTER = "in-cluster"
"""The --kubeconfig that means the credentials of the pod that this runs in."""


@dataclass(frozen=True, slots=True)
class LiveReading:
    """What came back."""

    snapshot: Snapshot
    interrupted: bool = False
    """The operator stopped it: what had not come back is missing."""
    tls_server_name: str = ""


def read_live(
    cluster_id: str | None, access: Access, progress: Progress, sharing: Sharing | None = None
) -> LiveReading:
    """A cluster by its ARM id; or, without one, only what its API server shows.

    `sharing`: what the clusters of one run share. Raises UnreachableError where nothing at all could be read,
    UsageError for a kubeconfig that cannot be used.
    """
    _introduce_types()
    started = (sharing.clock if sharing else utc_now)().strftime("%Y-%m-%dT%H:%M:%SZ")
    ends = time.monotonic() + sharing.deadline_s if sharing and sharing.deadline_s else math.inf
    azure = AzureSide(cluster_id, access, progress, sharing) if cluster_id else None
    arm = _in_background(azure.read) if azure else None
    kubernetes = _in_background(lambda: _read_kubernetes(azure, access, progress, sharing))
    azure_cli = _known(sharing.azure_cli) if sharing else _in_background(version_on_path)
    interrupted = False
    try:
        facts = _arm_facts(arm, ends)
        api = _api(kubernetes, ends)
    except KeyboardInterrupt:
        interrupted = True
        facts = _arm_facts(arm) if arm is None or arm.done() else _missing_arm("interrupted before it answered")
        api = kubernetes.result() if kubernetes.done() else _unread_api("interrupted before it answered")
    _require_something(facts, api)
    lists: dict[str, Any] = {Source.CONFIG_MAP_ADDRESSES.value: NOT_SCANNED}
    lists |= {source.value: fact for source, fact in api.facts.items()}
    snapshot = Snapshot(
        **facts,
        **lists,
        absent_apis=api.absent_apis,
        collected_at=started,
        server=api.server,
        azure_cli=azure_cli.result() if azure_cli.done() or not interrupted else None,
    )
    return LiveReading(snapshot, interrupted, api.tls_server_name)


def _introduce_types() -> None:
    """Before there are threads: both sides' types, which msgspec takes apart at their first use."""
    from analyzer.collect import arm_pages
    from analyzer.collect.kubernetes import reading

    del arm_pages, reading  # imported for what their modules introduce


@dataclass(frozen=True, slots=True)
class _Api:
    """What the Kubernetes side gave."""

    facts: Mapping[Source, Fact[Any]]
    absent_apis: frozenset[Source] = frozenset()
    server: str | None = None
    tls_server_name: str = ""
    reached: bool = False


class AzureSide:
    """ARM, and the credential and cloud that the Kubernetes side shares."""

    def __init__(self, cluster_id: str, access: Access, progress: Progress, sharing: Sharing | None = None) -> None:
        from analyzer.collect.azure.cluster_id import parse_cluster_id

        self.cluster_id = parse_cluster_id(cluster_id)
        self.access: AzureAccess = sharing.azure if sharing else azure_access(access, progress)
        self.answers: SharedAnswers | None = sharing.answers if sharing else None
        self.progress = progress

    def read(self) -> Snapshot:
        """The cluster and what lies around it: the ARM half of a snapshot."""
        from analyzer.collect.azure.reading import read_cluster

        return read_cluster(self.cluster_id, self.access, self.progress, self.answers)

    def session(self) -> Session | Missing[Any]:
        """The API server by the cluster's user credential and an Entra token; or why there is none."""
        from analyzer.collect.azure.reading import read_user_kubeconfig
        from analyzer.collect.kubernetes.session import connect_user_credential

        found = read_user_kubeconfig(self.cluster_id, self.access)
        if isinstance(found, Missing):
            return found
        return connect_user_credential(found.value, self.token)

    def token(self) -> str:
        """An Entra token for the API server. Raises SignInError."""
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return self.access.credential.get_token(f"{AKS_SERVER_APPLICATION}/.default").token
        except ClientAuthenticationError as error:
            reason = (str(error).splitlines() or ["no reason given"])[0]
            raise SignInError(f"No Entra token for the API server: {reason}. Sign in again (az login).") from error


def azure_access(access: Access, progress: Progress) -> AzureAccess:
    """The cloud, and who asks it. Raises UsageError, UnreachableError for a cloud or a sign-in that there is not."""
    from analyzer.collect.azure.credentials import credential
    from analyzer.collect.azure.pipeline import Access as AzureAccess
    from analyzer.collect.azure.pipeline import Limits
    from analyzer.collect.clouds import find_cloud

    logging.getLogger("azure").setLevel(logging.CRITICAL)  # its warnings come back as errors, told in our words
    cloud = find_cloud(access.cloud, access.timeout_s)
    who = credential(access.credential, cloud, progress, access.environment.get("AZURE_CLIENT_ID"))
    return AzureAccess(cloud, who, Limits(timeout_s=access.timeout_s), access.concurrency)


def _read_kubernetes(azure: AzureSide | None, access: Access, progress: Progress, sharing: Sharing | None) -> _Api:
    """The Kubernetes side. What cannot be reached is missing; a kubeconfig that cannot be used is an error."""
    from analyzer.collect.kubernetes.reading import read_kubernetes
    from analyzer.collect.kubernetes.transport import Budget

    try:
        session = connect(azure, access)
    except UnreachableError as error:
        return _unread_api(str(error), Cause.UNREACHABLE)
    if isinstance(session, Missing):
        return _unread_api(session.detail, session.cause, session.grant)
    budget = Budget(timeout_s=access.timeout_s, concurrency=access.concurrency)
    if sharing is not None:
        turn = sharing.places.turn(KUBERNETES)
        budget = replace(budget, concurrency=min(access.concurrency, API_SERVER_AT_ONCE), turn=turn)
    try:
        found: KubernetesReading = read_kubernetes(
            session,
            budget,
            lambda name, count: progress(f"{name} {count}"),
            scan_configmaps=access.scan_configmaps,
        )
    finally:
        session.close()
    return _Api(found.facts, found.absent_apis, found.server, session.tls_server_name, found.reached)


def connect(azure: AzureSide | None, access: Access) -> Session | Missing[Any]:
    """The way to the API server that the operator asked for, or why there is none. Raises PreflightError."""
    from analyzer.collect.kubernetes.session import connect_in_cluster, connect_kubeconfig

    if access.kubeconfig is not None and str(access.kubeconfig) == IN_CLUSTER:
        return connect_in_cluster(access.environment)
    if access.kubeconfig is not None:
        return connect_kubeconfig([access.kubeconfig], access.context)
    assert azure is not None, "a cluster is named by an ARM id or by a kubeconfig"
    return azure.session()


def _unread_api(detail: str, cause: Cause = Cause.NOT_ASKED, grant: str = "Give --kubeconfig") -> _Api:
    facts: dict[Source, Fact[Any]] = {
        source: Missing(source, cause, f"Not asked to list {source.value}: {detail}", grant)
        for source, _ in kubernetes_reads(scan_configmaps=True)
    }
    return _Api(facts)


def _api(kubernetes: Future[_Api], ends: float) -> _Api:
    try:
        return _result(kubernetes, ends)
    except _LateError as late:
        return _unread_api(str(late), Cause.UNREACHABLE, _MORE_TIME)


def _arm_facts(arm: Future[Snapshot] | None, ends: float = math.inf) -> dict[str, Any]:
    if arm is None:
        return _missing_arm("Only a kubeconfig was given")
    try:
        found = _result(arm, ends)
    except _LateError as late:
        return _missing_arm(str(late), Cause.UNREACHABLE, _MORE_TIME)
    facts = {source.value: fact for source, fact in found.facts() if isinstance(READS[source], ArmRead)}
    return {**facts, "api_version": found.api_version}


def _missing_arm(detail: str, cause: Cause = Cause.NOT_ASKED, grant: str = _NAME_IT) -> dict[str, Any]:
    said = f"ARM was not {'asked' if cause is Cause.NOT_ASKED else 'read'}: {detail}"
    sources = (source for source, read in READS.items() if isinstance(read, ArmRead))
    return {source.value: Missing(source, cause, said, grant) for source in sources}


def _require_something(facts: Mapping[str, Any], api: _Api) -> None:
    """Raises UnreachableError where neither side let anything in."""
    if isinstance(facts["cluster"], Known) or api.reached:
        return
    said = [fact.detail for fact in (facts["cluster"], api.facts[Source.NODES]) if isinstance(fact, Missing)]
    kind = UnreachableError if facts["cluster"].cause is not Cause.FORBIDDEN else ForbiddenError
    raise (LateError if _OVER in said[0] else kind)(f"Nothing could be read. {'. '.join(said)}.")


def _in_background(work: Callable[[], T]) -> Future[T]:
    """Runs work in a thread that does not keep an interrupted process alive."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # handed to the one who waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _known(value: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(value)
    return future


class _LateError(Exception):
    """The time for a cluster is over."""


def _result(future: Future[T], ends: float = math.inf) -> T:
    """What the work gave. Waits in short turns: a signal is only heard between them. Raises _LateError."""
    while True:
        left_s = ends - time.monotonic()
        try:
            return future.result(timeout=max(0.0, min(0.5, left_s)))
        except TimeoutError:
            if future.done():
                return future.result()
            if left_s <= 0:
                raise _LateError(_OVER) from None

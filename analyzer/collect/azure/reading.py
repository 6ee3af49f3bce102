"""Reads one cluster from Azure Resource Manager, and what lies around it. One failure never ends the reading."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from msgspec import Struct, structs

from analyzer.collect.arm_reading import AROUND, read_around
from analyzer.collect.arm_requests import ACTIONS, CONTAINER_SERVICE, ArmRequest
from analyzer.collect.azure.answers import Question, answer, status_line, tenant_of
from analyzer.collect.azure.cluster_id import ClusterId
from analyzer.collect.azure.lists import Progress, asking, read
from analyzer.collect.azure.pipeline import Access, Arm, answer_to, open_arm
from analyzer.collect.azure.shared import SharedAnswers
from analyzer.collect.decoding import MalformedError, decode_arm
from analyzer.errors import GoneError, SignInError, UnreachableError
from analyzer.model.cluster import AgentPool, ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import pools
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

POOLS_ACTION = "Microsoft.ContainerService/managedClusters/agentPools/read"
"""Asked for where the cluster's body holds no pools."""
CREDENTIAL_ACTION = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
CREDENTIAL_ROLE = "Azure Kubernetes Service Cluster User Role"
"""Reader does not hold CREDENTIAL_ACTION."""


def read_cluster(
    cluster_id: ClusterId, access: Access, progress: Progress, shared: SharedAnswers | None = None
) -> Snapshot:
    """The ARM half of a snapshot. `shared`: what other clusters of the run read too.

    Raises UnreachableError where nobody can be signed in or no such cluster exists.
    """
    with open_arm(access, cluster_id.subscription) as arm:
        progress("cluster")
        listed = shared.cluster(arm, str(cluster_id), progress) if shared else None
        cluster = Known(listed) if listed else _cluster(arm, cluster_id)
        if isinstance(cluster, Missing):
            return _snapshot(cluster, {source: _not_asked(source, cluster) for source in AROUND})
        body, unread_pools = _with_pools(arm, cluster.value, progress)
        ask = asking(arm, access.concurrency, progress, shared.read if shared else None)
        around = read_around(ask, body, unread_pools)
        return replace(_snapshot(Known(body), around), api_version=CONTAINER_SERVICE)


def require_signed_in(cluster_id: ClusterId, access: Access) -> None:
    """Asks for the cluster itself, where something around it answered 401: that may be one resource's own tenant.

    Raises SignInError where the token is no longer taken; UnreachableError where the cluster is no longer there.
    """
    with open_arm(access, cluster_id.subscription) as arm:
        _cluster(arm, cluster_id)


def _snapshot(cluster: Fact[ManagedCluster], around: Mapping[Source, Fact[Any]]) -> Snapshot:
    facts: dict[str, Any] = {source.value: fact for source, fact in around.items()}
    return Snapshot(cluster=cluster, **facts)


def _not_asked(source: Source, cluster: Missing[Any]) -> Missing[Any]:
    detail = f"Not asked for, because the cluster was not read: {cluster.detail}"
    return Missing(source, Cause.NOT_ASKED, detail, cluster.grant)


def read_user_kubeconfig(cluster_id: ClusterId, access: Access) -> Fact[bytes]:
    """The kubeconfig that AKS gives to users, never the administrators'.

    Of a cluster with Entra sign-in it holds no secret but an exec plugin (kubelogin), whose arguments name the
    server's application; of one with local accounts a client certificate. As a gap its source is the cluster.
    """
    question = Question(Source.CLUSTER, CREDENTIAL_ACTION, str(cluster_id), CREDENTIAL_ROLE)
    with open_arm(access, cluster_id.subscription) as arm:
        return answer(question, arm, lambda: _kubeconfig(arm, cluster_id))


class _Kubeconfig(Struct, frozen=True):
    name: str
    value: str


class _Credentials(Struct, frozen=True):
    kubeconfigs: tuple[_Kubeconfig, ...]


def _kubeconfig(arm: Arm, cluster_id: ClusterId) -> bytes:
    """Not by the SDK's operation, which takes the answer apart once more: audits ask this of each cluster."""
    url = arm.url(f"{cluster_id}/listClusterUserCredential")
    body = arm.post(url, {"api-version": CONTAINER_SERVICE, "format": "exec"})
    found = decode_arm(body, _Credentials).kubeconfigs
    if not found:
        raise MalformedError("it holds no kubeconfig")
    try:
        return b64decode(found[0].value, validate=True)
    except ValueError as error:
        raise MalformedError("its kubeconfig is not base64") from error


def _cluster(arm: Arm, cluster_id: ClusterId) -> Fact[ManagedCluster]:
    question = Question(Source.CLUSTER, ACTIONS[Source.CLUSTER], str(cluster_id))

    def call(**options: Any) -> object:
        return arm.client.managed_clusters.get(cluster_id.resource_group, cluster_id.name, **options)

    def read() -> ManagedCluster:
        try:
            return decode_arm(answer_to(call).content, ManagedCluster)
        except ClientAuthenticationError:  # it carries Entra's status, which is no answer of ARM
            raise
        except HttpResponseError as error:
            _raise_if_in_vain(question, error)
            raise

    return answer(question, arm, read)


def _raise_if_in_vain(question: Question, error: HttpResponseError) -> None:
    """Ends the run where nothing can be read of this cluster: its tenant refuses the token, or does not know it."""
    line = status_line(question, error)
    if error.status_code == 401:
        message = f"{line}: sign in to the cluster's tenant with `az login --tenant {tenant_of(error)}`"
        raise (SignInError if _is_expired(error) else UnreachableError)(message) from error
    if error.status_code == 404 and error.error and error.error.code == "SubscriptionNotFound":
        raise GoneError(
            f"{line}: there is no such subscription, or it is in another tenant than the one that you are signed in to"
        ) from error
    if error.status_code == 404:
        raise UnreachableError(
            f"{line}: there is no such cluster, or it is in another tenant than the one that you are signed in to"
        ) from error


def _is_expired(error: HttpResponseError) -> bool:
    """Whether a 401 is about the token itself, not about the tenant that issued it."""
    return error.error is not None and error.error.code in ("ExpiredAuthenticationToken", "InvalidAuthenticationToken")


def _with_pools(arm: Arm, cluster: ManagedCluster, progress: Progress) -> tuple[ManagedCluster, Missing[Any] | None]:
    """The cluster with its pools, asked for by themselves where its body holds none; and why there are still none."""
    if cluster.agent_pool_profiles:
        return cluster, None
    found = read(arm, _pools_request(cluster), progress)
    if isinstance(found, Missing):
        return cluster, found
    complete = structs.replace(cluster, agent_pool_profiles=found.value)
    known = pools(Known(complete))
    return complete, known if isinstance(known, Missing) else None


def _pools_request(cluster: ManagedCluster) -> ArmRequest:
    return ArmRequest(
        source=Source.CLUSTER,
        path=f"{cluster.id}/agentPools",
        api_version=CONTAINER_SERVICE,
        label="agent pools",
        is_list=True,
        subject=cluster.id,
        action=POOLS_ACTION,
        kind=AgentPool,
    )

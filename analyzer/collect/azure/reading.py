"""Reads one cluster from Azure Resource Manager, and the network around it. One failure never ends the reading."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from msgspec import Struct
from msgspec.structs import replace

from analyzer.collect.azure.answers import ACTIONS, Question, answer, status_line, tenant_of
from analyzer.collect.azure.cluster_id import ClusterId
from analyzer.collect.azure.network import (
    Networks,
    Progress,
    read_list,
    read_network_security_groups,
    read_networks,
    read_route_tables,
)
from analyzer.collect.azure.pipeline import CONTAINER_SERVICE, Access, Arm, open_arm
from analyzer.collect.decoding import MalformedError, decode_arm
from analyzer.errors import UnreachableError
from analyzer.model.cluster import AgentPool, ManagedCluster, NetworkSecurityGroup, RouteTable
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import pools
from analyzer.model.source import Source

POOLS_ACTION = "Microsoft.ContainerService/managedClusters/agentPools/read"
"""Asked for where the cluster's body holds no pools."""
CREDENTIAL_ACTION = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
CREDENTIAL_ROLE = "Azure Kubernetes Service Cluster User Role"
"""Reader does not hold CREDENTIAL_ACTION."""


@dataclass(frozen=True, slots=True)
class AzureReading:
    """What ARM shows of one cluster. Lists are sorted by id."""

    cluster: Fact[ManagedCluster]
    virtual_networks: Networks
    route_tables: Fact[tuple[RouteTable, ...]]
    network_security_groups: Fact[tuple[NetworkSecurityGroup, ...]]
    api_version: str | None
    """The managedClusters API version that answered; None where the cluster was not read."""


def read_cluster(cluster_id: ClusterId, access: Access, progress: Progress) -> AzureReading:
    """The cluster and its network. Raises UnreachableError where nobody can be signed in or no such cluster exists."""
    with open_arm(access, cluster_id.subscription) as arm:
        progress("cluster")
        cluster = _cluster(arm, cluster_id)
        if isinstance(cluster, Missing):
            return _nothing_more(cluster, f"the cluster was not read: {cluster.detail}", cluster)
        body, unread_pools = _with_pools(arm, cluster.value, progress)
        if unread_pools is not None:
            return _nothing_more(Known(body), f"its pools are not known: {unread_pools.detail}", unread_pools)
        networks = read_networks(arm, body, progress)
        return AzureReading(
            cluster=Known(body),
            virtual_networks=networks,
            route_tables=read_route_tables(arm, body, networks, progress),
            network_security_groups=read_network_security_groups(arm, body, networks, progress),
            api_version=CONTAINER_SERVICE,
        )


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
    operations = arm.client.managed_clusters

    def call(**options: Any) -> object:
        return operations.list_cluster_user_credentials(
            cluster_id.resource_group, cluster_id.name, format="exec", **options
        )

    found = decode_arm(_raw(call), _Credentials).kubeconfigs
    if not found:
        raise MalformedError("it holds no kubeconfig")
    try:
        return b64decode(found[0].value, validate=True)
    except binascii.Error as error:
        raise MalformedError("its kubeconfig is not base64") from error


def _cluster(arm: Arm, cluster_id: ClusterId) -> Fact[ManagedCluster]:
    question = Question(Source.CLUSTER, ACTIONS[Source.CLUSTER], str(cluster_id))

    def call(**options: Any) -> object:
        return arm.client.managed_clusters.get(cluster_id.resource_group, cluster_id.name, **options)

    def read() -> ManagedCluster:
        try:
            return decode_arm(_raw(call), ManagedCluster)
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
        raise UnreachableError(message) from error
    if error.status_code == 404:
        raise UnreachableError(
            f"{line}: there is no such cluster, or it is in another tenant than the one that you are signed in to"
        ) from error


_AS_THEY_ARE = MappingProxyType(dict.fromkeys((304, 401, 404, 409), HttpResponseError))
"""The SDK's own classes hide whether a 401 came from ARM or from the sign-in."""


def _raw(call: Callable[..., object]) -> bytes:
    """The body that an operation of the SDK receives."""
    bodies: list[bytes] = []
    # our own types decode the bytes: what the SDK's models cannot parse does not matter
    with suppress(ValueError):
        call(raw_response_hook=lambda given: bodies.append(given.http_response.content), error_map=_AS_THEY_ARE)
    return bodies[-1]


def _with_pools(arm: Arm, cluster: ManagedCluster, progress: Progress) -> tuple[ManagedCluster, Missing[Any] | None]:
    """The cluster with its pools, asked for by themselves where its body holds none; and why there are still none."""
    if cluster.agent_pool_profiles:
        return cluster, None
    progress("agent pools")
    question = Question(Source.CLUSTER, POOLS_ACTION, cluster.id)
    found = read_list(arm, question, arm.url(f"{cluster.id}/agentPools"), CONTAINER_SERVICE, AgentPool)
    if isinstance(found, Missing):
        return cluster, found
    complete = replace(cluster, agent_pool_profiles=found.value)
    known = pools(Known(complete))
    return complete, known if isinstance(known, Missing) else None


def _nothing_more(cluster: Fact[ManagedCluster], why: str, gap: Missing[Any]) -> AzureReading:
    def missing(source: Source) -> Missing[Any]:
        return Missing(source, Cause.NOT_ASKED, f"Not asked for, because {why}", gap.grant)

    return AzureReading(
        cluster=cluster,
        virtual_networks=missing(Source.VIRTUAL_NETWORKS),
        route_tables=missing(Source.ROUTE_TABLES),
        network_security_groups=missing(Source.NETWORK_SECURITY_GROUPS),
        api_version=CONTAINER_SERVICE if isinstance(cluster, Known) else None,
    )

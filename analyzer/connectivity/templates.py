"""Plain manifests as the cluster that they would make: a workload without pods stands for one pod of its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from msgspec import structs

from analyzer.connectivity.naming import workloads
from analyzer.connectivity.selection import NAME_LABEL
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import (
    Container,
    KubernetesObject,
    Namespace,
    OwnerReference,
    Pod,
    PodMetadata,
    PodSpec,
    PolicyContainer,
    PolicyTemplate,
    Template,
    TemplateContainer,
)
from analyzer.model.snapshot import Snapshot

K = TypeVar("K", bound=KubernetesObject)

DEFAULT = "default"
"""The namespace of objects that name none."""


def manifest_snapshot(snapshot: Snapshot) -> Snapshot:
    """The cluster that a snapshot of plain manifests would make.

    What no manifest holds does not exist; objects without a namespace are in `default`; every namespace that is used
    exists and has the label that the API server gives it; workloads have pods. A list that is missing for another
    reason stays missing, and where it is one of workloads the pods are missing too.
    """
    whole = _in_namespaces(_cluster_wide(snapshot))
    return replace(whole, namespaces=_with_namespaces(whole), pods=_with_templates(whole))


def pods_of_workloads(snapshot: Snapshot) -> tuple[Pod, ...]:
    """A pod for each workload that has no live pods of its own, by namespace and kind, under a name no pod can have.

    It has the labels, ports and network of the template, neither a phase nor an address.
    """
    owners = workloads(snapshot)
    alive = {owners.workload_of(pod) for pod in seen(snapshot.pods) if not pod.has_ended}
    found = (_pod(ref, template) for ref, template in _templates(snapshot) if ref not in alive)
    return tuple(sorted(found, key=_place))


def _cluster_wide(snapshot: Snapshot) -> Snapshot:
    """The lists of cluster-wide kinds that decide about traffic, empty where no manifest holds one."""
    return replace(
        snapshot,
        nodes=_given(snapshot.nodes),
        namespaces=_given(snapshot.namespaces),
        service_cidrs=_given(snapshot.service_cidrs),
        cilium_clusterwide_policies=_given(snapshot.cilium_clusterwide_policies),
        calico_global_policies=_given(snapshot.calico_global_policies),
        calico_global_network_sets=_given(snapshot.calico_global_network_sets),
        calico_host_endpoints=_given(snapshot.calico_host_endpoints),
        calico_tiers=_given(snapshot.calico_tiers),
        calico_ip_pools=_given(snapshot.calico_ip_pools),
        calico_felix_configurations=_given(snapshot.calico_felix_configurations),
        admin_network_policies=_given(snapshot.admin_network_policies),
    )


def _given(fact: Fact[tuple[K, ...]]) -> Fact[tuple[K, ...]]:
    if isinstance(fact, Missing) and fact.cause is Cause.NOT_ASKED and fact.seen is None:
        return Known(())
    return fact


def _in_namespaces(snapshot: Snapshot) -> Snapshot:
    """The same of namespaced kinds, with every object in a namespace."""
    return replace(
        snapshot,
        pods=_placed(snapshot.pods),
        deployments=_placed(snapshot.deployments),
        stateful_sets=_placed(snapshot.stateful_sets),
        daemon_sets=_placed(snapshot.daemon_sets),
        replica_sets=_placed(snapshot.replica_sets),
        jobs=_placed(snapshot.jobs),
        cron_jobs=_placed(snapshot.cron_jobs),
        services=_placed(snapshot.services),
        endpoint_slices=_placed(snapshot.endpoint_slices),
        ingresses=_placed(snapshot.ingresses),
        network_policies=_placed(snapshot.network_policies),
        cilium_policies=_placed(snapshot.cilium_policies),
        cilium_local_redirect_policies=_placed(snapshot.cilium_local_redirect_policies),
        calico_policies=_placed(snapshot.calico_policies),
        calico_network_sets=_placed(snapshot.calico_network_sets),
    )


def _placed(fact: Fact[tuple[K, ...]]) -> Fact[tuple[K, ...]]:
    given = _given(fact)
    if isinstance(given, Known):
        return Known(_in_default(given.value))
    return given if given.seen is None else replace(given, seen=_in_default(given.seen))


def _in_default(items: tuple[K, ...]) -> tuple[K, ...]:
    found = (
        item if item.namespace else structs.replace(item, metadata=structs.replace(item.metadata, namespace=DEFAULT))
        for item in items
    )
    return tuple(sorted(found, key=_place))


def _with_namespaces(snapshot: Snapshot) -> Fact[tuple[Namespace, ...]]:
    """Those that were given, with their label, and those that are used besides."""
    if isinstance(snapshot.namespaces, Missing):
        return snapshot.namespaces
    given = {item.name: item for item in snapshot.namespaces.value}
    names = {*given, *_used(snapshot)}
    return Known(tuple(_labelled(given.get(name, Namespace()), name) for name in sorted(names)))


def _used(snapshot: Snapshot) -> Iterator[str]:
    lists: tuple[Fact[tuple[KubernetesObject, ...]], ...] = (
        snapshot.pods,
        *_workload_lists(snapshot),
        snapshot.services,
        snapshot.network_policies,
        snapshot.cilium_policies,
        snapshot.calico_policies,
        snapshot.calico_network_sets,
    )
    yield from (item.namespace for fact in lists for item in seen(fact))


def _labelled(namespace: Namespace, name: str) -> Namespace:
    labels = namespace.labels | {NAME_LABEL: name}
    metadata = structs.replace(namespace.metadata, name=name, labels=labels)
    return structs.replace(namespace, metadata=metadata, kind="Namespace", api_version="v1")


def _with_templates(snapshot: Snapshot) -> Fact[tuple[Pod, ...]]:
    pods = tuple(sorted((*seen(snapshot.pods), *pods_of_workloads(snapshot)), key=_place))
    lists = (snapshot.pods, *_workload_lists(snapshot))
    missing = next((fact for fact in lists if isinstance(fact, Missing)), None)
    if missing is None:
        return Known(pods)
    return Missing(missing.source, missing.cause, missing.detail, missing.grant, pods)


def _workload_lists(snapshot: Snapshot) -> tuple[Fact[tuple[KubernetesObject, ...]], ...]:
    return (
        snapshot.deployments,
        snapshot.stateful_sets,
        snapshot.daemon_sets,
        snapshot.replica_sets,
        snapshot.jobs,
        snapshot.cron_jobs,
    )


def _templates(snapshot: Snapshot) -> Iterator[tuple[ObjectRef, Template | PolicyTemplate]]:
    """Of every workload that is not another's: a ReplicaSet or Job with an owner keeps no template."""
    plain = (
        ("Deployment", snapshot.deployments),
        ("StatefulSet", snapshot.stateful_sets),
        ("DaemonSet", snapshot.daemon_sets),
    )
    for kind, workload_list in plain:
        for workload in seen(workload_list):
            yield ObjectRef(kind, workload.name, workload.namespace), workload.spec.template
    for replica_set in seen(snapshot.replica_sets):
        if not replica_set.metadata.owner_references:
            yield ObjectRef("ReplicaSet", replica_set.name, replica_set.namespace), replica_set.spec.template
    for job in seen(snapshot.jobs):
        if not job.metadata.owner_references:
            yield ObjectRef("Job", job.name, job.namespace), job.spec.template
    for cron_job in seen(snapshot.cron_jobs):
        yield ObjectRef("CronJob", cron_job.name, cron_job.namespace), cron_job.spec.job_template.spec.template


def _pod(ref: ObjectRef, template: Template | PolicyTemplate) -> Pod:
    owner = OwnerReference(ref.kind, ref.name, controller=True)
    metadata = PodMetadata(
        name=f"{ref.kind.lower()}/{ref.name}",
        namespace=ref.namespace,
        labels=template.metadata.labels,
        owner_references=(owner,),
    )
    spec = PodSpec(
        tuple(map(_container, template.spec.containers)),
        tuple(map(_container, template.spec.init_containers)),
        host_network=template.spec.host_network,
    )
    return Pod(metadata, "Pod", "v1", spec=spec)


def _container(item: TemplateContainer | PolicyContainer) -> Container:
    return Container(ports=item.ports, restart_policy=item.restart_policy)


def _place(item: KubernetesObject) -> tuple[str, str]:
    return item.namespace, item.name

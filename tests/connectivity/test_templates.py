"""Plain manifests as the cluster that they would make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from analyzer.collect.files.reading import read_files
from analyzer.connectivity.naming import workloads
from analyzer.connectivity.templates import manifest_snapshot, pods_of_workloads
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import (
    Container,
    ContainerPort,
    Job,
    JobSpec,
    Metadata,
    OwnerReference,
    Pod,
    PodMetadata,
    PodSpec,
    PodStatus,
    PolicyTemplate,
    ReplicaSet,
    TemplateHolder,
    TemplateLabels,
)
from analyzer.model.snapshot import Snapshot

TEMPLATE = "{metadata: {labels: {app: %s}}, spec: {containers: [{ports: [{name: http, containerPort: 80}]}]}}"
EVERY_KIND = f"""---
{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{template: {TEMPLATE % "a"}}}}}
---
{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: b}}, spec: {{template: {TEMPLATE % "b"}}}}}
---
{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: c}}, spec: {{template: {TEMPLATE % "c"}}}}}
---
{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: d}}, spec: {{template: {TEMPLATE % "d"}}}}}
---
{{apiVersion: batch/v1, kind: Job, metadata: {{name: e}}, spec: {{template: {TEMPLATE % "e"}}}}}
---
{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: f}}, spec: {{jobTemplate: {{spec: {{template: {TEMPLATE % "f"}}}}}}}}}
"""


def _read(folder: Path, manifests: str) -> Snapshot:
    (folder / "manifests.yaml").write_text(manifests)
    return read_files([folder], complete=True).snapshot


def _pod(name: str, phase: str, kind: str, owner: str, labels: dict[str, str] | None = None) -> Pod:
    owners = (OwnerReference(kind, owner, controller=True),)
    return Pod(
        PodMetadata(name=name, namespace="default", labels=labels or {}, owner_references=owners),
        status=PodStatus(phase),
    )


def test_every_kind_of_workload_stands_for_a_pod_of_its_template(tmp_path: Path) -> None:
    snapshot = manifest_snapshot(_read(tmp_path, EVERY_KIND))
    pods = {pod.name: (workloads(snapshot).workload_of(pod), pod.labels) for pod in snapshot.pods.require()}
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")
    assert pods == {
        f"{kind.lower()}/{name}": (ObjectRef(kind, name, "default"), {"app": name})
        for kind, name in zip(kinds, "abcdef", strict=True)
    }


def test_the_pod_has_the_ports_and_the_network_of_the_template_and_no_place(tmp_path: Path) -> None:
    snapshot = _read(
        tmp_path,
        """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, labels: {app: not-the-pods}}
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      hostNetwork: true
      initContainers: [{name: proxy, image: proxy, restartPolicy: Always, ports: [{name: metrics, containerPort: 9090}]}]
      containers: [{name: api, image: api, command: [serve], ports: [{containerPort: 53, protocol: UDP}]}]
""",
    )
    assert pods_of_workloads(snapshot) == (
        Pod(
            PodMetadata(
                name="deployment/api",
                namespace="shop",
                labels={"app": "api"},
                owner_references=(OwnerReference("Deployment", "api", controller=True),),
            ),
            "Pod",
            "v1",
            spec=PodSpec(
                (Container(ports=(ContainerPort(53, protocol="UDP"),)),),
                (Container(ports=(ContainerPort(9090, "metrics"),), restart_policy="Always"),),
                host_network=True,
            ),
        ),
    )


def test_a_workload_with_live_pods_needs_none(tmp_path: Path) -> None:
    snapshot = manifest_snapshot(_read(tmp_path, EVERY_KIND))
    job = Job(
        Metadata(name="f-1", namespace="default", owner_references=(OwnerReference("CronJob", "f", controller=True),))
    )
    live = (
        _pod("a-7d9f-x", "Running", "ReplicaSet", "a-7d9f", {"pod-template-hash": "7d9f"}),
        _pod("b-0", "Pending", "StatefulSet", "b"),
        _pod("c-x", "Running", "DaemonSet", "c"),
        _pod("d-x", "Running", "ReplicaSet", "d"),
        _pod("e-x", "Succeeded", "Job", "e"),
        _pod("f-1-x", "Running", "Job", "f-1"),
    )
    found = replace(snapshot, pods=Known(live), jobs=Known((*snapshot.jobs.require(), job)))
    assert [pod.name for pod in pods_of_workloads(found)] == ["job/e"]


def test_what_another_workload_owns_keeps_no_template_and_stands_for_no_pod() -> None:
    template = PolicyTemplate(TemplateLabels({"app": "a"}))
    owned = Metadata(name="x", namespace="default", owner_references=(OwnerReference("Deployment", "a"),))
    replica_set, job = ReplicaSet(owned, spec=TemplateHolder(template)), Job(owned, spec=JobSpec(3, template))
    assert (replica_set.spec, job.spec) == (TemplateHolder(), JobSpec(3))
    assert b"template" not in msgspec.json.encode((replica_set, job))
    assert pods_of_workloads(Snapshot(replica_sets=Known((replica_set,)), jobs=Known((job,)))) == ()


def test_objects_without_a_namespace_are_in_default_and_every_namespace_that_is_used_exists(tmp_path: Path) -> None:
    snapshot = manifest_snapshot(
        _read(
            tmp_path,
            """---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {team: ops}}}
""",
        )
    )
    assert [(item.namespace, item.name) for item in snapshot.network_policies.require()] == [("default", "deny")]
    assert {item.name: item.labels for item in snapshot.namespaces.require()} == {
        "default": {"kubernetes.io/metadata.name": "default"},
        "ops": {"kubernetes.io/metadata.name": "ops", "team": "ops"},
        "shop": {"kubernetes.io/metadata.name": "shop"},
    }


def test_what_no_manifest_holds_does_not_exist() -> None:
    snapshot = manifest_snapshot(Snapshot())
    assert (snapshot.pods, snapshot.nodes, snapshot.cilium_policies) == (Known(()), Known(()), Known(()))


@pytest.mark.parametrize("kind", ["Deployment", "Pod"])
def test_a_manifest_that_cannot_be_read_leaves_the_pods_unknown(tmp_path: Path, kind: str) -> None:
    version = "v1" if kind == "Pod" else "apps/v1"
    bad = f"---\n{{apiVersion: {version}, kind: {kind}, metadata: {{name: [bad]}}}}\n"
    pods = manifest_snapshot(_read(tmp_path, EVERY_KIND + bad)).pods
    assert isinstance(pods, Missing)
    assert pods.cause is Cause.MALFORMED
    assert len(pods.seen or ()) == 6
    assert manifest_snapshot(Snapshot(namespaces=pods.of())).namespaces == pods.of()

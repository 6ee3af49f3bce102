"""Workloads, owners and disruption budgets."""

from __future__ import annotations

from msgspec import Struct

from analyzer.model.objects.metadata import KubernetesObject, LabelSelector, Metadata, Number
from analyzer.model.objects.pods import ContainerPort, SecurityContext


class FieldReference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A field of the pod, such as status.hostIP."""

    field_path: str = ""


class EnvSource(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Where an environment variable comes from, if it is a field of the pod."""

    field_ref: FieldReference | None = None


class EnvName(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The name of an environment variable, and the pod's field that it shows; its own value is never read."""

    name: str = ""
    value_from: EnvSource | None = None


class TemplateContainer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A container of a pod template, with what says which programs it talks to."""

    name: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvName, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    security_context: SecurityContext | None = None
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""


class TemplateSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodTemplateSpec.spec."""

    containers: tuple[TemplateContainer, ...] = ()
    init_containers: tuple[TemplateContainer, ...] = ()
    host_network: bool = False


class Template(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodTemplateSpec."""

    metadata: Metadata = Metadata()
    spec: TemplateSpec = TemplateSpec()


class WorkloadSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The spec that Deployments, StatefulSets and DaemonSets share."""

    replicas: int | None = None
    selector: LabelSelector = LabelSelector()
    template: Template = Template()


class Workload(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """apps/v1 Deployment, StatefulSet or DaemonSet."""

    spec: WorkloadSpec = WorkloadSpec()


class Owner(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """A ReplicaSet or CronJob: read for its place in the chain of owners."""


class JobSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Job.spec."""

    backoff_limit: int = 6


class JobStatus(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Job.status."""

    active: int = 0


class Job(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """batch/v1 Job."""

    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()


class ScaleTarget(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The workload that an autoscaler scales."""

    kind: str = ""
    name: str = ""


class AutoscalerSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """HorizontalPodAutoscaler.spec."""

    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int = 1
    max_replicas: int = 0


class HorizontalPodAutoscaler(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """autoscaling HorizontalPodAutoscaler."""

    spec: AutoscalerSpec = AutoscalerSpec()


class DisruptionBudgetSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodDisruptionBudget.spec."""

    selector: LabelSelector | None = None
    min_available: Number | None = None
    max_unavailable: Number | None = None
    unhealthy_pod_eviction_policy: str = ""
    """Empty means IfHealthyBudget."""


class DisruptionBudgetStatus(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """PodDisruptionBudget.status."""

    current_healthy: int | None = None
    desired_healthy: int | None = None
    disruptions_allowed: int | None = None
    expected_pods: int | None = None


class PodDisruptionBudget(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """policy/v1 PodDisruptionBudget."""

    spec: DisruptionBudgetSpec = DisruptionBudgetSpec()
    status: DisruptionBudgetStatus = DisruptionBudgetStatus()

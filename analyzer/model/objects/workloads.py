"""Workloads, owners and disruption budgets."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import force_setattr

from analyzer.model.objects.metadata import KubernetesObject, Labels, LabelSelector, Metadata, Number
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


class PolicyContainer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A container of a pod template, with what network policies read of it."""

    ports: tuple[ContainerPort, ...] = ()
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""


class PolicyPodSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodTemplateSpec.spec."""

    containers: tuple[PolicyContainer, ...] = ()
    init_containers: tuple[PolicyContainer, ...] = ()
    host_network: bool = False


class TemplateLabels(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodTemplateSpec.metadata."""

    labels: Labels = {}


class PolicyTemplate(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodTemplateSpec, with what network policies read of it."""

    metadata: TemplateLabels = TemplateLabels()
    spec: PolicyPodSpec = PolicyPodSpec()


class TemplateHolder(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A spec of which only the pod template is read."""

    template: PolicyTemplate = PolicyTemplate()


class Owner(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """A ReplicaSet or CronJob: read for its place in the chain of owners."""


_NOT_KEPT = TemplateHolder()


class ReplicaSet(Owner, frozen=True, omit_defaults=True, rename="camel"):
    """apps/v1 ReplicaSet."""

    spec: TemplateHolder = _NOT_KEPT
    """Kept only where nothing owns it: a Deployment leaves up to ten of them behind, one for each of its revisions."""

    def __post_init__(self) -> None:
        if self.metadata.owner_references:
            force_setattr(self, "spec", _NOT_KEPT)


class JobTemplate(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """JobTemplateSpec."""

    spec: TemplateHolder = TemplateHolder()


class CronJobSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """CronJob.spec."""

    job_template: JobTemplate = JobTemplate()


class CronJob(Owner, frozen=True, omit_defaults=True, rename="camel"):
    """batch/v1 CronJob."""

    spec: CronJobSpec = CronJobSpec()


class JobSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Job.spec."""

    backoff_limit: int = 6
    template: PolicyTemplate = PolicyTemplate()
    """Kept only where nothing owns the Job: a CronJob has it too."""


class JobStatus(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Job.status."""

    active: int = 0


class Job(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """batch/v1 Job."""

    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()

    def __post_init__(self) -> None:
        if self.metadata.owner_references:
            force_setattr(self, "spec", JobSpec(self.spec.backoff_limit))


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

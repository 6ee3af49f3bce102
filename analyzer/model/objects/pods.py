"""Pods."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, Labels, Metadata, Number


class ContainerPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One declared port."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"
    host_port: int = 0
    host_ip: str = field(default="", name="hostIP")


class Resources(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Requests and limits."""

    requests: dict[str, Number] = {}
    limits: dict[str, Number] = {}


class Capabilities(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """securityContext.capabilities."""

    add: tuple[str, ...] = ()


class SecurityContext(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """securityContext of a container."""

    privileged: bool | None = None
    capabilities: Capabilities | None = None


class VolumeMount(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One mount of a container."""

    name: str = ""
    read_only: bool = False


class Container(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A container of a running pod."""

    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    resources: Resources = Resources()
    security_context: SecurityContext | None = None
    volume_mounts: tuple[VolumeMount, ...] = ()
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""


class EmptyDir(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A volume that ends with its pod."""

    medium: str = ""
    """`Memory`: it never was on a disk."""
    size_limit: Number | None = None


class HostPath(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A directory of the node."""

    path: str = ""


class VolumeClaim(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A PersistentVolumeClaim of the pod's namespace."""

    claim_name: str = ""


class Volume(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One volume of a pod; of other kinds only the name is kept."""

    name: str = ""
    empty_dir: EmptyDir | None = None
    host_path: HostPath | None = None
    persistent_volume_claim: VolumeClaim | None = None


class Sysctl(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A kernel setting of the pod."""

    name: str = ""
    value: str = ""


class PodSecurityContext(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """securityContext of a pod."""

    sysctls: tuple[Sysctl, ...] = ()


class PodSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Pod.spec."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    node_name: str = ""
    host_network: bool = False
    node_selector: Labels = {}
    termination_grace_period_seconds: int = 30
    volumes: tuple[Volume, ...] = ()
    security_context: PodSecurityContext | None = None
    overhead: dict[str, Number] = {}
    resources: Resources = Resources()
    """Of the pod as a whole, from Kubernetes 1.34; it goes before the containers' own."""


class PodIP(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One of a pod's addresses."""

    ip: str = ""


class ContainerStatus(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One entry of containerStatuses."""

    ready: bool = False


class PodStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Pod.status."""

    phase: str = ""
    pod_ip: str = field(default="", name="podIP")
    pod_ips: tuple[PodIP, ...] = field(default=(), name="podIPs")
    container_statuses: tuple[ContainerStatus, ...] = ()


class PodAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotations of a pod that rules name."""

    mirror: str = field(default="", name="kubernetes.io/config.mirror")
    """Not empty: the kubelet's static pod, which no drain touches."""
    static_gateway: str = field(default="", name="kubernetes.azure.com/static-gateway-configuration")


class PodMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta of a pod."""

    annotations: PodAnnotations = PodAnnotations()


class Pod(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Pod."""

    metadata: PodMetadata = PodMetadata()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses of the pod, both families."""
        return tuple(item.ip for item in self.status.pod_ips) or ((self.status.pod_ip,) if self.status.pod_ip else ())

    @property
    def has_ended(self) -> bool:
        """Whether the pod is terminal: it holds no port and its address may be another pod's."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def is_ready(self) -> bool:
        """Whether it runs and every container reports ready."""
        states = self.status.container_statuses
        return self.status.phase == "Running" and bool(states) and all(item.ready for item in states)

"""Kubernetes objects, narrowed to the fields that rules read.

Decoded straight from the API server's bytes. What is not named here never enters the process: annotations,
environment values, managed fields and Secrets have no field. Field names: Kubernetes API reference 1.36;
cilium.io/v2; crd.projectcalico.org/v1; monitoring.coreos.com/v1.
"""

from __future__ import annotations

from msgspec import Struct, field

Labels = dict[str, str]
Number = int | float | str
"""A quantity or an IntOrString, as it was written."""


class OwnerReference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The controller or another owner of an object."""

    kind: str
    name: str
    uid: str = ""
    controller: bool = False


class Metadata(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: Labels = {}
    owner_references: tuple[OwnerReference, ...] = ()


class KubernetesObject(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What every object has. `api_version` and `kind` are empty in items of a raw list until they are assembled."""

    metadata: Metadata = Metadata()
    kind: str = ""
    api_version: str = ""

    @property
    def name(self) -> str:
        """The object's name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The object's namespace, "" for cluster-wide kinds."""
        return self.metadata.namespace

    @property
    def labels(self) -> Labels:
        """The object's labels."""
        return self.metadata.labels


class Requirement(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One term of matchExpressions."""

    key: str
    operator: str
    """In, NotIn, Exists or DoesNotExist."""
    values: tuple[str, ...] = ()


class LabelSelector(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Selects by labels; empty selects everything."""

    match_labels: Labels = {}
    match_expressions: tuple[Requirement, ...] = ()


class Address(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One address of a node."""

    type: str
    address: str


class NodeInfo(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """status.nodeInfo."""

    kernel_version: str = ""
    os_image: str = ""
    operating_system: str = ""
    container_runtime_version: str = ""
    kubelet_version: str = ""


class Condition(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One condition of a node."""

    type: str
    status: str


class NodeSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Node.spec."""

    pod_cidrs: tuple[str, ...] = field(default=(), name="podCIDRs")
    provider_id: str = field(default="", name="providerID")
    unschedulable: bool = False


class NodeStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Node.status."""

    addresses: tuple[Address, ...] = ()
    allocatable: dict[str, Number] = {}
    node_info: NodeInfo = NodeInfo()
    conditions: tuple[Condition, ...] = ()


class Node(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Node."""

    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def internal_ips(self) -> tuple[str, ...]:
        """The node's InternalIP addresses."""
        return tuple(item.address for item in self.status.addresses if item.type == "InternalIP")


class Namespace(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Namespace."""


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


class Container(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A container of a running pod."""

    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    resources: Resources = Resources()
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""


class PodSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Pod.spec."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    node_name: str = ""
    host_network: bool = False
    overhead: dict[str, Number] = {}
    resources: Resources = Resources()
    """Of the pod as a whole, from Kubernetes 1.34; it goes before the containers' own."""


class PodIP(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One of a pod's addresses."""

    ip: str = ""


class PodStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Pod.status."""

    phase: str = ""
    pod_ip: str = field(default="", name="podIP")
    pod_ips: tuple[PodIP, ...] = field(default=(), name="podIPs")


class Pod(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Pod."""

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


class EnvName(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The name of an environment variable; its value is never read."""

    name: str = ""


class TemplateContainer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A container of a pod template, with what says which programs it talks to."""

    name: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvName, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
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
    """A ReplicaSet, Job or CronJob: read for its place in the chain of owners."""


class DisruptionBudgetSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodDisruptionBudget.spec."""

    selector: LabelSelector | None = None
    min_available: Number | None = None
    max_unavailable: Number | None = None


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


class ServicePort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One port of a Service."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0
    node_port: int = 0


class ServiceSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Service.spec."""

    type: str = "ClusterIP"
    selector: Labels = {}
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: str = field(default="", name="clusterIP")
    external_traffic_policy: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()


class Service(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Service."""

    spec: ServiceSpec = ServiceSpec()


class EndpointTarget(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The object behind an endpoint."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class EndpointAddresses(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One endpoint of a slice."""

    addresses: tuple[str, ...] = ()
    target_ref: EndpointTarget | None = None


class EndpointPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One port of a slice."""

    name: str | None = None
    port: int | None = None
    protocol: str = "TCP"


class EndpointSlice(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """discovery.k8s.io EndpointSlice."""

    address_type: str = "IPv4"
    endpoints: tuple[EndpointAddresses, ...] | None = None
    ports: tuple[EndpointPort, ...] | None = None


class IPBlock(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A CIDR and the ranges cut out of it."""

    cidr: str
    except_: tuple[str, ...] = field(default=(), name="except")


class PolicyPeer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of from or to."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One entry of ports. No port means every port of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class IngressRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Who may come in. Empty `from` means everyone, empty `ports` every port."""

    from_: tuple[PolicyPeer, ...] = field(default=(), name="from")
    ports: tuple[PolicyPort, ...] = ()

    @property
    def peers(self) -> tuple[PolicyPeer, ...]:
        """The peers, by a name that both directions share."""
        return self.from_


class EgressRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Where traffic may go. Empty `to` means everywhere, empty `ports` every port."""

    to: tuple[PolicyPeer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()

    @property
    def peers(self) -> tuple[PolicyPeer, ...]:
        """The peers, by a name that both directions share."""
        return self.to


class NetworkPolicySpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkPolicy.spec. The API server fills policyTypes in; only raw manifests leave it out."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: tuple[str, ...] | None = None
    ingress: tuple[IngressRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()


class NetworkPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 NetworkPolicy."""

    spec: NetworkPolicySpec = NetworkPolicySpec()

    @property
    def types(self) -> tuple[str, ...]:
        """policyTypes, with the API server's default where a manifest leaves it out."""
        if self.spec.policy_types is not None:
            return self.spec.policy_types
        return ("Ingress", "Egress") if self.spec.egress else ("Ingress",)


class IngressClassSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """IngressClass.spec."""

    controller: str = ""


class IngressClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 IngressClass."""

    spec: IngressClassSpec = IngressClassSpec()


class IngressSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Ingress.spec."""

    ingress_class_name: str | None = None


class Ingress(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 Ingress."""

    spec: IngressSpec = IngressSpec()


class ServiceCIDRSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ServiceCIDR.spec."""

    cidrs: tuple[str, ...] = ()


class ServiceCIDR(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 ServiceCIDR, from Kubernetes 1.33."""

    spec: ServiceCIDRSpec = ServiceCIDRSpec()


class WebhookService(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The Service behind a webhook."""

    name: str = ""
    namespace: str = ""


class WebhookClient(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Where a webhook is called."""

    service: WebhookService | None = None


class Webhook(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One webhook."""

    name: str = ""
    failure_policy: str = "Fail"
    client_config: WebhookClient = WebhookClient()


class WebhookConfiguration(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""

    webhooks: tuple[Webhook, ...] = ()


class Csi(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A CSI volume."""

    driver: str = ""


class ClaimReference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The claim that a volume is bound to."""

    name: str = ""
    namespace: str = ""


class HostPath(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A path on the node."""

    path: str = ""


class VolumeSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PersistentVolume.spec, as far as node-local storage needs it."""

    storage_class_name: str = ""
    local: HostPath | None = None
    host_path: HostPath | None = None
    csi: Csi | None = None
    claim_ref: ClaimReference | None = None


class PersistentVolume(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 PersistentVolume."""

    spec: VolumeSpec = VolumeSpec()


class ClaimSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """PersistentVolumeClaim.spec."""

    volume_name: str = ""
    storage_class_name: str | None = None


class PersistentVolumeClaim(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 PersistentVolumeClaim."""

    spec: ClaimSpec = ClaimSpec()


class LimitRange(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 LimitRange: its presence."""


class QuotaSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ResourceQuota.spec."""

    hard: dict[str, Number] = {}


class ResourceQuota(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 ResourceQuota."""

    spec: QuotaSpec = QuotaSpec()


class ObjectName(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """An object of which only kind and metadata were asked for."""


class ConfigMap(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 ConfigMap: one of the few that rules name."""

    data: dict[str, str] = {}


# --- other APIs ------------------------------------------------------------------------------------------


class NetworkContainer(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """status.networkContainers[] of a NodeNetworkConfig."""

    subnet_address_space: str = ""
    primary_ip: str = field(default="", name="primaryIP")
    type: str = ""


class NodeNetworkConfigStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NodeNetworkConfig.status."""

    network_containers: tuple[NetworkContainer, ...] = ()


class NodeNetworkConfig(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """acn.azure.com/v1alpha NodeNetworkConfig."""

    status: NodeNetworkConfigStatus = NodeNetworkConfigStatus()


class NodeClassSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """AKSNodeClass.spec."""

    vnet_subnet_id: str | None = field(default=None, name="vnetSubnetID")


class AKSNodeClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """karpenter.azure.com AKSNodeClass."""

    spec: NodeClassSpec = NodeClassSpec()


class CiliumPortRules(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """toPorts[].rules: which kinds of L7 rule are present."""

    http: tuple[dict[str, object], ...] | None = None
    kafka: tuple[dict[str, object], ...] | None = None
    l7: tuple[dict[str, object], ...] | None = None
    l7proto: str = ""
    dns: tuple[dict[str, object], ...] | None = None


class CiliumPorts(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """toPorts[]."""

    rules: CiliumPortRules | None = None


class CiliumFQDN(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """toFQDNs[]."""

    match_name: str = ""
    match_pattern: str = ""


class CiliumRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of ingress or egress."""

    to_ports: tuple[CiliumPorts, ...] = ()
    to_fqdns: tuple[CiliumFQDN, ...] = field(default=(), name="toFQDNs")


class CiliumSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """spec, or one of specs."""

    endpoint_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    ingress: tuple[CiliumRule, ...] = ()
    egress: tuple[CiliumRule, ...] = ()


class CiliumPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """cilium.io/v2 CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy."""

    spec: CiliumSpec | None = None
    specs: tuple[CiliumSpec, ...] | None = None

    @property
    def all_specs(self) -> tuple[CiliumSpec, ...]:
        """spec and specs together: Cilium applies both."""
        return ((self.spec,) if self.spec else ()) + (self.specs or ())


class CalicoEntity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Source or destination of a Calico rule."""

    selector: str = ""
    namespace_selector: str = ""
    nets: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class CalicoRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One rule of a Calico policy."""

    action: str = ""
    source: CalicoEntity | None = None
    destination: CalicoEntity | None = None


class CalicoPolicySpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkPolicy.spec or GlobalNetworkPolicy.spec of Calico."""

    tier: str = ""
    order: float | None = None
    selector: str = ""
    types: tuple[str, ...] = ()
    ingress: tuple[CalicoRule, ...] = ()
    egress: tuple[CalicoRule, ...] = ()


class CalicoPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's own NetworkPolicy or GlobalNetworkPolicy."""

    spec: CalicoPolicySpec = CalicoPolicySpec()


class CalicoSetSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NetworkSet.spec."""

    nets: tuple[str, ...] = ()
    allowed_egress_domains: tuple[str, ...] = ()


class CalicoNetworkSet(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's NetworkSet or GlobalNetworkSet."""

    spec: CalicoSetSpec = CalicoSetSpec()


class CalicoHostEndpoint(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """Calico's HostEndpoint: its presence."""


class MonitorSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodMonitor.spec or ServiceMonitor.spec."""

    selector: LabelSelector = LabelSelector()
    job_label: str = ""


class Monitor(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """PodMonitor or ServiceMonitor."""

    spec: MonitorSpec = MonitorSpec()


class PrometheusExpression(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One alert or recording."""

    expr: int | float | str = ""
    alert: str = ""
    record: str = ""


class PrometheusGroup(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One group of rules."""

    name: str = ""
    rules: tuple[PrometheusExpression, ...] = ()


class PrometheusSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PrometheusRule.spec."""

    groups: tuple[PrometheusGroup, ...] = ()


class PrometheusRule(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """monitoring.coreos.com/v1 PrometheusRule."""

    spec: PrometheusSpec = PrometheusSpec()


class ConstraintMatch(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """spec.match of a Gatekeeper constraint."""

    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()


class ConstraintSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Spec of a Gatekeeper constraint."""

    enforcement_action: str = ""
    match: ConstraintMatch = ConstraintMatch()


class ContainerLimitConstraint(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """constraints.gatekeeper.sh K8sContainerLimits."""

    spec: ConstraintSpec = ConstraintSpec()


class IstioOperation(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """to[].operation: methods and paths are L7."""

    hosts: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    not_methods: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()


class IstioTarget(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """rules[].to[]."""

    operation: IstioOperation = IstioOperation()


class IstioCondition(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """rules[].when[]."""

    key: str = ""


class IstioRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """rules[]."""

    to: tuple[IstioTarget, ...] = ()
    when: tuple[IstioCondition, ...] = ()


class IstioSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """AuthorizationPolicy.spec."""

    rules: tuple[IstioRule, ...] = ()


class AuthorizationPolicy(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """security.istio.io AuthorizationPolicy."""

    spec: IstioSpec = IstioSpec()

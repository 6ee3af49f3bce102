"""Nodes, namespaces, and what the CNI and node auto-provisioning keep about nodes."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, Metadata, Number


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


class Taint(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """What keeps pods away from a node."""

    key: str
    effect: str = ""
    value: str = ""


class NodeSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Node.spec."""

    pod_cidrs: tuple[str, ...] = field(default=(), name="podCIDRs")
    provider_id: str = field(default="", name="providerID")
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


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


class NamespaceAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotations of a namespace that rules name."""

    ces_namespace: str = field(default="", name="cilium.io/ces-namespace")
    global_namespace: str = field(default="", name="clustermesh.cilium.io/global")


class NamespaceMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta of a namespace."""

    annotations: NamespaceAnnotations = NamespaceAnnotations()


class Namespace(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Namespace."""

    metadata: NamespaceMetadata = NamespaceMetadata()


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


class LocalDNS(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """AKSNodeClass.spec.localDNS."""

    mode: str = ""
    """Required, Preferred or Disabled."""


class NodeClassSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """AKSNodeClass.spec."""

    vnet_subnet_id: str | None = field(default=None, name="vnetSubnetID")
    local_dns: LocalDNS | None = field(default=None, name="localDNS")


class AKSNodeClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """karpenter.azure.com AKSNodeClass."""

    spec: NodeClassSpec = NodeClassSpec()


class KarpenterTemplateSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NodePool.spec.template.spec."""

    taints: tuple[Taint, ...] = ()


class KarpenterTemplate(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NodePool.spec.template."""

    spec: KarpenterTemplateSpec = KarpenterTemplateSpec()


class KarpenterNodePoolSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """NodePool.spec."""

    limits: dict[str, Number] = {}
    template: KarpenterTemplate = KarpenterTemplate()


class KarpenterNodePool(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """karpenter.sh NodePool: node auto-provisioning's, or a self-hosted Karpenter's."""

    spec: KarpenterNodePoolSpec = KarpenterNodePoolSpec()


class KarpenterNodeClaimStatus(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """NodeClaim.status."""

    node_name: str = ""


class KarpenterNodeClaim(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """karpenter.sh NodeClaim: one node that Karpenter made."""

    status: KarpenterNodeClaimStatus = KarpenterNodeClaimStatus()

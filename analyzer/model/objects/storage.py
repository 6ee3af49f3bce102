"""Volumes and claims."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, Requirement
from analyzer.model.objects.pods import HostPath


class Csi(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A CSI volume."""

    driver: str = ""


class ClaimReference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The claim that a volume is bound to."""

    name: str = ""
    namespace: str = ""


class NodeSelectorTerm(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One of several alternatives."""

    match_expressions: tuple[Requirement, ...] = ()


class NodeSelector(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A selector of nodes: any of its terms."""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()


class VolumeNodeAffinity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PersistentVolume.spec.nodeAffinity."""

    required: NodeSelector | None = None


class VolumeSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PersistentVolume.spec, as far as node-local storage needs it."""

    storage_class_name: str = ""
    local: HostPath | None = None
    host_path: HostPath | None = None
    csi: Csi | None = None
    claim_ref: ClaimReference | None = None
    node_affinity: VolumeNodeAffinity | None = None


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


class StorageParameters(Struct, frozen=True, omit_defaults=True, gc=False):
    """The parameters of a StorageClass that name the disk's kind; the driver takes any of the spellings."""

    sku_name: str = field(default="", name="skuName")
    lower_sku_name: str = field(default="", name="skuname")
    storage_account_type: str = field(default="", name="storageaccounttype")


class StorageClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """storage.k8s.io/v1 StorageClass."""

    provisioner: str = ""
    parameters: StorageParameters = StorageParameters()

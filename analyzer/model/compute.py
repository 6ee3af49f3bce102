"""What ARM says of virtual machines: quota, sizes and scale sets. Microsoft.Compute 2024-07-01, skus 2021-07-01."""

from __future__ import annotations

from msgspec import Struct

from analyzer.model.network_resources import Reference


class UsageName(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Which quota: `cores` is the region's, `lowPriorityCores` that of Spot, else a VM family."""

    value: str


class Usage(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One row of locations/usages."""

    name: UsageName
    current_value: int
    limit: int


class SkuCapability(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One property of a size, such as vCPUs."""

    name: str
    value: str


class RestrictionInfo(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Where a restriction holds."""

    zones: tuple[str, ...] = ()


class SkuRestriction(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Why a size cannot be had."""

    type: str | None = None
    """Location or Zone."""
    reason_code: str | None = None
    restriction_info: RestrictionInfo | None = None


class VirtualMachineSize(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One row of Microsoft.Compute/skus, of a size that a pool uses, in the cluster's region."""

    name: str
    resource_type: str | None = None
    family: str | None = None
    """The name of its quota."""
    capabilities: tuple[SkuCapability, ...] = ()
    restrictions: tuple[SkuRestriction, ...] = ()

    @property
    def vcpus(self) -> int | None:
        """What one machine takes from the quota; None where the row does not say."""
        found = (item.value for item in self.capabilities if item.name == "vCPUs" and item.value.isdigit())
        return next((int(value) for value in found), None)


class ImageReference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The image of a scale set; its id ends with the image's version."""

    id: str | None = None
    version: str | None = None


class StorageProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The disks of a scale set."""

    image_reference: ImageReference | None = None


class IPConfiguration(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One address of an interface."""

    subnet: Reference | None = None


class InterfaceConfiguration(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One interface of a scale set's machines."""

    name: str | None = None
    network_security_group: Reference | None = None
    ip_configurations: tuple[IPConfiguration, ...] = ()


class ScaleSetNetworkProfile(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The interfaces of a scale set's machines."""

    network_interface_configurations: tuple[InterfaceConfiguration, ...] = ()


class VirtualMachineProfile(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What every machine of a scale set is made from."""

    storage_profile: StorageProfile | None = None
    network_profile: ScaleSetNetworkProfile | None = None


class ScaleSet(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Compute/virtualMachineScaleSets of the node resource group."""

    id: str
    name: str
    tags: dict[str, str] | None = None
    """`aks-managed-poolName` names the agent pool."""
    virtual_machine_profile: VirtualMachineProfile | None = None

    @property
    def pool(self) -> str:
        """The agent pool that it belongs to, "" where its tags do not say."""
        found = (value for key, value in (self.tags or {}).items() if key.lower() == "aks-managed-poolname")
        return next(found, "")

    @property
    def interfaces(self) -> tuple[InterfaceConfiguration, ...]:
        """The interfaces of its machines."""
        profile = self.virtual_machine_profile.network_profile if self.virtual_machine_profile else None
        return profile.network_interface_configurations if profile else ()

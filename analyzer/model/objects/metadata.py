"""What every Kubernetes object has, label selectors, and objects of which only name or data are read."""

from __future__ import annotations

from msgspec import Struct

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


class ObjectName(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """An object of which only kind and metadata were asked for."""


class ConfigMap(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 ConfigMap: one of the few that rules name."""

    data: dict[str, str] = {}


class AddressLiteral(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """An address or CIDR that stands in a text."""

    key: str
    """The ConfigMap's key."""
    text: str


class ConfigMapAddresses(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """A ConfigMap of which only the addresses are kept that stand in its values."""

    addresses: tuple[AddressLiteral, ...] = ()

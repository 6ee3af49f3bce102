"""What a rule says: findings and gaps, and the words for their weight."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType

from msgspec import Struct

from analyzer.model.cluster import AgentPool, ManagedCluster
from analyzer.model.fact import Cause, Missing
from analyzer.model.objects import KubernetesObject
from analyzer.model.source import Source


class Severity(enum.StrEnum):
    """How much a finding weighs."""

    BLOCKER = "blocker"
    """The platform rejects it or does not support it."""
    RISK = "risk"
    """Accepted, then traffic breaks or workloads suffer."""
    NOTICE = "notice"
    """Behaviour, duty or tool version worth knowing."""

    @property
    def weight(self) -> int:
        """3 for a blocker, 1 for a notice."""
        return _WEIGHTS[self]


_WEIGHTS = MappingProxyType({Severity.BLOCKER: 3, Severity.RISK: 2, Severity.NOTICE: 1})


class Confidence(enum.StrEnum):
    """How strong a rule's sources are, strongest first."""

    DOCUMENTED = "documented"
    CHANGELOG = "changelog"
    """Release notes or the Azure CLI's source."""
    UPSTREAM = "upstream"
    """An issue, a sample configuration, another project's source."""
    DERIVED = "derived"
    """Reasoned from the others. A derived rule alone never makes a blocker."""


class ObjectRef(Struct, frozen=True, order=True):
    """The object that a finding is about, by its stable identity."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.namespace, self.kind, self.name) if part)


class Evidence(Struct, frozen=True):
    """Where a value was read, and the value itself."""

    where: str
    value: str


class Finding(Struct, frozen=True, kw_only=True):
    """One object that a rule is about."""

    object: ObjectRef
    message: str
    """One sentence about this object, with its values."""
    evidence: tuple[Evidence, ...] = ()
    severity: Severity | None = None
    """Less than the rule's own, where this outcome weighs less."""
    key: str = ""
    """Tells apart several findings on one object: a CIDR, a port; never an index or a message."""
    remedy: tuple[str, ...] = ()
    """Instead of the rule's remedy, where this object has its own."""
    asks: str = ""
    """The flag that answers, where this is a question to the operator and no defect: `--cli-version`."""


class Gap(Struct, frozen=True, kw_only=True):
    """A fact that a rule lacked: which, why, what would grant it."""

    source: Source
    cause: Cause
    detail: str
    grant: str = ""
    object: ObjectRef | None = None
    severity: Severity | None = None
    """The strongest outcome still possible, where it is less than the rule's own."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Why a rule finds nothing, where that is not plain from its page: an earlier step, another rule that owns it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """Why a rule does not speak about this step of this cluster. Ends the rule."""

    reason: str


Outcome = Finding | Gap | Passed | NotApplicable
"""What a check yields."""


def gap(missing: Missing[object], object: ObjectRef | None = None, severity: Severity | None = None) -> Gap:
    """The gap that a missing fact leaves, on one object if it is that object's."""
    return Gap(
        source=missing.source,
        cause=missing.cause,
        detail=missing.detail,
        grant=missing.grant,
        object=object,
        severity=severity,
    )


def cluster_ref(cluster: ManagedCluster) -> ObjectRef:
    """The managed cluster as an object."""
    return ObjectRef(kind="ManagedCluster", name=cluster.name)


def pool_ref(pool: AgentPool) -> ObjectRef:
    """An agent pool as an object."""
    return ObjectRef(kind="AgentPool", name=pool.name)


def object_ref(item: KubernetesObject) -> ObjectRef:
    """A Kubernetes object. Kinds that two API groups share carry their group."""
    group = item.api_version.rpartition("/")[0]
    shared = group.endswith("projectcalico.org")
    return ObjectRef(kind=f"{item.kind}.{group}" if shared else item.kind, name=item.name, namespace=item.namespace)

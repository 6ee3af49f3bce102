"""Steps of a migration, paths made of them, and what the operator says about the plan."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

from analyzer.model.fact import Missing
from analyzer.model.network import NetworkState
from analyzer.model.version import Version


class StepKind(enum.StrEnum):
    """One platform operation."""

    USER_ASSIGNED_IDENTITY = "user-assigned-identity"
    REMOVE_POLICY_ENGINE = "remove-policy-engine"
    OVERLAY = "overlay"
    NAP_OFF = "nap-off"
    CILIUM = "cilium"
    NAP_ON = "nap-on"
    ARRIVED = "arrived"
    """No operation: the cluster is on the target already. Never on a path; rules that ask for it are judged here."""

    @property
    def reimages_all_pools(self) -> bool:
        """Whether AKS recreates the nodes of every pool at once: update-azure-cni, 2026-05-28."""
        return self in (StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM)

    @property
    def least_cli(self) -> Version | None:
        """The least Azure CLI that has every flag of the step's command; None: no source names one.

        `az aks update` in the wheels of 2.46 to 2.56.
        """
        return {
            StepKind.USER_ASSIGNED_IDENTITY: Version(2, 49),
            StepKind.REMOVE_POLICY_ENGINE: Version(2, 54),
            StepKind.OVERLAY: Version(2, 56),
            StepKind.CILIUM: Version(2, 54),
        }.get(self)

    @property
    def is_irreversible(self) -> bool:
        """Overlay has no way back; Cilium is treated so (see CIL-IRREVERSIBLE)."""
        return self in (StepKind.OVERLAY, StepKind.CILIUM)


REIMAGING = tuple(kind for kind in StepKind if kind.reimages_all_pools)
"""The steps that recreate the nodes of every pool. A rule judged at just these is about the reimage."""


class Target(enum.StrEnum):
    """What `--to` asks for."""

    OVERLAY = "overlay"
    CILIUM = "cilium"
    OVERLAY_CILIUM = "overlay,cilium"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on the path, with the network state before and after it."""

    kind: StepKind
    command: tuple[str, ...]
    """The argument list, with this cluster's names; UPPER_CASE words stand for what is not known."""
    before: NetworkState
    after: NetworkState
    reimages: int
    """Times that every pool is reimaged: 0 or 1."""
    is_refused: bool = False
    """The platform does not offer it: judged, and never run."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The step that the platform does not offer from where the path has come."""

    step: Step
    reason: str
    ways_out: tuple[str, ...]
    """Sentences and commands: another target, or a new cluster."""
    rule: str = ""
    """The rule whose limitation it is; empty: none has it."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The legal steps towards the target, in order; then, if it is not reached in place, the refused one."""

    steps: tuple[Step, ...]
    refusal: Refusal | None = None
    reason: str = ""
    """Why this order, where there was a choice."""

    @property
    def reimages(self) -> int:
        """Times that every pool is reimaged along the legal steps."""
        return sum(step.reimages for step in self.steps)


@dataclass(frozen=True, slots=True)
class UnknownPath:
    """No path can be named: the network state is not known well enough."""

    missing: tuple[Missing[object], ...]


Path = Solved | UnknownPath


class PlannedFeature(enum.StrEnum):
    """What the operator may say is planned on top of Cilium's network policies."""

    ACNS_L7 = "acns-l7"
    """Advanced Container Networking Services with L7 policies."""
    ACNS_FQDN = "acns-fqdn"
    """Advanced Container Networking Services with FQDN policies."""
    ACNS = "acns"
    """Advanced Container Networking Services in any form."""
    ACNS_WIREGUARD = "acns-wireguard"
    """Encryption between nodes with WireGuard."""
    ACNS_MTLS = "acns-mtls"
    """Encryption between pods with mutual TLS."""
    ACNS_EBPF_HOST_ROUTING = "acns-ebpf-host-routing"
    """Advanced networking's acceleration mode BpfVeth."""
    BGP = "bgp"
    CALICO = "calico"
    """Calico again as the policy engine, after overlay."""
    CLUSTER_MESH = "cluster-mesh"
    CUSTOM_MASQUERADING = "custom-masquerading"
    EGRESS_GATEWAY = "egress-gateway"
    """Cilium's own, not the static egress gateway of AKS."""
    ENVOY_CONFIG = "envoy-config"
    GATEWAY_API = "gateway-api"
    """Served by Cilium."""
    INGRESS = "ingress"
    """Cilium's own ingress controller."""
    L2_ANNOUNCEMENTS = "l2-announcements"
    LB_IPAM = "lb-ipam"
    """Cilium's own address pools for LoadBalancer Services."""


class IacPlan(enum.StrEnum):
    """What the plan of the operator's infrastructure code does to the cluster, once its text has the new network."""

    NONE = "none"
    """No infrastructure code manages this cluster."""
    IN_PLACE = "in-place"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """When the steps are to be carried out. Both times have a time zone."""

    start: datetime.datetime
    end: datetime.datetime


@dataclass(frozen=True, slots=True)
class Inputs:
    """What only the operator knows. None: not given. Flags and variables are named after the fields."""

    pod_cidr: str | None = None
    """An IPv4 network without host bits, checked at the edge."""
    cli_version: Version | None = None
    planned_features: tuple[str, ...] | None = None
    """Values of PlannedFeature; empty: none is planned."""
    planned_window: PlannedWindow | None = None
    on_premises_cidrs: tuple[str, ...] | None = None
    """Ranges reached through gateways, IPv4 or IPv6; empty: there are none."""
    iac_plan: IacPlan | None = None
    allowed_fqdns: tuple[str, ...] | None = None
    """Names that the firewall lets nodes reach; a leading `*.` stands for any subdomain."""
    credential_expiry: datetime.date | None = None
    """When the service principal's secret ends."""
    scan_configmaps: bool = False
    """Whether addresses in ConfigMaps are looked for."""

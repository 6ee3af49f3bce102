"""From an observed network state to a target: the legal steps, and the refused one.

Source: update-azure-cni (content of 2026-05-28), use-network-policies (2026-08-18), the AKS changelog
(2023-11-28, 2025-05-19), and azure-cni-powered-by-cilium (2026-08-05).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyzer.addresses import family
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import (
    Dataplane,
    IpamMode,
    NetworkState,
    Plugin,
    PolicyEngine,
    hidden,
    observe,
)
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Path, Refusal, Solved, Step, StepKind, Target, UnknownPath

ENGINES = (PolicyEngine.AZURE, PolicyEngine.CALICO)
"""Policy engines that overlay refuses and Cilium replaces."""
NO_PROPOSAL: Fact[str] = Missing(
    Source.INPUTS,
    Cause.NOT_ASKED,
    "A node-subnet cluster has no pod CIDR, and --pod-cidr was not given",
    "Give --pod-cidr",
)
"""Where nothing is known of the addresses around a cluster."""
POD_SUBNET = (IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC)


@dataclass(frozen=True, slots=True)
class _Start:
    """What the order of steps depends on."""

    plugin: Plugin
    ipam: IpamMode
    dataplane: Dataplane
    policy: PolicyEngine
    has_windows: bool
    has_nap: bool
    identity_step: bool


@dataclass(frozen=True, slots=True)
class _Order:
    """The kinds of the steps, in order, and the kind that is refused after them."""

    kinds: tuple[StepKind, ...] = ()
    refused: StepKind | None = None
    reason: str = ""
    ways_out: tuple[str, ...] = ()
    rule: str = ""


def solve(cluster: Fact[ManagedCluster], target: Target, inputs: Inputs, proposal: Fact[str] = NO_PROPOSAL) -> Path:
    """The path from what ARM shows to the target; unknown where the network state is missing, never a guess.

    `proposal` is the pod CIDR of a node-subnet cluster that is given none. It changes no step, only what one is given.
    """
    state = observe(cluster)
    missing = [fact for fact in (state.plugin, state.ipam, state.dataplane, state.policy) if isinstance(fact, Missing)]
    if missing or isinstance(cluster, Missing):
        return UnknownPath(tuple(dict.fromkeys(missing)))
    identity = _has_user_assigned_identity(cluster.value)
    if state.ipam == Known(IpamMode.KUBENET) and target is not Target.CILIUM and isinstance(identity, Missing):
        return UnknownPath((identity,))
    start = _start(cluster.value, state, identity)
    return _walk(_order(start, target), _Builder(cluster.value, inputs, proposal), state)


def _start(cluster: ManagedCluster, state: NetworkState, identity: Fact[bool]) -> _Start:
    pool_list = cluster.agent_pool_profiles or ()
    nap = cluster.node_provisioning_profile
    return _Start(
        plugin=state.plugin.require(),
        ipam=state.ipam.require(),
        dataplane=state.dataplane.require(),
        policy=state.policy.require(),
        has_windows=any((pool.os_type or "").lower() == "windows" for pool in pool_list),
        has_nap=nap is not None and (nap.mode or "").lower() == "auto",
        identity_step=identity == Known(False),
    )


def _has_user_assigned_identity(cluster: ManagedCluster) -> Fact[bool]:
    kind = _identity_type(cluster)
    if kind:
        return Known(kind == "userassigned")
    if _uses_service_principal(cluster):
        return Known(False)
    return hidden("identity", "neither identity nor a service principal is there")


def _identity_type(cluster: ManagedCluster) -> str:
    """The kind of managed identity, in lower case; empty where there is none."""
    kind = (cluster.identity.type or "").lower() if cluster.identity else ""
    return "" if kind == "none" else kind


def _uses_service_principal(cluster: ManagedCluster) -> bool:
    """A client id counts only where no managed identity goes before it."""
    profile = cluster.service_principal_profile
    return not _identity_type(cluster) and profile is not None and (profile.client_id or "msi").lower() != "msi"


def _order(start: _Start, target: Target) -> _Order:
    overlay = target is not Target.CILIUM and start.ipam is not IpamMode.OVERLAY
    cilium = target is not Target.OVERLAY and start.dataplane is not Dataplane.CILIUM
    if not overlay and not cilium:
        return _Order()
    if start.plugin is Plugin.NONE:
        refused = StepKind.OVERLAY if overlay else StepKind.CILIUM
        reason = "The cluster brings its own CNI (networkPlugin none); AKS migrates only CNIs that it manages."
        return _Order((), refused, reason, (_NEW_CLUSTER,), "GEN-BYO-CNI")
    if start.plugin is Plugin.KUBENET:
        return _from_kubenet(start, overlay, cilium)
    if start.ipam in POD_SUBNET:
        return _from_pod_subnet(start, overlay, cilium)
    return _from_azure_cni(start, overlay, cilium)


NEW_CLUSTER = "Create a new cluster on the target and move the workloads"
"""How the way out begins that is named where the asked target cannot be reached in place."""
_NEW_CLUSTER = f"{NEW_CLUSTER}: {{create}}"
_CILIUM_ONLY = "Keep the pod subnet and change only the data plane: --to cilium"


def _from_kubenet(start: _Start, overlay: bool, cilium: bool) -> _Order:
    if not overlay:
        reason = "Kubenet cannot change to Cilium directly; it must become overlay first, in an operation of its own."
        ways_out = ("Ask for both, in order: --to overlay,cilium",)
        return _Order((), StepKind.CILIUM, reason, ways_out, "KUB-DIRECT-CILIUM")
    kinds = [StepKind.REMOVE_POLICY_ENGINE] if start.policy in ENGINES else []
    kinds += [StepKind.USER_ASSIGNED_IDENTITY] if start.identity_step else []
    kinds += [StepKind.OVERLAY] + ([StepKind.CILIUM] if cilium else [])
    return _Order(tuple(kinds), reason="Kubenet must be overlay before Cilium." if cilium else "")


def _from_pod_subnet(start: _Start, overlay: bool, cilium: bool) -> _Order:
    first = _cilium_last(start, ()) if cilium else _Order()
    if first.refused or not overlay:
        return first
    reason = "A cluster with a pod subnet cannot become overlay in place."
    return _Order(first.kinds, StepKind.OVERLAY, reason, (_CILIUM_ONLY, _NEW_CLUSTER), "OVL-SOURCE-MODE")


def _from_azure_cni(start: _Start, overlay: bool, cilium: bool) -> _Order:
    engine = start.policy in ENGINES
    if not overlay:
        return _cilium_last(start, ())
    if cilium and engine and not start.has_windows:
        reason = (
            "Cilium first: it replaces the policy engine itself, so two reimages instead of three, and no time"
            " without any policy engine between the steps."
        )
        return _with_nap(start, _Order((StepKind.CILIUM, StepKind.OVERLAY), reason=reason))
    before = ((StepKind.REMOVE_POLICY_ENGINE,) if engine else ()) + (StepKind.OVERLAY,)
    return _cilium_last(start, before) if cilium else _Order(before)


def _cilium_last(start: _Start, before: tuple[StepKind, ...]) -> _Order:
    if start.has_windows:
        reason = "The Cilium data plane is Linux only, and the cluster has Windows node pools."
        move = "Move the Windows workloads to another cluster and delete the Windows pools, then check again"
        ways_out = ("Stop before it: --to overlay", move) if before else (move,)
        return _Order(before, StepKind.CILIUM, reason, ways_out, "CIL-WINDOWS-POOL")
    both = StepKind.OVERLAY in before
    reason = "Either order takes two reimages; overlay first is the documented default." if both else ""
    return _with_nap(start, _Order((*before, StepKind.CILIUM), reason=reason))


def _with_nap(start: _Start, order: _Order) -> _Order:
    """Node auto-provisioning must be off while the data plane changes."""
    if not start.has_nap:
        return order
    return replace(order, kinds=(StepKind.NAP_OFF, *order.kinds, StepKind.NAP_ON))


def _walk(order: _Order, builder: _Builder, state: NetworkState) -> Solved:
    steps: list[Step] = []
    for kind in order.kinds:
        steps.append(builder.step(kind, state))
        state = steps[-1].after
    if order.refused is None:
        return Solved(tuple(steps), reason=order.reason)
    ways_out = tuple(text.replace("{create}", builder.create_command()) for text in order.ways_out)
    refused = replace(builder.step(order.refused, state), after=state, reimages=0, is_refused=True)
    return Solved(tuple(steps), Refusal(refused, order.reason, ways_out, order.rule))


def apply(kind: StepKind, state: NetworkState, inputs: Inputs, proposal: Fact[str] = NO_PROPOSAL) -> NetworkState:
    """The network state that a step makes of another. The two NAP steps and the identity step change nothing."""
    if kind is StepKind.REMOVE_POLICY_ENGINE:
        return replace(state, policy=Known(PolicyEngine.NONE))
    if kind is StepKind.CILIUM:
        return replace(state, dataplane=Known(Dataplane.CILIUM), policy=Known(PolicyEngine.CILIUM))
    if kind is StepKind.OVERLAY:
        ranges = overlay_pod_cidrs(state, inputs, proposal)
        return replace(state, plugin=Known(Plugin.AZURE), ipam=Known(IpamMode.OVERLAY), pod_cidrs=ranges)
    return state


def overlay_pod_cidrs(state: NetworkState, inputs: Inputs, proposal: Fact[str]) -> Fact[tuple[str, ...]]:
    """The pod ranges that an overlay step would use: --pod-cidr, else those of kubenet, else the proposal.

    A given range replaces the IPv4 one; an IPv6 range of a dual-stack cluster stays.
    """
    if inputs.pod_cidr is not None:
        given = inputs.pod_cidr
        return state.pod_cidrs.map(lambda now: (given, *(cidr for cidr in now if family(cidr) == 6)))
    if state.ipam == Known(IpamMode.NODE_SUBNET):
        return proposal.map(lambda cidr: (cidr,))
    return state.pod_cidrs


@dataclass(frozen=True, slots=True)
class _Builder:
    """Writes commands with this cluster's names."""

    cluster: ManagedCluster
    inputs: Inputs
    proposal: Fact[str]

    def step(self, kind: StepKind, state: NetworkState) -> Step:
        """One step from a state."""
        from_principal = kind is StepKind.USER_ASSIGNED_IDENTITY and _uses_service_principal(self.cluster)
        return Step(
            kind=kind,
            command=self._command(kind, state),
            before=state,
            after=apply(kind, state, self.inputs, self.proposal),
            reimages=1 if kind.reimages_all_pools or from_principal else 0,
        )

    def _command(self, kind: StepKind, state: NetworkState) -> tuple[str, ...]:
        return ("az", "aks", "update", *self._names(), *_FLAGS[kind], *self._pod_cidr(kind, state))

    def _names(self) -> tuple[str, ...]:
        subscription = self.cluster.subscription
        names = ("--subscription", subscription) if subscription else ()
        return (
            *names,
            "--resource-group",
            self.cluster.resource_group or "RESOURCE_GROUP",
            "--name",
            self.cluster.name,
        )

    def _pod_cidr(self, kind: StepKind, state: NetworkState) -> tuple[str, ...]:
        if kind is not StepKind.OVERLAY:
            return ()
        if self.inputs.pod_cidr is not None:
            return ("--pod-cidr", self.inputs.pod_cidr)
        if state.ipam != Known(IpamMode.NODE_SUBNET):
            return ()
        return ("--pod-cidr", self.proposal.value if isinstance(self.proposal, Known) else "POD_CIDR")

    def create_command(self) -> str:
        """The documented way to a new cluster on the target."""
        location = self.cluster.location or "LOCATION"
        group = self.cluster.resource_group or "RESOURCE_GROUP"
        return (
            f"az aks create --resource-group {group} --name NEW_NAME --location {location} --network-plugin azure"
            " --network-plugin-mode overlay --pod-cidr POD_CIDR --network-dataplane cilium --network-policy cilium"
        )


_FLAGS: dict[StepKind, tuple[str, ...]] = {
    StepKind.USER_ASSIGNED_IDENTITY: ("--enable-managed-identity", "--assign-identity", "IDENTITY_RESOURCE_ID"),
    StepKind.REMOVE_POLICY_ENGINE: ("--network-policy", "none"),
    StepKind.OVERLAY: ("--network-plugin", "azure", "--network-plugin-mode", "overlay"),
    StepKind.NAP_OFF: ("--node-provisioning-mode", "Manual"),
    StepKind.CILIUM: ("--network-dataplane", "cilium", "--network-policy", "cilium"),
    StepKind.NAP_ON: ("--node-provisioning-mode", "Auto"),
}

"""The address plan of an overlay step: demand, what is known around the cluster, and a range where one is needed."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.addresses.demand import Demand, demand
from analyzer.addresses.intervals import family, node_capacity, overlaps
from analyzer.addresses.known_range import KnownRange
from analyzer.addresses.proposal import Proposal, propose
from analyzer.addresses.ranges import RESERVED, Surroundings, surroundings
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import IpamMode, observe
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """What an overlay step does to the addresses of one cluster."""

    demand: Demand
    surroundings: Surroundings
    asked: tuple[str, ...]
    """The IPv4 ranges that the step would use without a proposal: --pod-cidr, else what kubenet has. Empty: none."""
    proposal: Fact[Proposal] | None
    """None: none is needed, for what was asked for holds against everything that was read."""

    @property
    def pod_cidr(self) -> Fact[str]:
        """The range to judge where the cluster has none and none was given; missing where none can be proposed."""
        if isinstance(self.proposal, Known) and self.proposal.value.cidr is not None:
            return Known(self.proposal.value.cidr)
        why = self.proposal.detail if isinstance(self.proposal, Missing) else "No private range is free"
        grant = self.proposal.grant if isinstance(self.proposal, Missing) else ""
        detail = f"A node-subnet cluster has no pod CIDR, and --pod-cidr was not given. {why}"
        return Missing(Source.INPUTS, Cause.NOT_ASKED, detail, "; or ".join(filter(None, ("Give --pod-cidr", grant))))

    @property
    def way_out(self) -> str | None:
        """The free range that can replace the one that was asked for; None where none is proposed."""
        return self.proposal.value.cidr if self.asked and isinstance(self.proposal, Known) else None


def address_plan(snapshot: Snapshot, inputs: Inputs) -> AddressPlan:
    """The plan. A range is proposed only from facts that were read whole: a blind proposal would look free."""
    needed, around = demand(snapshot), surroundings(snapshot, inputs)
    asked = _asked(snapshot, inputs)
    if asked and not any(_fails(cidr, needed, around) for cidr in asked):
        return AddressPlan(needed, around, asked, None)
    return AddressPlan(needed, around, asked, _proposal(needed, around))


def _asked(snapshot: Snapshot, inputs: Inputs) -> tuple[str, ...]:
    if inputs.pod_cidr is not None:
        return (inputs.pod_cidr,)
    state = observe(snapshot.cluster)
    keeps = state.ipam == Known(IpamMode.KUBENET) and isinstance(state.pod_cidrs, Known)
    return tuple(cidr for cidr in state.pod_cidrs.require() if family(cidr) == 4) if keeps else ()


def _fails(cidr: str, needed: Demand, around: Surroundings) -> bool:
    return node_capacity(cidr) < needed.read or any(clashes(cidr, around))


def clashes(cidr: str, around: Surroundings) -> tuple[KnownRange, ...]:
    """What a pod range overlaps and should not, as far as it was read. The pod range of now is not among them."""
    others = (item for item in (*around.ranges, *reserved()) if item.role != "pod CIDR now")
    return tuple(item for item in others if overlaps(cidr, item.cidr))


def reserved() -> tuple[KnownRange, ...]:
    """What AKS reserves, as ranges."""
    return tuple(KnownRange("reserved by AKS", "", cidr) for cidr in RESERVED)


def _proposal(needed: Demand, around: Surroundings) -> Fact[Proposal]:
    missing = tuple(dict.fromkeys((*around.missing, *needed.gaps)))
    if not missing:
        return Known(propose(needed.read, (*around.ranges, *reserved())))
    reasons = "; ".join(fact.detail for fact in missing)
    grants = "; ".join(dict.fromkeys(fact.grant for fact in missing if fact.grant))
    return Missing(missing[0].source, missing[0].cause, f"No range can be proposed: {reasons}", grants)

"""WireGuard between nodes has requirements that this cluster does not meet.

Why it matters
--------------
With WireGuard, an option of Advanced Container Networking Services, nodes send pods' traffic to each other in UDP
packets on port 51871. A network security group that drops them cuts pods on different nodes off from each other. The
encryption is not FIPS compliant, leaves host-network pods out, and carries about 1.5 Gbit/s at an MTU of 1500.

What to do
----------
- Admit UDP 51871 among the node subnets, in both directions: `az network nsg rule create --resource-group GROUP
  --nsg-name NAME --name allow-wireguard --priority PRIORITY --direction Inbound --access Allow --protocol Udp
  --destination-port-ranges 51871 --source-address-prefixes VirtualNetwork --destination-address-prefixes
  VirtualNetwork`, and the same for Outbound.
- Leave WireGuard out where FIPS is demanded.
- Switch it on after this step, as an operation of its own: Cilium's agents restart.

How it is decided
-----------------
It is used where advancedNetworking.security.transitEncryption.type is WireGuard, or where `--planned-features` names
acns-wireguard. Used, it is a notice on the cluster; and a risk each: a network security group whose own rules drop some
UDP traffic to port 51871 between the node subnets, and a pool with enableFIPS. Without use it passes; CIL-CONFIG asks
for a plan that was not given.

Groups of the nodes' subnets and of the interfaces of their scale sets are read, rules by priority; an allow for
application security groups, or for some source ports only, does not count as one. All nodes are taken to be within the
tag VirtualNetwork. VNets, scale sets and groups that were not all read are gaps; so are a node subnet, a scale set of a
pool or a rule's field that is not there. A missing enableFIPS is off, the documented default. Firewalls on routes
between node subnets are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, pool_ref
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import security_group_ref
from rules.cilium.acns_features import no_use, uses
from rules.node_subnets import node_subnets, prefixes
from rules.security_groups import READS, Guard, drops, guards
from rules.security_rules import EVERYWHERE, Traffic, in_order

PORT = 51871


def check(scene: Scene) -> Iterator[Outcome]:
    """What stands against WireGuard, where it is used."""
    used = uses(scene, PlannedFeature.ACNS_WIREGUARD)
    if not used:
        yield no_use(scene)
        return
    message = "WireGuard encrypts no host-network pods and carries about 1.5 Gbit/s at an MTU of 1500."
    yield Finding(object=scene.cluster_ref, key="planned", severity=Severity.NOTICE, message=message, evidence=used)
    for pool in scene.pools.require():
        if pool.enable_fips:
            message = f"Pool {pool.name} runs in FIPS mode, and WireGuard is not FIPS compliant."
            evidence = (Evidence(f"agentPoolProfiles[{pool.name}].enableFIPS", "true"),)
            yield Finding(object=pool_ref(pool), message=message, evidence=evidence)
    yield from _groups(scene)


def _groups(scene: Scene) -> Iterator[Finding | Gap]:
    found = list(guards(scene, Severity.RISK))
    nodes = prefixes(node_subnets(scene)[0])
    for guard in found:
        if isinstance(guard, Gap):
            yield guard
            continue
        own = guard.subnet.prefixes
        yield from _judge(guard, "Inbound", nodes, own)
        yield from _judge(guard, "Outbound", own, nodes)


def _judge(guard: Guard, direction: str, sources: Sequence[str], destinations: Sequence[str]) -> Iterator[Finding]:
    rules = in_order(guard.group, direction)
    for source, destination in product(sources, destinations):
        for name in drops(rules, Traffic(source, destination), EVERYWHERE, ("udp", PORT)):
            yield Finding(
                object=security_group_ref(guard.group),
                key=f"{direction} {name}",
                message=f"Rule {name} of {guard.group.name} drops UDP {PORT} between nodes, which WireGuard needs.",
                evidence=(Evidence(direction, f"{source} to {destination}"),),
            )


RULE = Rule(
    id="CIL-WIREGUARD",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-wireguard-encryption-concepts#considerations--limitations",
            "UDP 51871 must be open between nodes; not FIPS compliant; no host-network pods; about 1.5 Gbit/s.",
            "2024-09-11",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#which-cilium-features-does-azure-cni-powered-by-cilium-support-which-features-require-advanced-container-networking-services",
            "WireGuard is among the features that take ACNS.",
            "2026-08-05",
        ),
    ),
    check=check,
)

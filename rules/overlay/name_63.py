"""A name of the node subnet does not fit a node label.

Why it matters
--------------
With a subnet of your own, overlay writes the names of the subnet, of its VNet and of the VNet's resource group into
node labels. A label value holds 63 characters; AKS refuses the update for longer ones. A name that is no label value
for another reason can fail later, when nodes register.

What to do
----------
- Azure resources cannot be renamed, nor can a pool change its subnet. For a subnet's name add a pool in another one,
  `az aks nodepool add --resource-group {resource_group} --cluster-name {cluster} --name NEWPOOL --vnet-subnet-id
  SUBNET_ID`, drain the old pool and delete it; for the VNet's or its resource group's, build a new cluster.

How it is decided
-----------------
From each pool's vnetSubnetID, segment by segment; the resource group is the VNet's, not the cluster's. More than 63
characters is a blocker. A name that begins or ends with another character than a letter or digit, or that holds one
besides letters, digits, dash, underscore and dot, is a risk. Pools without a subnet of their own are not concerned.
An id that cannot be taken apart is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.cluster import AgentPool, id_segment
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

LONGEST = 63
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PARTS = {"subnets": "subnet", "virtualNetworks": "VNet", "resourceGroups": "resource group of the VNet"}


def check(scene: Scene) -> Iterator[Outcome]:
    """Each name of each pool's subnet that is no label value."""
    for pool in scene.pools.each():
        if pool.vnet_subnet_id:
            yield from _judge(pool, pool.vnet_subnet_id)


def _judge(pool: AgentPool, subnet_id: str) -> Iterator[Outcome]:
    where = f"agentPoolProfiles[{pool.name}].vnetSubnetID"
    names = {key: id_segment(subnet_id, key) for key in _PARTS}
    if not all(names.values()):
        yield gap(hidden(where, f"{subnet_id!r} is no id of a subnet"), pool_ref(pool))
        return
    for key, name in names.items():
        problem = _problem(name)
        if problem:
            long = len(name) > LONGEST
            yield Finding(
                object=pool_ref(pool),
                message=f"The {_PARTS[key]} of pool {pool.name}, {name}, {problem}; overlay needs a node label of it.",
                evidence=(Evidence(where, subnet_id),),
                severity=Severity.BLOCKER if long else Severity.RISK,
                key=key,
            )


def _problem(name: str) -> str:
    if len(name) > LONGEST:
        return f"has {len(name)} characters, more than {LONGEST}"
    return "" if _LABEL.fullmatch(name) else "holds characters that a label value may not hold there"


RULE = Rule(
    id="OVL-NAME-63",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#limitations-with-azure-cni-overlay",
            "With a custom subnet, the names of subnet, VNet and the VNet's resource group have at most 63 characters.",
            "2026-07-31",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "AKS checks the length of these names.",
            "2023-11-28",
        ),
    ),
    check=check,
)

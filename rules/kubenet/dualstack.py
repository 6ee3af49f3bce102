"""IPv6 is interrupted while a dual-stack kubenet cluster becomes overlay.

Why it matters
--------------
While the nodes are reimaged one after another, some run kubenet and some overlay. Users report that IPv6 traffic
between pods on nodes of both kinds fails until the last node is done; IPv4 goes on.

What to do
----------
- Plan a maintenance window for the whole step, and tell the owners of workloads that use IPv6.
- Where IPv6 may not be interrupted, move the workloads to a new overlay cluster instead.

How it is decided
-----------------
By ipFamilies and the pod ranges of the cluster: IPv6 in either is a risk. An absent or null ipFamilies means IPv4
alone, as documented. Whether a workload uses IPv6 cannot be seen from the cluster's body: where none does, the finding
can be accepted.

The documentation does not speak of it; the source is a report on the service's issue tracker.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.dual_stack import ipv6_evidence


def check(scene: Scene) -> Iterator[Outcome]:
    """IPv6 on the cluster."""
    evidence = ipv6_evidence(scene)
    if not evidence:
        yield Passed("The cluster is IPv4 only.")
        return
    message = "IPv6 traffic between pods on nodes that are done and nodes that are not fails until the last node is."
    yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)


RULE = Rule(
    id="KUB-DUALSTACK",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/issues/5120",
            "IPv6 broke while a dual-stack kubenet cluster was on its way to overlay.",
        ),
    ),
    check=check,
)

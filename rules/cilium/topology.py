"""A Service prefers backends in the caller's zone, which Cilium on AKS does not heed.

Why it matters
--------------
kube-proxy keeps traffic in the zone where topology hints or trafficDistribution ask for it. AKS does not switch that on
in Cilium, so backends of all zones are used: more latency, and more traffic between zones.

What to do
----------
- Accept it, or give each zone a workload and a Service of its own.
- Where a backend on the same node will do, set internalTrafficPolicy to Local, which Cilium does heed.

How it is decided
-----------------
A Service with the annotation service.kubernetes.io/topology-mode (or its forerunner topology-aware-hints) at auto, or
with trafficDistribution, is a notice where nodes that were read are in more than one zone by their label
topology.kubernetes.io/zone. AKS's own Services do not count. Nodes outside zones carry a bare number there, and count
as no zone. Without such a Service it passes, whatever the nodes. Services that were not all read are a gap, and so are
nodes where they decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

_ZONE = "topology.kubernetes.io/zone"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service whose preference is lost."""
    services = scene.snapshot.services
    wishes = [
        (service, wish) for service in filterfalse(is_aks_owned, seen(services)) if (wish := tuple(_wishes(service)))
    ]
    yield from gaps(services)
    if not wishes:
        return
    zones = _zones(scene)
    if len(zones) < 2:
        yield Passed("The nodes are not in several zones.")
        yield from gaps(scene.snapshot.nodes)
        return
    for service, wish in wishes:
        message = (
            f"Service {service.name} prefers backends in the caller's zone; Cilium on AKS uses those of all zones."
        )
        evidence = (*wish, Evidence(f"nodes[].metadata.labels[{_ZONE}]", ", ".join(zones)))
        yield Finding(object=object_ref(service), message=message, evidence=evidence)


def _wishes(service: Service) -> Iterator[Evidence]:
    annotations = service.metadata.annotations
    values = {"topology-mode": annotations.topology_mode, "topology-aware-hints": annotations.topology_hints}
    for name, value in values.items():
        if value.lower() == "auto":
            yield Evidence(f"metadata.annotations[service.kubernetes.io/{name}]", value)
    if service.spec.traffic_distribution:
        yield Evidence("spec.trafficDistribution", service.spec.traffic_distribution)


def _zones(scene: Scene) -> list[str]:
    found = {node.labels.get(_ZONE, "") for node in seen(scene.snapshot.nodes)}
    return sorted(zone for zone in found if zone and not zone.isdigit())


RULE = Rule(
    id="CIL-TOPOLOGY",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    reads=(Source.SERVICES, Source.NODES),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/test/integration/manifests/cilium",
            "The sample configuration of AKS has no enable-service-topology, which is off by default.",
        ),
    ),
    check=check,
)

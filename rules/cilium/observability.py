"""Network metrics change their names and meaning with the data plane.

Why it matters
--------------
With the Azure data plane, Advanced Container Networking Services (ACNS) give DNS metrics by default; under Cilium they
exist only where an FQDN policy is. Labels of other metrics differ a little, and those of Windows end. Alerts and
dashboards then show nothing, which looks like peace.

What to do
----------
- Go through the alerts and dashboards that use networkobservability_* and hubble_dns_*, on a copy of the cluster.
- Where DNS metrics are needed, add an FQDN policy after the step.

How it is decided
-----------------
A notice on the cluster where ACNS and its observability are on: advancedNetworking.enabled is true and
observability.enabled is not false. A notice on each PrometheusRule with an expression that names networkobservability_
or hubble_dns_. A body without advancedNetworking has ACNS off, the documented default. PrometheusRules that were not
all read are a gap of that weight; a cluster that does not serve the kind has none. Rule groups that live in Azure and
dashboards cannot be seen.

Metrics of kube-proxy and NPM are CIL-KUBEPROXY-REMOVED's; whether the version is new enough is CIL-ACNS's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.objects import PrometheusRule
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import is_on
from rules.lists import gaps

_SERIES = re.compile(r"networkobservability_\w*|hubble_dns_\w*")


def check(scene: Scene) -> Iterator[Outcome]:
    """ACNS observability, and each rule that reads its metrics."""
    evidence = is_on(scene, PlannedFeature.ACNS)
    if evidence and not _is_switched_off(scene):
        message = "ACNS observability is on; under Cilium DNS metrics need an FQDN policy, and some labels differ."
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)
    rules = scene.snapshot.prometheus_rules
    for rule in seen(rules):
        if lines := tuple(_expressions(rule)):
            message = f"PrometheusRule {rule.name} reads network metrics that change with the data plane."
            yield Finding(object=object_ref(rule), message=message, evidence=lines)
    yield from gaps(rules)


def _is_switched_off(scene: Scene) -> bool:
    profile = scene.cluster.require().network_profile
    services = profile.advanced_networking if profile else None
    return bool(services and services.observability and services.observability.enabled is False)


def _expressions(item: PrometheusRule) -> Iterator[Evidence]:
    for group in item.spec.groups:
        for rule in group.rules:
            if named := sorted(set(_SERIES.findall(str(rule.expr)))):
                yield Evidence(f"groups[{group.name}].rules[{rule.alert or rule.record}].expr", ", ".join(named))


RULE = Rule(
    id="CIL-OBSERVABILITY",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.PROMETHEUS_RULES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-observability-metrics#limitations",
            "Under Cilium DNS metrics need an FQDN policy; support starts with Kubernetes 1.29.",
            "2025-05-10",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-observability-metrics#before-you-review-the-metrics-tables",
            "Labels of the metrics differ between the data planes.",
            "2025-05-10",
        ),
    ),
    check=check,
)

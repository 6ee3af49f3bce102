"""Something relies on kube-proxy or Azure NPM, which are gone after the step.

Why it matters
--------------
Nodes come back without kube-proxy and without NPM: Cilium serves Services in eBPF. Agents that read kube-proxy's
iptables chains, its metrics on port 10249 or its ConfigMap find nothing, and dashboards and alerts on kube-proxy or
NPM go silent or fire for no reason.

What to do
----------
- Move dashboards and alerts to Cilium's metrics, and take the old ones away after the step.
- Ask the makers of agents that name kube-proxy for a version that works without it, and try it on a copy.

How it is decided
-----------------
A risk on each object that contains the literal kube-proxy, kubeproxy_, azure-npm or npm_, in lower case: in an image,
command, argument or name of an environment variable of a DaemonSet or Deployment, in the selector of a PodMonitor or
ServiceMonitor, or in an expression of a PrometheusRule.

Quiet are kube-proxy and azure-npm themselves, other workloads that AKS owns (label `kubernetes.azure.com/managedby:
aks` or `addonmanager.kubernetes.io/mode: Reconcile`, or in a namespace of Calico's operator), and variables named
npm_config_*, npm_package_* or npm_lifecycle_*, which belong to Node.js. Cilium goes on answering health checks on port
10256, so the port alone is no finding. Whoever uses iptables without naming kube-proxy belongs to CIL-IPTABLES-DS.
Kinds that the cluster does not serve are empty lists; a list that was not read is a gap.

The editions agree that kube-proxy goes, on every supported Kubernetes version.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.objects import KubernetesObject, Monitor, PrometheusRule, TemplateContainer, Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

_LITERALS = ("kube-proxy", "kubeproxy_", "azure-npm", "npm_")
_NODE_JS = ("npm_config_", "npm_package_", "npm_lifecycle_")
_GOING = frozenset(("kube-system", name) for name in ("kube-proxy", "azure-npm", "azure-npm-win"))
"""The DaemonSets that the step takes away."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each object that names what goes."""
    snapshot = scene.snapshot
    for workload in (*seen(snapshot.daemon_sets), *seen(snapshot.deployments)):
        if (workload.namespace, workload.name) not in _GOING:
            yield from _names(workload, _workload_texts(workload))
    for monitor in seen(snapshot.monitors):
        yield from _names(monitor, _selector_texts(monitor))
    for rule in seen(snapshot.prometheus_rules):
        yield from _names(rule, _expressions(rule))
    yield from gaps(snapshot.daemon_sets, snapshot.deployments, snapshot.monitors, snapshot.prometheus_rules)


def _names(item: KubernetesObject, texts: Iterator[Evidence]) -> Iterator[Finding]:
    evidence = tuple(line for line in texts if _literals(line.value))
    if evidence and not is_aks_owned(item):
        named = sorted({literal for line in evidence for literal in _literals(line.value)})
        message = f"{item.kind} {item.name} names {', '.join(named)}; kube-proxy and NPM are gone after this step."
        yield Finding(object=object_ref(item), message=message, evidence=evidence)


def _literals(text: str) -> list[str]:
    return [literal for literal in _LITERALS if literal in text]


def _workload_texts(workload: Workload) -> Iterator[Evidence]:
    spec = workload.spec.template.spec
    for container in (*spec.init_containers, *spec.containers):
        yield from _container_texts(container)


def _container_texts(container: TemplateContainer) -> Iterator[Evidence]:
    """Commands and arguments word by word: the rest of a line may hold what is nobody's business."""
    where = f"containers[{container.name}]"
    yield Evidence(f"{where}.image", container.image)
    for word in " ".join(container.command).split():
        yield Evidence(f"{where}.command", word)
    for word in " ".join(container.args).split():
        yield Evidence(f"{where}.args", word)
    for variable in container.env:
        if not variable.name.startswith(_NODE_JS):
            yield Evidence(f"{where}.env", variable.name)


def _selector_texts(monitor: Monitor) -> Iterator[Evidence]:
    selector = monitor.spec.selector
    for key, value in sorted(selector.match_labels.items()):
        yield Evidence("spec.selector.matchLabels", f"{key}={value}")
    for term in selector.match_expressions:
        yield Evidence("spec.selector.matchExpressions", f"{term.key} {term.operator} {', '.join(term.values)}".strip())


def _expressions(item: PrometheusRule) -> Iterator[Evidence]:
    for group in item.spec.groups:
        for rule in group.rules:
            name = rule.alert or rule.record
            yield Evidence(f"groups[{group.name}].rules[{name}].expr", " ".join(str(rule.expr).split()))


RULE = Rule(
    id="CIL-KUBEPROXY-REMOVED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.DAEMON_SETS, Source.DEPLOYMENTS, Source.MONITORS, Source.PROMETHEUS_RULES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#does-azure-cni-powered-by-cilium-use-kube-proxy",
            "Nodes with the Cilium data plane run no kube-proxy, on any supported Kubernetes version.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "Clusters with Cilium have no kube-proxy.",
            "2023-24",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Cilium answers kube-proxy's health port 10256.",
            "2023-06-18",
        ),
    ),
    check=check,
)

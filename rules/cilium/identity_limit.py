"""Pods may take more security identities than Cilium has.

Why it matters
--------------
Cilium gives every set of labels in a namespace an identity of its own, and has 65,535 of them. Labels that differ from
run to run, as those of Spark, workflow engines and CI runners, use them up: new pods then stay without a network, and
policies fail.

What to do
----------
- Right after the step, leave the labels out that make each pod unique; the `labels` setting of the ConfigMap
  kube-system/cilium-config is the one that may be changed: `kubectl --namespace kube-system edit configmap
  cilium-config`, for Spark with `!spark-app-name !spark-app-selector`, then restart Cilium: `kubectl --namespace
  kube-system rollout restart daemonset cilium`.
- Or stop setting such labels on pods, and put them into annotations.
- Keep every label that a network policy selects by.

How it is decided
-----------------
Live pods with a network of their own are counted by namespace and labels, without the labels that Cilium leaves out
by default: keys that begin with io.kubernetes, kubernetes.io, k8s.io or annotation, or with a word before
beta.kubernetes.io; etcd_node, pod-template-hash, pod-template-generation, controller-revision-hash, controller-uid;
and the pod names and indexes that StatefulSets and Jobs set. More than 60,000 sets are a risk, more than 20,000 a
notice. Only the 65,535 is documented; both thresholds are this catalogue's.

A notice also, one for each label: spark-app-name and spark-app-selector on any pod, and any other label that counts
and has more than 1,000 different values, but those that name the application (app, k8s-app, name,
app.kubernetes.io/…). For these ended pods count too: they show how fast identities are used up. Pods that were not
all read are a gap. Older Cilium counts the indexes of StatefulSets and Jobs as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from analyzer.connectivity.population import Population
from analyzer.model.fact import Fact, Known, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity
from analyzer.model.objects import Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

LIMIT = 65_535
MANY, TOO_MANY = 20_000, 60_000
MANY_VALUES = 1_000
SPARK = ("spark-app-name", "spark-app-selector")
"""The labels that the documentation itself names."""

_LEFT_OUT = re.compile(
    r"io\.kubernetes|kubernetes\.io|k8s\.io|annotation|.*beta\.kubernetes\.io|statefulset\.kubernetes\.io/pod-name"
    r"|apps\.kubernetes\.io/pod-index|batch\.kubernetes\.io/(?:job-completion-index|controller-uid)|controller-uid"
    r"|pod-template-(?:hash|generation)|controller-revision-hash|etcd_node"
)
"""Matched at the start of a key, as Cilium does: its page on identity-relevant labels, 1.16 to 1.18."""


def check(scene: Scene) -> Iterator[Outcome]:
    """The number of identities, and the labels that make it grow."""
    identities = _identities(scene.universe.pods)
    if identities > MANY:
        many = "nearly as many as" if identities > TOO_MANY else "many of"
        yield Finding(
            object=scene.cluster_ref,
            key="identities",
            severity=Severity.RISK if identities > TOO_MANY else Severity.NOTICE,
            message=f"The pods take {identities:,} security identities at once, {many} the {LIMIT:,} that Cilium has.",
            evidence=(Evidence("distinct sets of labels", str(identities)),),
        )
    for label, values in sorted(_values(seen(scene.snapshot.pods)).items()):
        yield from _label(scene, label, len(values))
    yield from gaps(scene.snapshot.pods)


def _identities(population: Fact[Population]) -> int:
    folded = population.value if isinstance(population, Known) else population.seen
    classes = folded.classes if folded else ()
    return len({_identity(item.namespace, item.labels) for item in classes if not item.host_network})


def _identity(namespace: str, labels: Mapping[str, str]) -> tuple[object, ...]:
    keys = _relevant(tuple(labels))
    return namespace, keys, *map(labels.__getitem__, keys)


@lru_cache(maxsize=65536)
def _relevant(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that are part of an identity, in order. Pods of one workload share their keys."""
    return tuple(sorted(key for key in keys if _LEFT_OUT.match(key) is None))


def _values(pods: Iterable[Pod]) -> Mapping[str, set[str]]:
    """The values of each label that counts."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for pod in pods:
        if not pod.spec.host_network:
            for key, value in pod.labels.items():
                found[key].add(value)
    return {key: found[key] for key in _relevant(tuple(found))}


def _names_the_application(label: str) -> bool:
    """Whether it is one of the labels that policies select by: many values are many applications."""
    return label in ("app", "k8s-app", "name") or label.startswith("app.kubernetes.io/")


def _label(scene: Scene, label: str, values: int) -> Iterator[Finding]:
    if label not in SPARK and (values <= MANY_VALUES or _names_the_application(label)):
        return
    words = "one value" if values == 1 else f"{values:,} values"
    yield Finding(
        object=scene.cluster_ref,
        key=f"label {label}",
        severity=Severity.NOTICE,
        message=f"Pods carry the label {label} with {words}; each new value takes Cilium a security identity.",
        evidence=(Evidence(f"metadata.labels[{label}]", f"{values} different values"),),
        remedy=(
            f"If no policy selects by {label}, add `!{label}` to `labels` in the ConfigMap kube-system/cilium-config"
            " right after the step, and restart the DaemonSet cilium.",
        ),
    )


RULE = Rule(
    id="CIL-IDENTITY-LIMIT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "A cluster has 65,535 identities; unique labels, as Spark's, are to be excluded in cilium-config.",
            "2026-08-05",
        ),
        Citation(
            "https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/",
            "All labels count but a list of patterns; more can be excluded.",
            "1.18",
        ),
    ),
    check=check,
)

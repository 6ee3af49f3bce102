"""Calico's custom resources stay behind.

Why it matters
--------------
Uninstalling Calico keeps the definitions of projectcalico.org and tigera.io, and every object of them. Under Cilium
they have no effect, and whoever reads them later takes them for rules.

What to do
----------
- After the step has succeeded, and not before the uninstall has finished: `kubectl get crd -o name | grep -E
  'projectcalico.org|tigera.io'`, keep a copy of the objects, then `kubectl delete` the definitions.

How it is decided
-----------------
Where Calico or no engine is enabled before the step, definitions whose group is or ends with projectcalico.org or
tigera.io are one notice on the cluster. With Azure NPM or Cilium nothing of AKS left them there, and it passes.
Definitions that were not read are a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

_NAMED = 10


def check(scene: Scene) -> Iterator[Outcome]:
    """One notice for all definitions."""
    if scene.before.policy.require() not in (PolicyEngine.CALICO, PolicyEngine.NONE):
        return
    if scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE):
        yield Passed("The step remove-policy-engine leaves them, and it is said there.")
        return
    definitions = scene.snapshot.custom_resource_definitions
    found = sorted(item.name for item in seen(definitions) if item.name.endswith(("projectcalico.org", "tigera.io")))
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        yield Finding(
            object=scene.cluster_ref,
            message="Calico's custom resource definitions are there and stay; delete them by hand after the step,"
            " unless a Calico of your own still uses them.",
            evidence=(Evidence("CustomResourceDefinition", ", ".join(found[:_NAMED]) + more),),
        )
    yield from gaps(definitions)


RULE = Rule(
    id="CAL-CRDS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.CUSTOM_RESOURCE_DEFINITIONS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#uninstall-azure-network-policy-manager-or-calico",
            "The uninstall leaves Calico's definitions and objects; remove them by hand after it has succeeded.",
            "2026-08-18",
        ),
    ),
    check=check,
)

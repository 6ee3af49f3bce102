"""Kubernetes is too old to install or uninstall a policy engine.

Why it matters
--------------
Since the release of 2026-05-29 AKS refuses to install or to uninstall Azure NPM and Calico on clusters older than
Kubernetes 1.30. Overlay does not take a cluster with an engine, so such a cluster needs 1.30 before it gets there,
although overlay itself would take 1.27. Whether the change to Cilium, which replaces the engine, meets the same refusal
is not stated.

What to do
----------
- Upgrade to 1.30 or, better, to a supported version first, one minor version at a time: `az aks upgrade
  --resource-group {resource_group} --name {cluster} --kubernetes-version VERSION`.

How it is decided
-----------------
Only the control plane's version counts, and only where the plan touches an engine. Uninstalling NPM or Calico below
1.30 is a blocker at the step remove-policy-engine. So it is at the step overlay if Calico is to be installed again
afterwards (`--planned-features calico`): the cluster would be overlay without an engine. Replacing one of them by
Cilium below 1.30 is a risk at the step cilium. A version that cannot be read is a gap where it matters.

No migration page mentions it; the answer asks for an upgrade.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.path import ENGINES
from analyzer.scene import Citation, Page, Rule, Scene

LEAST = Version(1, 30)


def check(scene: Scene) -> Iterator[Outcome]:
    """The version, where the step touches an engine."""
    change = _change(scene)
    if change is None:
        yield Passed("No policy engine is installed or uninstalled here.")
        return
    severity = Severity.RISK if scene.step.kind is StepKind.CILIUM else None
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version, severity=severity)
    elif version.value < LEAST:
        yield Finding(
            object=scene.cluster_ref,
            severity=severity,
            message=f"The control plane runs Kubernetes {version.value}; {change}",
            evidence=(Evidence("properties.currentKubernetesVersion", str(version.value)),),
        )
    else:
        yield Passed(f"The control plane runs Kubernetes {version.value}.")


def _change(scene: Scene) -> str | None:
    """What is refused, or may be, below 1.30; None where no engine is touched."""
    if scene.step.kind is StepKind.OVERLAY:
        again = PlannedFeature.CALICO in (scene.inputs.planned_features or ())
        return "Calico can be installed again after the step only from 1.30." if again else None
    engine = scene.before.policy.require()
    if engine not in ENGINES:
        return None
    if scene.step.kind is StepKind.CILIUM:
        return f"below 1.30 it is not stated whether the policy engine {engine} may be replaced by Cilium."
    return f"the policy engine {engine} can be uninstalled only from 1.30."


RULE = Rule(
    id="OVL-POLICY-K8S130",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.INPUTS),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Installing and uninstalling Calico or Azure NPM is rejected on Kubernetes older than 1.30.",
            "2026-05-29",
            contradicts="The pages on the migration do not mention it.",
        ),
    ),
    check=check,
)

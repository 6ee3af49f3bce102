"""Pod identity is still on.

Why it matters
--------------
Microsoft Entra pod-managed identity is retired. It runs on kubenet only by a flag of its own
(allowNetworkPluginKubenet), which means nothing once the cluster is overlay. Pods that still get their tokens from it
depend on an add-on that nobody maintains, during a step that reimages every node.

What to do
----------
- Move the workloads to Microsoft Entra Workload ID first.
- Then switch the add-on off: `az aks update --resource-group {resource_group} --name {cluster} --disable-pod-identity`
  (extension aks-preview).

How it is decided
-----------------
By podIdentityProfile.enabled of the cluster: true is a notice. An absent or null profile is the default, which is off.
A self-installed AAD pod identity is not part of the cluster's body and is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """The add-on, where it is on."""
    profile = scene.cluster.require().pod_identity_profile
    if profile is None or not profile.enabled:
        yield Passed("Pod identity is off.")
        return
    allowed = "true" if profile.allow_network_plugin_kubenet else "false"
    yield Finding(
        object=scene.cluster_ref,
        message="Pod identity, which is retired, is on; move its workloads to Microsoft Entra Workload ID first.",
        evidence=(
            Evidence("podIdentityProfile.enabled", "true"),
            Evidence("podIdentityProfile.allowNetworkPluginKubenet", allowed),
        ),
    )


RULE = Rule(
    id="KUB-PODIDENTITY",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-azure-ad-pod-identity",
            "Pod identity is retired in favour of Workload ID; on kubenet it takes a flag of its own.",
        ),
    ),
    check=check,
)

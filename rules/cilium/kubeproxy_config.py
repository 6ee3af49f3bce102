"""A kube-proxy configuration of your own has no effect under Cilium.

Why it matters
--------------
Nodes with the Cilium data plane run no kube-proxy, so what was chosen for it is lost: IPVS with its scheduler and
timeouts, nftables, or no kube-proxy at all because another proxy serves Services. Cilium chooses backends at random,
so weighted or least-connection scheduling ends at the step.

What to do
----------
- Take the configuration out of the cluster and out of the code that makes it.
- Try session affinity, long connections and time-outs under Cilium on a copy of the cluster.
- Where kube-proxy is off, find out what serves Services instead, and ask Azure support whether the step is possible.

How it is decided
-----------------
networkProfile.kubeProxyConfig, which only a preview API version shows. A risk each: enabled is false; a mode other than
IPTABLES, or an ipvsConfig. Null, empty, and enabled with IPTABLES pass. A preview body that was not read is a gap, and
so is one without networkProfile: a stable API version leaves the field out, which says nothing.

That IPVS does not go together with Azure NPM is an older fault of such a cluster, not one of this step.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity
from analyzer.model.preview import KubeProxyConfig
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

_FIELD = "networkProfile.kubeProxyConfig"


def check(scene: Scene) -> Iterator[Outcome]:
    """What of kube-proxy's configuration is lost."""
    profile = scene.snapshot.cluster_preview.require().network_profile
    if profile is None:
        _hidden().require()
    config = profile.kube_proxy_config if profile else None
    if config is None:
        return
    if config.enabled is False:
        message = "kube-proxy is switched off here, so something else serves Services; Cilium takes that over."
        off = Evidence(f"{_FIELD}.enabled", "false")
        yield Finding(object=scene.cluster_ref, key="enabled", message=message, evidence=(off,))
    if custom := _custom_mode(config):
        message = "kube-proxy's own mode and settings end with kube-proxy; Cilium takes none of them over."
        yield Finding(object=scene.cluster_ref, key="mode", message=message, evidence=custom)


def _hidden() -> Missing[object]:
    detail = "The body of the preview API version does not show networkProfile"
    return Missing(Source.CLUSTER_PREVIEW, Cause.HIDDEN, detail, "Read the cluster again with the live collector")


def _custom_mode(config: KubeProxyConfig) -> tuple[Evidence, ...]:
    found = []
    if (config.mode or "IPTABLES").upper() != "IPTABLES":
        found.append(Evidence(f"{_FIELD}.mode", config.mode or ""))
    if config.ipvs_config is not None:
        found.append(Evidence(f"{_FIELD}.ipvsConfig.scheduler", config.ipvs_config.scheduler or "not set"))
    return tuple(found)


RULE = Rule(
    id="CIL-KUBEPROXY-CONFIG",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.CLUSTER_PREVIEW),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kube-proxy#kube-proxy-configuration-options",
            "A preview lets kube-proxy run as iptables, IPVS or nftables, or not at all; IPVS excludes Azure NPM.",
            "2026-01-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#does-azure-cni-powered-by-cilium-use-kube-proxy",
            "Nodes with the Cilium data plane run no kube-proxy.",
            "2026-08-05",
        ),
    ),
    check=check,
)

"""A custom ip-masq-agent map keeps pod addresses unmasqueraded.

Why it matters
--------------
The map lists ranges towards which pods keep their own address. Overlay pod addresses cannot be reached from outside
the nodes, so an answer from such a range never comes back. Since January 2025 AKS refuses the overlay update where a
custom map is in kube-system.

What to do
----------
- Agree with the owners of the listed ranges that they will see node addresses, and move allow lists there.
- Keep a copy: `kubectl -n kube-system get configmap azure-ip-masq-agent-config -o yaml`.
- Delete the map before the update: `kubectl -n kube-system delete configmap azure-ip-masq-agent-config`.

How it is decided
-----------------
Only kube-system/azure-ip-masq-agent-config counts; the reconciled map and azure-dns-imds-ip-masq-agent-config are
AKS's own. A map with a label of the add-on manager is OVL-IPMASQ-LEFTOVER's.

A listed range is extra unless it lies wholly in the union of the pod CIDRs, the service CIDRs, the address spaces of
the VNets that host pools, and the ranges of the reconciled map. Each extra range is a blocker, whether traffic to it
is seen or not. No extra range, an empty list, or only masqLinkLocal is a risk, because the platform may look at
nothing but the map's existence. A range outside what was read is a gap as long as any of those ranges was not. Content
that cannot be parsed is a gap, and what lists nothing in the agent's own key lists nothing.

The documentation says that connectivity can break; the release note of 2025-01-30 says that the update is blocked.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.masquerade import judge, leftover_labels


def check(scene: Scene) -> Iterator[Outcome]:
    """The map's extra ranges, else the map."""
    config = scene.snapshot.ip_masq_config.require()
    if config is None:
        yield Passed("There is no map azure-ip-masq-agent-config.")
        return
    if leftover_labels(config):
        yield Passed("The map carries a label of the add-on manager; OVL-IPMASQ-LEFTOVER judges it.")
        return
    yield from judge(config, scene, "The custom ip-masq-agent map")


RULE = Rule(
    id="OVL-IPMASQ-CUSTOM",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.IP_MASQ_CONFIG, Source.IP_MASQ_RECONCILED),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A custom configuration with more ranges that are not masqueraded can break connectivity to them.",
            "2026-05-28",
            contradicts="The release note of 2025-01-30: the migration is blocked.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A custom ip-masq-agent configuration blocks the migration to overlay.",
            "2025-01-30",
        ),
        Citation(
            "https://github.com/Azure/ip-masq-agent-v2#configuring-the-agent",
            "The agent merges several maps; listed ranges are not masqueraded.",
        ),
    ),
    check=check,
)

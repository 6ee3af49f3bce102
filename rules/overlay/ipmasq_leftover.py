"""A map of an old ip-masq-agent is left over.

Why it matters
--------------
Old clusters may still hold kube-system/azure-ip-masq-agent-config from a former version of the agent. If nobody wants
it there it must go before the update: what it lists keeps pod addresses that nothing outside the nodes can answer, and
AKS refuses the overlay update where it finds such a map.

What to do
----------
- Ask whether anybody relies on it, and keep a copy: `kubectl -n kube-system get configmap azure-ip-masq-agent-config
  -o yaml`.
- Delete the map before the update: `kubectl -n kube-system delete configmap azure-ip-masq-agent-config`.

How it is decided
-----------------
Only the map named exactly azure-ip-masq-agent-config counts. It is taken for a leftover when it carries a label of the
add-on manager (`addonmanager.kubernetes.io/mode` or `kubernetes.io/cluster-service`), which users sometimes copy;
without one it is OVL-IPMASQ-CUSTOM's. Either way it is judged alike: each range beyond the cluster's own is a blocker,
none is a risk, and what was not read is a gap (see OVL-IPMASQ-CUSTOM).
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.masquerade import judge, leftover_labels


def check(scene: Scene) -> Iterator[Outcome]:
    """The leftover's extra ranges, else the leftover."""
    config = scene.snapshot.ip_masq_config.require()
    if config is None:
        yield Passed("There is no map azure-ip-masq-agent-config.")
        return
    labels = leftover_labels(config)
    if not labels:
        yield Passed("The map carries no label of the add-on manager; OVL-IPMASQ-CUSTOM judges it.")
        return
    yield from judge(config, scene, f"The leftover ip-masq-agent map (label {labels[0]})")


RULE = Rule(
    id="OVL-IPMASQ-LEFTOVER",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.IP_MASQ_CONFIG, Source.IP_MASQ_RECONCILED),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "An azure-ip-masq-agent-config that nobody put there on purpose should be deleted before the update;"
            " otherwise only the reconciled map exists, which AKS updates itself.",
            "2026-05-28",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A custom ip-masq-agent configuration blocks the migration to overlay.",
            "2025-01-30",
        ),
    ),
    check=check,
)

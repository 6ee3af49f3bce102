"""Limitations of the step to Azure CNI Overlay."""

from rules.overlay import (
    ipmasq_custom,
    ipmasq_leftover,
    irreversible,
    k8s_version,
    network_policy,
    podcidr_overlap_service,
    podcidr_overlap_vnet,
    podcidr_required,
    source_mode,
    windows_build,
    windows_docker,
)

RULES = (
    source_mode.RULE,
    k8s_version.RULE,
    network_policy.RULE,
    windows_docker.RULE,
    windows_build.RULE,
    ipmasq_custom.RULE,
    ipmasq_leftover.RULE,
    irreversible.RULE,
    podcidr_required.RULE,
    podcidr_overlap_vnet.RULE,
    podcidr_overlap_service.RULE,
)

"""Limitations of the step to the Cilium data plane."""

from rules.cilium import (
    cnp_support,
    config,
    enforce_gap,
    engine_replaced,
    fqdn,
    hairpin,
    hostnetwork_policy,
    hostport_protocol,
    irreversible,
    kubeproxy_removed,
    l7_policy,
    resources,
    source_mode,
    windows_pool,
)

RULES = (
    source_mode.RULE,
    windows_pool.RULE,
    engine_replaced.RULE,
    enforce_gap.RULE,
    irreversible.RULE,
    config.RULE,
    kubeproxy_removed.RULE,
    hostnetwork_policy.RULE,
    hostport_protocol.RULE,
    hairpin.RULE,
    l7_policy.RULE,
    fqdn.RULE,
    cnp_support.RULE,
    resources.RULE,
)

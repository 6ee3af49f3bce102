"""Limitations of leaving kubenet."""

from rules.kubenet import (
    calico,
    direct_cilium,
    dualstack,
    isolated,
    plugin_flag,
    podcidr,
    podidentity,
    rt_byo,
    rt_managed,
    rt_shared,
    uami,
    udr_egress,
)

RULES = (
    uami.RULE,
    rt_managed.RULE,
    rt_byo.RULE,
    rt_shared.RULE,
    udr_egress.RULE,
    calico.RULE,
    podcidr.RULE,
    dualstack.RULE,
    direct_cilium.RULE,
    plugin_flag.RULE,
    podidentity.RULE,
    isolated.RULE,
)

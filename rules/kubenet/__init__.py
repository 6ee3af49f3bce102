"""Limitations of leaving kubenet."""

from rules.kubenet import calico, direct_cilium, plugin_flag, podcidr, rt_byo, rt_managed

RULES = (
    rt_managed.RULE,
    rt_byo.RULE,
    calico.RULE,
    podcidr.RULE,
    direct_cilium.RULE,
    plugin_flag.RULE,
)

"""Network policies whose meaning or enforcement changes."""

from rules.policy import ipblock_node, ipblock_pod, unenforced_window

RULES = (ipblock_pod.RULE, ipblock_node.RULE, unenforced_window.RULE)

"""Limitations of the step to Azure CNI Overlay."""

from rules.overlay import k8s_version

RULES = (k8s_version.RULE,)

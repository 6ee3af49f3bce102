"""Limitations of the step to the Cilium data plane."""

from analyzer.scene import Rule

RULES: tuple[Rule, ...] = ()

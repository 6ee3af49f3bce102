"""Network policies whose meaning or enforcement changes."""

from analyzer.scene import Rule

RULES: tuple[Rule, ...] = ()

"""Limitations of leaving kubenet."""

from analyzer.scene import Rule

RULES: tuple[Rule, ...] = ()

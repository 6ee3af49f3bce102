"""Limitations of every step, and of the tools that carry them out."""

from analyzer.scene import Rule

RULES: tuple[Rule, ...] = ()

"""What reimaging every pool at once means."""

from analyzer.scene import Rule

RULES: tuple[Rule, ...] = ()

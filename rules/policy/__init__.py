"""Network policies whose meaning or enforcement changes."""

from rules.policy import unenforced_window

RULES = (unenforced_window.RULE,)

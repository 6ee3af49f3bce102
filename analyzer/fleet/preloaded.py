"""What judging and rendering take, loaded once: judging processes are forked from the one that imports this."""

from __future__ import annotations

import analyzer.fleet.judging
import rules
from reports.html import page_environment

__all__ = ["analyzer", "rules"]

_environment = page_environment()
for _name in _environment.list_templates(filter_func=lambda name: ".html" in name and "fleet" not in name):
    _environment.get_template(_name)

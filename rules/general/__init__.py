"""Limitations of every step, and of the tools that carry them out."""

from rules.general import api_version, byo_cni, cli_version

RULES = (cli_version.RULE, api_version.RULE, byo_cni.RULE)

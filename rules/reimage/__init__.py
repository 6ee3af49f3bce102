"""What reimaging every pool at once means."""

from rules.reimage import all_pools

RULES = (all_pools.RULE,)

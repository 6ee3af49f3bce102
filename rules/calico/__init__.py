"""What Calico leaves behind, and what its removal does."""

from rules.calico import (
    crds,
    global_policy,
    self_managed,
    start_delay,
    typha_pdb,
)

RULES = (
    crds.RULE,
    global_policy.RULE,
    typha_pdb.RULE,
    start_delay.RULE,
    self_managed.RULE,
)

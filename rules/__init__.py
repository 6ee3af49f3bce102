"""The catalog: every rule, one documented limitation each, in the families of the catalogue's ids."""

from analyzer.scene import Rule
from rules import calico, cilium, general, kubenet, overlay, policy, reimage

CATALOG: tuple[Rule, ...] = (
    *general.RULES,
    *reimage.RULES,
    *overlay.RULES,
    *kubenet.RULES,
    *cilium.RULES,
    *policy.RULES,
    *calico.RULES,
)

"""The engine that the policies were written under: Cilium's reading of them is compared with its reading."""

from __future__ import annotations

from analyzer.model.finding import NotApplicable
from analyzer.model.network import PolicyEngine
from analyzer.model.step import StepKind
from analyzer.scene import Scene


def written_under(scene: Scene) -> PolicyEngine:
    """The engine before the step; where an earlier step removed it, the one that it removed. Needs it known.

    Between its removal and Cilium nothing enforces the policies, but applications still rely on its reading of them.
    """
    removal = scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE)
    return (removal.before if removal else scene.before).policy.require()


def is_cilium(scene: Scene) -> NotApplicable | None:
    """Why nothing changes where Cilium decides before the step; None elsewhere."""
    if written_under(scene) is PolicyEngine.CILIUM:
        return NotApplicable("Cilium enforces the policies before this step already.")
    return None

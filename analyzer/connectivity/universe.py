"""The snapshot as pods, policies and addresses see each other: computed once, when first asked for."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.snapshot import Snapshot


@dataclass(frozen=True)
class Universe:
    """Derived from one snapshot; every part is lazy."""

    snapshot: Snapshot

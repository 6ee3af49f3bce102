"""The VM sizes that a pool may use."""

from __future__ import annotations

from analyzer.model.cluster import AgentPool


def sizes_of(pool: AgentPool) -> tuple[str, ...]:
    """Every VM size of a pool, in order; empty where the pool does not say."""
    scale = pool.virtual_machines_profile.scale if pool.virtual_machines_profile else None
    manual = [size.size for size in (scale.manual or () if scale else ()) if size.size]
    return tuple(dict.fromkeys([*([pool.vm_size] if pool.vm_size else []), *manual]))

"""Whether Azure NPM lets masqueraded traffic pass: what comes in through a node's Service port is not filtered."""

from __future__ import annotations

from analyzer.connectivity.engine_settings import npm_chain_first
from analyzer.model.fact import Fact
from analyzer.scene import Scene


def npm_passes_masqueraded(scene: Scene) -> Fact[bool]:
    """False where NPM's setting PlaceAzureChainFirst puts its chain before kube-proxy's; its default is true."""
    return npm_chain_first(scene.snapshot).map(lambda is_first: not is_first)

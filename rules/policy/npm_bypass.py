"""Whether Azure NPM lets masqueraded traffic pass: what comes in through a node's Service port is not filtered."""

from __future__ import annotations

import msgspec

from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source
from analyzer.scene import Scene

PROBE = "168.63.129.16"
"""The source of the health probes of Azure's load balancers, which come in the same way."""

_KEY = "azure-npm.json"


class _Toggles(msgspec.Struct, frozen=True):
    first: bool = msgspec.field(default=False, name="PlaceAzureChainFirst")


class _Settings(msgspec.Struct, frozen=True):
    toggles: _Toggles = msgspec.field(default=_Toggles(), name="Toggles")


def npm_passes_masqueraded(scene: Scene) -> Fact[bool]:
    """False where NPM's setting PlaceAzureChainFirst puts its chain before kube-proxy's; its default is true.

    Sources: Azure/azure-container-networking, npm/config/config.go; kube-system/azure-npm-config holds the setting.
    """
    config = scene.snapshot.npm_config
    if isinstance(config, Missing):
        return config.of()
    text = config.value.data.get(_KEY, "") if config.value else ""
    if not text:
        return Known(True)
    try:
        return Known(not msgspec.json.decode(text, type=_Settings).toggles.first)
    except msgspec.DecodeError:
        detail = f"The key {_KEY} of ConfigMap kube-system/azure-npm-config is not the JSON that NPM reads"
        return Missing(Source.NPM_CONFIG, Cause.MALFORMED, detail)

"""The verdict of one flow, worked out as the table is read: for comparison with the engines."""

from __future__ import annotations

from typing import assert_never

from connectivity.naive.answers import Answer
from connectivity.naive.calico import calico_allows
from connectivity.naive.cilium import cilium_allows
from connectivity.naive.network import Network, same_pod
from connectivity.naive.npm import npm_allows

from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.flow import Flow, FlowVerdict, Way


def verdict(network: Network, settings: Settings, flow: Flow) -> FlowVerdict:
    """What an engine does with a flow."""
    match _allows(network, settings, flow):
        case None:
            return FlowVerdict.UNKNOWN
        case True:
            return FlowVerdict.ALLOWED
        case False:
            return FlowVerdict.BLOCKED


def _allows(network: Network, settings: Settings, flow: Flow) -> Answer:
    """Row 50: a pod always reaches itself. Without an engine everything passes."""
    if flow.way is Way.DIRECT and same_pod(flow):
        return True
    match settings:
        case NoEngine():
            return True
        case Npm():
            return npm_allows(network, settings, flow)
        case Calico():
            return calico_allows(network, flow)
        case Cilium():
            return cilium_allows(network, settings, flow)
        case _:
            assert_never(settings)

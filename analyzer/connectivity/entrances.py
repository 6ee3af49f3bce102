"""What each side of a flow sees when it comes in through a Service's entrance (rows 51 to 56)."""

from __future__ import annotations

import enum
from typing import NamedTuple

from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.flow import Way
from analyzer.model.objects import Service
from analyzer.model.version import Version

PROBE = "168.63.129.16"
"""The source of the health probes of Azure's load balancers: learn.microsoft.com, on that address."""
_HAIRPIN_FREE = Version(1, 15)


def is_entrance(service: Service) -> bool:
    """Whether clients get to a Service's backends through any node."""
    spec = service.spec
    is_open = spec.type in ("LoadBalancer", "NodePort") or bool(spec.external_ips)
    return is_open and spec.external_traffic_policy != "Local" and bool(spec.selector)


class Sees(enum.Enum):
    """Whom one side takes the other end for."""

    ITSELF = enum.auto()
    """The true other end."""
    ENTRANCE = enum.auto()
    """The node that the packet comes in through, as a remote node."""
    NOTHING = enum.auto()
    """The side is not asked: its policies are passed by."""


class View(NamedTuple):
    """What the source's egress policies and the destination's ingress policies see."""

    egress: Sees
    ingress: Sees
    doubts: bool = False
    """Where policies refuse, it is not known whether they are asked."""


_FREE = View(Sees.NOTHING, Sees.NOTHING)
_PLAIN = View(Sees.ITSELF, Sees.ITSELF)
_BY_NODE = View(Sees.ITSELF, Sees.ENTRANCE)


def views(settings: Settings, way: Way, from_pod: bool) -> tuple[View, ...]:
    """How an engine sees flows of one way. Two views: one of them holds, and it is not known which."""
    if way is Way.DIRECT or isinstance(settings, NoEngine):
        return (_FREE if isinstance(settings, NoEngine) else _PLAIN,)
    match settings:
        case Npm():
            return _of_npm(settings, way, from_pod)
        case Calico():
            return (_of_chain(way),)
        case Cilium():
            return (_of_cilium(settings, way, from_pod),)


def _of_npm(settings: Npm, way: Way, from_pod: bool) -> tuple[View, ...]:
    """kube-proxy's mark lets packets pass before NPM sees them, unless NPM's chain is first (rows 51, 52, 53, 55)."""
    bypass = View(Sees.NOTHING, Sees.ENTRANCE) if from_pod and way in _THROUGH_OTHERS else _FREE
    match settings.chain_first:
        case False:
            return (bypass,)
        case True:
            return (_of_chain(way),)
        case None:
            return bypass, _of_chain(way)


_THROUGH_OTHERS = (Way.ENTRANCE_REMOTE, Way.OTHER_NODE_PORT)


def _of_chain(way: Way) -> View:
    """Where an iptables chain sees every packet: a backend elsewhere sees the node that sent it on."""
    if way is Way.HAIRPIN:
        return _PLAIN._replace(doubts=True)
    return _BY_NODE if way in _THROUGH_OTHERS else _PLAIN


def _of_cilium(settings: Cilium, way: Way, from_pod: bool) -> View:
    """A pod's packets are translated at the pod; those of others where they come in (rows 51, 52, 55)."""
    if way is Way.HAIRPIN:
        return _FREE if settings.version >= _HAIRPIN_FREE else _PLAIN._replace(doubts=True)
    if way is Way.OTHER_NODE_PORT:
        return View(Sees.ENTRANCE, Sees.ENTRANCE)
    return _BY_NODE if way is Way.ENTRANCE_REMOTE and not from_pod else _PLAIN

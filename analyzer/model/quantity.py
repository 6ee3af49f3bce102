"""Kubernetes quantities of memory, and what a pod requests of it as the scheduler counts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from analyzer.model.objects import Container, Number, PodSpec

_PATTERN = re.compile(
    r"\+?(?P<number>\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})"
    r"(?:[eE](?P<exponent>[+-]?\d{1,2})|(?P<suffix>[KMGTPE]i|[numkMGTPE])?)",
    re.ASCII,
)
_SUFFIXES = MappingProxyType(
    {f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", 1)}
    | {letter: Fraction(1000) ** power for power, letter in enumerate("num", -3)}
    | {letter: Fraction(1000) ** power for power, letter in enumerate("kMGTPE", 1)}
)


@lru_cache(maxsize=4096)
def parse_bytes(quantity: Number) -> int | None:
    """The bytes that a quantity names, rounded up; None where it is not a quantity of zero or more.

    Grammar: resource.Quantity of the Kubernetes API reference 1.36. "128974848", "129e6", "129M", "123Mi" and
    "128974848000m" are alike.
    """
    match = _PATTERN.fullmatch(str(quantity))
    if match is None:
        return None
    scale = _SUFFIXES[match["suffix"]] if match["suffix"] else Fraction(10) ** int(match["exponent"] or 0)
    return math.ceil(Fraction(Decimal(match["number"])) * scale)


def memory_request_bytes(spec: PodSpec) -> int | None:
    """What the scheduler sets aside for a pod: its effective memory request and its overhead.

    None where a quantity cannot be read. Rule: kubernetes.io, Effective Pod requests and limits.
    """
    overhead = parse_bytes(spec.overhead.get("memory", 0))
    whole = spec.resources.requests.get("memory")
    request = _of_containers(spec) if whole is None else parse_bytes(whole)
    return None if overhead is None or request is None else overhead + request


def _of_containers(spec: PodSpec) -> int | None:
    """The more of what initialisation and running take; sidecars take part in both, from their place on."""
    main = _requests(spec.containers)
    init = _requests(spec.init_containers)
    if main is None or init is None:
        return None
    peak = sidecars = 0
    for container, request in zip(spec.init_containers, init, strict=True):
        peak = max(peak, sidecars + request)
        if container.restart_policy == "Always":
            sidecars += request
    return max(peak, sidecars + sum(main))


def _requests(containers: Iterable[Container]) -> list[int] | None:
    found = [parse_bytes(container.resources.requests.get("memory", 0)) for container in containers]
    read = [request for request in found if request is not None]
    return read if len(read) == len(found) else None

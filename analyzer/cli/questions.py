"""What the operator asks, from words on the command line to a question for the engine. Raises UsageError."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar

from analyzer.addresses import exact_network
from analyzer.cli.exit_codes import FailOn
from analyzer.engine import Question
from analyzer.errors import UsageError
from analyzer.model.step import Inputs, PlannedFeature, Target
from analyzer.model.version import Version, parse_version

E = TypeVar("E", Target, FailOn, PlannedFeature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that is asked of each cluster of one run."""

    target: Target
    inputs: Inputs
    as_of: str
    fail_on: FailOn

    def of(self, snapshot_hash: str) -> Question:
        """The question about one snapshot."""
        return Question(
            target=self.target,
            inputs=self.inputs,
            as_of=self.as_of,
            snapshot_hash=snapshot_hash,
            tool_version=version("aks-preflight"),
        )


def asked(
    *,
    to: str,
    fail_on: str,
    pod_cidr: str | None = None,
    cli_version: str | None = None,
    as_of: str | None = None,
    planned_features: str | None = None,
) -> Asked:
    """The question that the options ask."""
    return Asked(
        target=_target(to),
        inputs=Inputs(
            pod_cidr=_pod_cidr(pod_cidr),
            cli_version=_cli_version(cli_version),
            planned_features=_planned_features(planned_features),
        ),
        as_of=_as_of(as_of),
        fail_on=_one_of(FailOn, fail_on, "--fail-on"),
    )


def _target(text: str) -> Target:
    """The target, whatever the order and the spaces of its words."""
    words = {word.strip() for word in text.lower().split(",")}
    both = words == {"overlay", "cilium"}
    return _one_of(Target, Target.OVERLAY_CILIUM.value if both else text.strip().lower(), "--to")


def _one_of(kind: type[E], text: str, option: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"{option} is {text!r}; it can be {', '.join(item.value for item in kind)}.") from None


def _pod_cidr(text: str | None) -> str | None:
    if text is None:
        return None
    network = exact_network(text)
    if network is None:
        raise UsageError(f"--pod-cidr is {text!r}; give an IPv4 network without host bits, such as 100.64.0.0/16.")
    return network


def _cli_version(text: str | None) -> Version | None:
    if text is None:
        return None
    parsed = parse_version(text)
    if parsed is None:
        raise UsageError(f"--cli-version is {text!r}; give the azure-cli line of `az version`, such as 2.81.0.")
    return parsed


def _planned_features(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = sorted({word.strip().lower() for word in text.split(",")} - {"", "none"})
    return tuple(_one_of(PlannedFeature, word, "--planned-features").value for word in words)


def _as_of(text: str | None) -> str:
    if text is None:
        return datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"--as-of is {text!r}; give a date as YYYY-MM-DD.") from None

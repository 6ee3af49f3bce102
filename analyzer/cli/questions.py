"""What the operator asks, from words on the command line to a question for the engine. Raises UsageError."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar

from analyzer.addresses import exact_network
from analyzer.cli.exit_codes import FailOn
from analyzer.cli.options import Asking
from analyzer.cli.waivers import given_waivers
from analyzer.engine import Question
from analyzer.errors import UsageError
from analyzer.model.step import IacPlan, Inputs, PlannedFeature, PlannedWindow, Target
from analyzer.model.version import Version, parse_version
from analyzer.model.waiver import Waiver

E = TypeVar("E", Target, FailOn, PlannedFeature, IacPlan)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that is asked of each cluster of one run."""

    target: Target
    inputs: Inputs
    as_of: str
    fail_on: FailOn
    waivers: tuple[Waiver, ...] = ()
    strict: bool = False

    def of(self, snapshot_hash: str) -> Question:
        """The question about one snapshot."""
        return Question(
            target=self.target,
            inputs=self.inputs,
            as_of=self.as_of,
            snapshot_hash=snapshot_hash,
            tool_version=version("aks-preflight"),
            waivers=self.waivers,
            strict=self.strict,
        )


def asked(asking: Asking) -> Asked:
    """The question that the options ask."""
    return Asked(
        target=_target(asking.to),
        inputs=Inputs(
            pod_cidr=_read(_pod_cidr, asking.pod_cidr),
            cli_version=_read(_cli_version, asking.cli_version),
            planned_features=_read(_planned_features, asking.planned_features),
            planned_window=_read(_planned_window, asking.planned_window),
            on_premises_cidrs=_several(_on_premises_cidr, asking.on_premises_cidr),
            iac_plan=_read(lambda text: _one_of(IacPlan, text, "--iac-plan"), asking.iac_plan),
            allowed_fqdns=_several(_allowed_fqdn, asking.allowed_fqdn),
            credential_expiry=_read(lambda text: _date(text, "--credential-expiry"), asking.credential_expiry),
            scan_configmaps=asking.scan_configmaps,
        ),
        as_of=_today() if asking.as_of is None else _date(asking.as_of, "--as-of").isoformat(),
        fail_on=_one_of(FailOn, asking.fail_on, "--fail-on"),
        waivers=given_waivers(asking.waivers) if asking.waivers else (),
        strict=asking.strict,
    )


def _read(reader: Callable[[str], T], text: str | None) -> T | None:
    return None if text is None else reader(text)


def _several(reader: Callable[[str], str], texts: Sequence[str] | None) -> tuple[str, ...] | None:
    """The values of a repeatable option, each also a list with commas; `none` alone: there are none."""
    if texts is None:
        return None
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    if [word.lower() for word in words] == ["none"]:
        return ()
    return tuple(dict.fromkeys(map(reader, words)))


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


def _pod_cidr(text: str) -> str:
    network = exact_network(text)
    if network is None:
        raise UsageError(f"--pod-cidr is {text!r}; give an IPv4 network without host bits, such as 100.64.0.0/16.")
    return network


def _cli_version(text: str) -> Version:
    parsed = parse_version(text)
    if parsed is None:
        raise UsageError(f"--cli-version is {text!r}; give the azure-cli line of `az version`, such as 2.81.0.")
    return parsed


def _planned_features(text: str) -> tuple[str, ...]:
    words = sorted({word.strip().lower() for word in text.split(",")} - {"", "none"})
    return tuple(_one_of(PlannedFeature, word, "--planned-features").value for word in words)


def _planned_window(text: str) -> PlannedWindow:
    start, _, end = text.partition("/")
    window = PlannedWindow(_time(start, text), _time(end, text))
    if window.end <= window.start:
        raise UsageError(f"--planned-window is {text!r}, which ends before it starts.")
    return window


def _time(text: str, window: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            f"--planned-window is {window!r}; give START/END, both with a time zone, such as"
            " 2026-12-01T20:00Z/2026-12-02T02:00Z."
        )
    return found


def _on_premises_cidr(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None or "/" not in text or not network.prefixlen:
        raise UsageError(
            f"--on-premises-cidr is {text!r}; give a network without host bits, such as 10.0.0.0/8, and not the default"
            " route; or `none` alone."
        )
    return str(network)


FQDN_TAG = "azurekubernetesservice"
"""Azure Firewall's FQDN tag for everything that AKS nodes need."""
_FQDN = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}\.?", re.I)


def _allowed_fqdn(text: str) -> str:
    if text.lower() == FQDN_TAG:
        return FQDN_TAG
    if not _FQDN.fullmatch(text):
        raise UsageError(
            f"--allowed-fqdn is {text!r}; give a name, such as mcr.microsoft.com or *.data.mcr.microsoft.com; Azure"
            " Firewall's tag AzureKubernetesService; or `none` alone."
        )
    return text.lower().rstrip(".")


def _date(text: str, option: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} is {text!r}; give a date as YYYY-MM-DD.") from None


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()

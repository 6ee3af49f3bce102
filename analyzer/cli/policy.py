"""`policy changes`, `policy flows`, `policy explain`: the policy engines are asked directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

import typer

from analyzer.cli import options

_REQUIRED = cast("str", ...)
"""typer's mark of an argument that has no default."""

EngineBefore = Annotated[
    str | None,
    typer.Option(
        "--engine-before",
        "--engine",
        envvar=["AKS_PREFLIGHT_ENGINE_BEFORE", "AKS_PREFLIGHT_ENGINE"],
        help="The engine before: none, npm, calico or cilium (default: what each step of the path finds).",
    ),
]
EngineAfter = Annotated[
    str | None,
    typer.Option(
        "--engine-after",
        envvar="AKS_PREFLIGHT_ENGINE_AFTER",
        help="The engine after (default: what each step of the path leaves; with --engine-before cilium).",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        envvar="AKS_PREFLIGHT_ENGINE",
        help="The engine to ask: none, npm, calico or cilium (default: today's).",
    ),
]
Engines = Annotated[
    list[str] | None,
    typer.Option(
        "--engine",
        envvar="AKS_PREFLIGHT_ENGINE",
        help="The engine to ask: none, npm, calico or cilium; repeatable (default: today's, then those on the path).",
    ),
]
KubernetesVersion = Annotated[
    str | None,
    typer.Option(
        "--kubernetes-version",
        envvar="AKS_PREFLIGHT_KUBERNETES_VERSION",
        help="Of the cluster, such as 1.33: Cilium's version follows from it (default: the cluster's own).",
    ),
]
Formats = Annotated[
    list[str] | None,
    options.format_option("text or json; repeatable, one may go to stdout. Default: text."),
]
_END = "NAMESPACE, NAMESPACE/NAME, an address, or `node`"
Source = Annotated[
    str | None,
    typer.Option("--src", envvar="AKS_PREFLIGHT_SRC", metavar="END", help=f"Only flows from {_END}."),
]
Destination = Annotated[
    str | None,
    typer.Option("--dst", envvar="AKS_PREFLIGHT_DST", metavar="END", help=f"Only flows to {_END}."),
]
Port = Annotated[
    str | None,
    typer.Option("--port", envvar="AKS_PREFLIGHT_PORT", metavar="[PROTO/]NUM", help="Only flows on this port."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Between which engines."""

    to: options.To = "overlay,cilium"
    engine_before: EngineBefore = None
    engine_after: EngineAfter = None
    kubernetes_version: KubernetesVersion = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which flows, under which engine."""

    src: Source = None
    dst: Destination = None
    port: Port = None
    engine: Engine = None
    kubernetes_version: KubernetesVersion = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The two ends of a flow."""

    source: Annotated[
        str,
        typer.Argument(
            metavar="SRC", help="NAMESPACE/NAME of a pod or workload, an address, or `node`: the pod's own node."
        ),
    ] = _REQUIRED
    destination: Annotated[
        str,
        typer.Argument(
            metavar="DST[:PORT]", help="The same, or a Service; the port as 443, TCP/443, UDP/53 or by its name."
        ),
    ] = _REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining:
    """Under which engines."""

    to: options.To = "overlay,cilium"
    engines: Engines = None
    kubernetes_version: KubernetesVersion = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Where the answer goes."""

    formats: Formats = None


def changes(which: options.Selection, comparing: Comparing, reaching: options.Reaching, answering: Answering) -> int:
    """Compare the policy engines before and after: which flows change, and why.

    Without engines those before and after each step of the path. Plain manifests, without the cluster's body, need
    --engine and --kubernetes-version; workloads stand for their pods.

    Ends with 0 when everything was compared, whatever changes; with 5 when pods or policies were not all read.
    """
    from analyzer.cli.policy_answers import answer_changes

    return answer_changes(which, comparing, reaching, answering.formats or ())


def flows(which: options.Selection, listing: Listing, reaching: options.Reaching, answering: Answering) -> int:
    """List which flows an engine allows between workloads, nodes and addresses.

    Each line is one source, what it may reach, and the ports. Flows of which no source says what the engine does are
    marked unknown.

    Ends with 0, or with 5 when pods or policies were not all read.
    """
    from analyzer.cli.policy_answers import answer_flows

    return answer_flows(which, listing, reaching, answering.formats or ())


def explain(
    ends: Ends, which: options.Selection, explaining: Explaining, reaching: options.Reaching, answering: Answering
) -> int:
    """Explain what each engine does with one flow.

    Who isolates the two ends, which rule admits the flow, and which row of docs/semantics.md decides.

    Ends with 0 whatever the answer, with 2 where a name matches nothing, with 5 when pods or policies were not all
    read.
    """
    from analyzer.cli.policy_answers import answer_explain

    return answer_explain(ends, which, explaining, (reaching, answering.formats or ()))

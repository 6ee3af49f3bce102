"""`audit`: many clusters, one report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import options

Subscriptions = Annotated[
    list[str] | None,
    typer.Option(
        "--subscription",
        "-s",
        envvar="AKS_PREFLIGHT_SUBSCRIPTION",
        metavar="SUBSCRIPTION",
        help="A subscription to look at, by id or name; repeatable.",
    ),
]
AllSubscriptions = Annotated[
    bool,
    typer.Option(
        "--all-subscriptions", envvar="AKS_PREFLIGHT_ALL_SUBSCRIPTIONS", help="Every subscription that you can see."
    ),
]
ManagementGroup = Annotated[
    str | None,
    typer.Option(
        "--management-group", envvar="AKS_PREFLIGHT_MANAGEMENT_GROUP", help="Every subscription below this group."
    ),
]
TargetsFile = Annotated[
    Path | None,
    typer.Option(
        "--targets",
        envvar="AKS_PREFLIGHT_TARGETS",
        help="A YAML list of ARM ids (with kubeconfig and context, if need be), snapshots and exported files.",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", envvar="AKS_PREFLIGHT_TAG", metavar="KEY[=VALUE]", help="Only clusters with this tag."),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", "-n", envvar="AKS_PREFLIGHT_NAME", metavar="PATTERN", help="Only these names: `prod-*`."),
]
Locations = Annotated[
    list[str] | None,
    typer.Option(
        "--location", envvar="AKS_PREFLIGHT_LOCATION", metavar="REGION", help="Only in this region; repeatable."
    ),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode",
        envvar="AKS_PREFLIGHT_MODE",
        metavar="MODE",
        help="Only in this source mode, such as kubenet or npm; repeatable.",
    ),
]
OutDir = Annotated[
    str | None,
    typer.Option(
        "--out-dir",
        envvar="AKS_PREFLIGHT_OUT_DIR",
        metavar="URL",
        help="Where audits are kept: a folder, or a URL such as abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/audits.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        envvar="AKS_PREFLIGHT_RESUME",
        help="Go on with the newest run there, if it is not over and not 18 hours old; else begin a new one.",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        envvar="AKS_PREFLIGHT_BASELINE",
        metavar="URL",
        help="Show what changed since this run; `previous`: since the newest finished one in --out-dir.",
    ),
]
Concurrency = Annotated[
    int,
    typer.Option("--concurrency", min=1, envvar="AKS_PREFLIGHT_CONCURRENCY", help="Requests at once, in all."),
]
Deadline = Annotated[
    float,
    typer.Option(
        "--deadline",
        min=1,
        envvar="AKS_PREFLIGHT_DEADLINE",
        help="Seconds that one cluster may take.",
    ),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        envvar="AKS_PREFLIGHT_EXECUTOR",
        help="threads (this machine) or dask (--scheduler).",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", envvar="AKS_PREFLIGHT_SCHEDULER", metavar="ADDRESS", help="Of Dask: tcp://scheduler:8786."
    ),
]
Formats = Annotated[
    list[str] | None,
    options.format_option(
        "The index once more, besides --out-dir: html, json, csv, jsonl or markdown; one may go to stdout."
    ),
]
LogFormat = Annotated[
    str,
    typer.Option(
        "--log-format", envvar="AKS_PREFLIGHT_LOG_FORMAT", help="Progress on stderr: text, or json, one object a line."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which clusters."""

    subscriptions: Subscriptions = None
    all_subscriptions: AllSubscriptions = False
    management_group: ManagementGroup = None
    targets: TargetsFile = None
    tags: Tags = None
    names: Names = None
    locations: Locations = None
    modes: Modes = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How they are read."""

    context: options.Context = None
    cloud: options.Cloud = "public"
    credential: options.Credential = "default"
    complete: options.Complete = False
    concurrency: Concurrency = 32
    timeout: options.Timeout = 30.0
    deadline: Deadline = 900.0
    executor: ExecutorName = "threads"
    scheduler: Scheduler = None
    quiet: options.Quiet = False
    log_format: LogFormat = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where the answers go."""

    out_dir: OutDir = None
    resume: Resume = False
    baseline: Baseline = None
    formats: Formats = None


def audit(where: Where, asking: options.Asking, running: Running, keeping: Keeping) -> int:
    """Judge many clusters, and write one index over all of them.

    Each cluster's report is written as soon as it is judged; an interrupted audit goes on with --resume. The folder
    keeps every run below runs/, and the newest index at its root.

    \b
    Exit codes:
      0    every cluster was judged, and each verdict is within --fail-on
      1    the run itself broke: a bug, or files that could not be written
      2    usage: options, files, waivers
      3    a cluster is BLOCKED
      4    a cluster is READY_WITH_RISKS, with --fail-on risks
      5    a cluster is INDETERMINATE or could not be read, or there was none
      6    nobody could be signed in, or not one cluster was reached
      7    something got worse since --baseline
      130  interrupted; what was done is in the index, which is marked partial
    The worst counts: 130, 1, 2, 6, 3, 5, 7, 4, 0. `--fail-on never` silences 3, 4, 7 and INDETERMINATE, but not
    what is unread.
    """
    from analyzer.fleet.processes import warm_up

    if running.scheduler is None:
        warm_up()
    from analyzer.cli.auditing import run_audit

    return run_audit(where, asking, running, keeping)

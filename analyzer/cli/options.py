"""Options that several verbs share, each also an environment variable, meaning the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _variable(name: str) -> str:
    return f"AKS_PREFLIGHT_{name}"


Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET]...",
        help="An ARM id, a snapshot (.zip), or exported files and folders; all files of one line are one cluster.",
    ),
]
Subscription = Annotated[
    str | None, typer.Option("--subscription", "-s", envvar=_variable("SUBSCRIPTION"), help="Subscription id.")
]
ResourceGroup = Annotated[
    str | None, typer.Option("--resource-group", "-g", envvar=_variable("RESOURCE_GROUP"), help="Resource group.")
]
Name = Annotated[str | None, typer.Option("--name", "-n", envvar=_variable("NAME"), help="Cluster name.")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar=_variable("KUBECONFIG"),
        help="Kubeconfig of the cluster, or `in-cluster`; without it the cluster's user credential is asked for.",
    ),
]
Context = Annotated[
    str | None, typer.Option("--context", envvar=_variable("CONTEXT"), help="Context of the kubeconfig.")
]
Cloud = Annotated[
    str, typer.Option("--cloud", envvar=_variable("CLOUD"), help="public, usgov, china, or an ARM endpoint's URL.")
]
Credential = Annotated[
    str,
    typer.Option(
        "--credential",
        envvar=_variable("CREDENTIAL"),
        help="How to sign in: default, cli, environment, workload, managed-identity, device-code or browser.",
    ),
]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete",
        envvar=_variable("COMPLETE"),
        help="Your word that exported kubectl lists hold every object of their kinds, in all namespaces.",
    ),
]
To = Annotated[
    str, typer.Option("--to", envvar=_variable("TO"), help="The target: overlay, cilium, or overlay,cilium.")
]
PodCidr = Annotated[
    str | None,
    typer.Option("--pod-cidr", envvar=_variable("POD_CIDR"), help="The pod range that the overlay step will be given."),
]
CliVersion = Annotated[
    str | None,
    typer.Option("--cli-version", envvar=_variable("CLI_VERSION"), help="Azure CLI that will carry out the steps."),
]
PlannedFeatures = Annotated[
    str | None,
    typer.Option(
        "--planned-features",
        envvar=_variable("PLANNED_FEATURES"),
        help="Cilium features planned for afterwards, separated by commas, or `none`.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", envvar=_variable("AS_OF"), help="Judge as of this date, YYYY-MM-DD (default: today, UTC)."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        envvar=_variable("FORMAT"),
        metavar="FMT[=PATH]",
        help="text, json or html; repeatable, one may go to stdout. Default: text.",
    ),
]
OutDir = Annotated[
    Path | None,
    typer.Option("--out-dir", envvar=_variable("OUT_DIR"), help="Folder for reports: HTML and JSON of each cluster."),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        envvar=_variable("FAIL_ON"),
        help="The mildest verdict that fails the run: risks, indeterminate, blocked or never.",
    ),
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, envvar=_variable("CONCURRENCY"), help="Requests under way at once.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.1, envvar=_variable("TIMEOUT"), help="Seconds that one request may take.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar=_variable("QUIET"), help="No progress on stderr.")]
NoColor = Annotated[
    bool, typer.Option("--no-color", envvar=["AKS_PREFLIGHT_NO_COLOR", "NO_COLOR"], help="No colour anywhere.")
]

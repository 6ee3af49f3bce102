"""Options that several verbs share, each also an environment variable, meaning the same everywhere.

Verbs take them in groups: frozen dataclasses, one field an option, which `spread` lays out for typer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer


def _variable(name: str) -> str:
    return f"AKS_PREFLIGHT_{name}"


def format_option(help: str) -> Any:
    """`--format FMT[=PATH]`, with what it can be."""
    return typer.Option("--format", envvar=_variable("FORMAT"), metavar="FMT[=PATH]", help=help)


Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET]...",
        help="An ARM id, a snapshot (.zip), or exported files and folders; all files of one line are one cluster.",
    ),
]
Subscription = Annotated[
    str | None, typer.Option("--subscription", "-s", envvar=_variable("SUBSCRIPTION"), help="The subscription's id.")
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
    str | None,
    typer.Option(
        "--context", envvar=_variable("CONTEXT"), help="Context of the kubeconfig; without it the current one."
    ),
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
    typer.Option(
        "--pod-cidr",
        envvar=_variable("POD_CIDR"),
        help="The pod range that the overlay step will be given; a node-subnet cluster without one gets a proposal.",
    ),
]
CliVersion = Annotated[
    str | None,
    typer.Option(
        "--cli-version",
        envvar=_variable("CLI_VERSION"),
        help="Version of the Azure CLI that will run the steps (default: of the one where the cluster was read).",
    ),
]
PlannedFeatures = Annotated[
    str | None,
    typer.Option(
        "--planned-features",
        envvar=_variable("PLANNED_FEATURES"),
        help="Cilium features that are planned for later, such as acns-l7,bgp; or `none`.",
    ),
]
PlannedWindow = Annotated[
    str | None,
    typer.Option(
        "--planned-window",
        envvar=_variable("PLANNED_WINDOW"),
        metavar="START/END",
        help="When the steps will run: two times with a zone, 2026-12-01T20:00Z/2026-12-02T02:00Z.",
    ),
]
OnPremisesCidr = Annotated[
    list[str] | None,
    typer.Option(
        "--on-premises-cidr",
        envvar=_variable("ON_PREMISES_CIDR"),
        metavar="CIDR",
        help="A range behind VPN or ExpressRoute gateways; repeatable; `none`: there are none.",
    ),
]
IacPlan = Annotated[
    str | None,
    typer.Option(
        "--iac-plan",
        envvar=_variable("IAC_PLAN"),
        help="What your infrastructure code would do to the cluster: none (there is none), in-place or replace.",
    ),
]
AllowedFqdn = Annotated[
    list[str] | None,
    typer.Option(
        "--allowed-fqdn",
        envvar=_variable("ALLOWED_FQDN"),
        metavar="NAME",
        help="A name that the firewall or proxy lets nodes reach, `*.` for any subdomain; repeatable; `none`: no name.",
    ),
]
CredentialExpiry = Annotated[
    str | None,
    typer.Option(
        "--credential-expiry",
        envvar=_variable("CREDENTIAL_EXPIRY"),
        metavar="DATE",
        help="When the service principal's secret ends, YYYY-MM-DD.",
    ),
]
ScanConfigmaps = Annotated[
    bool,
    typer.Option(
        "--scan-configmaps",
        envvar=_variable("SCAN_CONFIGMAPS"),
        help="Also search every ConfigMap for old pod addresses; nothing but addresses is kept.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", envvar=_variable("AS_OF"), help="Judge as of this date, YYYY-MM-DD (default: today, UTC)."),
]
Formats = Annotated[
    list[str] | None,
    format_option(
        "text (default), json, html, markdown or csv, of plan text or json; repeatable, one may go to stdout."
    ),
]
OutDir = Annotated[
    Path | None,
    typer.Option(
        "--out-dir",
        envvar=_variable("OUT_DIR"),
        help="Folder for the reports of each cluster: HTML and JSON, of plan text and JSON, or what --format names.",
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        envvar=_variable("FAIL_ON"),
        help="The mildest verdict that fails the run: risks, indeterminate, blocked or never.",
    ),
]
Waivers = Annotated[
    Path | None,
    typer.Option(
        "--waivers",
        envvar=_variable("WAIVERS"),
        metavar="FILE",
        help="A YAML file of what is accepted, by whom, why and until when; see `waivers draft`.",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", envvar=_variable("STRICT"), help="Ignore every waiver, and say which there are.")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which clusters."""

    targets: Targets = None
    subscription: Subscription = None
    resource_group: ResourceGroup = None
    name: Name = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked of them, and what only the operator knows."""

    to: To = "overlay,cilium"
    pod_cidr: PodCidr = None
    on_premises_cidr: OnPremisesCidr = None
    cli_version: CliVersion = None
    planned_window: PlannedWindow = None
    planned_features: PlannedFeatures = None
    iac_plan: IacPlan = None
    allowed_fqdn: AllowedFqdn = None
    credential_expiry: CredentialExpiry = None
    scan_configmaps: ScanConfigmaps = False
    as_of: AsOf = None
    waivers: Waivers = None
    strict: Strict = False
    fail_on: FailOn = "indeterminate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """How they are reached."""

    kubeconfig: Kubeconfig = None
    context: Context = None
    cloud: Cloud = "public"
    credential: Credential = "default"
    complete: Complete = False
    concurrency: Concurrency = 8
    timeout: Timeout = 30.0
    quiet: Quiet = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where the answers go."""

    formats: Formats = None
    out_dir: OutDir = None
    no_color: NoColor = False

"""The Azure CLI may be too old for the step's command.

Why it matters
--------------
Each step is one `az aks update` with flags that exist only from a certain release. An older CLI stops with
"unrecognized arguments", in the middle of a change window.

What to do
----------
- See the version with `az version`, then upgrade to 2.56.0 or later with `az upgrade`.
- Check again with `--cli-version VERSION`, where VERSION is what the change will run with.

How it is decided
-----------------
Each step that this tool writes a command for has one least version, that of its newest flag: user-assigned-identity
2.49.0 (`--assign-identity` on update), remove-policy-engine 2.54.0 (`--network-policy`), overlay 2.56.0
(`--network-plugin`), cilium 2.54.0 (`--network-policy`, sent along with `--network-dataplane`). Below it the CLI is
too old. From it up to 2.56.0, the least that has the flags of every step, an upgrade is recommended. Where
`--cli-version` is not given, the CLI of the machine that collected counts; where there was none, the rule asks. Each
of these is a notice: the service does not care which client sends the request. For nap-off and nap-on no minimum has
a source yet.

The documentation names 2.52.0 for the Cilium update and 2.48.0 for overlay, which are the minima of single flags. It
says 2.0.61 for `--network-policy`, which is that of `az aks create`, as is the 2.48.1 of 2023-24. The minima here
come from the command's parameters in the published releases.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene

RECOMMENDED = max(kind.least_cli for kind in StepKind if kind.least_cli)
"""The least that has the flags of every step."""


def check(scene: Scene) -> Iterator[Outcome]:
    """One notice where the version is too old, less than recommended, or not given."""
    least = scene.step.kind.least_cli
    if least is None:
        yield NotApplicable(f"No source names a least Azure CLI for the step {scene.step.kind}.")
        return
    given = scene.inputs.cli_version
    version = given or parse_version(scene.snapshot.azure_cli)
    if version is None:
        yield _question(scene)
    elif version < RECOMMENDED:
        where = "--cli-version" if given else "az version, where the cluster was collected"
        evidence = (Evidence(where, str(version)),)
        yield Finding(object=scene.cluster_ref, message=_message(version, least), evidence=evidence)


def _question(scene: Scene) -> Finding:
    """The same at every step of a path."""
    steps = (*scene.earlier, scene.step, *scene.later)
    most = max(step.kind.least_cli for step in steps if step.kind.least_cli)
    message = f"Which Azure CLI will run the steps? They need {most} or later (see `az version`)."
    return Finding(object=scene.cluster_ref, message=message, asks="--cli-version")


def _message(version: Version, least: Version) -> str:
    if version < least:
        return f"Azure CLI {version} is too old for this step's command, which needs {least} or later."
    return (
        f"Azure CLI {version} can run this step; {RECOMMENDED} or later is recommended, which has the flags of every"
        " step."
    )


RULE = Rule(
    id="GEN-CLI-VERSION",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=tuple(StepKind),
    reads=(Source.CLUSTER, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "The update to the Cilium data plane takes Azure CLI 2.52.0 or later.",
            "2026-05-28",
            contradicts="The policy engine must be sent along, and `--network-policy` is on `update` only from 2.54.0.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#prerequisites",
            "Cilium takes Azure CLI 2.48.1 to create and 2.52.0 to update; node subnet with Cilium 2.69.0 to create.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-overlay-pod-expand#requirements-and-parameters",
            "The overlay how-tos ask for Azure CLI 2.48.0.",
            "2024-08-16",
            contradicts="On `update` there are `--network-plugin-mode` and `--pod-cidr` since 2.47.0, and"
            " `--network-plugin` since 2.56.0.",
        ),
        Citation(
            "https://github.com/Azure/azure-cli/tree/dev/src/azure-cli/azure/cli/command_modules/acs",
            "The parameters of `az aks update`, release by release.",
            "2.46.0 to 2.56.0",
        ),
    ),
    check=check,
)

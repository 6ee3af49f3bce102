"""Infrastructure code may replace the cluster, or put the old network back.

Why it matters
--------------
Terraform's azurerm provider has treated networkPlugin, networkPluginMode, the data plane, the policy engine and the
pod CIDR as fields that force a new cluster; support for the change in place came release by release. Code that still
describes the old network plans to put it back after the migration, and that plan can be: destroy and create.

What to do
----------
- Run the migration with the CLI, and let no pipeline apply in between.
- Write the new network into the code, and read its plan (`terraform plan`, `az deployment group what-if`) before it is
  applied: no "must be replaced", no delete of the cluster.
- Until the provider updates these fields in place, have it ignore them: `lifecycle { ignore_changes =
  [network_profile] }`.
- Tell this tool what the plan says: `--iac-plan none|in-place|replace`.

How it is decided
-----------------
`--iac-plan replace` is a risk. `in-place` and `none` pass. Not given: one question, as a notice. Tags of the cluster
that name a tool of this kind are shown with it; they prove nothing, and no tag at all proves nothing either, so the
question is put in both cases. Plans and templates are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import IacPlan, StepKind
from analyzer.scene import Citation, Page, Rule, Scene

_TOOLS = re.compile(
    "terraform|terragrunt|opentofu|tofu|pulumi|bicep|crossplane|ansible|azapi|azurerm|arm.?template", re.I
)
"""Names of tools, in the key or the value of a tag."""
_HARMLESS = MappingProxyType(
    {
        IacPlan.IN_PLACE: "By --iac-plan the infrastructure code updates the cluster in place.",
        IacPlan.NONE: "By --iac-plan no infrastructure code manages this cluster.",
    }
)


def check(scene: Scene) -> Iterator[Outcome]:
    """What the operator says of the plan, or the question."""
    plan = scene.inputs.iac_plan
    if plan is None:
        yield _question(scene)
    elif plan is IacPlan.REPLACE:
        yield Finding(
            object=scene.cluster_ref,
            message="The plan of the infrastructure code replaces the cluster once it describes the new network.",
            evidence=(Evidence("--iac-plan", plan.value),),
        )
    else:
        yield Passed(_HARMLESS[plan])


def _question(scene: Scene) -> Finding:
    tags = scene.cluster.require().tags or {}
    named = [f"{key}={tags[key]}" for key in sorted(tags) if _TOOLS.search(f"{key}={tags[key]}")]
    hint = f" Tags hint at it: {', '.join(named)}." if named else ""
    return Finding(
        object=scene.cluster_ref,
        message=(
            "Does infrastructure code manage this cluster, and does its plan replace the cluster once it describes the"
            f" new network? --iac-plan was not given (none, in-place or replace).{hint}"
        ),
        evidence=tuple(Evidence("tags", tag) for tag in named),
        severity=Severity.NOTICE,
        key="question",
        asks="--iac-plan",
    )


RULE = Rule(
    id="GEN-IAC-REPLACE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.INPUTS),
    sources=(
        Citation(
            "https://github.com/hashicorp/terraform-provider-azurerm/issues/30946",
            "A change of network_profile forces a replacement of the cluster.",
        ),
        Citation(
            "https://github.com/hashicorp/terraform-provider-azurerm/issues/22918",
            "Asks for the update to overlay in place.",
        ),
        Citation(
            "https://github.com/hashicorp/terraform-provider-azurerm/issues/31917",
            "Cilium on node subnet is refused by the provider, which asks for a pod subnet.",
        ),
        Citation(
            "https://github.com/hashicorp/terraform-provider-azurerm/pull/30959",
            "Updates of network_profile in place.",
            contradicts="Whether a change replaces the cluster depends on the provider's release.",
        ),
    ),
    check=check,
)

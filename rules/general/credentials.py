"""The service principal's secret has ended, or ends soon.

Why it matters
--------------
A roll validates the cluster's credentials. With a service principal whose secret has ended, nodes can be neither
created nor recreated, and the step stops with pools half reimaged.

What to do
----------
- Renew the secret: `az aks update-credentials --resource-group {resource_group} --name {cluster}
  --reset-service-principal --service-principal APP_ID --client-secret SECRET`. On scale sets this is a node image
  upgrade.
- Or leave the service principal: `az aks update --resource-group {resource_group} --name {cluster}
  --enable-managed-identity`. This reimages all nodes, and there is no way back.

How it is decided
-----------------
A managed identity passes: `identity.type` is there and is not None, whatever the client id, or the client id is `msi`.
A cluster that names neither is a gap. A service principal that an earlier step of the path replaces passes too.

When the secret ends is in no body that is read: `--credential-expiry` says it, and without it a cluster with a service
principal is a gap. The day is compared with the end of `--planned-window`, else with the day of judgement: an end
before it is a blocker, one in the 30 days after it is a risk. The secret works on its last day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

MARGIN_DAYS = 30


def check(scene: Scene) -> Iterator[Outcome]:
    """The end of the secret, where the cluster has one."""
    principal = _service_principal(scene.cluster.require()).require()
    identity_step = scene.earlier_step(StepKind.USER_ASSIGNED_IDENTITY)
    if not principal:
        yield Passed("The cluster uses a managed identity.")
    elif identity_step:
        yield Passed(f"The step {identity_step.kind} before this one replaces the service principal.")
    else:
        yield from _expiry(principal, _expiry_input(scene).require(), scene)


def _service_principal(cluster: ManagedCluster) -> Fact[str]:
    """The client id of the service principal; empty where a managed identity is used."""
    kind = (cluster.identity.type or "").lower() if cluster.identity else ""
    if kind not in ("", "none"):
        return Known("")
    profile = cluster.service_principal_profile
    if profile is None or not profile.client_id:
        return hidden("servicePrincipalProfile.clientId", "it is absent or null, and there is no managed identity")
    return Known("" if profile.client_id.lower() == "msi" else profile.client_id)


def _expiry_input(scene: Scene) -> Fact[datetime.date]:
    if scene.inputs.credential_expiry is not None:
        return Known(scene.inputs.credential_expiry)
    detail = "The cluster uses a service principal, and when its secret ends was not given"
    grant = "Give --credential-expiry DATE (az ad app credential list --id APP_ID shows it)"
    return Missing(Source.INPUTS, Cause.NOT_ASKED, detail, grant)


def _expiry(principal: str, expiry: datetime.date, scene: Scene) -> Iterator[Finding]:
    window = scene.inputs.planned_window
    day = window.end.astimezone(datetime.UTC).date() if window else scene.as_of
    if expiry >= day + datetime.timedelta(MARGIN_DAYS):
        return
    has_ended = expiry < day
    relation = "before" if has_ended else f"fewer than {MARGIN_DAYS} days after"
    what = "the end of the planned window" if window else "the day of judgement"
    yield Finding(
        object=scene.cluster_ref,
        message=f"The secret of service principal {principal} ends on {expiry}, {relation} {what} ({day}).",
        evidence=(
            Evidence("properties.servicePrincipalProfile.clientId", principal),
            Evidence("--credential-expiry", str(expiry)),
        ),
        severity=Severity.BLOCKER if has_ended else Severity.RISK,
    )


RULE = Rule(
    id="GEN-CREDENTIALS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#validations-used-in-the-upgrade-process",
            "Before nodes are rolled, AKS checks that the service principal's secret has not ended.",
            "2026-06-22",
        ),
    ),
    check=check,
)

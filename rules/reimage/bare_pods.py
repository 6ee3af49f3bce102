"""Nothing recreates a bare pod, and running Jobs start again.

Why it matters
--------------
A drain deletes pods and leaves it to their controllers to make new ones. A pod without a controller is gone for good;
a Job that runs starts from scratch, or has failed where its backoffLimit is 0.

What to do
----------
- Recreate such a pod as a Deployment, or note that somebody starts it again after the step.
- Let Jobs end before the step, and suspend CronJobs for its length: `kubectl patch cronjob NAME --namespace NAMESPACE
  --patch '{"spec":{"suspend":true}}'`.

How it is decided
-----------------
A live pod without any owner is a risk. Static pods (which their node owns), ended pods, pods in kube-system and the
platform's own do not count. A Job with active pods is a notice, because it is not likely to run at the time of the
step; with backoffLimit 0 it is a risk, because it does not come back. A Job of a CronJob is told of the CronJob.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.disruption.platform import is_platform
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Severity
from analyzer.model.objects import Job
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each bare pod and each running Job."""
    for group in scene.drain.groups:
        if group.is_bare and group.owner.namespace != "kube-system":
            node = group.pods[0].spec.node_name or "no node yet"
            yield Finding(
                object=group.owner,
                message=f"This pod has no controller: once its node is drained, nothing recreates it ({node}).",
                evidence=(Evidence("metadata.ownerReferences", "absent"),),
            )
    for job in seen(scene.snapshot.jobs):
        if job.status.active and not is_platform(job):
            yield _running(job)
    yield from gaps(scene.snapshot.pods)
    yield from gaps(scene.snapshot.jobs)


def _running(job: Job) -> Finding:
    parent = next((owner for owner in job.metadata.owner_references if owner.controller), None)
    kind, name = (parent.kind, parent.name) if parent else ("Job", job.name)
    is_last = job.spec.backoff_limit == 0
    what = "has failed, because its backoffLimit is 0" if is_last else "starts again from scratch"
    return Finding(
        object=ObjectRef(kind, name, job.namespace),
        severity=None if is_last else Severity.NOTICE,
        message=f"{'A Job of it' if parent else 'This Job'} is running; if its node is drained then, it {what}.",
        evidence=(
            Evidence(f"jobs[{job.name}].status.active", str(job.status.active)),
            Evidence(f"jobs[{job.name}].spec.backoffLimit", str(job.spec.backoff_limit)),
        ),
    )


RULE = Rule(
    id="REI-BARE-PODS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=REIMAGING,
    reads=(Source.PODS, Source.REPLICA_SETS, Source.JOBS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling#overview-of-rolling-upgrade-behavior",
            "Each node is cordoned and drained before it is reimaged; that nobody recreates a bare pod follows.",
            "2026-05-29",
        ),
    ),
    check=check,
)

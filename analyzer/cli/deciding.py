"""A run of the gate: the approved report, the cluster as it is now, the decision, its record and exit code."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from analyzer.cli import exit_codes
from analyzer.cli.evidence import Evidence, reach_of, read
from analyzer.cli.gate import Approving, Recording
from analyzer.cli.guard import say
from analyzer.cli.options import Asking, Reaching, Selection
from analyzer.cli.output import Output, parse_outputs, write_documents
from analyzer.cli.questions import Asked, asked
from analyzer.cli.targets import Named, parse_targets
from analyzer.cli.waivers import say_standings
from analyzer.engine import judge
from analyzer.errors import UsageError
from analyzer.fleet.approval import Terms, decide
from analyzer.fleet.targets import InAzure, Target
from analyzer.model.approval import Holding
from analyzer.model.report import Report
from analyzer.store.report_file import read_report
from reports.gate import GATE_FORMATS
from rules import CATALOG

CODES = {
    Holding.MET: exit_codes.OK,
    Holding.NOT_ASKED: exit_codes.OK,
    Holding.BLOCKED: exit_codes.BLOCKED,
    Holding.UNKNOWN: exit_codes.INDETERMINATE,
    Holding.DRIFTED: exit_codes.DRIFT,
}
"""What each criterion ends with."""
_KNOWN = frozenset(
    "--pod-cidr --cli-version --planned-features --planned-window --on-premises-cidr --iac-plan --allowed-fqdn"
    " --credential-expiry --scan-configmaps".split()
)
"""The inputs of a report that can be given again."""


@dataclass(frozen=True, slots=True)
class _Approved:
    """The report that was approved, and its file."""

    report: Report
    path: Path
    hash: str
    """sha256 of the file's bytes."""


def decide_and_record(approving: Approving, which: Selection, reaching: Reaching, recording: Recording) -> int:
    """Decides, writes the record, returns the exit code. Raises PreflightError."""
    most = _max_age(approving.max_age)
    outputs = parse_outputs(recording.formats or (), GATE_FORMATS) or (Output("text", None),)
    approved = _approved(approving)
    question = question_of(approved.report, str(approved.path), approving)
    reach = reach_of(reaching, scan_configmaps=question.inputs.scan_configmaps)
    evidence = read(_target(approved, which, reaching), reach)
    at = datetime.datetime.now(datetime.UTC)
    now = _judged(evidence, replace(question, as_of=at.date().isoformat()))
    say_standings(now.waivers, approving.waivers)
    _require_same_cluster(approved, now.cluster.id)
    terms = Terms(
        at=at,
        max_age=most,
        approved_file_hash=approved.hash,
        is_hash_given=approving.approved_hash is not None,
        server_doubt=evidence.server_doubt,
    )
    approval = decide(approved.report, now, terms)
    codes = [CODES[item.holding] for item in approval.criteria]
    codes += [exit_codes.INTERRUPTED] if evidence.interrupted else []
    return exit_codes.worst([*codes, *write_documents(outputs, lambda name: GATE_FORMATS[name](approval))])


def _max_age(text: str) -> datetime.timedelta:
    found = re.fullmatch(r"([1-9]\d{0,3})([mhd])", text)
    if found is None:
        raise UsageError(f"--max-age is {text!r}; give minutes, hours or days, such as 90m, 24h or 7d.")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return datetime.timedelta(**{unit: int(found[1])})


def _approved(approving: Approving) -> _Approved:
    """The approved report. Raises UsageError where it is not there, not whole, or not the one that is named."""
    path = approving.approved
    if path is None:
        raise UsageError("No approved report is named. Give --approved REPORT, a cluster's JSON report.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    found = hashlib.sha256(content).hexdigest()
    wanted = approving.approved_hash
    if wanted is not None and wanted.strip().lower() != found:
        raise UsageError(
            f"{path} is not the report that was approved: its sha256 is {found}, and --approved-hash is {wanted}."
            " Give the JSON file that lay beside the approved page, unchanged."
        )
    return _Approved(read_report(content, str(path)), path, found)


def question_of(report: Report, name: str, approving: Approving) -> Asked:
    """What an approved report was asked, with the waivers that are given now. `name` is the file's, for messages."""
    inputs = report.inputs
    unknown = sorted(inputs.keys() - _KNOWN)
    if unknown:
        raise UsageError(
            f"{name} was judged with {unknown[0]}, which this version does not know."
            " Use the version of aks-preflight that wrote it, or judge and approve again."
        )
    return asked(
        Asking(
            to=report.target,
            pod_cidr=inputs.get("--pod-cidr"),
            on_premises_cidr=_listed(inputs.get("--on-premises-cidr")),
            cli_version=inputs.get("--cli-version"),
            planned_window=inputs.get("--planned-window"),
            planned_features=inputs.get("--planned-features"),
            iac_plan=inputs.get("--iac-plan"),
            allowed_fqdn=_listed(inputs.get("--allowed-fqdn")),
            credential_expiry=inputs.get("--credential-expiry"),
            scan_configmaps="--scan-configmaps" in inputs,
            waivers=approving.waivers,
            strict=approving.strict,
        )
    )


def _listed(value: str | None) -> list[str] | None:
    """The value of a repeatable option: a list with commas."""
    return None if value is None else [value]


def _target(approved: _Approved, which: Selection, reaching: Reaching) -> Target:
    """The one target; where none is named, the approved cluster in Azure."""
    words = tuple(which.targets or ())
    named = Named(which.subscription, which.resource_group, which.name)
    id = approved.report.cluster.id
    if not words and named == Named() and id:
        words = (id,)
    targets = parse_targets(words, named, has_kubeconfig=reaching.kubeconfig is not None)
    if len(targets) != 1:
        raise UsageError(f"{len(targets)} targets are named; the gate is for the one cluster of {approved.path}.")
    if isinstance(targets[0], InAzure):
        _require_same_cluster(approved, targets[0].id)
    return targets[0]


def _require_same_cluster(approved: _Approved, id: str) -> None:
    """Raises UsageError where both are known and differ. What is not known is no match, which the decision says."""
    known = approved.report.cluster.id
    if known and id and known.lower() != id.lower():
        raise UsageError(f"{approved.path} is of {known}, and the target is {id}: two clusters.")


def _judged(evidence: Evidence, question: Asked) -> Report:
    for warning in evidence.warnings:
        say(warning)
    report = judge(evidence.snapshot, question.of(evidence.hash), CATALOG)
    return structs.replace(report, partial=True) if evidence.interrupted else report

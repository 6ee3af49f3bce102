"""One run over many clusters: begun or resumed, conducted, concluded. A cluster is done when its row is written."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from analyzer.compare import compare_fleets
from analyzer.engine import Question
from analyzer.errors import PreflightError, UsageError
from analyzer.fleet.executors import Executor, done
from analyzer.fleet.history import nights
from analyzer.fleet.index import History, Run, fleet_report
from analyzer.fleet.judging import Finished, Judged
from analyzer.fleet.plan import Plan, PlannedCluster
from analyzer.fleet.store import RunFolder, kept_runs, run_folder, run_name
from analyzer.model.fleet_report import FleetReport
from analyzer.store.folder import Folder
from analyzer.waiving import merge_standings

RESUMABLE = datetime.timedelta(hours=18)
"""A run that began longer ago is another night's: one that is begun every day never goes on with yesterday's."""
Heard = Callable[[PlannedCluster, Judged], None]
"""Told of each cluster that is done."""


@dataclass(frozen=True, slots=True)
class Conducted:
    """A run that went as far as it went."""

    finished: Mapping[str, Finished]
    """By the names of their files."""
    interrupted: bool = False
    stopped: PreflightError | None = None
    """What kept it from going on: the sign-in ended, the workers are gone, or nothing can be written."""


def unfinished(root: Folder, now: datetime.datetime) -> RunFolder | None:
    """The newest run, if it is not over and began a short time ago."""
    newest = next(reversed(kept_runs(root)), None)
    if newest is None or newest.is_over:
        return None
    began = datetime.datetime.strptime(newest.name, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    return newest if now - began <= RESUMABLE else None


def begin(root: Folder, plan: Plan) -> RunFolder:
    """A new run. Raises UsageError where the folder holds one of the same second."""
    run = run_folder(root, run_name(plan.began))
    if run.folder.exists(""):
        raise UsageError(f"{run.folder.url} exists already: another audit of this second writes there. Start again.")
    run.begin(plan)
    return run


def require_same_question(begun: Plan, run: RunFolder, asked: Plan, *, is_dated: bool) -> None:
    """Raises UsageError where a run that is to be resumed was begun with another question, or with other targets.

    `is_dated`: the operator gave a date; else the date on which it began holds on. `asked` has the clusters that a file
    names, and none where Azure was to be asked for them: what was found when the run began holds on.
    """
    then, now = _words(begun), _words(asked)
    other = [name for name in then if then[name] != now[name] and (is_dated or name != "date")]
    words = [f"{name}: {then[name] or 'none'}, now {now[name] or 'none'}" for name in other]
    if asked.clusters and asked.clusters != begun.clusters:
        words.append("its file of targets names others")
    if words:
        told = "; ".join(words)
        raise UsageError(
            f"{run.folder.url} was begun with another question ({told}). Resume it with the same options, or begin a"
            " new run without --resume."
        )


def _words(plan: Plan) -> dict[str, str]:
    """What makes a run another one, in words."""
    return {
        "scope": plan.scope,
        "target": plan.target,
        "date": plan.as_of,
        "inputs": " ".join(f"{flag} {value}" for flag, value in sorted(plan.inputs.items())),
        "waivers": plan.waivers,
    }


def waivers_digest(question: Question) -> str:
    """The sha256 of the waivers that a question carries; empty: there are none."""
    if not question.waivers:
        return ""
    return hashlib.sha256(msgspec.json.encode((question.waivers, question.strict))).hexdigest()


def conduct(run: RunFolder, plan: Plan, executor: Executor, heard: Heard) -> Conducted:
    """Looks at every cluster that is not done yet, and keeps each as soon as it is done."""
    finished = run.finished(plan.clusters)
    waiting = [cluster for cluster in plan.clusters if cluster.file not in finished]
    if not waiting:
        return Conducted(finished)

    def keep(cluster: PlannedCluster, judged: Judged) -> None:
        run.keep(cluster.file, judged)

    try:
        with executor.looking() as look:
            for cluster, judged in done(waiting, look, keep, executor.at_once):
                finished[cluster.file] = judged.finished
                heard(cluster, judged)
    except KeyboardInterrupt:
        return Conducted(run.finished(plan.clusters), interrupted=True)
    except PreflightError as error:
        return Conducted(run.finished(plan.clusters), stopped=error)
    except OSError as error:
        return Conducted(finished, stopped=PreflightError(f"{run.folder.url} cannot be written: {error}."))
    return Conducted(finished)


def conclude(run: RunFolder, root: Folder, conducted: Conducted, baseline: RunFolder | None) -> FleetReport:
    """The index over everything that is done, and its files. Raises OSError, and UsageError for a broken baseline."""
    plan = run.plan()
    rows = [conducted.finished[item.file] for item in plan.clusters if item.file in conducted.finished]
    pending = len(plan.clusters) - len(rows)
    facts = Run(
        tool=plan.tool,
        began=plan.began,
        scope=plan.scope,
        target=plan.target,
        as_of=plan.as_of,
        inputs=plan.inputs,
        is_partial=pending > 0,
        pending=pending,
        subscriptions=plan.subscriptions,
        subscriptions_note=plan.subscriptions_note,
        subscriptions_known=plan.subscriptions_known,
    )
    unread = [item.row for item in rows if item.row.verdict is None]
    is_seen = plan.subscriptions_known and all(item.seen and not item.excluded for item in plan.subscriptions)
    waivers = merge_standings((item.waivers for item in rows), unread, whole=is_seen and not pending)
    history = History(nights=nights(root, before=run.name))
    report = fleet_report(facts, (item.row for item in rows), waivers, history)
    if baseline is not None:
        difference = compare_fleets(baseline.report(), report, (baseline.report_if_whole, run.report_if_whole))
        report = msgspec.structs.replace(report, baseline=difference)
    run.conclude(report, root)
    return report

"""A run of `audit`, from its options to its exit code."""

from __future__ import annotations

import ctypes
import dataclasses
import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

import typer

from analyzer.cli import exit_codes
from analyzer.cli.audit import Keeping, Running, Where
from analyzer.cli.audit_progress import Tally, hearing, require_log_format, telling
from analyzer.cli.audit_scope import scope_words, with_clusters, with_targets
from analyzer.cli.guard import say
from analyzer.cli.options import Asking
from analyzer.cli.output import parse_outputs, write_documents
from analyzer.cli.questions import Asked, asked
from analyzer.cli.waivers import say_standings
from analyzer.collect.access import Access
from analyzer.collect.sharing import Clock, Sharing, share, utc_now
from analyzer.compare import is_fleet_worse
from analyzer.engine import given_inputs, tool
from analyzer.errors import PreflightError, UsageError
from analyzer.fleet.audit import Conducted, begin, conclude, conduct, require_same_question, unfinished, waivers_digest
from analyzer.fleet.executors import Executor
from analyzer.fleet.history import find_baseline
from analyzer.fleet.judging import Judge
from analyzer.fleet.plan import Plan
from analyzer.fleet.reading import Reader
from analyzer.fleet.store import RunFolder
from analyzer.fleet.threads import Threads
from analyzer.model.fleet_report import FleetReport
from analyzer.store.folder import Folder, open_folder
from reports.fleet import FLEET_FORMATS
from reports.fleet.text import summary
from reports.prose import counted
from rules import CATALOG

_NEW_OBJECTS = 100_000
"""Between two collections of garbage: about what the evidence of ten clusters is made of."""
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
_AFTER_ALL_RUNS = "~"
"""A name that is greater than that of any run."""


@dataclass(slots=True)
class _SignIn:
    """What all clusters in Azure share, begun by the first of them: files need none."""

    begin: Callable[[], Sharing]
    begun: Sharing | None = None
    lock: Lock = field(default_factory=Lock)

    def __call__(self) -> Sharing:
        """The same for every thread. Raises PreflightError."""
        with self.lock:
            if self.begun is None:
                self.begun = self.begin()
            return self.begun


@dataclass(frozen=True, slots=True)
class _Means:
    """How clusters are reached."""

    access: Access
    sharing: _SignIn
    clock: Clock
    tell: Callable[[str], None]
    is_complete: bool
    """Files are taken for everything there is."""


def run_audit(where: Where, asking: Asking, running: Running, keeping: Keeping, clock: Clock = utc_now) -> int:
    """Everything that `audit` does; returns its exit code. Raises PreflightError before the first cluster only."""
    _settle_memory()
    signal.signal(signal.SIGTERM, _interrupt)  # what schedulers send first
    if keeping.out_dir is None:
        raise UsageError("An audit keeps its reports: --out-dir FOLDER, or a URL such as abfs://….")
    outputs, root = parse_outputs(keeping.formats or (), FLEET_FORMATS), open_folder(keeping.out_dir)
    with _kept_in(root):
        _require_possible(running, keeping, root)
    means = _means(asking, running, clock)
    with _kept_in(root):
        plan, run = _begun(where, asking, keeping, root, means)
    question = asked(dataclasses.replace(asking, as_of=plan.as_of))
    baseline = find_baseline(keeping.baseline, root, run.name) if keeping.baseline else None
    if keeping.baseline and baseline is None:
        means.tell("nothing is compared: --baseline found no earlier run that is finished")
    tally = Tally(len(plan.clusters) - len(run.finished(plan.clusters)))
    try:
        with (
            _executor(running, question, means) as executor,
            hearing(tally, running.log_format, quiet=running.quiet) as heard,
        ):
            conducted = conduct(run, plan, executor, heard)
    except KeyboardInterrupt:  # before the first cluster, or while the executor ends
        conducted = Conducted(run.finished(plan.clusters), interrupted=True)
    with _kept_in(root):
        report = conclude(run, root, conducted, baseline)
    _show(report, means.tell if any(output.path is None for output in outputs) else typer.echo)
    _tell(conducted, root, means, tally)
    say_standings(report.waivers, asking.waivers)
    prefix = f"{root.url.rstrip('/')}/runs/{run.name}/"
    failures = write_documents(outputs, lambda name: FLEET_FORMATS[name](report, prefix))
    return exit_codes.worst([*_codes(report, conducted, question), *failures])


def _settle_memory() -> None:
    """This verb lives long, so garbage is collected; but hardly any is made, and modules are none.

    Its threads come and go: glibc would give each an arena, and keep the most that each of them ever held.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()
    with suppress(AttributeError, OSError, TypeError):  # other systems have other allocators
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _require_possible(running: Running, keeping: Keeping, root: Folder) -> None:
    """Raises UsageError for options that cannot work, before anybody is asked and anything is written."""
    require_log_format(running.log_format)
    match running.executor, running.scheduler:
        case ("threads", None) | ("dask", str()):
            pass
        case "dask", None:
            raise UsageError("--executor dask needs the address of its scheduler: --scheduler tcp://HOST:8786.")
        case "threads", _:
            raise UsageError("--scheduler is for --executor dask.")
        case other, _:
            raise UsageError(f"--executor is {other!r}; it can be threads or dask.")
    if keeping.baseline:
        find_baseline(keeping.baseline, root, _AFTER_ALL_RUNS)


@contextmanager
def _kept_in(root: Folder) -> Iterator[None]:
    """Raises PreflightError where the folder of the audits fails."""
    try:
        yield
    except OSError as error:
        way = "Mend that, then go on with --resume; or give another --out-dir."
        raise PreflightError(f"{root.url} cannot be read or written: {error.strerror or error}. {way}") from error


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _means(asking: Asking, running: Running, clock: Clock) -> _Means:
    access = Access(
        context=running.context,
        cloud=running.cloud,
        credential=running.credential,
        concurrency=running.concurrency,
        timeout_s=running.timeout,
        scan_configmaps=asking.scan_configmaps,
        environment=os.environ,
    )
    tell = telling(running.log_format, quiet=running.quiet)
    return _Means(access, _SignIn(lambda: share(access, tell, clock, running.deadline)), clock, tell, running.complete)


def _begun(where: Where, asking: Asking, keeping: Keeping, root: Folder, means: _Means) -> tuple[Plan, RunFolder]:
    """A run that is resumed, or a new one. Raises PreflightError."""
    now = means.clock()
    plan = _question(where, asking, now.strftime("%Y-%m-%dT%H:%M:%SZ"), is_complete=means.is_complete)
    run = unfinished(root, now) if keeping.resume else None
    begun = run.plan() if run is not None else None
    if run is not None and begun is not None and begun.tool == plan.tool:
        require_same_question(begun, run, with_targets(plan, where), is_dated=asking.as_of is not None)
        means.tell(f"Going on with the audit of {begun.began}: {len(run.finished(begun.clusters))} clusters are done")
        return begun, run
    if begun is not None:
        means.tell(f"The audit of {begun.began} was begun with other rules, so a new one begins")
    means.tell("Looking for clusters …")
    plan = with_clusters(plan, where, lambda: means.sharing().azure, lambda _: None)
    return plan, begin(root, plan)


def _question(where: Where, asking: Asking, began: str, *, is_complete: bool) -> Plan:
    """A plan without clusters: what is asked of them, and whether files are taken for everything there is."""
    question = asked(asking)
    return Plan(
        began=began,
        tool=tool(question.of("").tool_version, CATALOG),
        scope=scope_words(where),
        target=question.target.value,
        as_of=question.as_of,
        inputs=given_inputs(question.inputs) | ({"--complete": "yes"} if is_complete else {}),
        waivers=waivers_digest(question.of("")),
        subscriptions=(),
        subscriptions_note="",
        clusters=(),
    )


@contextmanager
def _executor(running: Running, question: Asked, means: _Means) -> Iterator[Executor]:
    """Where the clusters are looked at. Raises PreflightError."""
    judge = Judge(question.of(""), CATALOG)
    if running.scheduler is None:
        yield Threads(Reader(means.access, means.sharing, running.complete), judge, running.deadline)
        return
    from analyzer.fleet.spread import Errand, spread_over

    access = dataclasses.replace(means.access, environment={})
    errand = Errand(access, judge, means.clock, running.deadline, running.complete)
    with spread_over(running.scheduler, errand) as spread:
        yield spread


def _show(report: FleetReport, show: Callable[[str], None]) -> None:
    """The summary: on stdout, unless a format goes there."""
    for line in summary(report).splitlines():
        show(line)


def _tell(conducted: Conducted, root: Folder, means: _Means, tally: Tally) -> None:
    """What it cost, and where everything is."""
    asked_for = means.sharing.begun.places.asked if means.sharing.begun else {}
    requests = "".join(f", {counted(count, 'request')} to {kind}" for kind, count in sorted(asked_for.items()))
    spent = f"{tally.elapsed_s:.1f} s: {tally.cpu_s:.1f} s of judging"
    means.tell(f"looked at {counted(tally.done, 'cluster')} in {spent}{requests}")
    means.tell(f"wrote {root.url.rstrip('/')}/index.html")
    if conducted.stopped is not None:
        say(f"aks-preflight: {conducted.stopped} Then go on with --resume.")
    elif conducted.interrupted:
        say("aks-preflight: interrupted; go on with --resume")


def _codes(report: FleetReport, conducted: Conducted, question: Asked) -> Iterator[int]:
    if conducted.stopped is not None:
        yield conducted.stopped.exit_code
    else:
        yield from exit_codes.fleet_exit_codes(report, question.fail_on)
    is_silenced = question.fail_on is exit_codes.FailOn.NEVER
    if not report.partial and report.baseline is not None and is_fleet_worse(report.baseline) and not is_silenced:
        yield exit_codes.DRIFT

"""`check`: collect, judge, report."""

from __future__ import annotations

from analyzer.cli import options


def check(
    which: options.Selection, asking: options.Asking, reaching: options.Reaching, writing: options.Writing
) -> int:
    """Judge clusters before their migration, and write the reports.

    \b
    Exit codes:
      0    the verdict is within --fail-on
      1    the run itself broke: a bug, or a report that could not be written
      2    usage: options, files, waivers
      3    BLOCKED
      4    READY_WITH_RISKS, with --fail-on risks
      5    INDETERMINATE, or nothing was evaluated
      6    no target could be signed in to or reached
      130  interrupted; the report is marked partial
    Of several targets the worst counts: 130, 1, 2, 6, 3, 5, 4, 0.
    """
    from analyzer.cli.judging import Wanted, judge_targets
    from reports import FORMATS

    wanted = Wanted(
        renderers=FORMATS,
        formats=writing.formats or (),
        out_dir=writing.out_dir,
        quiet=reaching.quiet,
        color=not writing.no_color,
    )
    return judge_targets(which, asking, reaching, wanted)

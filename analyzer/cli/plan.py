"""`plan`: the path, the runbook with this cluster's names, and the pod CIDR to reserve."""

from __future__ import annotations

from analyzer.cli import options


def plan(which: options.Selection, asking: options.Asking, reaching: options.Reaching, writing: options.Writing) -> int:
    """Print the runbook of the migration, with the cluster's names.

    Every command, what to prepare, what to see before the next step, and the pod CIDR to reserve. It judges as check
    does, and a command that must not run yet is commented out.

    With --out-dir, a path to Cilium also gets the policies that keep what it would refuse: proven ones, as files in
    the order in which they are applied, and a list of what no policy keeps.

    The exit codes are those of check: 0 within --fail-on, 3 BLOCKED, 5 INDETERMINATE, and so on.
    """
    from analyzer.cli.judging import Wanted, judge_targets
    from analyzer.cli.policy_files import policy_files
    from reports import PLAN_FORMATS

    wanted = Wanted(
        renderers=PLAN_FORMATS,
        formats=writing.formats or (),
        out_dir=writing.out_dir,
        quiet=reaching.quiet,
        color=not writing.no_color,
        beside=policy_files,
    )
    return judge_targets(which, asking, reaching, wanted)

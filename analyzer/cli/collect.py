"""`collect`: a snapshot only; or the script that collects on a jump host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import options


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What is collected, and where it goes."""

    output: Annotated[
        Path | None, typer.Option("--output", "-O", envvar="AKS_PREFLIGHT_OUTPUT", help="The snapshot file, *.zip.")
    ] = None
    script: Annotated[
        bool, typer.Option("--script", help="Print a shell script for a jump host that has az and kubectl, instead.")
    ] = False
    scan_configmaps: options.ScanConfigmaps = False


def collect(which: options.Selection, collecting: Collecting, reaching: options.Reaching) -> int:
    """Collect one cluster into a snapshot file.

    It can be judged later, or elsewhere: aks-preflight check FILE.zip. Ends with 0 when the snapshot was written,
    whatever it could not read, which its manifest says; with 2 for wrong usage, 6 when nothing was reached, 130 when
    interrupted.
    """
    if collecting.script:
        from analyzer.collect.files.script import script as text

        typer.echo(text(scan_configmaps=collecting.scan_configmaps), nl=False)
        return 0
    from analyzer.cli.evidence import reach_of, targets_of
    from analyzer.cli.snapshots import write_snapshot

    reach = reach_of(reaching, scan_configmaps=collecting.scan_configmaps)
    return write_snapshot(targets_of(which, reaching), collecting.output, reach)

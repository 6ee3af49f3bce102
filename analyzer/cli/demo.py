"""`demo`: judges the bundled sample clusters. Nothing to sign in to, nothing sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SAMPLES = {
    "kubenet-calico-prod": None,
    "nodesubnet-npm-windows": "100.64.0.0/16",
    "overlay-two-policies": None,
    "overlay-ready": None,
}
"""The bundled clusters, each with the --pod-cidr that its check is given."""


def demo(
    out_dir: Annotated[Path, typer.Option("--out-dir", help="Folder for the reports.")] = Path("out"),
    to: Annotated[str, typer.Option("--to", help="The target: overlay, cilium, or overlay,cilium.")] = "overlay,cilium",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Judge as of this date, YYYY-MM-DD (default: today, UTC).")
    ] = None,
) -> int:
    """Judge the bundled sample clusters.

    Writes an HTML and a JSON report of each; there is nothing to sign in to. Ends with 0 when every report was
    written, whatever the verdicts.
    """
    from importlib.resources import as_file, files

    from analyzer.cli.evidence import Reach, read
    from analyzer.cli.judging import verdict_line
    from analyzer.cli.options import Asking
    from analyzer.cli.output import Writer
    from analyzer.cli.questions import asked
    from analyzer.engine import judge
    from analyzer.errors import PreflightError
    from analyzer.fleet.targets import InFiles
    from rules import CATALOG

    writer = Writer((), out_dir)
    for name, pod_cidr in SAMPLES.items():
        question = asked(Asking(to=to, fail_on="never", pod_cidr=pod_cidr, as_of=as_of))
        with as_file(files("analyzer.samples") / name) as folder:
            evidence = read(InFiles((folder,)), Reach())
        report = judge(evidence.snapshot, question.of(evidence.hash), CATALOG)
        writer.write(report)
        typer.echo(verdict_line(report))
    typer.echo("")
    for path in writer.written:
        typer.echo(f"  {path}")
    if writer.failures:
        raise PreflightError(" ".join(writer.failures))
    return 0

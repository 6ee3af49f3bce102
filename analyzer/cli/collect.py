"""`collect`: a snapshot only; or the script that collects on a jump host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import options


def collect(
    targets: options.Targets = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-O", envvar="AKS_PREFLIGHT_OUTPUT", help="The snapshot file, *.zip.")
    ] = None,
    script: Annotated[bool, typer.Option("--script", help="Print a shell script for a jump host instead.")] = False,
    subscription: options.Subscription = None,
    resource_group: options.ResourceGroup = None,
    name: options.Name = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    cloud: options.Cloud = "public",
    credential: options.Credential = "default",
    complete: options.Complete = False,
    concurrency: options.Concurrency = 8,
    timeout: options.Timeout = 30.0,
    quiet: options.Quiet = False,
) -> int:
    """Collect one cluster into a snapshot file, to be judged later or elsewhere.

    Ends with 0 when the snapshot was written, whatever it could not read: its manifest says so.
    """
    if script:
        from analyzer.collect.files.script import script as text

        typer.echo(text(), nl=False)
        return 0
    from analyzer.cli.evidence import Reach
    from analyzer.cli.snapshots import write_snapshot
    from analyzer.cli.targets import Named, parse_targets

    named = Named(subscription, resource_group, name)
    found = parse_targets(targets or (), named, has_kubeconfig=kubeconfig is not None)
    reach = Reach(
        kubeconfig=kubeconfig,
        context=context,
        cloud=cloud,
        credential=credential,
        concurrency=concurrency,
        timeout_s=timeout,
        complete=complete,
        quiet=quiet,
    )
    return write_snapshot(found, output, reach)

"""`doctor`: sign-in, reachability and rights, tried one after the other; what is missing and what to grant."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli import options


def doctor(
    targets: options.Targets = None,
    subscription: options.Subscription = None,
    resource_group: options.ResourceGroup = None,
    name: options.Name = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    cloud: options.Cloud = "public",
    credential: options.Credential = "default",
    concurrency: options.Concurrency = 8,
    timeout: options.Timeout = 30.0,
    scan_configmaps: Annotated[
        bool, typer.Option("--scan-configmaps", help="Also try the right to list every ConfigMap.")
    ] = False,
) -> int:
    """Try what a check of a cluster needs.

    Says what works, what does not, and what to grant. It takes one live cluster: an ARM id, -s -g -n, or --kubeconfig.
    Ends with 0 when everything can be read, 5 when some of it cannot, 6 when nothing is reached.
    """
    import os

    from analyzer.cli import exit_codes
    from analyzer.cli.guard import say
    from analyzer.cli.targets import Named, parse_targets
    from analyzer.collect.access import Access
    from analyzer.collect.examination import examine
    from analyzer.errors import UsageError
    from analyzer.fleet.targets import BehindKubeconfig, InAzure

    found = parse_targets(
        targets or (), Named(subscription, resource_group, name), has_kubeconfig=kubeconfig is not None
    )
    target = found[0]
    if len(found) > 1 or not isinstance(target, InAzure | BehindKubeconfig):
        raise UsageError("doctor looks at one live cluster: give an ARM id, -s -g -n, or --kubeconfig.")
    access = Access(
        kubeconfig=kubeconfig,
        context=context,
        cloud=cloud,
        credential=credential,
        concurrency=concurrency,
        timeout_s=timeout,
        scan_configmaps=scan_configmaps,
        environment=os.environ,
    )
    trials = examine(target.id if isinstance(target, InAzure) else None, access, say)
    for trial in trials:
        mark = {True: "ok     ", False: "MISSING", None: "unknown"}[trial.works]
        typer.echo(f"{mark} {trial.what}" + (f": {trial.detail}" if trial.detail else ""))
        if trial.grant and not trial.works:
            typer.echo(f"        grant: {trial.grant}")
    if all(trial.works for trial in trials):
        return exit_codes.OK
    return exit_codes.INDETERMINATE if any(trial.works for trial in trials) else exit_codes.UNREACHABLE

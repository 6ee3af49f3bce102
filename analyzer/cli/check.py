"""`check`: collect, judge, report."""

from __future__ import annotations

from analyzer.cli import options


def check(
    targets: options.Targets = None,
    to: options.To = "overlay,cilium",
    subscription: options.Subscription = None,
    resource_group: options.ResourceGroup = None,
    name: options.Name = None,
    pod_cidr: options.PodCidr = None,
    cli_version: options.CliVersion = None,
    planned_features: options.PlannedFeatures = None,
    as_of: options.AsOf = None,
    formats: options.Formats = None,
    out_dir: options.OutDir = None,
    fail_on: options.FailOn = "indeterminate",
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    cloud: options.Cloud = "public",
    credential: options.Credential = "default",
    complete: options.Complete = False,
    concurrency: options.Concurrency = 8,
    timeout: options.Timeout = 30.0,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> int:
    """Judge clusters before their migration, and write the reports.

    The exit code is the worst verdict's: 0 within --fail-on, 2 usage, 3 BLOCKED, 4 READY_WITH_RISKS (with --fail-on
    risks), 5 INDETERMINATE or nothing evaluated, 6 no target reached, 1 a bug, 130 interrupted.
    """
    from analyzer.cli.evidence import Reach
    from analyzer.cli.judging import Wanted, check_targets
    from analyzer.cli.questions import asked
    from analyzer.cli.targets import Named, parse_targets

    question = asked(
        to=to,
        fail_on=fail_on,
        pod_cidr=pod_cidr,
        cli_version=cli_version,
        planned_features=planned_features,
        as_of=as_of,
    )
    named = Named(subscription, resource_group, name)
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
    wanted = Wanted(formats=formats or (), out_dir=out_dir, quiet=quiet, color=not no_color)
    found = parse_targets(targets or (), named, has_kubeconfig=kubeconfig is not None)
    return check_targets(found, question, reach, wanted)

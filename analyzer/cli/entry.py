"""The command line. Every verb is a module beside this one; heavy packages are imported where they are used."""

from __future__ import annotations

import gc
import io
import sys
from typing import Annotated

import typer

from analyzer.cli.access import access
from analyzer.cli.audit import audit
from analyzer.cli.check import check
from analyzer.cli.collect import collect
from analyzer.cli.compare import compare
from analyzer.cli.demo import demo
from analyzer.cli.doctor import doctor
from analyzer.cli.explain import explain
from analyzer.cli.gate import gate
from analyzer.cli.guard import guarded
from analyzer.cli.plan import plan
from analyzer.cli.policy import changes, flows
from analyzer.cli.policy import explain as explain_flow
from analyzer.cli.rules import list_rules, show_rule
from analyzer.cli.schema import schema
from analyzer.cli.spread import spread
from analyzer.cli.waivers import draft_waivers

app = typer.Typer(
    name="aks-preflight",
    help="Judges AKS clusters before their migration to Azure CNI Overlay and Cilium.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_rules = typer.Typer(help="What is judged, why and how, with sources.", no_args_is_help=True, rich_markup_mode=None)
_rules.command("list")(guarded(list_rules))
_rules.command("show")(guarded(show_rule))
_policy = typer.Typer(help="Ask the network policy engines directly.", no_args_is_help=True, rich_markup_mode=None)
_policy.command("changes")(guarded(spread(changes)))
_policy.command("flows")(guarded(spread(flows)))
_policy.command("explain")(guarded(spread(explain_flow)))
_waivers = typer.Typer(help="What somebody accepts, until when.", no_args_is_help=True, rich_markup_mode=None)
_waivers.command("draft")(guarded(draft_waivers))
app.command("check")(guarded(spread(check)))
app.command("audit")(guarded(spread(audit)))
app.command("plan")(guarded(spread(plan)))
app.command("collect")(guarded(spread(collect)))
app.command("gate")(guarded(spread(gate)))
app.command("compare")(guarded(spread(compare)))
app.command("demo")(guarded(demo))
app.add_typer(_rules, name="rules")
app.add_typer(_policy, name="policy")
app.add_typer(_waivers, name="waivers")
app.command("access")(guarded(access))
app.command("doctor")(guarded(doctor))
app.command("explain")(guarded(explain))
app.command("schema")(guarded(schema))


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"aks-preflight {version('aks-preflight')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every verb."""


def main() -> None:
    """The program. It is short-lived and makes no cycles: collecting garbage would only cost time."""
    gc.disable()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names in UTF-8, on terminals and pipes that are not
    app()

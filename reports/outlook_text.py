"""What the nodes are in for, in a few lines: the pod range that they get, and how long they take to be made anew."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.report import AddressPlanSummary, Disruption
from reports.disruption import effects, headline
from reports.flow_summary import SummaryLine
from reports.prose import listed


def disruption_lines(forecast: Disruption) -> Iterator[SummaryLine]:
    """At most four sentences."""
    yield SummaryLine(2, "", headline(forecast))
    yield SummaryLine(2, "", f"Workloads: {effects(forecast)}")
    if forecast.stalls:
        more = f" and {forecast.stall_count - 1:,} more" if forecast.stall_count > 1 else ""
        yield SummaryLine(2, "", f"Stops the drain: {forecast.stalls[0].object}{more}.")
    if forecast.unknown:
        yield SummaryLine(2, "", f"Not known: {listed(tuple(part.part for part in forecast.unknown), 2)}.")


def address_lines(plan: AddressPlanSummary) -> Iterator[SummaryLine]:
    """Two lines: the range that was judged and the one that is proposed."""
    word = "Proposed and judged" if plan.is_proposal_judged else "Judged"
    judged = f"{word}: {', '.join(plan.judged)}, room for {plan.capacity:,} nodes" if plan.judged else "None was judged"
    needed = "how many are needed is not known" if plan.demand is None else f"{plan.demand:,} needed"
    yield SummaryLine(2, "", f"{judged}; {needed}.")
    yield SummaryLine(2, "", _offered(plan) + plan.reason)


def _offered(plan: AddressPlanSummary) -> str:
    if not plan.proposal or plan.is_proposal_judged:
        return ""
    return f"Proposed instead: {plan.proposal}, room for {plan.proposal_capacity:,} nodes. "

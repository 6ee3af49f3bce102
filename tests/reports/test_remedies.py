from __future__ import annotations

import pytest

from analyzer.model.finding import ObjectRef
from reports.escaping import TOLERANCE, inert
from reports.remedies import named

LINES = [
    (
        ObjectRef("AgentPool", "win22"),
        "`delete --name POOL`, then add NEWPOOL",
        "`delete --name win22`, then add NEWPOOL",
    ),
    (
        ObjectRef("RouteTable", "rt-aks", "rg"),
        "`show --name TABLE --ids TABLE_ID`",
        "`show --name rt-aks --ids TABLE_ID`",
    ),
    (ObjectRef("Deployment", "api", "shop"), "`--namespace NAMESPACE NAME`", "`--namespace shop NAME`"),
    (ObjectRef("Namespace", "shop"), "`annotate namespace NAMESPACE`", "`annotate namespace shop`"),
    (ObjectRef("ManagedCluster", "shop"), "`--name POOL`", "`--name POOL`"),
    (ObjectRef("AgentPool", "a; rm -rf /"), "`--name POOL`", "`--name 'a; rm -rf /'`"),
]


@pytest.mark.parametrize(("of", "line", "shown"), LINES)
def test_a_remedy_names_the_object_and_nothing_else(of: ObjectRef, line: str, shown: str) -> None:
    assert named((line,), of) == (shown,)


def test_a_text_is_cut_only_where_more_than_a_line_is_left_out() -> None:
    assert inert("n" * (100 + TOLERANCE), 100) == "n" * (100 + TOLERANCE)
    assert inert("n" * (101 + TOLERANCE), 100) == f"{'n' * 100}... (81 more characters in the JSON report)"

from __future__ import annotations

import base64
import hashlib
import os
import re
import unicodedata
from pathlib import Path

import fleet_nights as nights
import msgspec
import pytest
from html_page import ADDRESS, Page
from msgspec.structs import replace

from analyzer.model.fleet_report import FAMILIES, FleetReport, Readiness
from reports.fleet import FLEET_FORMATS
from reports.fleet.rows import MOST_ROWS, groups

GOLDEN = Path(__file__).parent / "golden"
ALLOWED_TAGS = frozenset(
    "html head meta title style script body a svg symbol use path circle rect line polygon polyline text pattern header"
    " section main nav footer div span p h1 h2 h3 ul li dl dt dd code bdi strong b i small br details summary table"
    " caption thead tbody tr th td figure figcaption form label input select option button".split()
)
html = FLEET_FORMATS["html"]


@pytest.fixture(params=nights.NIGHTS)
def report(request: pytest.FixtureRequest) -> FleetReport:
    return nights.NIGHTS[request.param]()


def test_same_report_same_bytes(report: FleetReport) -> None:
    again = msgspec.json.decode(msgspec.json.encode(report), type=FleetReport)
    for render in FLEET_FORMATS.values():
        assert render(report, "") == render(again, "")


def test_the_good_page_is_the_golden_one() -> None:
    body = html(nights.good(), "").partition("<body")[2].partition("<script>")[0]
    path = GOLDEN / "good.html"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(body, encoding="utf-8")
    assert body == path.read_text(encoding="utf-8")


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere(report: FleetReport) -> None:
    page = Page(html(report, ""))
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    within = {value[1:] for value in page.values("href") if value.startswith("#")}
    assert len(within) >= 7
    assert within - set(ids) == set()


def test_every_named_description_is_in_the_page(report: FleetReport) -> None:
    page = Page(html(report, ""))
    labels = set(page.values("aria-labelledby"))
    assert len(labels) >= 6
    assert labels - set(page.values("id")) == set()


def test_nothing_in_the_page_can_fetch_or_run_but_the_one_script(report: FleetReport) -> None:
    page = Page(html(report, ""))
    assert set(page.tags) <= ALLOWED_TAGS
    assert page.tags.count("script") == 1
    assert [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"] == []
    assert {re.match(r"#|\./", value) is not None for value in page.values(*ADDRESS)} == {True}


def test_the_content_security_policy_allows_the_one_style_sheet_and_the_one_script() -> None:
    document = html(nights.rich(), "")
    policy = f"default-src 'none'; style-src 'sha256-{_digest(document, 'style')}'; script-src 'sha256-{_digest(document, 'script')}'; base-uri 'none'; form-action 'none'"
    assert ("meta", "content", policy) in Page(document).attributes
    assert "url(http" not in document
    assert "@import" not in document


def test_the_style_sheet_and_the_script_say_nothing_that_came_from_a_cluster() -> None:
    hostile, rich = html(nights.hostile(), ""), html(nights.rich(), "")
    assert _digest(hostile, "script") == _digest(rich, "script")
    style = hostile.partition("<style>")[2].partition("</style>")[0]
    assert [attack for attack in nights.ATTACKS if attack in style] == []


def test_attacks_stay_text() -> None:
    document = html(nights.hostile(), "runs/x/")
    page = Page(document)
    assert [char for char in document if unicodedata.category(char) in ("Cc", "Cf", "Co") and char != "\n"] == []
    assert set(page.tags) <= ALLOWED_TAGS
    assert "<script>document.title='owned'</script>" in page.pieces
    assert {value.startswith(("#", "./runs/x/")) for value in page.values(*ADDRESS)} == {True}


def test_a_page_of_a_cluster_is_linked_from_where_the_index_lies() -> None:
    in_folder, at_root = (Page(html(nights.rich(), prefix)).values("href") for prefix in ("", "runs/2026-11-22/"))
    assert [value for value in in_folder if value.startswith("./")][:2] == [
        "./clusters/checkout.html",
        "./clusters/pilot.html",
    ]
    assert [value for value in at_root if value.startswith("./")][:2] == [
        "./runs/2026-11-22/clusters/checkout.html",
        "./runs/2026-11-22/clusters/pilot.html",
    ]


def test_each_cluster_is_shown_once_with_what_holds_it_back() -> None:
    text = Page(html(nights.rich(), "")).pieces
    said = (
        "vault vault-rg , westeurope Could not be read Forbidden. 403 on Microsoft.ContainerService/managedClusters/read"
        " for /subscriptions/11111111/vault. Grant Reader. not known Not judged not known",
        "legacy legacy-rg , westeurope Needs a new cluster The platform refuses pod subnet with static blocks"
        " Azure CNI, pod subnet (dynamic) overlay → refused – – 1 blocker – – – – –",
        "checkout checkout-rg , westeurope Blocked Ready after: Windows node pools cannot join the Cilium data plane;"
        " The pod range overlaps the virtual network; A custom masquerade configuration Besides, 1 source not read:"
        " more may block. kubenet + Calico remove-policy-engine → overlay → cilium, 3 reimages – 3 risks"
        " 2 blockers 1 unknown 1 risk – 1 blocker 6 unknown – kubenet: 31 March 2028",
        "reports reports-rg , northeurope Not known yet To make readable: network_policies; pods Interrupted while it"
        " was read. Azure CNI, node subnet + Azure NPM cilium → overlay, 2 reimages – 2 unknown – – – 6 unknown –"
        " Azure NPM on Windows nodes: over since 30 September 2026 Azure NPM on Linux nodes: 30 September 2028",
        "search search-rg , westeurope Ready with risks 2 risks to settle or accept 3 waived. kubenet + Calico"
        " remove-policy-engine → overlay → cilium, 3 reimages – 2 risks 1 waived – – – 2 waived – kubenet: 31 March 2028",
        "ledger ledger-rg , westeurope Ready now kubenet + Calico remove-policy-engine → overlay → cilium, 3 reimages"
        " – – – – – – – kubenet: 31 March 2028",
        "pilot pilot-rg , westeurope On the target Read by the kubeconfig that was given. Azure CNI Overlay + Cilium nothing to migrate – – – – – – – –",
    )
    assert [text.count(row) for row in said] == [1] * 7


def test_a_cluster_that_was_not_judged_has_no_cell_that_looks_clean() -> None:
    report = replace(nights.rich(), clusters=(nights.FORBIDDEN,))
    row = html(report, "").partition("<tbody>\n<tr data-r=")[2].partition("</tr>")[0]
    assert "–" not in row
    assert f'<td colspan="{len(FAMILIES)}" class="unknown"><b>Not judged</b></td>' in row


def test_a_deadline_that_is_not_known_is_never_none() -> None:
    cluster = replace(nights.ARRIVED, deadlines_unread=("kubenet",))
    document = html(replace(nights.good(), clusters=(cluster,)), "")
    assert "Not known of 1 cluster: what tells was not read." in Page(document).pieces
    assert "<td> <span>not known</span></td>" in document


def test_what_was_not_seen_stands_at_the_top() -> None:
    text = Page(html(nights.rich(), "")).pieces
    head = text.partition("Asked for")[0]
    assert "The run was interrupted: 12 clusters were not looked at, and nothing is known of them." in head
    assert "Saw 3 of 4 subscriptions. 2 clusters are left out by filters." in head
    assert "Not seen: Archive (44444444-2222-3333-4444-555555555555): 404 SubscriptionNotFound on GET" in head


def test_every_subscription_says_whether_it_was_seen_and_why_not() -> None:
    text = Page(html(nights.rich(), "")).pieces.partition("Left out by filters")[2].partition("Rule pack")[0]
    assert text.split("  ")[0].strip() == (
        "33333333-2222-3333-4444-555555555555 yes: Its state is Warned. 1 0"
        " Archive (44444444-2222-3333-4444-555555555555) no : 404 SubscriptionNotFound on GET"
        " /subscriptions/44444444-2222-3333-4444-555555555555 after it was listed"
        " Payments production (11111111-2222-3333-4444-555555555555) yes 3 0"
        " Shop (22222222-2222-3333-4444-555555555555) yes 5 2"
    )


def test_an_empty_run_claims_nothing() -> None:
    text = Page(html(nights.empty(), "")).pieces
    assert text.count("Nothing is known") == 2
    assert "Indeterminate" not in text
    assert [word for word in ("No cluster was seen to use", "No blocker, and") if word in text] == []


def test_a_page_without_a_baseline_says_that_nothing_was_compared() -> None:
    assert (
        "Nothing was compared: --baseline was not given, or found no earlier run."
        in Page(html(nights.good(), "")).pieces
    )


def test_the_difference_stands_on_top_worse_first() -> None:
    text = Page(html(nights.rich(), "")).pieces.partition("Since the run of 21 November 2026, 02:00 UTC")[2]
    titles = ("Worse: 2", "Out of sight, and nothing shows that they are gone: 1", "Appeared: 1", "Vanished: 1")
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "1 new, 1 seen for the first time, 2 fixed, 1 out of sight, which is not fixed." in text


def test_waivers_that_do_not_hold_are_listed_gravest_first_before_those_in_force() -> None:
    text = Page(html(nights.rich(), "")).pieces
    words = ("3 waivers do not hold", "Refused : The", "Expired : Its", "Near miss : It", "1 waiver is in force")
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert "build@example.org until 31 December 2026, CHG-4711 Runners may be lost. 3" in text


def test_subscriptions_stand_by_their_worst_cluster_and_a_long_one_is_cut_into_tables() -> None:
    report = nights.crowd(250, 2)
    found = groups(report)
    order = list(Readiness)
    assert [(group.id[:8], group.first, len(group.rows), group.whole) for group in found] == [
        ("00000000", 1, MOST_ROWS, 125),
        ("00000000", 101, 25, 125),
        ("00000001", 1, MOST_ROWS, 125),
        ("00000001", 101, 25, 125),
    ]
    ranks = [order.index(row.cluster.readiness) for row in (*found[0].rows, *found[1].rows)]
    assert ranks == sorted(ranks)
    assert "continued: 101 to 125 of 125 clusters" in Page(html(report, "")).pieces


def test_one_subscription_in_two_spellings_is_one_group() -> None:
    lower = replace(nights.READY, subscription="abcd", subscription_name="")
    upper = replace(lower, subscription="ABCD", subscription_name="Shop", name="upper")
    assert [
        (group.id, group.title, group.whole) for group in groups(replace(nights.good(), clusters=(lower, upper)))
    ] == [("abcd", "Shop", 2)]


def _digest(document: str, tag: str) -> str:
    inside = document.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()

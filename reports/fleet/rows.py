"""The table of clusters as the pages show it: groups by subscription, and the text of each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote

from msgspec.structs import replace

from analyzer.model.fleet_report import FAMILIES, FamilyCell, FleetCluster, FleetReport, Readiness
from reports.fleet.deadlines import has_known_deadlines
from reports.fleet.headline import Tile
from reports.fleet.words import FACES, Face, mode, path, subscription_title
from reports.prose import counted

MOST_ROWS = 100
"""Of one table."""
NOT_KNOWN = "not known"
MOST_ITEMS = 3
"""Of "ready after", in a row; the cluster's own page has all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one family of rules says of one cluster: the gravest first."""

    tone: str
    """The style of the gravest: blocker, unknown, risk, waived; empty: nothing weighs."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One cluster."""

    cluster: FleetCluster
    face: Face
    lead: str
    """What the items are: "Ready after"; empty: there are none."""
    items: tuple[str, ...]
    more: int
    """Items that are left out."""
    remark: str
    """What else holds it back, or how it was read; empty: nothing."""
    mode: str
    path: str
    cells: tuple[Cell, ...]
    """In the order of FAMILIES; none where nothing was judged."""
    blocked_by: str
    """The families with a blocker, with spaces between."""
    rules: str
    """The rules with a blocker, with spaces between."""
    ends: str
    """What it uses that ends, with bars between; and, where that is not all known, that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The clusters of one subscription, or some of many: a browser lays out only the tables that are in sight."""

    id: str
    """In the address of a filtered view, too; never empty, which there means any."""
    title: str
    rows: tuple[Row, ...]
    tiles: tuple[Tile, ...]
    """How many of the whole subscription have each readiness."""
    first: int
    """The place of the first row in its subscription, counted from 1."""
    whole: int
    """Clusters of the subscription."""


def groups(report: FleetReport) -> tuple[Group, ...]:
    """The subscriptions that have clusters, the one with the worst cluster first; in each, the worst cluster first."""
    of_subscription: dict[str, list[FleetCluster]] = {}
    for cluster in report.clusters:
        of_subscription.setdefault(cluster.subscription.lower(), []).append(cluster)
    return tuple(group for clusters in of_subscription.values() for group in _parts(clusters))


def _parts(clusters: list[FleetCluster]) -> Iterator[Group]:
    counts = Counter(cluster.readiness for cluster in clusters)
    tiles = tuple(Tile(item, FACES[item], counts[item]) for item in Readiness if counts[item])
    name = next((cluster.subscription_name for cluster in clusters if cluster.subscription_name), "")
    for start in range(0, len(clusters), MOST_ROWS):
        yield Group(
            id=clusters[0].subscription or NOT_KNOWN,
            title=subscription_title(name, clusters[0].subscription),
            rows=tuple(row(cluster) for cluster in clusters[start : start + MOST_ROWS]),
            tiles=tiles,
            first=start + 1,
            whole=len(clusters),
        )


def row(cluster: FleetCluster) -> Row:
    """A cluster, in the words of the index."""
    lead, items, whole = _after(cluster)
    shown = items[:MOST_ITEMS]
    judged = cluster.verdict is not None
    blocked = [family for family in FAMILIES if cluster.families.get(family, FamilyCell()).blockers]
    return Row(
        cluster=cluster,
        face=FACES[cluster.readiness],
        lead=lead,
        items=shown,
        more=whole - len(shown),
        remark=_remark(cluster),
        mode=mode(cluster.observed),
        path=path(cluster),
        cells=tuple(cell(cluster.families.get(family)) for family in FAMILIES) if judged else (),
        blocked_by=" ".join(blocked),
        rules=" ".join(stop.rule for stop in cluster.stops if stop.rule),
        ends="|".join(_ends(cluster)),
    )


def _after(cluster: FleetCluster) -> tuple[str, tuple[str, ...], int]:
    """What stands between the cluster and ready, what to call it, and how many such things there are."""
    match cluster.readiness:
        case Readiness.UNREAD:
            return "", (_why(cluster),), 1
        case Readiness.NEW_CLUSTER:
            return "", cluster.after, cluster.after_count
        case Readiness.BLOCKED:
            return "Ready after", cluster.after, cluster.after_count
        case Readiness.UNCERTAIN:
            return "To make readable", cluster.after, cluster.after_count
        case Readiness.RISKS:
            return "", (f"{counted(cluster.risks, 'risk')} to settle or accept",), 1
        case Readiness.READY | Readiness.ARRIVED:
            return "", (), 0
        case _ as never:
            assert_never(never)


def _why(cluster: FleetCluster) -> str:
    cause = f"{cluster.cause[:1].upper()}{cluster.cause[1:]}." if cluster.cause else ""
    return " ".join(filter(None, (cause, cluster.detail))) or "No reason was recorded."


def _remark(cluster: FleetCluster) -> str:
    held = cluster.unread and cluster.readiness in (Readiness.BLOCKED, Readiness.NEW_CLUSTER)
    said = [f"Besides, {counted(len(cluster.unread), 'source')} not read: more may block." if held else ""]
    said += ["Interrupted while it was read." if cluster.partial else ""]
    said += [f"{cluster.waived:,} waived." if cluster.waived else ""]
    said += [cluster.detail if cluster.readiness is not Readiness.UNREAD else ""]
    return " ".join(filter(None, said))


def cell(of: FamilyCell | None) -> Cell:
    """What one family says: rules by the gravest thing that each says. Notices stay on the cluster's own page."""
    if of is None:
        return Cell("", ())
    said = (
        ("blocker", of.blockers, "blocker", "blockers"),
        ("unknown", of.unknown, "unknown", "unknown"),
        ("risk", of.risks, "risk", "risks"),
        ("waived", of.waived, "waived", "waived"),
    )
    lines = tuple(counted(number, one, many) for _, number, one, many in said if number)
    return Cell(next((tone for tone, number, _, _ in said if number), ""), lines)


def linked(report: FleetReport, prefix: str) -> FleetReport:
    """The report with the clusters' pages relative to where the index itself lies."""
    return replace(report, clusters=tuple(_linked(cluster, prefix) for cluster in report.clusters))


def _linked(cluster: FleetCluster, prefix: str) -> FleetCluster:
    return replace(cluster, pages={format: f"{prefix}{page}" for format, page in cluster.pages.items()})


def address(pages: dict[str, str]) -> str:
    """The relative address of a cluster's own report, as a link has it; empty: it has none."""
    page = pages.get("html") or next(iter(pages.values()), "")
    return f"./{quote(page)}" if page else ""


def deadline_names(clusters: Sequence[FleetCluster]) -> tuple[str, ...]:
    """What a reader may pick: what ends, each once, the nearest end first; then what is not known."""
    found = sorted({(item.date, item.what) for cluster in clusters for item in cluster.deadlines})
    is_known = all(map(has_known_deadlines, clusters))
    return (*dict.fromkeys(what for _, what in found), *(() if is_known else (NOT_KNOWN,)))


def _ends(cluster: FleetCluster) -> tuple[str, ...]:
    known = tuple(item.what for item in cluster.deadlines)
    return known if has_known_deadlines(cluster) else (*known, NOT_KNOWN)

"""Fleet reports made by hand: a night of every kind, a good one, an empty one, a hostile one, a crowd of any size."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any

from msgspec.structs import replace

from analyzer.model.difference import (
    Altered,
    ClusterDifference,
    Difference,
    FindingMark,
    FleetDifference,
    GapMark,
    Passing,
    PassingGap,
    Presence,
    Sight,
    Turn,
)
from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.fleet_report import (
    Deadline,
    FamilyCell,
    FleetCluster,
    FleetReport,
    Night,
    Readiness,
    SeenSubscription,
    Stop,
)
from analyzer.model.report import StateSummary, Tool, Verdict
from analyzer.model.waiver import JudgedWaiver, Pattern, Selector, Waiver, WaiverStanding

ATTACKS = (
    "<script>document.title='owned'</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></title></textarea></script><svg onload=alert(1)>",
    "javascript:alert(1)",
    "//evil.example/x",
    "{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("https://evil.example","x")',
    "+1-1@SUM(A1)",
    "[x](https://evil.example) ![i](https://evil.example/i) @team #12 <https://evil.example> www.evil.example",
    "| a | b |\n|---|---|\n# head `code` ``` ~~~ *b* _i_ ~s~ \\",
    "\x1b[2J\x1b]0;owned\x07\r\x00\x08\x9b31m",
    "\u202egnp.exe\u2066\u200b\u2028line\nnext\ttab",
    "&amp; &lt;script&gt;",
    "n" * 10_000,
)
TOOL = Tool(
    name="aks-preflight", version="0.1.0", rule_pack_version="0.1.0", rule_pack_hash="3bf34baf" * 8, rule_count=92
)
RUN = "2026-11-22T02:00:00Z"
SUBSCRIPTIONS = {
    "11111111-2222-3333-4444-555555555555": "Payments production",
    "22222222-2222-3333-4444-555555555555": "Shop",
    "33333333-2222-3333-4444-555555555555": "",
}
PAYMENTS, SHOP, NAMELESS = SUBSCRIPTIONS
KUBENET = StateSummary(plugin="kubenet", ipam="kubenet", dataplane="azure", policy="calico")
NPM = StateSummary(plugin="azure", ipam="node-subnet", dataplane="azure", policy="azure")
POD_SUBNET = StateSummary(plugin="azure", ipam="pod-subnet-dynamic", dataplane="azure", policy="none")
CILIUM = StateSummary(plugin="azure", ipam="overlay", dataplane="cilium", policy="cilium")
UNKNOWN = StateSummary(plugin="unknown", ipam="unknown", dataplane="unknown", policy="unknown")
KUBENET_END = Deadline(what="kubenet", date="2028-03-31", days=495)
NPM_LINUX_END = Deadline(what="Azure NPM on Linux nodes", date="2028-09-30", days=678)
NPM_WINDOWS_END = Deadline(what="Azure NPM on Windows nodes", date="2026-09-30", days=-53)
WINDOWS = Stop(rule="CIL-WINDOWS-POOL", title="Windows node pools cannot join the Cilium data plane")
OVERLAP = Stop(rule="OVL-PODCIDR-OVERLAP-VNET", title="The pod range overlaps the virtual network", objects=2)
MASQUERADE = Stop(rule="OVL-IPMASQ-CUSTOM", title="A custom masquerade configuration")
VERDICTS = {
    Readiness.UNREAD: None,
    Readiness.NEW_CLUSTER: Verdict.BLOCKED,
    Readiness.BLOCKED: Verdict.BLOCKED,
    Readiness.UNCERTAIN: Verdict.INDETERMINATE,
    Readiness.RISKS: Verdict.READY_WITH_RISKS,
    Readiness.READY: Verdict.READY,
    Readiness.ARRIVED: Verdict.READY,
}


def cluster(name: str, readiness: Readiness, subscription: str = PAYMENTS, **more: Any) -> FleetCluster:
    group = f"{name}-rg"
    read = readiness is not Readiness.UNREAD
    return FleetCluster(
        id=f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}",
        name=name,
        resource_group=group,
        subscription=subscription,
        subscription_name=SUBSCRIPTIONS.get(subscription, ""),
        location=more.pop("location", "westeurope"),
        kubernetes_version="1.33.5" if read else "",
        readiness=readiness,
        verdict=VERDICTS[readiness],
        after_count=more.pop("after_count", len(more.get("after", ()))),
        observed=more.pop("observed", KUBENET) if read else None,
        steps=more.pop("steps", ("remove-policy-engine", "overlay", "cilium")) if read else (),
        reimages=more.pop("reimages", 3) if read else 0,
        collected_at="2026-11-22T02:03:04Z" if read else None,
        snapshot_hash="ab" * 32 if read else "",
        pages={"html": f"clusters/{name}.html", "json": f"clusters/{name}.json"} if read else {},
        **more,
    )


FORBIDDEN = cluster(
    "vault",
    Readiness.UNREAD,
    cause="forbidden",
    detail="403 on Microsoft.ContainerService/managedClusters/read for /subscriptions/11111111/vault. Grant Reader.",
)
STUCK = cluster(
    "legacy",
    Readiness.NEW_CLUSTER,
    SHOP,
    after=("The platform refuses pod subnet with static blocks",),
    stops=(Stop(rule="", title="The platform refuses pod subnet with static blocks"),),
    families={"overlay": FamilyCell(blockers=1, notices=2)},
    observed=POD_SUBNET,
    steps=("overlay",),
    reimages=0,
)
BLOCKED = cluster(
    "checkout",
    Readiness.BLOCKED,
    after=(WINDOWS.title, OVERLAP.title, MASQUERADE.title),
    stops=(WINDOWS, OVERLAP, MASQUERADE),
    risks=4,
    unread=("network_policies",),
    families={
        "general": FamilyCell(notices=1),
        "reimage": FamilyCell(risks=3),
        "overlay": FamilyCell(blockers=2, unknown=1, risks=1, notices=3),
        "cilium": FamilyCell(blockers=1),
        "policy": FamilyCell(unknown=6),
    },
    deadlines=(KUBENET_END,),
)
OPEN = cluster(
    "reports",
    Readiness.UNCERTAIN,
    SHOP,
    location="northeurope",
    after=("network_policies", "pods"),
    unread=("network_policies", "pods"),
    families={"reimage": FamilyCell(unknown=2), "policy": FamilyCell(unknown=6, notices=1)},
    observed=NPM,
    steps=("cilium", "overlay"),
    reimages=2,
    partial=True,
    deadlines=(NPM_WINDOWS_END, NPM_LINUX_END),
)
RISKY = cluster(
    "search",
    Readiness.RISKS,
    NAMELESS,
    risks=2,
    waived=3,
    families={"reimage": FamilyCell(risks=2, waived=1), "policy": FamilyCell(waived=2)},
    deadlines=(KUBENET_END,),
)
READY = cluster("ledger", Readiness.READY, SHOP, families={"overlay": FamilyCell(notices=2)}, deadlines=(KUBENET_END,))
ARRIVED = cluster(
    "pilot", Readiness.ARRIVED, observed=CILIUM, steps=(), reimages=0, detail="Read by the kubeconfig that was given."
)
SEEN = (
    SeenSubscription(id=NAMELESS, seen=True, detail="Its state is Warned.", clusters=1),
    SeenSubscription(
        id="44444444-2222-3333-4444-555555555555",
        name="Archive",
        seen=False,
        detail="404 SubscriptionNotFound on GET /subscriptions/44444444-2222-3333-4444-555555555555 after it was listed",
    ),
    SeenSubscription(id=PAYMENTS, name="Payments production", seen=True, clusters=3),
    SeenSubscription(id=SHOP, name="Shop", seen=True, clusters=5, excluded=2),
)


def waiver(standing: WaiverStanding, detail: str = "", count: int = 0, **more: Any) -> JudgedWaiver:
    entry = Waiver(
        id=str(standing).encode().hex()[:12],
        rule="REI-PDB-ZERO",
        selector=Selector(cluster=Pattern("search"), namespace=Pattern("ci-*", is_glob=True)),
        reason="Runners may be lost.",
        owner="build@example.org",
        expires="2026-12-31",
        ticket="CHG-4711",
        line=7,
    )
    return JudgedWaiver(waiver=replace(entry, **more), standing=standing, detail=detail, count=count)


WAIVERS = (
    waiver(WaiverStanding.IN_FORCE, count=3),
    waiver(WaiverStanding.EXPIRED, "Its last day is over; 2 findings count again.", 2, expires="2026-10-31"),
    waiver(WaiverStanding.NEAR_MISS, "It names ci-log; there is a finding on ci-logs."),
    waiver(WaiverStanding.REFUSED, "The platform itself refuses Windows pools.", 1, rule="CIL-WINDOWS-POOL"),
)
TREND = (
    Night(run="2026-11-19T02:00:00Z", ready=1, blocked=4, unknown=2),
    Night(run="2026-11-20T02:00:00Z", ready=1, blocked=3, unknown=3),
    Night(run="2026-11-21T02:00:00Z", ready=2, blocked=3, unknown=2),
    Night(run=RUN, ready=3, blocked=2, unknown=2),
)


def mark(rule: str, title: str, severity: Severity = Severity.BLOCKER, **more: Any) -> FindingMark:
    return FindingMark(
        fingerprint=more.pop("fingerprint", "a1" * 8),
        rule=rule,
        title=title,
        step="overlay",
        severity=severity,
        object=ObjectRef("AgentPool", "win"),
        message=f"{title}.",
        **more,
    )


def lacking(source: str) -> GapMark:
    return GapMark(rule="POL-ENDPORT", step="cilium", source=source, severity=Severity.RISK)


def changed(of: FleetCluster, before: Verdict | None, **more: Any) -> Difference:
    return Difference(cluster=of.id, name=of.name, verdict_before=before, verdict_after=of.verdict, **more)


BASELINE = FleetDifference(
    before="2026-11-21T02:00:00Z",
    after=RUN,
    clusters=(
        ClusterDifference(
            presence=Presence.BOTH,
            difference=changed(
                BLOCKED,
                Verdict.READY_WITH_RISKS,
                worse=True,
                appeared=(
                    Passing(finding=mark(WINDOWS.rule, WINDOWS.title), other=Sight.CLEAR),
                    Passing(finding=mark(OVERLAP.rule, OVERLAP.title), other=Sight.UNKNOWN),
                    Passing(finding=mark("OVL-NOTE", "Worth knowing", Severity.NOTICE), other=Sight.CLEAR),
                ),
                vanished=(
                    Passing(finding=mark("REI-PDB-ZERO", "A budget", Severity.RISK), other=Sight.CLEAR),
                    Passing(finding=mark("POL-ENDPORT", "A port range", Severity.RISK), other=Sight.UNKNOWN),
                ),
                altered=(
                    Altered(
                        before=mark(MASQUERADE.rule, MASQUERADE.title, waived=True),
                        after=mark(MASQUERADE.rule, MASQUERADE.title),
                    ),
                ),
                gaps_opened=(PassingGap(gap=lacking("network_policies"), other=Sight.CLEAR),),
            ),
        ),
        ClusterDifference(presence=Presence.APPEARED, difference=changed(READY, None)),
        ClusterDifference(
            presence=Presence.VANISHED,
            difference=Difference(cluster="old", name="old", verdict_before=Verdict.READY, verdict_after=None),
        ),
        ClusterDifference(
            presence=Presence.OUT_OF_SIGHT,
            difference=Difference(
                cluster="lost", name="lost", verdict_before=Verdict.READY, verdict_after=None, worse=True
            ),
            cause_after="its subscription was not seen",
        ),
        ClusterDifference(
            presence=Presence.BOTH, difference=changed(FORBIDDEN, Verdict.READY, worse=True), cause_after="forbidden"
        ),
        ClusterDifference(
            presence=Presence.BOTH,
            difference=changed(
                RISKY,
                Verdict.BLOCKED,
                vanished=(Passing(finding=mark(WINDOWS.rule, WINDOWS.title), other=Sight.CLEAR),),
                gaps_closed=(
                    PassingGap(gap=lacking("pods"), other=Sight.CLEAR),
                    PassingGap(gap=lacking("services"), other=Sight.OFF_PATH),
                ),
            ),
        ),
    ),
    unchanged=2,
    still_unknown=1,
    turns=(Turn(what="rule pack", before="0.0.9", after="0.1.0"),),
)


def rich() -> FleetReport:
    """A night of every kind: each readiness, a subscription that is gone, waivers of every sort, an interruption."""
    return FleetReport(
        tool=TOOL,
        run=RUN,
        scope="all subscriptions that the account sees; --tag team=payments",
        target="overlay,cilium",
        as_of="2026-11-22",
        inputs={"--cli-version": "2.80.0"},
        partial=True,
        pending=12,
        subscriptions=SEEN,
        clusters=(FORBIDDEN, STUCK, BLOCKED, OPEN, RISKY, READY, ARRIVED),
        rules={stop.rule: stop.title for stop in (WINDOWS, OVERLAP, MASQUERADE)},
        waivers=WAIVERS,
        trend=TREND,
        baseline=BASELINE,
    )


def good() -> FleetReport:
    """Everything was seen, and every cluster is ready."""
    return replace(
        rich(),
        partial=False,
        pending=0,
        subscriptions=(SEEN[2], SEEN[3]),
        clusters=(READY, ARRIVED),
        rules={},
        waivers=(),
        trend=TREND[-1:],
        baseline=None,
    )


def empty() -> FleetReport:
    """Nothing was found, in a subscription that was seen."""
    return replace(good(), clusters=(), subscriptions=(replace(SEEN[2], clusters=0),), trend=())


def of_file() -> FleetReport:
    """The targets came from a file, and nobody knows what else there is."""
    return replace(good(), subscriptions=(), subscriptions_note="The targets came from fleet.yaml.")


def hostile() -> FleetReport:
    """Names and sentences that would act, if anything let them."""
    attacks = cycle(ATTACKS)

    def attacked(item: FleetCluster) -> FleetCluster:
        one, two, three, four, five, six, seven = islice(attacks, 7)
        return replace(
            item,
            id=f"{item.id}{one}",
            name=two,
            resource_group=three,
            subscription=four,
            subscription_name=five,
            location=six,
            cause=seven if item.cause else "",
            detail=one,
            after=(two, three, four),
            after_count=9,
            observed=item.observed and replace(item.observed, ipam=five, policy=six),
            steps=(seven, one),
            stops=tuple(replace(stop, title=two, rule=three) for stop in item.stops),
            unread=(four,),
            deadlines=tuple(replace(deadline, what=five, date=six) for deadline in item.deadlines),
            collected_at=six,
            pages={"html": seven, "json": one},
        )

    whole = rich()
    one, two, three, four, five = islice(attacks, 5)
    return replace(
        whole,
        run=one,
        scope=two,
        target=three,
        inputs={four: five},
        subscriptions=tuple(replace(seen, id=one + seen.id, name=two, detail=three) for seen in whole.subscriptions),
        subscriptions_note=one,
        clusters=tuple(attacked(item) for item in whole.clusters),
        rules=dict(zip(ATTACKS, ATTACKS, strict=True)),
        waivers=tuple(
            replace(
                item,
                detail=one,
                waiver=replace(
                    item.waiver,
                    rule=two,
                    selector=Selector(namespace=Pattern(three)),
                    reason=four,
                    owner=five,
                    ticket=one,
                    expires=two,
                ),
            )
            for item in whole.waivers
        ),
        trend=tuple(replace(night, run=attack) for night, attack in zip(whole.trend, ATTACKS, strict=False)),
        baseline=_attacked_difference(),
    )


def _attacked_difference() -> FleetDifference:
    one, two, three = ATTACKS[:3]
    return replace(
        BASELINE,
        before=one,
        after=two,
        turns=(Turn(what=one, before=two, after=three),),
        clusters=tuple(
            replace(
                item,
                cause_after=item.cause_after and one,
                difference=replace(
                    item.difference,
                    name=two,
                    cluster=three,
                    appeared=tuple(
                        replace(passing, finding=replace(passing.finding, title=three, rule=one))
                        for passing in item.difference.appeared
                    ),
                ),
            )
            for item in BASELINE.clusters
        ),
    )


def crowd(number: int, subscriptions: int = 40) -> FleetReport:
    """Many clusters of every kind, in the order of the index."""
    kinds = (FORBIDDEN, STUCK, BLOCKED, BLOCKED, BLOCKED, OPEN, RISKY, RISKY, READY, ARRIVED)
    ids = [f"{place:08d}-2222-3333-4444-555555555555" for place in range(subscriptions)]
    made = [
        _copy(kind, place, ids[place * 7 % subscriptions])
        for kind, place in zip(cycle(kinds), range(number), strict=False)
    ]
    order = list(Readiness)
    made.sort(key=lambda item: (order.index(item.readiness), -len(item.stops), item.name, item.id))
    return replace(
        rich(),
        partial=False,
        pending=0,
        clusters=tuple(made),
        subscriptions=tuple(
            SeenSubscription(id=id, name=f"Team {place:02d} production", seen=True, clusters=number // subscriptions)
            for place, id in enumerate(ids)
        ),
        trend=tuple(
            Night(
                run=f"2026-{9 + day // 30:02d}-{1 + day % 30:02d}T02:00:00Z",
                ready=number * (20 + day) // 200,
                blocked=number * (120 - day) // 200,
                unknown=number * (20 - day % 7) // 200,
            )
            for day in range(82)
        ),
    )


def _copy(kind: FleetCluster, place: int, subscription: str) -> FleetCluster:
    name = f"{kind.name}-{place:04d}"
    return replace(
        kind,
        id=f"/subscriptions/{subscription}/resourceGroups/{name}-rg"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}",
        name=name,
        resource_group=f"{name}-rg",
        subscription=subscription,
        subscription_name=f"Team {int(subscription[:8]):02d} production",
        location=("westeurope", "northeurope", "eastus2")[place % 3],
        pages={format: f"clusters/{name}.{format}" for format in kind.pages},
    )


NIGHTS = {
    "rich": rich,
    "good": good,
    "empty": empty,
    "of_file": of_file,
    "hostile": hostile,
    "crowd": lambda: crowd(100, 5),
}

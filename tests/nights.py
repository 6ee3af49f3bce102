"""Two nights of one small fleet, made by hand: every kind of change between two audits, and two alike clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from analyzer.model.difference import FindingMark
from analyzer.model.finding import Confidence, Evidence, ObjectRef, Severity
from analyzer.model.fleet_report import FleetCluster, FleetReport, Readiness, SeenSubscription
from analyzer.model.flows import StepFlows
from analyzer.model.report import (
    ClusterSummary,
    Coverage,
    PoolSummary,
    Report,
    ReportedFinding,
    ReportedGap,
    ReportedPath,
    ReportedStep,
    Result,
    RuleSummary,
    State,
    StateSummary,
    Tool,
    Verdict,
)
from analyzer.model.waiver import JudgedWaiver, Selector, Waiver, WaiverStanding

SHOPS = "11111111-2222-3333-4444-555555555555"
BANKS = "22222222-3333-4444-5555-666666666666"
LABS = "33333333-4444-5555-6666-777777777777"
KIOSKS = "44444444-5555-6666-7777-888888888888"
TOOL = Tool(name="aks-preflight", version="1.0.0", rule_pack_version="1.0.0", rule_pack_hash="ab" * 32, rule_count=5)
KUBENET = StateSummary(
    plugin="kubenet",
    ipam="kubenet",
    dataplane="azure",
    policy="calico",
    pod_cidrs=("10.244.0.0/16",),
    service_cidrs=("10.0.0.0/16",),
    kubernetes_version="1.33.5",
)
NO_ENGINE = replace(KUBENET, policy="none")
OVERLAY = replace(NO_ENGINE, plugin="azure", ipam="overlay")


def rule(id: str, title: str, severity: Severity) -> RuleSummary:
    return RuleSummary(
        id=id,
        title=title,
        severity=severity,
        confidence=Confidence.DOCUMENTED,
        refused_by_platform=False,
        why="",
        remedy=(),
        sources=(),
    )


OVERLAP = rule("OVL-PODCIDR-OVERLAP-VNET", "The pod range overlaps the virtual network", Severity.BLOCKER)
WINDOWS = rule("CIL-WINDOWS-POOL", "Windows pools cannot join the Cilium data plane", Severity.BLOCKER)
DRAIN = rule("REI-PDB-DRAIN", "A disruption budget stops the drain of a node", Severity.RISK)
IP_BLOCK = rule("POL-IPBLOCK-POD", "An ipBlock covers pod addresses", Severity.RISK)
NO_WAY_BACK = rule("OVL-IRREVERSIBLE", "Overlay has no way back", Severity.NOTICE)
RULES = (OVERLAP, WINDOWS, DRAIN, IP_BLOCK, NO_WAY_BACK)


def finding(mark: str, of: ObjectRef, message: str, value: str = "", **more: Any) -> ReportedFinding:
    evidence = (Evidence(f"{of}.spec", value),) if value else ()
    severity = more.pop("severity", Severity.RISK)
    return ReportedFinding(
        fingerprint=(mark * 16)[:16], severity=severity, object=of, message=message, evidence=evidence, **more
    )


def budget(mark: str, name: str, allowed: str = "0", **more: Any) -> ReportedFinding:
    of = ObjectRef("PodDisruptionBudget", name, "shop")
    return finding(mark, of, f"{name} allows {allowed} disruptions.", allowed, **more)


def policy(mark: str, name: str, **more: Any) -> ReportedFinding:
    return finding(mark, ObjectRef("NetworkPolicy", name, "shop"), f"{name} names 10.244.3.0/24.", **more)


def overlap(severity: Severity = Severity.BLOCKER, mark: str = "a1") -> ReportedFinding:
    return finding(mark, ObjectRef("Subnet", "nodes"), "10.244.0.0/16 overlaps subnet nodes.", severity=severity)


def lack(source: str, severity: Severity = Severity.RISK, **more: Any) -> ReportedGap:
    return ReportedGap(source=source, cause="forbidden", detail=f"403 on {source}", severity=severity, **more)


def result(of: RuleSummary, step: str, state: State, *said: ReportedFinding | ReportedGap) -> Result:
    findings = tuple(item for item in said if isinstance(item, ReportedFinding))
    gaps = tuple(item for item in said if isinstance(item, ReportedGap))
    return Result(rule=of.id, step=step, state=state, findings=findings, gaps=gaps)


def step(kind: str, verdict: Verdict, **more: Any) -> ReportedStep:
    after = OVERLAY if kind == "overlay" else NO_ENGINE
    command = ("az", "aks", "update", "--name", "shop", f"--{kind}")
    return ReportedStep(
        kind=kind,
        verdict=verdict,
        command=command,
        reimages=1,
        irreversible=kind == "overlay",
        before=NO_ENGINE,
        after=after,
        **more,
    )


def pool(name: str, count: int | None = 3, **more: Any) -> PoolSummary:
    return PoolSummary(
        name=name,
        mode="User",
        os_type=more.pop("os_type", "Linux"),
        count=count,
        max_count=more.pop("max_count", None),
        vm_size="Standard_D4s_v5",
        kubernetes_version="1.33.5",
        node_image_version="AKSUbuntu-2204gen2containerd-202610.12.0",
        subnet="nodes",
        **more,
    )


def cluster_id(name: str, subscription: str) -> str:
    group = f"/subscriptions/{subscription}/resourceGroups/{name}-rg"
    return f"{group}/providers/Microsoft.ContainerService/managedClusters/{name}"


def cluster(name: str, subscription: str = SHOPS) -> ClusterSummary:
    return ClusterSummary(
        id=cluster_id(name, subscription),
        name=name,
        resource_group=f"{name}-rg",
        subscription=subscription,
        location="westeurope",
        kubernetes_version="1.33.5",
    )


READ = tuple(
    Coverage(source=name, status="read", count=1)
    for name in ("cluster", "network_policies", "pod_disruption_budgets", "virtual_networks")
)


def coverage(**statuses: str) -> tuple[Coverage, ...]:
    """Everything read but these."""
    return tuple(replace(row, status=statuses.get(row.source, row.status)) for row in READ)


def report(name: str, verdict: Verdict, *results: Result, **more: Any) -> Report:
    """A cluster on the way to overlay in one step."""
    steps = more.pop("steps", (step("overlay", verdict),))
    day = more.pop("day", 21)
    return Report(
        tool=more.pop("tool", TOOL),
        cluster=more.pop("cluster", cluster(name, more.pop("subscription", SHOPS))),
        target="overlay,cilium",
        as_of=f"2026-11-{day}",
        inputs=more.pop("inputs", {}),
        snapshot_hash=f"{day}" * 32,
        collected_at=f"2026-11-{day}T02:00:00Z",
        api_version="2026-05-01",
        server=f"https://{name}.hcp.westeurope.azmk8s.io:443",
        verdict=verdict,
        observed=more.pop("observed", NO_ENGINE),
        path=more.pop("path", ReportedPath(known=True, steps=steps, reimages=len(steps))),
        coverage=more.pop("coverage", READ),
        rules=more.pop("rules", RULES),
        results=results,
        pools=more.pop("pools", (pool("apps"),)),
        **more,
    )


def waiver(id: str, of: RuleSummary, standing: WaiverStanding) -> JudgedWaiver:
    made = Waiver(
        id=id,
        rule=of.id,
        selector=Selector(),
        reason="Agreed with the owners.",
        owner="alice",
        expires="2026-11-21",
        ticket="CHG-1",
    )
    return JudgedWaiver(waiver=made, standing=standing, count=1)


def shop_before() -> Report:
    """Calico still has to go; the policies were read, the budgets in part."""
    steps = tuple(
        step(kind, verdict)
        for kind, verdict in (
            ("remove-policy-engine", Verdict.READY_WITH_RISKS),
            ("overlay", Verdict.INDETERMINATE),
            ("cilium", Verdict.INDETERMINATE),
        )
    )
    return report(
        "shop",
        Verdict.INDETERMINATE,
        result(DRAIN, "remove-policy-engine", State.FAIL, budget("b1", "engine")),
        result(OVERLAP, "overlay", State.FAIL, overlap(Severity.RISK)),
        result(
            DRAIN,
            "overlay",
            State.FAIL,
            budget("c1", "fixed"),
            budget("c2", "counted", "0"),
            budget("c3", "accepted"),
            budget("c4", "lapsed", waiver="0123456789ab"),
        ),
        result(IP_BLOCK, "cilium", State.FAIL, policy("d1", "hidden")),
        result(
            WINDOWS, "cilium", State.UNKNOWN, lack("cluster", Severity.BLOCKER), lack("nodes", waiver="ba9876543210")
        ),
        result(NO_WAY_BACK, "overlay", State.UNKNOWN, lack("virtual_networks", Severity.NOTICE)),
        steps=steps,
        observed=KUBENET,
        coverage=coverage(virtual_networks="partial"),
        pools=(pool("apps"), pool("win", os_type="Windows")),
        object_counts={"network_policies": 12, "pods": 40},
        flows=(StepFlows(step="cilium", before="no engine", after="Cilium 1.17", blocked=2),),
        waivers=(waiver("0123456789ab", DRAIN, WaiverStanding.IN_FORCE),),
        inputs={"--pod-cidr": "10.244.0.0/16"},
    )


def shop_after() -> Report:
    """Calico is gone; the policies cannot be read any more."""
    return report(
        "shop",
        Verdict.BLOCKED,
        result(OVERLAP, "overlay", State.FAIL, overlap(Severity.BLOCKER)),
        result(
            DRAIN,
            "overlay",
            State.FAIL,
            budget("c2", "counted", "1"),
            budget("c3", "accepted", waiver="fedcba987654"),
            budget("c4", "lapsed"),
            budget("c5", "new"),
        ),
        result(IP_BLOCK, "cilium", State.UNKNOWN, lack("network_policies")),
        result(
            WINDOWS,
            "cilium",
            State.FAIL,
            finding("e1", ObjectRef("AgentPool", "win"), "Pool win runs Windows.", severity=Severity.BLOCKER),
            lack("cluster", Severity.BLOCKER),
            lack("nodes"),
        ),
        result(NO_WAY_BACK, "overlay", State.NOTED),
        steps=(
            step("overlay", Verdict.BLOCKED),
            step("cilium", Verdict.BLOCKED, refused=True, refused_by=WINDOWS.id, reason="Linux only."),
        ),
        coverage=coverage(network_policies="forbidden"),
        pools=(pool("apps", 5), pool("win", os_type="Windows"), pool("batch", 2, max_count=9)),
        object_counts={"network_policies": 12, "pods": 44},
        flows=(StepFlows(step="cilium", before="no engine", after="Cilium 1.17", blocked=3, unknown=1),),
        waivers=(
            waiver("0123456789ab", DRAIN, WaiverStanding.EXPIRED),
            waiver("fedcba987654", DRAIN, WaiverStanding.IN_FORCE),
        ),
        inputs={"--pod-cidr": "100.64.0.0/16"},
        day=22,
    )


def lost(name: str, **more: Any) -> Report:
    """A report of a cluster whose body could not be read: no path."""
    lacking = lack("cluster", Severity.BLOCKER)
    unknown = StateSummary(plugin="unknown", ipam="unknown", dataplane="unknown", policy="unknown")
    return report(
        name,
        Verdict.INDETERMINATE,
        *(result(item, "", State.UNKNOWN, replace(lacking, severity=item.severity)) for item in RULES),
        path=ReportedPath(known=False, reason="The network state is not known well enough.", gaps=(lacking,)),
        observed=unknown,
        coverage=coverage(cluster="forbidden"),
        pools=(),
        **more,
    )


WEB = budget("11", "web")
"""A finding, and as a difference names it."""
WEB_MARK = FindingMark(
    fingerprint="11" * 8,
    rule=DRAIN.id,
    title=DRAIN.title,
    step="overlay",
    severity=Severity.RISK,
    object=WEB.object,
    message=WEB.message,
    evidence=WEB.evidence,
)
ONE_BUDGET = result(DRAIN, "overlay", State.FAIL, WEB)
NO_BUDGET = result(DRAIN, "overlay", State.PASS)
NO_OVERLAP = result(OVERLAP, "overlay", State.PASS)
OVERLAPS = result(OVERLAP, "overlay", State.FAIL, overlap())
CANNOT_SEE = result(IP_BLOCK, "overlay", State.UNKNOWN, lack("network_policies"))
Reports = dict[str, Report | None]
"""By name. None: it could not be read, or its report is not there."""


def reports_before() -> Reports:
    return {
        "shop": shop_before(),
        "bank": report("bank", Verdict.READY, NO_OVERLAP, NO_BUDGET, subscription=BANKS),
        "ledger": report("ledger", Verdict.BLOCKED, OVERLAPS, ONE_BUDGET, subscription=BANKS),
        "mail": report("mail", Verdict.READY, NO_BUDGET),
        "media": None,
        "blog": report("blog", Verdict.READY_WITH_RISKS, ONE_BUDGET),
        "lab": report("lab", Verdict.READY, NO_BUDGET, subscription=LABS),
        "gone": report("gone", Verdict.READY, NO_BUDGET),
        "same": report("same", Verdict.READY_WITH_RISKS, ONE_BUDGET),
        "dark": report("dark", Verdict.INDETERMINATE, CANNOT_SEE),
        "never": None,
    }


def reports_after() -> Reports:
    return {
        "shop": shop_after(),
        "bank": report("bank", Verdict.BLOCKED, OVERLAPS, NO_BUDGET, subscription=BANKS, day=22),
        "ledger": report(
            "ledger",
            Verdict.READY_WITH_RISKS,
            NO_OVERLAP,
            ONE_BUDGET,
            subscription=BANKS,
            day=22,
        ),
        "mail": None,
        "media": report("media", Verdict.BLOCKED, OVERLAPS, day=22),
        "store": report("store", Verdict.READY_WITH_RISKS, ONE_BUDGET, day=22),
        "kiosk": report("kiosk", Verdict.READY, NO_BUDGET, subscription=KIOSKS, day=22),
        "gone": None,
        "same": report("same", Verdict.READY_WITH_RISKS, ONE_BUDGET, day=22),
        "dark": report("dark", Verdict.INDETERMINATE, CANNOT_SEE, day=22),
        "never": None,
    }


UNREAD = {"mail": "forbidden", "media": "unreachable", "never": "deadline"}


def row(name: str, found: Report | None) -> FleetCluster:
    """The row of a cluster; `gone` was judged, but its report is lost."""
    named = found.cluster if found else cluster(name)
    verdict = found.verdict if found else (None if name in UNREAD else Verdict.READY)
    return FleetCluster(
        id=named.id,
        name=named.name,
        resource_group=named.resource_group,
        subscription=named.subscription,
        readiness=Readiness.UNREAD if verdict is None else Readiness.READY,
        verdict=verdict,
        cause="" if verdict else UNREAD[name],
        pages={"json": f"clusters/{name}.json"} if verdict else {},
    )


def fleet(reports: Reports, day: int, *subscriptions: SeenSubscription) -> FleetReport:
    first = next(item for item in reports.values() if item)
    return FleetReport(
        tool=TOOL,
        run=f"2026-11-{day}T02:00:00Z",
        scope="3 subscriptions",
        target=first.target,
        as_of=first.as_of,
        subscriptions=subscriptions,
        clusters=tuple(row(name, found) for name, found in reports.items()),
    )


def seen(id: str, **more: Any) -> SeenSubscription:
    return SeenSubscription(id=id, name=more.pop("name", ""), seen=more.pop("seen", True), **more)


def fleet_before() -> FleetReport:
    return fleet(reports_before(), 21, seen(SHOPS), seen(BANKS), seen(LABS))


def fleet_after() -> FleetReport:
    """One subscription is not seen any more, another one for the first time."""
    blind = seen(LABS, seen=False, detail="403 on /subscriptions/33333333.")
    return fleet(reports_after(), 22, seen(SHOPS), seen(BANKS), blind, seen(KIOSKS))


def reader(reports: Reports) -> Callable[[FleetCluster], Report | None]:
    """Reads the report of a row."""
    return lambda row: reports.get(row.name)

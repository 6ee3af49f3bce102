"""Reports made by hand: one with every state, a ready one, one without a path, a waived one, a hostile one, …"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest
from step_flows import FLOWS

from analyzer.model.finding import Confidence, Evidence, ObjectRef, Severity
from analyzer.model.flows import FlowChangeKind
from analyzer.model.report import (
    AddressPlanSummary,
    AddressRange,
    ClusterSummary,
    Coverage,
    Disruption,
    DrainStall,
    PoolDemandSummary,
    PoolDisruption,
    PoolSummary,
    RejectedRange,
    Report,
    ReportedFinding,
    ReportedGap,
    ReportedPath,
    ReportedStep,
    Result,
    RuleSummary,
    SourceSummary,
    State,
    StateSummary,
    Tool,
    UnknownDisruption,
    Verdict,
    WorkloadDisruption,
)
from analyzer.model.waiver import JudgedWaiver, Pattern, Selector, Waiver, WaiverStanding
from reports import FORMATS

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
NAMES = ("--subscription", SUBSCRIPTION, "--resource-group", "shop-rg", "--name", "shop")
KUBENET = StateSummary(
    plugin="kubenet",
    ipam="kubenet",
    dataplane="azure",
    policy="calico",
    pod_cidrs=("10.244.0.0/16",),
    service_cidrs=("10.0.0.0/16",),
    kubernetes_version="1.33.5",
)
NO_ENGINE = msgspec.structs.replace(KUBENET, policy="none")
OVERLAY = msgspec.structs.replace(NO_ENGINE, plugin="azure", ipam="overlay", pod_cidrs=("10.20.0.0/16",))
CILIUM = msgspec.structs.replace(OVERLAY, dataplane="cilium", policy="cilium")
TOOL = Tool(
    name="aks-preflight", version="0.1.0", rule_pack_version="0.1.0", rule_pack_hash="3bf34baf" * 8, rule_count=10
)
SHOP = ClusterSummary(
    id=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop-rg/providers/Microsoft.ContainerService"
    "/managedClusters/shop",
    name="shop",
    resource_group="shop-rg",
    subscription=SUBSCRIPTION,
    location="westeurope",
    kubernetes_version="1.33.5",
)
DOCS = "https://learn.microsoft.com/azure/aks"


def rule(id: str, title: str, severity: Severity, why: str, *remedy: str) -> RuleSummary:
    return RuleSummary(
        id=id,
        title=title,
        severity=severity,
        confidence=Confidence.DOCUMENTED,
        refused_by_platform=severity is Severity.BLOCKER,
        why=why,
        remedy=remedy,
        sources=(
            SourceSummary(
                url=f"{DOCS}/update-azure-cni#update-considerations",
                claim="The update page names it among its considerations.",
                date="2026-05-28",
                contradicts="The edition of 2023-24 says nothing of it.",
            ),
        ),
    )


OVERLAP = rule(
    "OVL-PODCIDR-OVERLAP-VNET",
    "The pod range overlaps the virtual network",
    Severity.BLOCKER,
    "Overlay gives pods addresses from a private range. Where a subnet has the same addresses, AKS rejects the"
    " update.\n\nPeered networks count too: their traffic would never leave the node.",
    "Choose a range that is free: run `aks-preflight plan --to overlay` for a proposal.",
    "Check again with `--pod-cidr RANGE`.",
)
WINDOWS = rule(
    "CIL-WINDOWS",
    "Windows node pools cannot join the Cilium data plane",
    Severity.BLOCKER,
    "The Cilium data plane is Linux only.",
    "Move the Windows workloads to another cluster, then delete the pool:"
    " `az aks nodepool delete --resource-group shop-rg --cluster-name shop --name win`.",
)
DRAIN = rule(
    "REI-PDB",
    "A disruption budget stops the drain of a node",
    Severity.RISK,
    "Every pool is reimaged at once. A budget that allows no disruption holds the drain until it times out.",
    "Allow at least one disruption for the time of the change.",
    "Or scale the workload up by one replica.",
)
ROUTES = rule(
    "KUB-RT-BYO",
    "Routes of the own route table still point to nodes",
    Severity.RISK,
    "Kubenet writes one route a node into the table.",
    "Detach the table after the step.",
)
IP_BLOCK = rule(
    "POL-IPBLOCK-POD",
    "An ipBlock covers pod addresses, and Cilium does not match pods by address",
    Severity.RISK,
    "Cilium matches pods by identity. An `ipBlock` that was meant for pods no longer allows them.",
    "Replace the block by a `podSelector`.",
)
IRREVERSIBLE = rule(
    "OVL-IRREVERSIBLE", "Overlay has no way back", Severity.NOTICE, "The mode cannot be changed back.", "Rehearse it."
)
CLI = rule(
    "GEN-CLI-VERSION",
    "The Azure CLI may be too old for the steps",
    Severity.NOTICE,
    "Older versions do not have the flags.",
    "Check again with `--cli-version VERSION`.",
)
VERSION = rule("OVL-K8S-VERSION", "Kubernetes is too old for the overlay migration", Severity.BLOCKER, "From 1.27.")
MASQUERADE = rule("OVL-IPMASQ-CUSTOM", "A custom masquerade configuration", Severity.BLOCKER, "AKS rejects it.")
IDENTITY = rule("KUB-UAMI", "The cluster has a system-assigned identity", Severity.BLOCKER, "It needs a user's.")


def finding(mark: str, of: ObjectRef, message: str, *evidence: tuple[str, str], **more: Any) -> ReportedFinding:
    return ReportedFinding(
        fingerprint=(mark * 16)[:16],
        severity=more.pop("severity", Severity.RISK),
        object=of,
        message=message,
        evidence=tuple(Evidence(where, value) for where, value in evidence),
        **more,
    )


def step(kind: str, verdict: Verdict, before: StateSummary, after: StateSummary, *flags: str) -> ReportedStep:
    return ReportedStep(
        kind=kind,
        verdict=verdict,
        command=("az", "aks", "update", *NAMES, *flags),
        reimages=1,
        irreversible=kind in ("overlay", "cilium"),
        before=before,
        after=after,
    )


STEPS = (
    step("remove-policy-engine", Verdict.READY_WITH_RISKS, KUBENET, NO_ENGINE, "--network-policy", "none"),
    step(
        "overlay",
        Verdict.BLOCKED,
        NO_ENGINE,
        OVERLAY,
        *("--network-plugin", "azure", "--network-plugin-mode", "overlay", "--pod-cidr", "10.20.0.0/16"),
    ),
    step("cilium", Verdict.INDETERMINATE, OVERLAY, CILIUM, "--network-dataplane", "cilium"),
)
READY_STEPS = tuple(msgspec.structs.replace(item, verdict=Verdict.READY) for item in STEPS[1:])
REFUSED = msgspec.structs.replace(
    STEPS[2],
    verdict=Verdict.BLOCKED,
    reimages=0,
    refused=True,
    after=OVERLAY,
    reason="The Cilium data plane is Linux only, and the cluster has Windows node pools.",
    refused_by=WINDOWS.id,
    ways_out=(
        "Stop before it: --to overlay",
        "Move the Windows workloads to another cluster and delete the Windows pools, then check again",
    ),
)
FORBIDDEN = ReportedGap(
    source="network_policies",
    cause="forbidden",
    detail="403 on list networkpolicies.networking.k8s.io for the whole cluster",
    grant="Grant list on networkpolicies.networking.k8s.io: `aks-preflight access --kubernetes`",
    severity=Severity.RISK,
)
HIDDEN = ReportedGap(
    source="cluster",
    cause="hidden",
    detail="The cluster's body does not show networkProfile.podCidr: it is absent or null",
    grant="Read the cluster again with a current API version",
    object=ObjectRef("ManagedCluster", "shop"),
    severity=Severity.BLOCKER,
)
PODS = tuple(
    finding(
        f"{number:02x}",
        ObjectRef("PodDisruptionBudget", f"cart-{number}", "shop"),
        f"PodDisruptionBudget cart-{number} allows no disruption of its {number} pods.",
        (f"poddisruptionbudgets[shop/cart-{number}].status.disruptionsAllowed", "0"),
    )
    for number in range(1, 25)
)
RESULTS = (
    Result(rule=DRAIN.id, step="remove-policy-engine", state=State.FAIL, findings=PODS),
    Result(
        rule=DRAIN.id,
        step="overlay",
        state=State.FAIL,
        findings=tuple(msgspec.structs.replace(item, fingerprint=item.fingerprint[:14] + "ff") for item in PODS),
    ),
    Result(
        rule=OVERLAP.id,
        step="overlay",
        state=State.FAIL,
        findings=(
            finding(
                "a1",
                ObjectRef("Subnet", "shop-vnet/nodes"),
                "The pod range 10.20.0.0/16 overlaps subnet shop-vnet/nodes, 10.20.0.0/20.",
                ("--pod-cidr", "10.20.0.0/16"),
                ("virtualNetworks[shop-vnet].subnets[nodes].addressPrefix", "10.20.0.0/20"),
                severity=Severity.BLOCKER,
            ),
            finding(
                "a2",
                ObjectRef("VirtualNetworkPeering", "to-hub"),
                "The pod range 10.20.0.0/16 overlaps the peered network hub, 10.20.128.0/17.",
                ("virtualNetworks[shop-vnet].virtualNetworkPeerings[to-hub]", "10.20.128.0/17"),
                severity=Severity.RISK,
                remedy=("Ask the owner of the hub whether the range is in use.",),
            ),
        ),
    ),
    Result(
        rule=ROUTES.id,
        step="overlay",
        state=State.UNKNOWN,
        findings=(
            finding("b1", ObjectRef("RouteTable", "shop-rt"), "Route to-node-1 of shop-rt points to 10.20.0.4."),
        ),
        gaps=(msgspec.structs.replace(HIDDEN, severity=Severity.RISK),),
    ),
    Result(rule=IP_BLOCK.id, step="cilium", state=State.UNKNOWN, gaps=(FORBIDDEN,)),
    Result(
        rule=WINDOWS.id,
        step="cilium",
        state=State.FAIL,
        findings=(
            finding(
                "c1",
                ObjectRef("AgentPool", "win"),
                "Pool win runs Windows.",
                ("agentPoolProfiles[win].osType", "Windows"),
                severity=Severity.BLOCKER,
            ),
        ),
    ),
    Result(
        rule=IRREVERSIBLE.id,
        step="overlay",
        state=State.NOTED,
        findings=(finding("d1", ObjectRef("ManagedCluster", "shop"), "It cannot go back.", severity=Severity.NOTICE),),
    ),
    *(
        Result(
            rule=CLI.id,
            step=kind,
            state=State.NOTED,
            findings=(
                finding(
                    mark,
                    ObjectRef("ManagedCluster", "shop"),
                    "Which Azure CLI will run the steps? They need 2.56.0 or later (see `az version`).",
                    severity=Severity.NOTICE,
                    asks="--cli-version",
                ),
            ),
        )
        for kind, mark in (("overlay", "e1"), ("cilium", "e2"))
    ),
    Result(rule=VERSION.id, step="overlay", state=State.PASS),
    Result(rule=MASQUERADE.id, step="overlay", state=State.ERROR, reason="The rule broke: KeyError: 'data'"),
    Result(rule=IDENTITY.id, step="overlay", state=State.PASS, reason="The step user-assigned-identity meets it."),
    Result(rule=IDENTITY.id, step="cilium", state=State.NOT_APPLICABLE, reason="It concerns kubenet."),
)
RANGES = (
    AddressRange(role="virtual network", name="shop-vnet", cidr="10.20.0.0/16"),
    AddressRange(role="subnet", name="shop-vnet/nodes", cidr="10.20.0.0/20"),
    AddressRange(role="subnet", name="shop-vnet/ingress", cidr="10.20.32.0/24"),
    AddressRange(role="peered network", name="to-hub", cidr="172.16.0.0/12"),
    AddressRange(role="service CIDR", name="services", cidr="10.0.0.0/16"),
    AddressRange(role="pod CIDR now", name="pods", cidr="10.244.0.0/16"),
    AddressRange(
        role="pod CIDR asked for",
        name="--pod-cidr",
        cidr="10.20.0.0/16",
        overlaps=("10.20.0.0/16 (virtual network shop-vnet)", "10.20.0.0/20 (subnet shop-vnet/nodes)"),
    ),
    AddressRange(role="pod CIDR now", name="pods", cidr="fd00:10:244::/64"),
)


PLAN = AddressPlanSummary(
    pools=(
        PoolDemandSummary(pool="apps", nodes=3, most=10, surge=1),
        PoolDemandSummary(pool="win", nodes=2, most=2, surge=1),
    ),
    provisioned=None,
    demand=None,
    judged=("10.20.0.0/16",),
    capacity=256,
    proposal="10.64.0.0/20",
    proposal_capacity=16,
    reason="10.20.0.0/16 overlaps another range, or is too small.",
    rejected=(RejectedRange(cidr="100.64.0.0/20", candidates=1024, reason="overlaps 100.64.0.0/10 (on premises)"),),
    reserved=("169.254.0.0/16", "172.30.0.0/16"),
)
FORECAST = Disruption(
    steps=("remove-policy-engine", "overlay"),
    minutes_least=9,
    minutes_most=None,
    pools=(
        PoolDisruption(
            name="apps",
            mode="User",
            nodes=3,
            at_once_least=1,
            at_once_most=2,
            waves_least=2,
            waves_most=3,
            drain_minutes=30,
            soak_minutes=5,
            minutes_least=9,
            minutes_most=135,
        ),
        PoolDisruption(name="win", mode="User", reason="It does not show agentPoolProfiles[win].count"),
    ),
    workloads=(
        WorkloadDisruption(
            object=ObjectRef("StatefulSet", "ledger", "shop"),
            effects=("loses data", "is down"),
            reasons=("Its emptyDir goes with the pod.", "One replica: down until its new pod is ready."),
            pods=None,
            nodes=0,
            pools=("apps",),
        ),
    ),
    workload_count=3,
    stalls=(
        DrainStall(
            object=ObjectRef("PodDisruptionBudget", "cart-1", "shop"), reason="It never allows.", pools=("apps", "win")
        ),
    ),
    stall_count=24,
    assumptions=("A node takes 3 to 10 minutes to boot; no page names a number.",),
    unknown=(UnknownDisruption(part="How long pool win takes", sources=("cluster",), reason="Its count is hidden."),),
)


def pool(name: str, os_type: str = "Linux", **more: Any) -> PoolSummary:
    return PoolSummary(
        name=name,
        mode="User",
        os_type=os_type,
        count=more.pop("count", 3),
        max_count=more.pop("max_count", None),
        vm_size="Standard_D4s_v5",
        kubernetes_version="1.33.5",
        node_image_version="AKSUbuntu-2204gen2containerd-202610.12.0",
        subnet="nodes",
    )


def rich() -> Report:
    """Every state, severity and section; the last step is refused."""
    return Report(
        tool=TOOL,
        cluster=SHOP,
        target="overlay,cilium",
        as_of="2026-11-22",
        inputs={"--pod-cidr": "10.20.0.0/16"},
        snapshot_hash="ab" * 32,
        collected_at="2026-11-20T06:00:00Z",
        api_version="2026-05-01",
        server="https://shop-dns-abcd1234.hcp.westeurope.azmk8s.io:443",
        verdict=Verdict.BLOCKED,
        observed=KUBENET,
        path=ReportedPath(
            known=True,
            steps=(STEPS[0], STEPS[1], REFUSED),
            reimages=2,
            reason="Kubenet must be overlay before Cilium.",
        ),
        coverage=(
            Coverage(source="cluster", status="read", count=1, rules=(ROUTES.id,)),
            Coverage(source="virtual_networks", status="read", count=1),
            Coverage(source="pods", status="read", count=1204),
            Coverage(source="cilium_policies", status="absent API", count=0),
            Coverage(
                source="network_policies",
                status="forbidden",
                reason=FORBIDDEN.detail,
                grant=FORBIDDEN.grant,
                rules=(IP_BLOCK.id,),
            ),
            Coverage(
                source="ingresses", status="partial", count=500, reason="The list ended after 500.", grant="Retry"
            ),
        ),
        rules=(CLI, OVERLAP, VERSION, MASQUERADE, IRREVERSIBLE, IDENTITY, ROUTES, DRAIN, IP_BLOCK, WINDOWS),
        results=RESULTS,
        address_space=RANGES,
        pools=(pool("apps", max_count=10), pool("win", "Windows", count=None)),
        object_counts={"pods": 1204, "services": 88},
        address_plan=PLAN,
        disruption=FORECAST,
    )


def risky() -> Report:
    """One risk, no blocker, nothing open."""
    results = tuple(item for item in RESULTS if item.state in (State.PASS, State.NOTED))
    whole = msgspec.structs.replace(
        rich(),
        verdict=Verdict.READY_WITH_RISKS,
        results=(*RESULTS[:1], *results),
        path=ReportedPath(known=True, steps=(STEPS[0], *READY_STEPS), reimages=3),
    )
    cluster = msgspec.structs.replace(whole.coverage[0], rules=())
    return msgspec.structs.replace(whole, coverage=(cluster, *whole.coverage[1:4]))


def ready() -> Report:
    """Nothing found but a notice; everything read."""
    return msgspec.structs.replace(
        risky(),
        verdict=Verdict.READY,
        results=tuple(item for item in RESULTS if item.state in (State.PASS, State.NOTED)),
        path=ReportedPath(known=True, steps=READY_STEPS, reimages=2, reason="Overlay first is the documented default."),
        address_space=RANGES[:6],
    )


def finished() -> Report:
    """The cluster is on the target."""
    off = Result(rule=VERSION.id, step="", state=State.NOT_APPLICABLE, reason="The path has no step overlay.")
    return msgspec.structs.replace(
        ready(), observed=CILIUM, path=ReportedPath(known=True), results=(off,), rules=(VERSION,)
    )


def lost() -> Report:
    """No path: the cluster's body could not be read. The run was interrupted, too."""
    gap = ReportedGap(
        source="cluster",
        cause="forbidden",
        detail=f"403 on Microsoft.ContainerService/managedClusters/read for {SHOP.id}",
        grant="Grant Reader on the cluster",
        severity=Severity.BLOCKER,
    )
    unknown = StateSummary(plugin="unknown", ipam="unknown", dataplane="unknown", policy="unknown")
    results = tuple(
        Result(rule=item.id, step="", state=State.UNKNOWN, gaps=(msgspec.structs.replace(gap, severity=item.severity),))
        for item in rich().rules
    )
    return msgspec.structs.replace(
        rich(),
        cluster=ClusterSummary(),
        inputs={},
        collected_at=None,
        api_version=None,
        server=None,
        verdict=Verdict.INDETERMINATE,
        observed=unknown,
        path=ReportedPath(known=False, reason="The network state is not known well enough.", gaps=(gap,)),
        coverage=(Coverage(source="cluster", status="forbidden", reason=gap.detail, grant=gap.grant),),
        results=results,
        address_space=(),
        pools=(),
        object_counts={},
        partial=True,
    )


def blank() -> Report:
    """Nothing was evaluated: no rule."""
    return msgspec.structs.replace(
        ready(), verdict=Verdict.INDETERMINATE, rules=(), results=(), tool=msgspec.structs.replace(TOOL, rule_count=0)
    )


SINGLE = msgspec.structs.replace(
    rule(
        "REI-SYSTEM-SINGLE-NODE",
        "The system pool has one node",
        Severity.BLOCKER,
        "Its only node is drained, and with it what the cluster itself runs.",
        "Scale it up: `az aks nodepool scale --resource-group shop-rg --cluster-name shop --name POOL --node-count 3`.",
    ),
    refused_by_platform=False,
)


def waiver(id: str, of: str, selector: Selector, **more: Any) -> Waiver:
    return Waiver(
        **{
            "id": id,
            "rule": of,
            "selector": selector,
            "reason": "The shop is closed that night.",
            "owner": "team-shop",
            "expires": "2026-12-31",
            "ticket": "CHG-1001",
        }
        | more
    )


CARTS = waiver(
    "aaaaaaaaaaaa", DRAIN.id, Selector(namespace=Pattern("shop"), name=Pattern("cart-1*", is_glob=True)), line=2
)
SYSTEM = waiver(
    "bbbbbbbbbbbb", SINGLE.id, Selector(cluster=Pattern("shop"), kind=Pattern("AgentPool")), owner="team-aks"
)
ROUTE = waiver("cccccccccccc", ROUTES.id, Selector(name=Pattern("shop-rt")), ticket="CHG-1002")
POLICIES = waiver(
    "dddddddddddd",
    IP_BLOCK.id,
    Selector(cluster=Pattern("shop")),
    fact="network_policies",
    reason="There is no policy in this cluster, says its owner.",
)
WAIVERS = (
    JudgedWaiver(waiver=CARTS, standing=WaiverStanding.IN_FORCE, count=22),
    JudgedWaiver(
        waiver=waiver("eeeeeeeeeeee", IDENTITY.id, Selector(cluster=Pattern("shop"))), standing=WaiverStanding.UNUSED
    ),
    JudgedWaiver(waiver=SYSTEM, standing=WaiverStanding.IN_FORCE, count=1),
    JudgedWaiver(waiver=ROUTE, standing=WaiverStanding.IN_FORCE, count=1),
    JudgedWaiver(waiver=POLICIES, standing=WaiverStanding.IN_FORCE, count=1),
    JudgedWaiver(
        waiver=waiver("ffffffffffff", DRAIN.id, Selector(name=Pattern("Cart-2"))),
        standing=WaiverStanding.NEAR_MISS,
        detail="It matches nothing; shop/PodDisruptionBudget/cart-2 differs in case only.",
    ),
    JudgedWaiver(
        waiver=waiver("121212121212", DRAIN.id, Selector(name=Pattern("cart-3")), expires="2026-11-21"),
        standing=WaiverStanding.EXPIRED,
        detail="Its last day was 2026-11-21; it would have covered 2 findings.",
        count=2,
    ),
    JudgedWaiver(
        waiver=waiver("343434343434", OVERLAP.id, Selector(cluster=Pattern("shop"))), standing=WaiverStanding.REFUSED
    ),
    JudgedWaiver(
        waiver=waiver("565656565656", DRAIN.id, Selector(cluster=Pattern("bank"))), standing=WaiverStanding.ELSEWHERE
    ),
)


def waived() -> Report:
    """Everything that counts is a risk: blockers and more are waived, a missing fact is accepted; some do not hold."""
    carts = tuple(msgspec.structs.replace(item, waiver=CARTS.id if "-1" in item.object.name else "") for item in PODS)
    again = tuple(msgspec.structs.replace(item, fingerprint=item.fingerprint[:14] + "ff") for item in carts)
    (routes,) = (item for item in RESULTS if item.rule == ROUTES.id)
    system = finding(
        "f1",
        ObjectRef("AgentPool", "sys"),
        "Pool sys has 1 node.",
        ("agentPoolProfiles[sys].count", "1"),
        severity=Severity.BLOCKER,
        waiver=SYSTEM.id,
    )
    return msgspec.structs.replace(
        risky(),
        tool=msgspec.structs.replace(TOOL, rule_count=11),
        path=msgspec.structs.replace(
            risky().path,
            steps=tuple(msgspec.structs.replace(item, verdict=Verdict.READY_WITH_RISKS) for item in risky().path.steps),
        ),
        rules=(SINGLE, *risky().rules),
        results=(
            Result(rule=DRAIN.id, step="remove-policy-engine", state=State.FAIL, findings=carts),
            Result(rule=DRAIN.id, step="overlay", state=State.FAIL, findings=again),
            Result(rule=SINGLE.id, step="overlay", state=State.FAIL, findings=(system,)),
            msgspec.structs.replace(
                routes,
                state=State.FAIL,
                gaps=(),
                findings=tuple(msgspec.structs.replace(item, waiver=ROUTE.id) for item in routes.findings),
            ),
            Result(
                rule=IP_BLOCK.id,
                step="cilium",
                state=State.UNKNOWN,
                gaps=(msgspec.structs.replace(FORBIDDEN, waiver=POLICIES.id),),
            ),
            *(item for item in RESULTS if item.state in (State.PASS, State.NOTED)),
        ),
        coverage=rich().coverage[1:5],
        waivers=WAIVERS,
    )


def hostile_waived() -> Report:
    """The same with an attack in every name and sentence."""
    return spoiled(waived())


ATTACKS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></title></textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "[red]markup[/red] [link=https://evil.example]x[/link] :boom:",
    "\x1b[2J\x1b]0;owned\x07\r\x00\x08\x9b31m",
    "\u202egnp.exe\u2066\u200b\u2028line\nnext\ttab",
    "`code` ``` &amp; &lt;",
    "n" * 10_000,
)


def hostile() -> Report:
    """The rich report with an attack in every string that does not choose a section."""
    report = spoiled(rich())
    drawn = zip(report.address_space, RANGES, strict=True)
    ranges = tuple(msgspec.structs.replace(attacked, cidr=clean.cidr) for attacked, clean in drawn)
    return msgspec.structs.replace(report, address_space=(*ranges, report.address_space[0]))


def spoiled(report: Report, attacks: str = "".join(ATTACKS[:-1]), flood: str = ATTACKS[-1]) -> Report:
    """The report with an attack in every string that does not choose a section."""
    kept = {*State, *Verdict, *Severity, *Confidence, *FlowChangeKind, *WaiverStanding, "read", "absent API"}
    kept_empty = ("asks", "waiver")
    fingerprint = re.compile(r"[0-9a-f]{16}")

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                spoil_key(key): item if key in kept_empty and not item else spoil(item) for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [spoil(item) for item in value]
        if not isinstance(value, str) or value in kept or fingerprint.fullmatch(value):
            return value
        return f"{value}{attacks}{flood}"

    def spoil_key(key: str) -> str:
        return f"{key}{attacks}" if key.startswith("--") else key

    return msgspec.convert(spoil(msgspec.to_builtins(report)), Report)


def flowing() -> Report:
    """The risky report, with what its three steps do to the traffic."""
    return msgspec.structs.replace(risky(), flows=FLOWS)


def hostile_flowing() -> Report:
    """The same with an attack in every name and sentence."""
    return spoiled(flowing())


def crowded() -> Report:
    """A believable large cluster: 60 rules at two steps, ten of them with 400 objects each."""
    rules = tuple(
        msgspec.structs.replace(DRAIN, id=f"REI-RULE-{number:02}", title=f"{DRAIN.title}, kind {number}")
        for number in range(60)
    )
    results = []
    for number, item in enumerate(rules):
        for place, kind in enumerate(("remove-policy-engine", "overlay")):
            many = range(400 if number < 10 else 3)
            found = tuple(
                finding(
                    f"{place}{number:04x}{index:04x}0000000",
                    ObjectRef("PodDisruptionBudget", f"payments-worker-{index}", f"team-{index % 40}"),
                    f"PodDisruptionBudget payments-worker-{index} allows no disruption of its {index} pods.",
                    (f"poddisruptionbudgets[payments-worker-{index}].status.disruptionsAllowed", "0"),
                    (f"poddisruptionbudgets[payments-worker-{index}].status.expectedPods", str(index)),
                )
                for index in many
            )
            results.append(Result(rule=item.id, step=kind, state=State.FAIL, findings=found))
    return msgspec.structs.replace(risky(), rules=rules, results=tuple(results))


REPORTS = {
    "rich": rich,
    "risky": risky,
    "ready": ready,
    "finished": finished,
    "lost": lost,
    "blank": blank,
    "waived": waived,
    "hostile_waived": hostile_waived,
    "hostile": hostile,
    "flowing": flowing,
    "hostile_flowing": hostile_flowing,
    "crowded": crowded,
}


@pytest.fixture(params=[name for name in REPORTS if name != "crowded"])
def report(request: pytest.FixtureRequest) -> Report:
    """Each report in turn, but the large one."""
    return REPORTS[request.param]()


@cache
def _document(name: str) -> str:
    return FORMATS["html"](REPORTS[name]())


@pytest.fixture
def html() -> Callable[[str], str]:
    """The HTML of a report by name; each is rendered once."""
    return _document


@pytest.fixture
def spoil() -> Callable[..., Report]:
    """Puts an attack into every string of a report."""
    return spoiled


@pytest.fixture
def made() -> Any:
    """The makers of reports, by name."""
    return REPORTS

"""Flow changes made by hand: Calico goes, overlay changes nothing, and what Cilium makes of the policies."""

from __future__ import annotations

from typing import Any

from analyzer.model.finding import ObjectRef
from analyzer.model.flows import (
    LOCAL_DNS,
    NODES,
    OUTSIDE,
    FlowBlame,
    FlowChange,
    FlowChangeKind,
    FlowEdge,
    FlowEnd,
    FlowExample,
    StepFlows,
    UnenforcedWindow,
)

ALLOWED, BLOCKED, UNKNOWN = FlowChangeKind.ALLOWED, FlowChangeKind.BLOCKED, FlowChangeKind.UNKNOWN
OWN_NODE = FlowEnd(kind="own node", name="the pod's own node")
HUB = FlowEnd(kind="outside", name="10.200.0.0/16")


def workload(namespace: str, name: str, pods: int = 3) -> FlowEnd:
    return FlowEnd(kind="workload", namespace=namespace, name=name, pods=pods)


def blame(policy: str, where: str = "", side: str = "after", effect: str = "") -> FlowBlame:
    namespace, _, name = policy.partition("/")
    said = effect or "isolates the pods, and no policy admits them"
    return FlowBlame(policy=ObjectRef("NetworkPolicy", name, namespace), where=where, side=side, effect=said)


KUBELET = FlowExample(
    source="shop/api-7d9f8c6b5-x2x9k (10.244.1.7)",
    destination="its own node (10.224.0.4)",
    port="TCP 10250",
    before="allowed",
    after="blocked",
)


def change(kind: FlowChangeKind = BLOCKED, **more: Any) -> FlowChange:
    """The API's pods lose their own node, unless more is said."""
    sources, destinations = more.pop("sources", (workload("shop", "Deployment/api"),)), (OWN_NODE,)
    destinations = more.pop("destinations", destinations)
    culprits = more.pop("blame", (blame("shop/default-deny-egress", "spec.egress"),))
    given = {
        "way": "direct",
        "family": 4,
        "ports": "any port",
        "reason": "Under Cilium the own node counts as host, and no ipBlock and no selector of a policy matches it.",
        "row": 35,
        "confidence": "documented",
        "flow_count": 3,
        "example": KUBELET,
        "namespaces": ("shop",),
        "likelihood": "",
        "source_count": len(sources),
        "destination_count": len(destinations),
        "blame_count": len(culprits),
    }
    return FlowChange(kind=kind, sources=sources, destinations=destinations, blame=culprits, **given | more)


LOAD_BALANCER = change(
    sources=(FlowEnd(kind="outside", name="any address outside the cluster"),),
    destinations=(workload("ingress", "Deployment/nginx", 2),),
    way="through another node",
    ports="TCP 443, 8443",
    reason="The node that the packet comes in through puts its own address in, and no ipBlock matches a node.",
    row=52,
    confidence="derived",
    blame=(
        blame("ingress/allow-internet", "spec.ingress[0]", "before", "admitted them"),
        blame("ingress/default-deny"),
    ),
    flow_count=2,
    example=FlowExample(
        source="203.0.113.10",
        destination="ingress/nginx-5f7d-k8s2p (10.244.2.9)",
        port="TCP 443",
        way="by the load balancer of Service ingress/nginx, through node aks-apps-1",
        before="allowed",
        after="blocked",
    ),
    namespaces=("ingress",),
    likelihood="A Service of type LoadBalancer leads there.",
)
BY_ADDRESS = change(
    sources=(workload("payments", "Deployment/worker", 12), workload("payments", "Deployment/refunds", 2)),
    destinations=tuple(workload("ledger", f"StatefulSet/shard-{place}", 1) for place in range(4)),
    source_count=2,
    destination_count=9,
    ports="TCP 5432",
    reason="Cilium never matches a pod by its address.",
    row=13,
    blame=(blame("payments/to-ledger", "spec.egress[1].to[0].ipBlock", "before", "admitted them"),),
    flow_count=126,
    example=FlowExample(
        source="payments/worker-66d7-abcde (10.244.3.14)",
        destination="ledger/shard-0 (10.244.4.2)",
        port="TCP 5432",
        before="allowed",
        after="blocked",
    ),
    namespaces=("ledger", "payments"),
    namespace_count=2,
    likelihood="Service ledger/postgres leads there.",
)
EXPORTER = change(
    ALLOWED,
    sources=(FlowEnd(kind="remote node", name="any other node"), HUB),
    destinations=(workload("monitoring", "DaemonSet/exporter", 6),),
    ports="TCP 9100 to 9110",
    reason="A namespaceSelector with only NotIn takes in nodes and addresses outside the cluster, too.",
    row=8,
    confidence="upstream",
    blame=(blame("monitoring/not-from-dev", "spec.ingress[0]", "after", "admits them"),),
    flow_count=42,
    example=FlowExample(
        source="10.200.3.1",
        destination="monitoring/exporter-4k2mv (10.244.0.21)",
        port="TCP 9100",
        before="blocked",
        after="allowed",
    ),
    namespaces=("monitoring",),
)
API_ACCESS = change(
    UNKNOWN,
    sources=(FlowEnd(kind="pod", namespace="payments", name="migrate-1"),),
    destinations=(FlowEnd(kind="API server", name="20.50.60.70"),),
    ports="TCP 443",
    reason="No source says whether an ipBlock on the API server's address matches under Cilium.",
    row=38,
    confidence="unconfirmed",
    blame=(blame("payments/to-api-server", "spec.egress[0]", "after", "admits them"),),
    flow_count=1,
    example=FlowExample(
        source="payments/migrate-1 (10.244.3.30)",
        destination="the API server (20.50.60.70)",
        port="TCP 443",
        before="allowed",
        after="unknown",
    ),
    namespaces=("payments",),
)
SIX = change(
    UNKNOWN,
    family=6,
    sources=(workload("shop", "Deployment/web"), workload("dev", "Deployment/web")),
    destinations=(workload("shop", "Deployment/api"),),
    ports="TCP 8080",
    row=0,
    reason="The policy was not read whole.",
    confidence="derived",
    blame=(),
    flow_count=18,
    example=FlowExample(
        source="dev/web-9x (fd00:10:244::9)",
        destination="shop/api-7d9f8c6b5-x2x9k (fd00:10:244::7)",
        port="TCP 8080",
        before="unknown",
        after="blocked",
    ),
    namespaces=("dev", "shop"),
)
TO_CILIUM = StepFlows(
    step="cilium",
    before="Azure NPM",
    after="Cilium 1.17.9",
    changes=(change(), LOAD_BALANCER, BY_ADDRESS, EXPORTER, API_ACCESS, SIX),
    change_count=31,
    blocked=26,
    allowed=3,
    unknown=2,
    edges=(
        FlowEdge(source="shop", destination=NODES, blocked=240),
        FlowEdge(source="payments", destination="ledger", blocked=126),
        FlowEdge(source="payments", destination=LOCAL_DNS, blocked=14),
        FlowEdge(source="shop", destination=LOCAL_DNS, blocked=36),
        FlowEdge(source="monitoring", destination=NODES, blocked=6, unknown=2),
        FlowEdge(source=NODES, destination="monitoring", allowed=36),
        FlowEdge(source=OUTSIDE, destination="monitoring", allowed=6),
        FlowEdge(source=OUTSIDE, destination="ingress", blocked=2),
        FlowEdge(source="shop", destination="shop", unknown=18),
        FlowEdge(source="dev", destination="shop", unknown=18),
    ),
    edge_count=12,
    unread=("2 of 14 pods of namespace legacy have no address yet", "ConfigMap kube-system/azure-npm-config"),
    unenforced=UnenforcedWindow(
        opens="cilium",
        closes="cilium",
        policies=14,
        pods=120,
        reason="Cilium enforces policies again when the last node of the last pool is reimaged.",
    ),
)
GONE = StepFlows(
    step="remove-policy-engine",
    before="Calico",
    after="no policy engine",
    changes=(
        change(
            ALLOWED,
            sources=(workload("dev", "Deployment/web"),),
            destinations=(workload("ledger", "StatefulSet/shard-0", 1),),
            ports="every port",
            reason="Nothing enforces the policy any longer.",
            row=0,
            confidence="documented",
            blame=(blame("ledger/default-deny", "", "before", "isolated the pods"),),
            flow_count=3,
            example=FlowExample(
                source="dev/web-77b-q (10.244.5.5)",
                destination="ledger/shard-0 (10.244.4.2)",
                port="TCP 5432",
                before="blocked",
                after="allowed",
            ),
            namespaces=("dev", "ledger"),
        ),
    ),
    change_count=1,
    allowed=1,
    edges=(FlowEdge(source="dev", destination="ledger", allowed=3),),
    edge_count=1,
    unenforced=UnenforcedWindow(
        opens="remove-policy-engine", closes="", policies=1, pods=4, reason="No later step installs an engine."
    ),
)
SAME = StepFlows(step="overlay", before="no policy engine", after="no policy engine")
FLOWS = (GONE, SAME, TO_CILIUM)

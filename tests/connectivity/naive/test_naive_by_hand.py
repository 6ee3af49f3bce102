"""The reference evaluator against verdicts worked out by hand from the rows of the table."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from connectivity.naive.network import Network
from connectivity.naive.verdicts import verdict

from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.connectivity.ports import OTHER
from analyzer.model.objects import (
    Address,
    CalicoEntity,
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoPolicySpec,
    CalicoRule,
    CalicoSetSpec,
    CiliumCIDR,
    CiliumFQDN,
    CiliumPolicy,
    CiliumPort,
    CiliumPortRules,
    CiliumPorts,
    CiliumRule,
    CiliumSpec,
    Container,
    ContainerPort,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    Metadata,
    Namespace,
    NamespaceMetadata,
    NetworkPolicy,
    NetworkPolicySpec,
    Node,
    NodeStatus,
    Pod,
    PodIP,
    PodMetadata,
    PodSpec,
    PodStatus,
    PolicyPeer,
    PolicyPort,
    Requirement,
)
from analyzer.model.objects.calico import CalicoMetadata
from analyzer.model.objects.cilium import CiliumDefaultDeny
from analyzer.model.version import Version


def _pod(
    name: str,
    node: str,
    *addresses: str,
    ports: tuple[ContainerPort, ...] = (),
    labels: dict[str, str] | None = None,
) -> Pod:
    namespace, _, short = name.partition("/")
    return Pod(
        PodMetadata(name=short, namespace=namespace, labels={"app": short} | (labels or {})),
        spec=PodSpec((Container(ports=ports),), node_name=node),
        status=PodStatus("Running", addresses[0], tuple(map(PodIP, addresses))),
    )


WEB = _pod("shop/web", "n0", "10.244.0.4", "fd00::4", ports=(ContainerPort(8080, "http"),))
API = _pod("shop/api", "n0", "10.244.0.5", "fd00::5", ports=(ContainerPort(9090, "http"), ContainerPort(7000, "own")))
DB = _pod("ops/db", "n1", "10.244.1.6", "fd00::6", labels={"statefulset.kubernetes.io/pod-name": "db-0"})
NODES = ("10.224.0.4", "10.224.0.5")

NPM = Npm(False, False)
C14, C16, C17 = (Cilium(Version(1, *rest)) for rest in ((14, 20), (16, 16), (17, 9)))
COLUMNS: tuple[Settings, ...] = (NoEngine(), NPM, Calico(), C16, C17)

SHOP = LabelSelector({"kubernetes.io/metadata.name": "shop"})
NOT_SHOP = LabelSelector({}, (Requirement("team", "NotIn", ("retail",)),))
NEITHER = LabelSelector({}, (Requirement("team", "NotIn", ("retail", "ops")),))
BAD = LabelSelector({}, (Requirement("app", "NotIn", ("-bad-",)),))


def pod(item: Pod) -> Party:
    return Party(PartyKind.POD, item)


def own(number: int = 0) -> Party:
    return Party(PartyKind.OWN_NODE, None, NODES[number])


def remote(number: int = 1) -> Party:
    return Party(PartyKind.REMOTE_NODE, None, NODES[number])


def world(address: str = "203.0.113.7") -> Party:
    return Party(PartyKind.WORLD, None, address)


SERVER = Party(PartyKind.API_SERVER, None, "20.50.1.1")
DNS = Party(PartyKind.LOCAL_DNS, None, "169.254.20.10")


def tcp(source: Party, destination: Party, port: int = 8080, **more: object) -> Flow:
    return Flow(source, destination, "TCP", port, **more)  # type: ignore[arg-type]


def ingress(*rules: IngressRule, on: LabelSelector | None = None, **more: object) -> NetworkPolicy:
    """Isolates the pods of shop, or of them those that are selected."""
    spec = NetworkPolicySpec(on or LabelSelector(), ("Ingress",), rules, **more)  # type: ignore[arg-type]
    return NetworkPolicy(Metadata(name="in", namespace="shop"), spec=spec)


def egress(*rules: EgressRule, on: LabelSelector | None = None, **more: object) -> NetworkPolicy:
    spec = NetworkPolicySpec(on or LabelSelector(), ("Egress",), egress=rules, **more)  # type: ignore[arg-type]
    return NetworkPolicy(Metadata(name="out", namespace="shop"), spec=spec)


def block(cidr: str, *except_: str) -> PolicyPeer:
    return PolicyPeer(ip_block=IPBlock(cidr, except_))


def pods(labels: LabelSelector | None = None, namespaces: LabelSelector | None = None) -> PolicyPeer:
    return PolicyPeer(labels, namespaces)


def to(*peers: PolicyPeer, ports: tuple[PolicyPort, ...] = ()) -> EgressRule:
    return EgressRule(peers, ports)


def from_(*peers: PolicyPeer, ports: tuple[PolicyPort, ...] = ()) -> IngressRule:
    return IngressRule(peers, ports)


def cnp(spec: CiliumSpec, namespace: str = "shop") -> CiliumPolicy:
    return CiliumPolicy(Metadata(name="cnp", namespace=namespace), spec=spec)


def calico(spec: CalicoPolicySpec, namespace: str = "shop") -> CalicoPolicy:
    return CalicoPolicy(Metadata(name="calico", namespace=namespace), spec=spec)


def network(*policies: NetworkPolicy | CiliumPolicy | CalicoPolicy, **more: object) -> Network:
    labels = {"shop": {"team": "retail"}, "ops": {"team": "ops"}}
    return Network(
        tuple(
            Namespace(NamespaceMetadata(name=name, labels=of | {"kubernetes.io/metadata.name": name}))
            for name, of in labels.items()
        ),
        tuple(
            Node(Metadata(name=f"n{number}"), status=NodeStatus((Address("InternalIP", address),)))
            for number, address in enumerate(NODES)
        ),
        (WEB, API, DB),
        tuple(item for item in policies if isinstance(item, NetworkPolicy)),
        tuple(item for item in policies if isinstance(item, CiliumPolicy)),
        tuple(item for item in policies if isinstance(item, CalicoPolicy)),
        api_server=(SERVER.address,),
        local_dns=(DNS.address,),
        **more,  # type: ignore[arg-type]
    )


class Case(NamedTuple):
    """`expected`: a letter for each column, of allowed, blocked, unknown."""

    row: str
    policies: tuple[NetworkPolicy | CiliumPolicy | CalicoPolicy, ...]
    flow: Flow
    expected: str


WEB_TO_API, WEB_TO_DB, DB_TO_WEB = tcp(pod(WEB), pod(API)), tcp(pod(WEB), pod(DB)), tcp(pod(DB), pod(WEB))
WITHOUT_TYPES = NetworkPolicy(
    Metadata(name="raw", namespace="shop"), spec=NetworkPolicySpec(egress=(to(block("1.1.1.1/32")),))
)
ELSEWHERE: dict[str, Any] = {"way": Way.ENTRANCE_REMOTE, "entrance": NODES[1]}

CASES = (
    Case("1 selected by nobody", (ingress(),), WEB_TO_DB, "aaaaa"),
    Case("2 isolated", (ingress(),), DB_TO_WEB, "abbbb"),
    Case("2 union", (ingress(), ingress(from_(pods(namespaces=LabelSelector())))), DB_TO_WEB, "aaaaa"),
    Case("3 rules in a direction that is not listed", (ingress(egress=(to(block("1.1.1.1/32")),)),), WEB_TO_DB, "aaabb"),
    Case("4 types left out", (WITHOUT_TYPES,), WEB_TO_DB, "abbbb"),
    Case("5 pods of the same namespace", (ingress(from_(pods(LabelSelector()))),), WEB_TO_API, "aaaaa"),
    Case("5 and of no other", (ingress(from_(pods(LabelSelector()))),), DB_TO_WEB, "abbbb"),
    Case("6 every namespace, not the world", (ingress(from_(pods(namespaces=LabelSelector()))),), tcp(world(), pod(WEB)), "abbbb"),
    Case("7 by the namespace's name", (ingress(from_(pods(namespaces=SHOP))),), WEB_TO_API, "aaaaa"),
    Case("8 negative terms alone reach the world", (ingress(from_(pods(namespaces=NOT_SHOP))),), tcp(world(), pod(WEB)), "aabaa"),
    Case("8 and remote nodes", (egress(to(pods(namespaces=NOT_SHOP))),), tcp(pod(WEB), remote()), "aabaa"),
    Case("8 and the own node", (egress(to(pods(namespaces=NOT_SHOP))),), tcp(pod(WEB), own()), "aabaa"),
    Case("8 not with a positive pod selector", (ingress(from_(pods(LabelSelector({"app": "db"}), NOT_SHOP))),), tcp(world(), pod(WEB)), "abbbb"),
    Case("8 but with a negative one", (ingress(from_(pods(LabelSelector({}, (Requirement("app", "NotIn", ("x",)),)), NOT_SHOP))),), tcp(world(), pod(WEB)), "aabaa"),
    Case("8 pods of the excluded namespace stay out", (ingress(from_(pods(namespaces=NOT_SHOP))),), WEB_TO_API, "abbbb"),
    Case("9 of two values", (ingress(from_(pods(namespaces=NEITHER))),), DB_TO_WEB, "abbbb"),
    Case("10 the key is missing", (ingress(from_(pods(LabelSelector({}, (Requirement("tier", "NotIn", ("x", "y")),))))),), WEB_TO_API, "aaaaa"),
    Case("10 no world", (ingress(from_(pods(LabelSelector({}, (Requirement("tier", "DoesNotExist"),))))),), tcp(world(), pod(WEB)), "abbbb"),
    Case("11 a value that no label has, in the subject", (ingress(on=BAD),), DB_TO_WEB, "aauaa"),
    Case("11 in a peer", (ingress(from_(pods(BAD))),), WEB_TO_API, "aaabb"),
    Case("12 a label that does not count, in a peer", (ingress(from_(pods(LabelSelector({"statefulset.kubernetes.io/pod-name": "db-0"}), LabelSelector()))),), DB_TO_WEB, "aaabb"),
    Case("13 a block does not hold pods", (ingress(from_(block("10.244.0.0/16"))),), DB_TO_WEB, "aaabb"),
    Case("14 nor nodes", (ingress(from_(block("10.224.0.0/16"))),), tcp(remote(), pod(WEB)), "aaabb"),
    Case("14 nor as destinations", (egress(to(block("0.0.0.0/0"))),), tcp(pod(WEB), remote()), "aaabb"),
    Case("15 nor the own node", (egress(to(block("0.0.0.0/0"))),), tcp(pod(WEB), own()), "aaabb"),
    Case("16 the world", (egress(to(block("0.0.0.0/0", "203.0.113.0/24"))),), tcp(pod(WEB), world("8.8.8.8")), "aaaaa"),
    Case("16 but for the exception", (egress(to(block("0.0.0.0/0", "203.0.113.0/24"))),), tcp(pod(WEB), world()), "abbbb"),
    Case("16 which another rule admits", (egress(to(block("0.0.0.0/0", "203.0.113.0/24")), to(block("203.0.113.7/32"))),), tcp(pod(WEB), world()), "aaaaa"),
    Case("18 one IPv6 block, and NPM enforces nothing", (egress(to(block("::/0"))),), tcp(pod(WEB), world()), "aabbb"),
    Case("19 IPv6", (ingress(),), tcp(pod(DB), pod(WEB), family=6), "aabbb"),
    Case("20 everybody on a port", (ingress(from_(ports=(PolicyPort("TCP", 8080),))),), tcp(remote(), pod(WEB)), "aaaaa"),
    Case("22 a whole protocol", (ingress(from_(ports=(PolicyPort("TCP"),))),), DB_TO_WEB, "aaaaa"),
    Case("22 and no other", (ingress(from_(ports=(PolicyPort("TCP"),))),), Flow(pod(DB), pod(WEB), "UDP", 8080), "abbbb"),
    Case("24 a range", (ingress(from_(ports=(PolicyPort("TCP", 8000, 8090),))),), DB_TO_WEB, "aaaba"),
    Case("24 its first port", (ingress(from_(ports=(PolicyPort("TCP", 8080, 8090),))),), DB_TO_WEB, "aaaaa"),
    Case("25 a name, as the subject has it", (ingress(from_(ports=(PolicyPort("TCP", "http"),))),), DB_TO_WEB, "aaaaa"),
    Case("26 a name of two numbers", (egress(to(ports=(PolicyPort("TCP", "http"),))),), tcp(pod(WEB), pod(API), 9090), "aaabb"),
    Case("27 a name of one number, for everybody", (egress(to(ports=(PolicyPort("TCP", "own"),))),), tcp(pod(WEB), world(), 7000), "abbaa"),
    Case("28 a name that nobody has", (egress(to(ports=(PolicyPort("TCP", "gone"),))),), WEB_TO_API, "abbbb"),
    Case("29 SCTP", (), Flow(pod(DB), pod(WEB), "SCTP", 3868), "aaabb"),
    Case("29 where a policy admits it", (ingress(from_(ports=(PolicyPort("SCTP"),))),), Flow(pod(DB), pod(WEB), "SCTP", 3868), "aaabb"),
    Case("30 ICMP passes rules without ports", (ingress(from_()),), Flow(pod(DB), pod(WEB), OTHER, 0), "aaaaa"),
    Case("30 and none with", (ingress(from_(ports=(PolicyPort("TCP"), PolicyPort("UDP")))),), Flow(pod(DB), pod(WEB), OTHER, 0), "abbbb"),
    Case("34 the own node comes in", (ingress(),), tcp(own(), pod(WEB)), "aaaaa"),
    Case("35 but is not reached", (egress(),), tcp(pod(WEB), own()), "aabbb"),
    Case("37 node-local DNS by a block", (egress(to(block("169.254.0.0/16"))),), Flow(pod(WEB), DNS, "UDP", 53), "aaaab"),
    Case("37 without a rule", (egress(),), Flow(pod(WEB), DNS, "UDP", 53), "aabbb"),
    Case("38 the API server by a block", (egress(to(block("20.50.0.0/16"))),), tcp(pod(WEB), SERVER, 443), "aaauu"),
    Case("38 by a rule for everybody", (egress(to()),), tcp(pod(WEB), SERVER, 443), "aaaaa"),
    Case("39 from the control plane", (ingress(),), tcp(SERVER, pod(WEB)), "auuuu"),
    Case("39 where everybody may", (ingress(from_()),), tcp(SERVER, pod(WEB)), "aaaaa"),
    Case("50 a pod and itself", (ingress(), egress()), tcp(pod(WEB), pod(WEB)), "aaaaa"),
    Case("51 by its Service", (ingress(),), tcp(pod(WEB), pod(WEB), way=Way.HAIRPIN), "aauaa"),
    Case("52 from outside, backend here", (ingress(),), tcp(world(), pod(WEB), way=Way.ENTRANCE_LOCAL), "aabbb"),
    Case("52 here, by the client's address", (ingress(from_(block("203.0.113.0/24"))),), tcp(world(), pod(WEB), way=Way.ENTRANCE_LOCAL), "aaaaa"),
    Case("52 backend elsewhere, by the node's", (ingress(from_(block("10.224.0.0/16"))),), tcp(world(), pod(WEB), **ELSEWHERE), "aaabb"),
    Case("52 elsewhere, by the client's", (ingress(from_(block("203.0.113.0/24"))),), tcp(world(), pod(WEB), **ELSEWHERE), "aabbb"),
    Case("55 from a pod, backend here", (egress(), ingress()), tcp(pod(WEB), pod(API), way=Way.ENTRANCE_LOCAL), "aabbb"),
    Case("55 backend elsewhere", (ingress(from_(block("10.224.0.5/32"))),), tcp(pod(DB), pod(WEB), **ELSEWHERE), "aaabb"),
    Case("55 elsewhere, by labels", (ingress(from_(pods(namespaces=LabelSelector()))),), tcp(pod(DB), pod(WEB), **ELSEWHERE), "abbaa"),
    Case("55 another node's port", (egress(to(pods(namespaces=LabelSelector()))),), tcp(pod(WEB), pod(DB), way=Way.OTHER_NODE_PORT, entrance=NODES[1]), "aaabb"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_the_columns_say(case: Case) -> None:
    cluster = network(*case.policies)
    assert "".join(verdict(cluster, engine, case.flow)[0] for engine in COLUMNS) == case.expected


NPM_CASES = (
    ("9 an old image takes NotIn apart", ingress(from_(pods(namespaces=NEITHER))), DB_TO_WEB, "abu"),
    ("9 where nothing hangs on it", ingress(from_(pods(namespaces=NOT_SHOP))), DB_TO_WEB, "aaa"),
    ("51 chain first", ingress(), tcp(pod(WEB), pod(WEB), way=Way.HAIRPIN), "auu"),
    ("52 chain first", ingress(), tcp(world(), pod(WEB), way=Way.ENTRANCE_LOCAL), "abu"),
    ("55 chain first", egress(), tcp(pod(WEB), pod(API), way=Way.ENTRANCE_LOCAL), "abu"),
)


@pytest.mark.parametrize(("row", "policy", "flow", "expected"), NPM_CASES, ids=[case[0] for case in NPM_CASES])
def test_what_of_npm_depends_on_its_settings(row: str, policy: NetworkPolicy, flow: Flow, expected: str) -> None:
    """The default and a new image for the ways, an old one for row 9; then the other value; then neither read."""
    settings = (Npm(False, True), Npm(False, False), Npm(False, None))
    if not row.startswith("9"):
        settings = (Npm(False, False), Npm(True, False), Npm(None, False))
    cluster = network(policy)
    assert "".join(verdict(cluster, engine, flow)[0] for engine in settings) == expected


def spec(**more: object) -> CiliumSpec:
    return CiliumSpec(endpoint_selector=LabelSelector(), **more)  # type: ignore[arg-type]


def on_port(port: str, end: int | None = None, rules: CiliumPortRules | None = None) -> tuple[CiliumPorts, ...]:
    return (CiliumPorts((CiliumPort(port, end, "TCP"),), rules),)


ALL = CiliumRule(from_entities=("all",))
OUT_OF_CLUSTER = tcp(pod(WEB), world())

CILIUM_CASES = (
    ("41 by labels, in the own namespace", cnp(spec(ingress=(CiliumRule(from_endpoints=(LabelSelector(),)),))), WEB_TO_API, "a"),
    ("41 not from another", cnp(spec(ingress=(CiliumRule(from_endpoints=(LabelSelector(),)),))), DB_TO_WEB, "b"),
    ("41 unless it is named", cnp(spec(ingress=(CiliumRule(from_endpoints=(LabelSelector({"io.kubernetes.pod.namespace": "ops"}),)),))), DB_TO_WEB, "a"),
    ("41 clusterwide: every pod", cnp(spec(ingress=(CiliumRule(from_endpoints=(LabelSelector(),)),)), ""), DB_TO_WEB, "a"),
    ("41 clusterwide: no node", cnp(spec(ingress=(CiliumRule(from_endpoints=(LabelSelector(),)),)), ""), tcp(remote(), pod(WEB)), "b"),
    ("35 host", cnp(spec(egress=(CiliumRule(to_entities=("host",)),))), tcp(pod(WEB), own()), "a"),
    ("36 remote-node", cnp(spec(ingress=(CiliumRule(from_entities=("remote-node",)),))), tcp(remote(), pod(WEB)), "a"),
    ("37 host", cnp(spec(egress=(CiliumRule(to_entities=("host",)),))), Flow(pod(WEB), DNS, "UDP", 53), "a"),
    ("38 kube-apiserver", cnp(spec(egress=(CiliumRule(to_entities=("kube-apiserver",)),))), tcp(pod(WEB), SERVER, 443), "a"),
    ("38 a block", cnp(spec(egress=(CiliumRule(to_cidr=("20.50.1.1/32",)),))), tcp(pod(WEB), SERVER, 443), "u"),
    ("13 a block does not hold pods", cnp(spec(egress=(CiliumRule(to_cidr=("10.244.0.0/16",)),))), WEB_TO_API, "b"),
    ("16 blocks with holes", cnp(spec(egress=(CiliumRule(to_cidr_set=(CiliumCIDR("0.0.0.0/0", except_=("203.0.113.0/24",)),)),))), OUT_OF_CLUSTER, "b"),
    ("42 L7 rejects the whole object", cnp(spec(ingress=(CiliumRule(to_ports=on_port("8080", rules=CiliumPortRules(http=()))),))), DB_TO_WEB, "a"),
    ("43 names without a proxy admit nothing", cnp(spec(egress=(CiliumRule(to_fqdns=(CiliumFQDN("example.org"),)),))), OUT_OF_CLUSTER, "b"),
    ("39 a refusal of some pods", cnp(spec(ingress=(ALL,), ingress_deny=(CiliumRule(from_entities=("cluster",)),))), tcp(SERVER, pod(WEB)), "u"),
    ("45 for nodes", cnp(CiliumSpec(node_selector=LabelSelector(), ingress=(CiliumRule(),)), ""), DB_TO_WEB, "a"),
    ("46 a rule of nothing isolates", cnp(spec(ingress=(CiliumRule(),))), DB_TO_WEB, "b"),
    ("46 no rule does not", cnp(spec(ingress=(), egress=(ALL,))), DB_TO_WEB, "a"),
    ("46 a rule of ports admits everybody", cnp(spec(ingress=(CiliumRule(to_ports=on_port("8080")),))), tcp(world(), pod(WEB)), "a"),
    ("46 refusals go first", cnp(spec(ingress=(ALL,), ingress_deny=(CiliumRule(to_ports=on_port("8000", 8090)),))), DB_TO_WEB, "b"),
    ("46 also before the own node", cnp(spec(ingress=(ALL,), ingress_deny=(CiliumRule(from_entities=("host",)),))), tcp(own(), pod(WEB)), "b"),
    ("46 without default deny", cnp(spec(ingress=(CiliumRule(to_ports=on_port("1")),), enable_default_deny=CiliumDefaultDeny(False))), DB_TO_WEB, "a"),
    ("46 nor with one that has nothing to deny", cnp(spec(egress=(ALL,), enable_default_deny=CiliumDefaultDeny(True))), DB_TO_WEB, "a"),
    ("46 two kinds of peers", cnp(spec(ingress=(CiliumRule(from_entities=("host",), from_cidr=("1.1.1.1/32",)),))), DB_TO_WEB, "a"),
    ("46 an empty list of endpoints", cnp(spec(ingress=(CiliumRule(from_endpoints=()),))), DB_TO_WEB, "b"),
    ("46 no range with a name", cnp(spec(ingress=(CiliumRule(to_ports=on_port("http", 9090)),))), tcp(pod(DB), pod(WEB), 8081), "b"),
)  # fmt: skip


@pytest.mark.parametrize(("row", "policy", "flow", "expected"), CILIUM_CASES, ids=[case[0] for case in CILIUM_CASES])
def test_ciliums_own_policies(row: str, policy: CiliumPolicy, flow: Flow, expected: str) -> None:
    found = [verdict(network(policy), engine, flow)[0] for engine in (NPM, Calico(), C17)]
    assert "".join(found) == "aa" + expected


def test_before_1_16_it_is_not_known_whether_a_stateful_set_s_label_counts() -> None:
    """Row 12, section 7."""
    policy = ingress(from_(pods(LabelSelector({"statefulset.kubernetes.io/pod-name": "db-0"}), LabelSelector())))
    assert [verdict(network(policy), engine, DB_TO_WEB) for engine in (C14, C16)] == ["unknown", "blocked"]


def test_a_label_filter_leaves_out_what_it_does_not_name() -> None:
    """Row 12: one inclusive pattern, and only such labels count, besides app.kubernetes.io."""
    policies = (ingress(from_(pods(LabelSelector({"app": "db"}), LabelSelector()))),)
    filters: tuple[tuple[str, ...], ...] = ((), ("k8s:app",), ("k8s:tier",), ("k8s:!app",), ("!tier",))
    found = [verdict(network(*policies), Cilium(Version(1, 17, 9), item), DB_TO_WEB)[0] for item in filters]
    assert "".join(found) == "aabba"


def test_the_entity_cluster_needs_its_label_to_count() -> None:
    """From 1.16 on every filter keeps it."""
    policy = cnp(spec(egress=(CiliumRule(to_entities=("cluster",)),)))
    found = [
        verdict(network(policy), Cilium(version, item), WEB_TO_API)[0]
        for version in (C14.version, C16.version)
        for item in ((), ("k8s:app",), ("k8s:!tier",))
    ]
    assert "".join(found) == "abaaaa"


def test_npm_does_not_know_pods_whose_first_address_is_ipv6() -> None:
    """Row 19: neither as subjects nor in sets of labels; blocks hold their other address."""
    six = _pod("shop/six", "n0", "fd00::7", "10.244.0.7")
    policies = (ingress(), ingress(from_(pods(LabelSelector()))), ingress(from_(block("10.244.0.7/32"))))
    found = [verdict(network(policies[0]), NPM, tcp(pod(DB), pod(six)))[0]]
    found += [verdict(network(item), NPM, tcp(pod(six), pod(WEB)))[0] for item in policies]
    assert "".join(found) == "abba"


def rule(action: str, source: CalicoEntity | None = None, **more: object) -> CalicoRule:
    return CalicoRule(action, source, **more)  # type: ignore[arg-type]


DENY = calico(CalicoPolicySpec(order=1, types=("Ingress",), ingress=(rule("Deny"),)))
ALLOW = calico(CalicoPolicySpec(order=1, types=("Ingress",), ingress=(rule("Allow"),)))
LATE = calico(CalicoPolicySpec(order=2000, types=("Ingress",), ingress=(rule("Allow"),)))
PASS = calico(CalicoPolicySpec(order=1, types=("Ingress",), ingress=(rule("Pass"),)))

CALICO_CASES = (
    ("40 a refusal before a Kubernetes policy", (DENY, ingress(from_())), DB_TO_WEB, "b"),
    ("40 an Allow around a Kubernetes policy", (ALLOW, ingress()), DB_TO_WEB, "a"),
    ("40 an Allow behind it", (LATE, ingress()), DB_TO_WEB, "a"),
    ("40 passed on from the last tier", (PASS, ingress()), DB_TO_WEB, "a"),
    ("40 by labels, in the own namespace", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(selector="app == 'db'")),))),), DB_TO_WEB, "b"),
    ("40 in another", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(selector="app == 'db'", namespace_selector="team == 'ops'")),))),), DB_TO_WEB, "a"),
    ("40 global", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(selector="app == 'db'")),)), ""),), DB_TO_WEB, "a"),
    ("40 nets and notNets", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(nets=("10.0.0.0/8",), not_nets=("10.244.1.0/24",))),))),), DB_TO_WEB, "b"),
    ("40 ports", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", protocol="TCP", destination=CalicoEntity(ports=("8000:8090",))),))),), DB_TO_WEB, "a"),
    ("40 notPorts", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", protocol="TCP", destination=CalicoEntity(not_ports=("http",))),))),), DB_TO_WEB, "b"),
    ("40 notSelector takes out of what the others find", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(not_selector="app == 'db'", namespace_selector="all()")),))),), DB_TO_WEB, "b"),
    ("40 notNets of the other family alone", (calico(CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(not_nets=("fd00::/8",))),))),), DB_TO_WEB, "b"),
    ("34 the own node comes in", (DENY,), tcp(own(), pod(WEB)), "a"),
)  # fmt: skip


@pytest.mark.parametrize(("row", "policies", "flow", "expected"), CALICO_CASES, ids=[case[0] for case in CALICO_CASES])
def test_calicos_own_policies(
    row: str, policies: tuple[CalicoPolicy | NetworkPolicy, ...], flow: Flow, expected: str
) -> None:
    assert verdict(network(*policies), Calico(), flow)[0] == expected


def test_calicos_own_policies_end_with_calico() -> None:
    """Row 40."""
    assert [verdict(network(DENY), engine, DB_TO_WEB)[0] for engine in COLUMNS] == [*"aabaa"]


def test_a_network_set_stands_for_its_addresses() -> None:
    """Row 40: of a namespaced policy those of its own namespace."""
    policy = calico(
        CalicoPolicySpec(types=("Ingress",), ingress=(rule("Allow", CalicoEntity(selector="kind == 'set'")),))
    )
    sets = [
        CalicoNetworkSet(
            CalicoMetadata(name="partners", namespace=namespace, labels={"kind": "set"}),
            spec=CalicoSetSpec(("203.0.113.0/24",)),
        )
        for namespace in ("shop", "ops", "")
    ]
    found = [verdict(network(policy, calico_sets=(item,)), Calico(), tcp(world(), pod(WEB)))[0] for item in sets]
    assert "".join(found) == "abb"

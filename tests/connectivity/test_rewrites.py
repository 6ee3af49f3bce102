"""One small cluster for each row: the policies that keep its traffic, as a person would write them, or why none does."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from connectivity.calico_cases import policy as calico_policy

from analyzer.connectivity.analysis import analyse
from analyzer.connectivity.change import ChangeKind
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.population import fold
from analyzer.connectivity.rewrites import Rewrites, When, rewrites
from analyzer.connectivity.rewriting import reasons
from analyzer.connectivity.rewriting.drafts import Draft
from analyzer.connectivity.rewriting.labels import Naming
from analyzer.connectivity.rewriting.proof import Proof, Prover, Verdict
from analyzer.model.fact import Known
from analyzer.model.objects import (
    Address,
    CalicoPolicy,
    CiliumPolicy,
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
    Service,
    ServicePort,
    ServiceSpec,
    Workload,
)
from analyzer.model.objects.services import ServiceMetadata
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

OLD, NEW = Cilium(Version(1, 16)), Cilium(Version(1, 18))
WEB, API, DB = LabelSelector({"app": "web"}), LabelSelector({"app": "api"}), LabelSelector({"app": "db"})
HTTP = (PolicyPort("TCP", 8080),)
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
NODE_OPEN = (
    "Everything to the pod's own node stays open, as it is today: which ports are used cannot be seen. Where they are"
    " known, name them under toPorts."
)


class Cluster(NamedTuple):
    """Policies, and what stands beside the pods."""

    policies: tuple[NetworkPolicy, ...] = ()
    services: tuple[Service, ...] = ()
    calico: tuple[CalicoPolicy, ...] = ()
    cilium: tuple[CiliumPolicy, ...] = ()
    local_dns: bool = False


def pod(name: str, address: str, labels: dict[str, str], node: str, *ports: ContainerPort) -> Pod:
    namespace, _, short = name.partition("/")
    return Pod(
        PodMetadata(name=short, namespace=namespace, labels=labels),
        spec=PodSpec(containers=(Container("main", ports=ports),), node_name=node),
        status=PodStatus("Running", address, (PodIP(address),)),
    )


PODS = (
    pod("shop/web-5d4-a", "10.244.0.4", {"app": "web", "pod-template-hash": "5d4"}, "one", ContainerPort(8080, "http")),
    pod("shop/api-77f-b", "10.244.1.5", {"app": "api", "pod-template-hash": "77f"}, "two", ContainerPort(9090, "http")),
    pod("ops/db-0", "10.244.1.6", {"app": "db", "statefulset.kubernetes.io/pod-name": "db-0"}, "two"),
    pod("ops/db-1", "10.244.0.7", {"app": "db", "statefulset.kubernetes.io/pod-name": "db-1"}, "one"),
    pod("ops/log-0", "10.244.0.8", {"app": "log"}, "one"),
)


def snapshot(cluster: Cluster) -> Snapshot:
    nodes = (("one", "10.224.0.4"), ("two", "10.224.0.5"))
    cache = Workload(Metadata(name="node-local-dns", namespace="kube-system"))
    return Snapshot(
        namespaces=Known(
            tuple(Namespace(NamespaceMetadata(name=name, labels={"team": name})) for name in ("ops", "shop"))
        ),
        nodes=Known(
            tuple(Node(Metadata(name), status=NodeStatus((Address("InternalIP", address),))) for name, address in nodes)
        ),
        pods=Known(PODS),
        services=Known(cluster.services),
        endpoint_slices=Known(()),
        daemon_sets=Known((cache,) if cluster.local_dns else ()),
        network_policies=Known(cluster.policies),
        cilium_policies=Known(cluster.cilium),
        cilium_clusterwide_policies=Known(()),
        calico_policies=Known(tuple(item for item in cluster.calico if item.namespace)),
        calico_global_policies=Known(tuple(item for item in cluster.calico if not item.namespace)),
        calico_network_sets=Known(()),
        calico_global_network_sets=Known(()),
        calico_tiers=Known(()),
        calico_host_endpoints=Known(()),
    )


def policy(name: str, selector: LabelSelector, *rules: EgressRule | IngressRule, types: str = "") -> NetworkPolicy:
    """Of the namespace shop; of the directions that its rules are of, unless they are given."""
    egress = tuple(rule for rule in rules if isinstance(rule, EgressRule))
    ingress = tuple(rule for rule in rules if isinstance(rule, IngressRule))
    given = (("Ingress",) if ingress else ()) + (("Egress",) if egress else ())
    spec = NetworkPolicySpec(selector, tuple(types.split()) or given, ingress, egress)
    return NetworkPolicy(Metadata(name=name, namespace="shop"), spec=spec)


def to(cidr: str, *ports: PolicyPort) -> EgressRule:
    return EgressRule((PolicyPeer(ip_block=IPBlock(cidr)),), ports)


class Told(NamedTuple):
    """What is told of a step, in the words of rows."""

    policies: tuple[tuple[When, str], ...]
    kept: tuple[int, ...]
    prevented: tuple[int, ...]
    widens: tuple[str, ...]
    notes: tuple[str, ...]
    reasons: dict[int, str]


def told(cluster: Cluster, before: Settings, after: Cilium = NEW) -> Told:
    analysis = analyse(snapshot(cluster))
    found = changes(analysis, before, after)
    answer: Rewrites = rewrites(analysis, before, after, found)
    return Told(
        tuple((item.when, item.text) for item in answer.rewrites),
        tuple(sorted({found[place].row for item in answer.rewrites for place in item.keeps})),
        tuple(sorted({found[place].row for item in answer.rewrites for place in item.prevents})),
        tuple(item.widens for item in answer.rewrites if item.widens),
        tuple(item.note for item in answer.rewrites if item.note),
        {found[place].row: why for place, why in answer.reasons.items()},
    )


def kubernetes(name: str, spec: str) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: shop
spec:
{spec}"""


def ciliums(name: str, spec: str) -> str:
    return f"""\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: {name}
  namespace: shop
spec:
{spec}"""


WEB_TO = """\
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Egress
  egress:
"""


@pytest.mark.row(13)
def test_pods_that_a_range_names_are_named_by_their_labels_before_the_step() -> None:
    """db-0 alone is in the range; both have the same lasting label, and what more that admits is said."""
    found = told(Cluster((policy("to-db", WEB, to("10.244.1.6/32", PolicyPort("TCP", 5432))),)), Calico())
    spec = """\
    - to:
        - podSelector:
            matchLabels:
              app: db
          namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ops
      ports:
        - protocol: TCP
          port: 5432
"""
    assert found == Told(
        policies=((When.BEFORE, kubernetes("to-db-cilium", WEB_TO + spec)),),
        kept=(13,),
        prevented=(),
        widens=("It newly allows shop/web-5d4-a to ops/db-1 on TCP 5432.",),
        notes=(),
        reasons={},
    )


@pytest.mark.row(13)
def test_a_range_with_all_pods_is_all_namespaces_and_widens_nothing() -> None:
    found = told(Cluster((policy("to-pods", WEB, to("10.244.0.0/16", *HTTP)),)), Calico())
    spec = """\
    - to:
        - namespaceSelector: {}
      ports:
        - protocol: TCP
          port: 8080
"""
    assert found == Told(((When.BEFORE, kubernetes("to-pods-cilium", WEB_TO + spec)),), (13,), (), (), (), {})


@pytest.mark.row(14, 15, 33, 36)
def test_nodes_that_a_range_names_are_entities_right_after_the_step() -> None:
    ingress = IngressRule((PolicyPeer(ip_block=IPBlock("10.224.0.0/24")),), HTTP)
    found = told(Cluster((policy("nodes", WEB, ingress, to("10.224.0.0/24", PolicyPort("TCP", 9100))),)), Calico())
    spec = """\
  endpointSelector:
    matchLabels:
      app: web
  ingress:
    - fromEntities:
        - remote-node
      toPorts:
        - ports:
            - port: '8080'
              protocol: TCP
  egress:
    - toEntities:
        - host
        - remote-node
      toPorts:
        - ports:
            - port: '9100'
              protocol: TCP
"""
    assert found == Told(((When.AFTER, ciliums("nodes-cilium", spec)),), (14, 15, 36), (), (), (), {})


@pytest.mark.row(35, 37)
def test_the_own_node_and_its_dns_stay_open_as_under_npm() -> None:
    found = told(Cluster((policy("no-egress", WEB, types="Egress"),), local_dns=True), Npm())
    spec = """\
  endpointSelector:
    matchLabels:
      app: web
  egress:
    - toEntities:
        - host
"""
    assert found == Told(((When.AFTER, ciliums("no-egress-cilium", spec)),), (35, 37), (), (), (NODE_OPEN,), {})


@pytest.mark.row(37)
def test_until_cilium_1_16_a_range_names_dns_on_the_node_before_the_step() -> None:
    found = told(Cluster((policy("no-egress", WEB, types="Egress"),), local_dns=True), Npm(), OLD)
    spec = """\
    - to:
        - ipBlock:
            cidr: 169.254.20.10/32
"""
    assert found.policies[0] == (When.BEFORE, kubernetes("no-egress-cilium", WEB_TO + spec))
    assert (found.kept, found.widens, found.reasons) == ((35, 37), (), {})


@pytest.mark.row(24)
def test_a_short_range_of_ports_is_listed_and_a_long_one_is_not() -> None:
    short = policy("short", WEB, EgressRule((PolicyPeer(API),), (PolicyPort("TCP", 9090, 9092),)))
    long = policy("long", API, EgressRule((PolicyPeer(WEB),), (PolicyPort("TCP", 1000, 9999),)))
    found = told(Cluster((short, long)), Calico(), OLD)
    spec = """\
    - to:
        - podSelector:
            matchLabels:
              app: api
      ports:
        - protocol: TCP
          port: 9090
        - protocol: TCP
          port: 9091
        - protocol: TCP
          port: 9092
"""
    assert found == Told(
        ((When.BEFORE, kubernetes("short-cilium", WEB_TO + spec)),), (24,), (), (), (), {24: reasons.RANGE}
    )


@pytest.mark.row(26)
def test_a_name_with_several_numbers_is_the_number_of_each_destination() -> None:
    rule = EgressRule((PolicyPeer(LabelSelector()),), (PolicyPort("TCP", "http"),))
    found = told(Cluster((policy("by-name", WEB, rule),)), Calico())
    spec = """\
    - to:
        - podSelector:
            matchLabels:
              app: api
      ports:
        - protocol: TCP
          port: 9090
"""
    assert found == Told(((When.BEFORE, kubernetes("by-name-cilium", WEB_TO + spec)),), (26,), (), (), (), {})


@pytest.mark.row(3)
def test_rules_that_policy_types_leave_out_are_taken_out() -> None:
    found = told(
        Cluster((policy("extra", WEB, IngressRule(), EgressRule((PolicyPeer(API),)), types="Ingress"),)), Npm()
    )
    spec = """\
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
  ingress:
    - {}
"""
    assert found == Told(((When.BEFORE, kubernetes("extra", spec)),), (3, 35), (), (), (), {})


@pytest.mark.row(8)
def test_a_selector_that_only_excludes_asks_for_a_namespace() -> None:
    term = Requirement("team", "NotIn", ("ops",))
    peer = PolicyPeer(namespace_selector=LabelSelector(match_expressions=(term,)))
    found = told(Cluster((policy("not-ops", WEB, IngressRule((peer,), HTTP)),)), Calico())
    spec = """\
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
  ingress:
    - from:
        - namespaceSelector:
            matchExpressions:
              - key: kubernetes.io/metadata.name
                operator: Exists
              - key: team
                operator: NotIn
                values:
                  - ops
      ports:
        - protocol: TCP
          port: 8080
"""
    assert found == Told(((When.BEFORE, kubernetes("not-ops", spec)),), (), (8,), (), (), {})


@pytest.mark.row(52, 53)
def test_what_a_load_balancer_sends_is_admitted_by_entities_for_the_backends_alone() -> None:
    service = Service(
        ServiceMetadata(name="web", namespace="shop"),
        spec=ServiceSpec("LoadBalancer", {"app": "web"}, (ServicePort(80, target_port="http", node_port=30080),)),
    )
    found = told(Cluster((policy("deny", LabelSelector(), types="Ingress"),), (service,)), Npm())
    spec = """\
  endpointSelector:
    matchLabels:
      app: web
  ingress:
    - fromEntities:
        - remote-node
        - world
      toPorts:
        - ports:
            - port: '8080'
              protocol: TCP
"""
    assert found.policies == ((When.AFTER, ciliums("deny-cilium", spec)),)
    assert (found.kept, found.prevented) == ((52, 53), ())
    assert found.widens == (
        "After the step it allows, as nothing did before, every other node and every address outside the cluster to"
        " shop/web-5d4-a on TCP 8080.",
    )
    assert found.reasons == {55: reasons.BY_ROW[55]}


@pytest.mark.row(52)
def test_the_rule_that_admits_some_clients_does_not_widen_what_a_load_balancer_sends() -> None:
    """It is for more pods and more ports than the Service's."""
    office = IngressRule((PolicyPeer(ip_block=IPBlock("10.224.0.0/16")),), (PolicyPort("TCP", 1000, 9999),))
    service = Service(
        ServiceMetadata(name="web", namespace="shop"),
        spec=ServiceSpec("NodePort", {"app": "web"}, (ServicePort(80, target_port="http", node_port=30080),)),
    )
    found = told(Cluster((policy("nodes", LabelSelector(), office),), (service,)), Calico())
    spec = """\
  endpointSelector:
    matchLabels:
      app: web
  ingress:
    - fromEntities:
        - remote-node
      toPorts:
        - ports:
            - port: '8080'
              protocol: TCP
"""
    assert (When.AFTER, ciliums("nodes-cilium", spec)) in found.policies
    assert (found.kept, found.widens, found.reasons) == ((36, 52), (), {})


@pytest.mark.row(40)
def test_what_a_calico_policy_admitted_around_the_others_is_admitted_by_labels() -> None:
    spec = {
        "order": 10,
        "selector": "app == 'web'",
        "types": ["Ingress"],
        "ingress": [
            {
                "action": "Allow",
                "protocol": "TCP",
                "source": {"selector": "app == 'api'"},
                "destination": {"ports": [8080]},
            }
        ],
    }
    deny = policy("deny", LabelSelector(), types="Ingress")
    found = told(Cluster((deny,), calico=(calico_policy("shop/open", spec),)), Calico())
    manifest = """\
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: api
      ports:
        - protocol: TCP
          port: 8080
"""
    assert found == Told(((When.BEFORE, kubernetes("open-cilium", manifest)),), (40,), (), (), (), {})


@pytest.mark.row(40)
def test_what_a_calico_policy_refused_cilium_refuses_right_after_the_step() -> None:
    spec = {
        "order": 10,
        "selector": "app == 'web'",
        "types": ["Egress"],
        "egress": [
            {"action": "Deny", "protocol": "TCP", "destination": {"selector": "app == 'api'", "ports": [9090]}},
            {"action": "Allow"},
        ],
    }
    found = told(Cluster(calico=(calico_policy("shop/not-api", spec),)), Calico())
    manifest = """\
  endpointSelector:
    matchLabels:
      app: web
  enableDefaultDeny:
    ingress: false
    egress: false
  egressDeny:
    - toEndpoints:
        - matchLabels:
            k8s:io.kubernetes.pod.namespace: shop
            app: api
      toPorts:
        - ports:
            - port: '9090'
              protocol: TCP
"""
    assert found == Told(((When.AFTER, ciliums("not-api-cilium", manifest)),), (), (40,), (), (), {})


@pytest.mark.row(40)
def test_the_world_but_for_some_ranges_is_one_range_with_exceptions() -> None:
    """What is left of the world is more ranges than anybody reads."""
    spec = {
        "order": 10,
        "selector": "app == 'web'",
        "types": ["Egress"],
        "egress": [
            {"action": "Deny", "destination": {"nets": ["203.0.113.0/24"]}},
            {"action": "Allow", "destination": {"nets": ["0.0.0.0/0"], "notNets": PRIVATE}},
        ],
    }
    deny = policy("deny", LabelSelector(), types="Egress")
    found = told(Cluster((deny,), calico=(calico_policy("shop/to-world", spec),)), Calico())
    manifest = """\
  endpointSelector:
    matchLabels:
      app: web
  egress:
    - toCIDRSet:
        - cidr: 0.0.0.0/0
          except:
            - 10.0.0.0/8
            - 172.16.0.0/12
            - 192.168.0.0/16
            - 203.0.113.0/24
"""
    assert found == Told(((When.AFTER, ciliums("to-world-cilium", manifest)),), (40,), (), (), (), {})


@pytest.mark.row(3)
def test_an_extra_section_that_admits_more_is_taken_out_as_well() -> None:
    """Both policies isolate egress under Cilium; only one does so before."""
    narrow = policy("narrow", WEB, to("10.99.0.0/16"))
    extra = policy("extra", WEB, IngressRule(), EgressRule((PolicyPeer(API),)), types="Ingress")
    found = told(Cluster((narrow, extra)), Calico())
    assert (found.kept, found.prevented, found.widens, found.reasons) == ((), (3,), (), {})


@pytest.mark.row(3)
def test_a_replacement_that_would_refuse_what_is_allowed_is_given_up() -> None:
    """The extra section happens to admit what the address range no longer does."""
    narrow = policy("narrow", WEB, to("10.244.1.5/32"))
    logs = PolicyPeer(LabelSelector({"app": "log"}), LabelSelector())
    extra = policy("extra", WEB, IngressRule(), EgressRule((PolicyPeer(API), logs)), types="Ingress")
    peers = EgressRule((PolicyPeer(DB, LabelSelector()),))
    more = policy("more", WEB, IngressRule(), peers, types="Ingress")
    found = told(Cluster((narrow, extra, more)), Calico())
    assert [text.split("name: ")[1].split()[0] for _, text in found.policies] == ["more"]


@pytest.mark.row(3, 13)
def test_keeping_a_flow_goes_before_keeping_others_out() -> None:
    """The extra section admits the nodes anew, and one end of what the address ranges lose."""
    extra = policy("extra", WEB, EgressRule(), IngressRule(), types="Ingress")
    out = policy("out", WEB, to("10.244.1.5/32", *HTTP))
    into = policy("into", API, IngressRule((PolicyPeer(ip_block=IPBlock("10.244.0.4/32")),), HTTP))
    found = told(Cluster((extra, out, into)), Calico())
    assert (found.kept, found.prevented, found.reasons) == ((13,), (), {})


@pytest.mark.row(13)
def test_labels_that_no_policy_mentions_yet_name_the_pods() -> None:
    """The new policy tells pods apart that were one class before."""
    found = told(Cluster((policy("all", LabelSelector(), to("10.244.0.8/32", *HTTP)),)), Calico())
    spec = """\
  podSelector: {}
  policyTypes:
    - Egress
  egress:
    - to:
        - podSelector:
            matchLabels:
              app: log
          namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ops
      ports:
        - protocol: TCP
          port: 8080
"""
    assert found == Told(((When.BEFORE, kubernetes("all-cilium", spec)),), (13,), (), (), (), {})


def test_a_policy_that_does_not_keep_a_change_does_not_prove_to() -> None:
    """It admits another port."""
    analysis = analyse(snapshot(Cluster((policy("to-api", WEB, to("10.244.1.5/32", *HTTP)),))))
    found = changes(analysis, Calico(), NEW)
    rule = EgressRule((PolicyPeer(API),), (PolicyPort("TCP", 8081),))
    draft = Draft(policy("beside", WEB, rule), frozenset({0}))
    words = ("shop/web-5d4-a to shop/api-77f-b on TCP 8081",)
    assert Prover(analysis, Calico(), NEW, found).proof((draft,), (0,)) == Proof(
        frozenset(), (Verdict(words, words, False),)
    )


def test_a_flow_that_both_ends_refuse_afterwards_needs_a_policy_at_each() -> None:
    web = policy("web-out", WEB, to("10.244.1.5/32", PolicyPort("TCP", 9090)))
    api = policy(
        "api-in", API, IngressRule((PolicyPeer(ip_block=IPBlock("10.244.0.4/32")),), (PolicyPort("TCP", 9090),))
    )
    found = told(Cluster((web, api)), Calico())
    inside = """\
  podSelector:
    matchLabels:
      app: api
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: web
      ports:
        - protocol: TCP
          port: 9090
"""
    outside = """\
    - to:
        - podSelector:
            matchLabels:
              app: api
      ports:
        - protocol: TCP
          port: 9090
"""
    assert found == Told(
        (
            (When.BEFORE, kubernetes("api-in-cilium", inside)),
            (When.BEFORE, kubernetes("web-out-cilium", WEB_TO + outside)),
        ),
        (13,),
        (),
        (),
        (),
        {},
    )


def test_a_policy_that_nothing_enforced_is_not_undone() -> None:
    found = told(Cluster((policy("deny", WEB, types="Ingress"),)), NoEngine())
    assert found == Told((), (), (), (), (), {0: reasons.DORMANT})


def _sctp() -> NetworkPolicy:
    return policy("sctp", WEB, EgressRule((), (PolicyPort("SCTP", 3868),)), EgressRule())


_BAD = LabelSelector({"app": "web"}, (Requirement("app", "NotIn", ("not a value",)),))


@pytest.mark.parametrize(
    ("cluster", "before", "row"),
    [
        pytest.param(
            Cluster((policy("bad", WEB, IngressRule((PolicyPeer(_BAD),))),)), Npm(), 11, marks=pytest.mark.row(11)
        ),
        pytest.param(
            Cluster((policy("six", WEB, IngressRule((PolicyPeer(ip_block=IPBlock("fd00::/8")),))),)),
            Npm(),
            18,
            marks=pytest.mark.row(18),
        ),
        pytest.param(
            Cluster((policy("hash", WEB, IngressRule((PolicyPeer(LabelSelector({"pod-template-hash": "77f"})),))),)),
            Npm(),
            12,
            marks=pytest.mark.row(12),
        ),
        pytest.param(Cluster((_sctp(),)), Npm(), 29, marks=pytest.mark.row(29)),
        pytest.param(
            Cluster(
                cilium=(
                    CiliumPolicy(
                        Metadata(name="own", namespace="shop"),
                        spec=CiliumSpec(endpoint_selector=WEB, ingress=(CiliumRule(from_endpoints=(API,)),)),
                    ),
                )
            ),
            Npm(),
            41,
            marks=pytest.mark.row(41),
        ),
    ],
)
def test_what_no_rewrite_can_keep_has_its_reason(cluster: Cluster, before: Settings, row: int) -> None:
    assert told(cluster, before).reasons == {row: reasons.BY_ROW[row]}


def test_names_of_additional_policies_are_free_and_short() -> None:
    """Two policies for the same pods, one with a name that is as long as names may be, and one name taken."""
    long = "a" * 63
    taken = policy("x-cilium", DB, types="Ingress")
    listed = (
        policy(long, WEB, to("10.244.1.5/32", *HTTP)),
        policy("x", WEB, to("10.244.1.6/32", *HTTP)),
        taken,
    )
    analysis = analyse(snapshot(Cluster(listed)))
    found = rewrites(analysis, Calico(), NEW, changes(analysis, Calico(), NEW))
    assert [item.manifest.name for item in found.rewrites] == ["a" * 56 + "-cilium", "x-cilium-2"]


def test_every_lost_change_is_kept_or_has_a_reason_of_its_own() -> None:
    cluster = Cluster((policy("mixed", WEB, to("10.244.0.0/16", *HTTP)), _sctp()), local_dns=True)
    analysis = analyse(snapshot(cluster))
    found = changes(analysis, Npm(), NEW)
    answer = rewrites(analysis, Npm(), NEW, found)
    kept = {place for item in answer.rewrites for place in item.keeps}
    lost = {place for place, change in enumerate(found) if change.kind is ChangeKind.BLOCKED}
    assert kept | answer.reasons.keys() == lost


def _named(wanted: set[int], *labels: dict[str, str]) -> tuple[dict[str, str], ...]:
    """The labels that are chosen for some of a few pods, each with other labels."""
    population = fold(pod(f"shop/p{place}", f"10.0.0.{place}", item, "one") for place, item in enumerate(labels))
    bits = sum(1 << place for place in wanted)
    found = Naming(population, NEW).selectors(bits, bits, "shop")
    return tuple(selector.match_labels for selector in found or ())


def test_the_fewest_labels_are_chosen_and_only_such_as_last() -> None:
    """A hash of the revision would name the pod, and not the next one."""
    front, back = {"app": "api", "tier": "front"}, {"app": "api", "tier": "back", "pod-template-hash": "5d4"}
    web = {"app": "web", "tier": "front"}
    assert _named({0}, front, back, web) == ({"app": "api", "tier": "front"},)
    assert _named({1}, front, back, web) == ({"tier": "back"},)
    assert _named({0, 1}, front, back, web) == ({"app": "api"},)
    assert _named({0, 1, 2}, front, back, web) == ({},)
    assert _named({0}, {"app": "a", "pod-template-hash": "1"}, {"app": "a", "pod-template-hash": "2"}) == ({},)

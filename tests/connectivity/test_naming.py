"""Names of pods, workloads, Services, nodes and addresses, and the ports after them."""

from __future__ import annotations

import pytest
from connectivity.cases import pod

from analyzer.connectivity.naming import (
    Meant,
    MeantAddress,
    MeantOwnNode,
    MeantPods,
    MeantService,
    Names,
    workloads,
)
from analyzer.connectivity.port_words import PortWord, apart, numbers_at, ports_at, target_at
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import (
    Container,
    ContainerPort,
    Job,
    Metadata,
    OwnerReference,
    Pod,
    PodMetadata,
    PodSpec,
    ReplicaSet,
    Service,
    ServiceMetadata,
    ServicePort,
    ServiceSpec,
)
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source


def owned(name: str, kind: str = "", owner: str = "", **labels: str) -> Pod:
    """`name` is namespace/name; `owner` controls it."""
    namespace, _, short = name.partition("/")
    owners = (OwnerReference(kind, owner, controller=True),) if owner else ()
    return Pod(PodMetadata(name=short, namespace=namespace, labels=labels, owner_references=owners))


def service(name: str, *ports: ServicePort) -> Service:
    namespace, _, short = name.partition("/")
    return Service(ServiceMetadata(name=short, namespace=namespace), spec=ServiceSpec(ports=ports))


def controlled(kind: type[ReplicaSet] | type[Job], name: str, by: str, owner: str) -> ReplicaSet | Job:
    return kind(Metadata(name=name, namespace="shop", owner_references=(OwnerReference(by, owner, controller=True),)))


API = owned("shop/api-7d9f-x2", "ReplicaSet", "api-7d9f", **{"pod-template-hash": "7d9f"})
WEB = owned("shop/web-5c-aa", "ReplicaSet", "web-5c", **{"pod-template-hash": "other"})
REPORT = owned("shop/report-291-zz", "Job", "report-291")
DB = owned("shop/db-0", "StatefulSet", "db")
PROXY = owned("kube-system/kube-proxy-node1", "Node", "node1")
LONE = owned("shop/lone")
SNAPSHOT = Snapshot(
    pods=Known((PROXY, API, DB, LONE, REPORT, WEB)),
    services=Known((service("shop/api"), service("shop/front"))),
    jobs=Known((controlled(Job, "report-291", "CronJob", "report"),)),  # type: ignore[arg-type]
)
NAMES = Names(SNAPSHOT)


@pytest.mark.parametrize(
    ("item", "workload"),
    [
        (API, ObjectRef("Deployment", "api", "shop")),
        (WEB, ObjectRef("ReplicaSet", "web-5c", "shop")),
        (REPORT, ObjectRef("CronJob", "report", "shop")),
        (DB, ObjectRef("StatefulSet", "db", "shop")),
        (PROXY, ObjectRef("Pod", "kube-proxy-node1", "kube-system")),
        (LONE, ObjectRef("Pod", "lone", "shop")),
    ],
)
def test_a_pod_belongs_to_what_is_behind_its_controller(item: Pod, workload: ObjectRef) -> None:
    assert workloads(SNAPSHOT).workload_of(item) == workload


def test_a_replica_set_that_was_read_says_itself_whose_it_is() -> None:
    known = Snapshot(replica_sets=Known((controlled(ReplicaSet, "web-5c", "Rollout", "web"),)))  # type: ignore[arg-type]
    assert workloads(known).workload_of(WEB) == ObjectRef("Rollout", "web", "shop")


MEANT: list[tuple[str, Meant]] = [
    ("node", MeantOwnNode()),
    ("10.0.0.4", MeantAddress("10.0.0.4")),
    ("FD00::0001", MeantAddress("fd00::1")),
    ("shop/lone", MeantPods(ObjectRef("Pod", "lone", "shop"), (LONE,))),
    ("shop/db-0", MeantPods(ObjectRef("Pod", "db-0", "shop"), (DB,))),
    ("shop/db", MeantPods(ObjectRef("StatefulSet", "db", "shop"), (DB,))),
    ("shop/sts/db", MeantPods(ObjectRef("StatefulSet", "db", "shop"), (DB,))),
    ("shop/api", MeantPods(ObjectRef("Deployment", "api", "shop"), (API,))),
    ("shop/svc/api", MeantService(service("shop/api"))),
    ("shop/front", MeantService(service("shop/front"))),
]


@pytest.mark.parametrize(("word", "meant"), MEANT)
def test_a_name_means_one_thing(word: str, meant: Meant) -> None:
    assert NAMES.meant(word) == meant


NOTHING = [
    ("shop/apo", "Nothing that was read is called shop/apo. Close: shop/api."),
    ("shpo/api", "Nothing that was read is called shpo/api. Close: shop/api."),
    (
        "kube-system/coredns",
        "Nothing that was read is called kube-system/coredns. In kube-system there are kube-system/kube-proxy-node1.",
    ),
    (
        "elsewhere/x",
        "Nothing that was read is called elsewhere/x. Namespaces with pods or Services: kube-system, shop.",
    ),
    ("shop/daemonset/api", "Nothing that was read is called shop/daemonset/api. Close: shop/api."),
    (
        "api",
        "'api' names nothing: give NAMESPACE/NAME of a pod, workload or Service, NAMESPACE/KIND/NAME, an address, or"
        " `node` for the pod's own node.",
    ),
]


@pytest.mark.parametrize(("word", "said"), NOTHING)
def test_a_name_of_nothing_says_which_names_are_near(word: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        NAMES.meant(word)
    assert str(raised.value) == said


TO_API = service("shop/api", ServicePort(80, "http", target_port=8080))


@pytest.mark.parametrize(
    ("word", "port", "meant"),
    [
        ("shop/api", PortWord(number=80), MeantService(TO_API)),
        ("shop/api", PortWord(name="http"), MeantService(TO_API)),
        ("shop/api", None, MeantService(TO_API)),
        ("shop/api", PortWord(number=8080), MeantPods(ObjectRef("Deployment", "api", "shop"), (API,))),
        ("shop/deploy/api", PortWord(number=80), MeantPods(ObjectRef("Deployment", "api", "shop"), (API,))),
        ("10.0.0.4", PortWord(number=80), MeantAddress("10.0.0.4")),
        ("node", PortWord(number=80), MeantOwnNode()),
    ],
)
def test_a_service_goes_before_the_pods_of_its_name_where_it_has_the_port(
    word: str, port: PortWord | None, meant: Meant
) -> None:
    assert Names(Snapshot(pods=Known((API,)), services=Known((TO_API,)))).aimed_at(word, port) == meant


def test_a_name_of_two_workloads_is_asked_back() -> None:
    names = Names(
        Snapshot(pods=Known((owned("shop/a-0", "StatefulSet", "api"), owned("shop/a-1", "DaemonSet", "api"))))
    )
    with pytest.raises(UsageError) as raised:
        names.meant("shop/api")
    assert str(raised.value) == (
        "shop/api is the name of shop/DaemonSet/api and shop/StatefulSet/api: say which, as in shop/DaemonSet/api."
    )


def test_pods_that_were_seen_of_a_list_that_is_not_whole_have_names() -> None:
    partial = Snapshot(pods=Missing(Source.PODS, Cause.PARTIAL, "not whole", seen=(LONE,)))
    assert Names(partial).meant("shop/lone") == MeantPods(ObjectRef("Pod", "lone", "shop"), (LONE,))


PORTS = [
    ("shop/api", ("shop/api", None)),
    ("shop/api:443", ("shop/api", PortWord(number=443))),
    ("shop/api:udp/53", ("shop/api", PortWord("UDP", 53))),
    ("shop/api:http", ("shop/api", PortWord(name="http"))),
    ("10.0.0.4:TCP/80", ("10.0.0.4", PortWord("TCP", 80))),
    ("fd00::1", ("fd00::1", None)),
    ("[fd00::1]:80", ("fd00::1", PortWord(number=80))),
    ("[fd00::1]", ("fd00::1", None)),
    ("node:ICMP", ("node", PortWord("other", 0))),
]


@pytest.mark.parametrize(("word", "parts"), PORTS)
def test_a_destination_and_its_port_are_told_apart(word: str, parts: tuple[str, PortWord | None]) -> None:
    assert apart(word) == parts


@pytest.mark.parametrize("word", ["a/b:0", "a/b:65536", "a/b:QUIC/80", "a/b:TCP/", "a/b:", "a/b:8 0"])
def test_what_is_no_port_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is no port: give 443, TCP/443, UDP/53, the port's name, or ICMP"):
        apart(word)


DNS = pod(
    "kube-system/dns",
    ports=(ContainerPort(53, "dns", "UDP"), ContainerPort(53, "dns-tcp", "TCP"), ContainerPort(9153, "metrics")),
)


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        (None, (("TCP", 53), ("TCP", 9153), ("UDP", 53))),
        (PortWord(number=53), (("TCP", 53), ("UDP", 53))),
        (PortWord("UDP", 53), (("UDP", 53),)),
        (PortWord(number=8080), (("TCP", 8080),)),
        (PortWord(name="metrics"), (("TCP", 9153),)),
        (PortWord("UDP", None, "metrics"), ()),
        (PortWord(name="http"), ()),
    ],
)
def test_a_port_at_a_pod_is_what_its_containers_make_of_it(
    word: PortWord | None, numbers: tuple[tuple[str, int], ...]
) -> None:
    assert numbers_at(word, DNS) == numbers


def test_a_sidecar_declares_ports_and_another_init_container_does_not() -> None:
    sidecar = Container("mesh", ports=(ContainerPort(15001),), restart_policy="Always")
    setup = Container("setup", ports=(ContainerPort(1),))
    assert numbers_at(None, Pod(spec=PodSpec(init_containers=(sidecar, setup)))) == (("TCP", 15001),)


UDP, TCP = ServicePort(53, "dns", "UDP", "dns"), ServicePort(53, "dns-tcp", "TCP")


@pytest.mark.parametrize(
    ("word", "ports"),
    [
        (None, (UDP, TCP)),
        (PortWord(number=53), (UDP, TCP)),
        (PortWord("TCP", 53), (TCP,)),
        (PortWord(name="dns"), (UDP,)),
        (PortWord(number=80), ()),
    ],
)
def test_a_port_at_a_service_is_one_of_its_own(word: PortWord | None, ports: tuple[ServicePort, ...]) -> None:
    assert ports_at(word, service("kube-system/dns", UDP, TCP)) == ports


@pytest.mark.parametrize(
    ("port", "target"),
    [(UDP, 53), (TCP, 53), (ServicePort(80, target_port=8080), 8080), (ServicePort(80, target_port="http"), None)],
)
def test_a_services_port_leads_to_the_pods_own(port: ServicePort, target: int | None) -> None:
    assert target_at(port, DNS) == target

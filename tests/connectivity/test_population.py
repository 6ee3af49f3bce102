"""Pods folded into classes."""

from __future__ import annotations

from connectivity.cases import names, pod

from analyzer.addresses import interval, subtract
from analyzer.bits import members
from analyzer.connectivity.population import PodClass, fold
from analyzer.connectivity.ports import NamedPort
from analyzer.model.objects import Container, ContainerPort, Metadata, Pod, PodSpec, PodStatus

HTTP = ContainerPort(8080, "http")


def test_pods_that_nothing_can_tell_apart_are_one_class() -> None:
    population = fold(
        [pod("shop/a", "10.0.0.1", labels={"app": "web"}), pod("shop/b", "10.0.0.2", labels={"app": "web"})]
    )
    assert population.classes == (PodClass("shop", {"app": "web"}, (), False),)
    assert list(population.class_of) == [0, 0]


def test_namespace_labels_named_ports_and_host_network_each_make_a_class() -> None:
    base = pod("shop/a", labels={"app": "web"})
    others = [
        pod("ops/a", labels={"app": "web"}),
        pod("shop/a", labels={"app": "db"}),
        pod("shop/a", labels={"tier": "web"}),
        pod("shop/a", labels={"app": "web"}, ports=(HTTP,)),
        pod("shop/a", labels={"app": "web"}, host=True),
    ]
    assert list(fold([base, *others]).class_of) == [0, 1, 2, 3, 4, 5]
    assert list(fold([base, pod("shop/b", labels={"app": "web"}, ports=(ContainerPort(80),))]).class_of) == [0, 0]


def test_ended_pods_are_gone() -> None:
    population = fold([pod("shop/a", "10.0.0.1", phase="Succeeded"), pod("shop/b", "10.0.0.2", phase="Failed")])
    assert (population.pods, population.classes) == ((), ())
    assert not population.classes_with_address_in(subtract("0.0.0.0/0", ()))


def test_host_network_pods_are_apart_and_hold_no_address_and_no_named_port() -> None:
    population = fold([pod("shop/a", "10.0.0.1", ports=(HTTP,), host=True), pod("shop/b", "10.0.0.2")])
    assert names(population, population.on_host) == ["shop/a"]
    assert names(population, population.plain) == ["shop/b"]
    assert population.classes[0].named_ports == ()
    assert names(population, population.classes_with_address_in(subtract("10.0.0.0/24", ()))) == ["shop/b"]


def test_sidecars_name_ports_and_other_init_containers_do_not() -> None:
    def with_init(policy: str) -> Pod:
        init = Container("proxy", ports=(ContainerPort(15090, "metrics"), ContainerPort(1)), restart_policy=policy)
        return Pod(Metadata(name="a"), spec=PodSpec(containers=(Container(ports=(HTTP,)),), init_containers=(init,)))

    assert fold([with_init("Always")]).classes[0].named_ports == (("TCP", "http", 8080), ("TCP", "metrics", 15090))
    assert fold([with_init("")]).classes[0].named_ports == (("TCP", "http", 8080),)


def test_classes_part_by_what_they_call_a_port() -> None:
    population = fold(
        [
            pod("shop/a", ports=(HTTP, ContainerPort(53, "http", "UDP"))),
            pod("shop/b", ports=(ContainerPort(80, "http"), ContainerPort(81, "http"))),
            pod("shop/c"),
            pod("shop/d", ports=(HTTP,)),
        ]
    )
    name = NamedPort("TCP", "http")
    parts = [(names(population, classes), dict(numbers)) for classes, numbers in population.by_numbers(0b1111, [name])]
    assert parts == [(["shop/a", "shop/d"], {name: (8080,)}), (["shop/b"], {name: (80, 81)}), (["shop/c"], {})]
    assert list(population.by_numbers(0b1010, [])) == [(0b1010, {})]


def test_pods_of_a_class_come_in_their_order_class_by_class() -> None:
    population = fold([pod("shop/a", labels={"x": "1"}), pod("shop/b"), pod("shop/c", labels={"x": "1"})])
    assert list(population.pods_of(0b11)) == [0, 2, 1]
    assert list(population.pods_of(0)) == []


def test_a_cidr_finds_the_pods_inside_and_its_neighbours_stay_out() -> None:
    population = fold(
        [
            pod("shop/last", "10.0.0.255"),
            pod("shop/first", "10.0.0.0"),
            pod("shop/before", "9.255.255.255"),
            pod("shop/after", "10.0.1.0"),
            pod("shop/none"),
            pod("shop/odd", "not an address"),
        ]
    )
    inside = subtract("10.0.0.0/24", ())
    assert names(population, population.classes_with_address_in(inside)) == ["shop/first", "shop/last"]
    assert list(population.pods_with_address_in(inside)) == [1, 0]
    assert list(population.pods_with_address_in(inside, 0b1)) == [0]
    assert names(population, population.classes_with_address_in(subtract("10.0.0.0/24", ("10.0.0.0/25",)))) == [
        "shop/last"
    ]


def test_the_families_are_apart_and_a_dual_stack_pod_is_in_both() -> None:
    population = fold(
        [pod("shop/both", "10.0.0.1", "fd00::1"), pod("shop/six", "fd00::2"), pod("shop/four", "10.0.0.2")]
    )
    assert names(population, population.classes_with_address_in(subtract("0.0.0.0/0", ()))) == [
        "shop/both",
        "shop/four",
    ]
    assert names(population, population.classes_with_address_in(subtract("::/0", ()))) == ["shop/both", "shop/six"]
    assert names(population, population.classes_with_address_in(subtract("fd00::2/128", ()))) == ["shop/six"]


def test_an_older_kubelet_reports_one_address_only() -> None:
    old = Pod(Metadata(name="a", namespace="shop"), status=PodStatus("Running", "10.0.0.1"))
    assert fold([old]).classes_with_address_in(subtract("10.0.0.1/32", ())) == 1


def test_a_long_run_of_addresses_is_found_whole() -> None:
    population = fold([pod(f"shop/p{index}", f"10.0.{index >> 8}.{index & 255}") for index in range(2000)])
    wanted = interval("10.0.0.0/8")
    assert wanted is not None
    for first, last in [(0, 1999), (511, 1024), (512, 1023), (3, 3), (100, 400), (500, 600), (2000, 2500)]:
        start = wanted._replace(first=wanted.first + first, last=wanted.first + last)
        found = list(members(population.classes_with_address_in([start])))
        assert found == list(range(first, min(last, 1999) + 1))


def test_classes_are_counted_by_their_pods() -> None:
    population = fold([pod("shop/a"), pod("shop/b", labels={"app": "a"}), pod("shop/c"), pod("ops/a")])
    assert [population.count(1 << place) for place in range(3)] == [2, 1, 1]
    assert (population.count(0b101), population.count(0)) == (3, 0)


def test_a_name_has_the_numbers_of_all_pods_under_its_protocol() -> None:
    population = fold(
        [
            pod("shop/a", ports=(ContainerPort(9090, "http"), HTTP)),
            pod("ops/b", ports=(ContainerPort(80, "http"), ContainerPort(53, "http", "UDP"))),
            pod("shop/c", ports=(ContainerPort(1, "http"),), host=True),
        ]
    )
    assert population.numbers_of(NamedPort("TCP", "http")) == (80, 8080, 9090)
    assert population.numbers_of(NamedPort("TCP", "other")) == ()

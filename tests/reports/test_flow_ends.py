"""The ends of flows in few words: nobody is left out, and nobody added."""

from __future__ import annotations

import pytest

from analyzer.model.flows import FlowEnd
from reports.flow_ends import Ends, end_text


def workload(name: str, pods: int = 2) -> FlowEnd:
    namespace, _, short = name.partition("/")
    return FlowEnd(kind="workload", namespace=namespace, name=f"Deployment/{short}", pods=pods)


def outside(*cidrs: str) -> tuple[FlowEnd, ...]:
    return tuple(FlowEnd(kind="outside", name=cidr) for cidr in cidrs)


SHOP = (workload("shop/api"), workload("shop/web"))
OPS = (workload("ops/log"), FlowEnd(kind="pod", namespace="ops", name="debug"))
LAB = (workload("lab/a"),)
REST = (
    FlowEnd(kind="own node", name="the pod's own node"),
    FlowEnd(kind="API server", name="20.1.1.1"),
    *outside("any address outside the cluster"),
)
EVERYBODY = (*SHOP, *OPS, *LAB, *REST)
MANY = tuple(workload(f"n{number}/x") for number in range(20))

NAMES: list[tuple[tuple[FlowEnd, ...], list[str]]] = [
    (EVERYBODY, ["everybody"]),
    ((*SHOP, *OPS, *LAB), ["every pod"]),
    (REST, ["everybody but pods"]),
    ((*SHOP, *OPS, *REST), ["everybody but those of lab"]),
    ((SHOP[0], *OPS, *LAB), ["every pod but those of shop/Deployment/web"]),
    ((*SHOP, *REST[:1]), ["shop/every pod", "the pod's own node"]),
    (LAB, ["lab/Deployment/a (2 pods)"]),
    ((OPS[1], REST[1]), ["ops/debug", "the API server (20.1.1.1)"]),
    ((workload("shop/api", 1),), ["shop/Deployment/api (1 pod), not all"]),
    ((*SHOP, *OPS, workload("lab/a", 1)), ["every pod but those of lab", "lab/Deployment/a (1 pod), not all"]),
    (outside("10.0.0.0/8", "172.16.0.0/12"), ["10.0.0.0/8, 172.16.0.0/12"]),
    (
        outside(*(f"{number}.0.0.0/8" for number in range(0, 20, 2))),
        ["0.0.0.0/8, 2.0.0.0/8, 4.0.0.0/8, 6.0.0.0/8 and 6 more"],
    ),
    (
        outside(
            "0.0.0.0/5",
            "8.0.0.0/7",
            "11.0.0.0/8",
            "12.0.0.0/6",
            "16.0.0.0/4",
            "32.0.0.0/3",
            "64.0.0.0/2",
            "128.0.0.0/1",
        ),
        ["any address but those of 10.0.0.0/8"],
    ),
    (
        outside("8000::/1", "4000::/2", "2000::/3", "1000::/4", "::/4"),
        ["any address"],
    ),
]


@pytest.mark.parametrize(("ends", "names"), NAMES)
def test_many_ends_have_one_name(ends: tuple[FlowEnd, ...], names: list[str]) -> None:
    assert list(Ends(EVERYBODY, is_narrowed=False).names(ends)) == names


def test_all_but_a_few_is_said_only_of_a_few() -> None:
    ends = Ends(MANY, is_narrowed=False)
    assert list(ends.names(MANY[4:])) == ["every pod but those of n0, n1, n2, n3"]
    assert list(ends.names(MANY[5:])) == list(map(end_text, MANY[5:]))


def test_of_some_pods_nobody_says_every_pod() -> None:
    """Where only a few were asked for, all of these are not everybody."""
    assert list(Ends((*SHOP, *LAB), is_narrowed=True).names((*SHOP, *LAB))) == [
        "shop/every pod",
        "lab/Deployment/a (2 pods)",
    ]

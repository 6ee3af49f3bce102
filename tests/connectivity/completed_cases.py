"""Policies and Services alone, as a validator is given them, made into a cluster in which they can do something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from connectivity.corpus_objects import cluster
from connectivity.pair_by_pair import matches

from analyzer.model.fact import Known
from analyzer.model.objects import Address, LabelSelector, Metadata, Node, NodeStatus
from analyzer.model.snapshot import Snapshot


def completed(table: dict[str, Any]) -> Snapshot:
    """The namespaces, policies and Services of a case, with a running pod for every selector in every namespace that it
    reaches, on two nodes in turn, each with all port names that occur.

    A namespaceSelector that reaches none of the namespaces gets one. A Service without ports, which the API server
    refuses, gets one too.
    """
    services = [item | {"spec": {"ports": [{"port": 80}], **item["spec"]}} for item in table["services"]]
    namespaces = [*table["namespaces"], *_reached(table)]
    labels = {item["metadata"]["name"]: item["metadata"].get("labels", {}) for item in namespaces}
    wanted = dict.fromkeys(_wanted(table["policies"], services, labels))
    ports = [
        {"name": name, "containerPort": 8080 + place}
        for place, name in enumerate(sorted(_port_names(table["policies"])))
    ]
    pods = [_pod(place, *item, ports) for place, item in enumerate(wanted)]
    return replace(
        cluster({**table, "services": services, "namespaces": namespaces, "pods": pods}),
        nodes=Known(tuple(_node(number) for number in (1, 2))),
    )


def _peers(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for rule in policy["spec"].get("ingress", ()):
        yield from rule.get("from", ())
    for rule in policy["spec"].get("egress", ()):
        yield from rule.get("to", ())


def _reached(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A namespace for each namespaceSelector that finds none of those of the case."""
    given = [item["metadata"].get("labels", {}) for item in table["namespaces"]]
    selectors = [
        peer["namespaceSelector"] for item in table["policies"] for peer in _peers(item) if "namespaceSelector" in peer
    ]
    for place, selector in enumerate(selectors):
        if not any(_matches(selector, labels) for labels in given):
            yield {"metadata": {"name": f"reached-{place}", "labels": _matching(selector)}}


def _matching(selector: dict[str, Any]) -> dict[str, str]:
    """Labels that a selector finds."""
    terms = selector.get("matchExpressions", ())
    found = {term["key"]: term.get("values", ["any"])[0] for term in terms if term["operator"] in ("In", "Exists")}
    return found | selector.get("matchLabels", {})


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return matches(msgspec.convert(selector, LabelSelector), labels)


def _wanted(
    policies: list[dict[str, Any]], services: list[dict[str, Any]], namespaces: dict[str, dict[str, str]]
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """The namespace and labels of each pod."""
    for service in services:
        yield service["metadata"]["namespace"], tuple(service["spec"].get("selector", {}).items())
    for policy in policies:
        own = policy["metadata"]["namespace"]
        yield own, tuple(_matching(policy["spec"].get("podSelector", {})).items())
        for peer in (item for item in _peers(policy) if "ipBlock" not in item):
            chosen = peer.get("namespaceSelector")
            for name, labels in namespaces.items():
                if name == own if chosen is None else _matches(chosen, labels):
                    yield name, tuple(_matching(peer.get("podSelector", {})).items())


def _port_names(policies: Iterable[dict[str, Any]]) -> set[str]:
    rules = (rule for item in policies for key in ("ingress", "egress") for rule in item["spec"].get(key, ()))
    ports = (port.get("port") for rule in rules for port in rule.get("ports", ()))
    return {port for port in ports if isinstance(port, str)}


def _pod(place: int, namespace: str, labels: Iterable[tuple[str, str]], ports: list[dict[str, Any]]) -> dict[str, Any]:
    node = 1 + place % 2
    return {
        "metadata": {"name": f"pod-{place}", "namespace": namespace, "labels": dict(labels)},
        "spec": {"nodeName": f"node-{node}", "containers": [{"name": "main", "ports": ports}]},
        "status": {"phase": "Running", "podIP": f"10.244.{node}.{10 + place}"},
    }


def _node(number: int) -> Node:
    address = Address("InternalIP", f"10.10.0.{3 + number}")
    return Node(Metadata(name=f"node-{number}"), status=NodeStatus(addresses=(address,)))

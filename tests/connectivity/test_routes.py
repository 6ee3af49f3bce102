"""From two names to flows: which ways there are, and whom the ends take each other for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from connectivity.cases import policy
from msgspec import structs

from analyzer.collect.files.reading import read_files
from analyzer.connectivity.analysis import analyse
from analyzer.connectivity.naming import Names
from analyzer.connectivity.port_words import apart
from analyzer.connectivity.routes import Route, Routes
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.objects import EgressRule, IPBlock, LabelSelector, Metadata, PolicyPeer
from analyzer.model.objects.nodes import Address, NodeStatus
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

NODE = """
apiVersion: v1
kind: Node
metadata: {{name: {name}}}
status: {{addresses: [{{type: InternalIP, address: {address}}}, {{type: InternalIP, address: "fd00:1::{last}"}}]}}
---
"""
POD = """
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: shop
  labels: {{app: {app}}}
  ownerReferences: [{{apiVersion: apps/v1, kind: StatefulSet, name: {app}, uid: "1", controller: true}}]
spec: {{nodeName: {node}, containers: [{{name: c, ports: [{{containerPort: 8080, name: http}}]}}]}}
status: {{podIP: {address}, podIPs: [{{ip: {address}}}]}}
---
"""
REST = """
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {nodeName: two, hostNetwork: true, containers: [{name: agent, ports: [{containerPort: 9100}]}]}
status: {podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nowhere, namespace: shop}
spec: {containers: [{name: c}]}
status: {podIP: 10.244.9.9, podIPs: [{ip: 10.244.9.9}]}
---
apiVersion: v1
kind: Pod
metadata: {name: six, namespace: shop}
spec: {nodeName: one, containers: [{name: c}]}
status: {podIP: "fd00::6", podIPs: [{ip: "fd00::6"}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7], selector: {app: api}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.8
  externalTrafficPolicy: Cluster
  selector: {app: web}
  ports: [{port: 443, targetPort: 8080, nodePort: 30443}]
status: {loadBalancer: {ingress: [{ip: 20.1.1.1}]}}
---
apiVersion: v1
kind: Service
metadata: {name: local, namespace: shop}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 81, targetPort: 8080}]}
status: {loadBalancer: {ingress: [{ip: 20.1.1.2}]}}
---
apiVersion: v1
kind: Service
metadata: {name: mainframe, namespace: shop}
spec: {clusterIP: 10.96.0.9, ports: [{port: 3270, targetPort: 3270}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: mainframe-1, namespace: shop, labels: {kubernetes.io/service-name: mainframe}}
addressType: IPv4
endpoints: [{addresses: [192.168.7.7]}]
ports: [{port: 3270, name: ""}]
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {clusterIP: 10.96.0.10, selector: {app: nobody}, ports: [{port: 80}]}
"""
OBJECTS = (
    "".join(NODE.format(name=name, address=f"10.0.0.{last}", last=last) for last, name in enumerate(("one", "two"), 1))
    + POD.format(name="api-0", app="api", node="one", address="10.244.1.2")
    + POD.format(name="web-0", app="web", node="one", address="10.244.1.3")
    + POD.format(name="web-1", app="web", node="two", address="10.244.2.3")
    + REST
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    path: Path = tmp_path_factory.mktemp("cluster") / "objects.yaml"
    path.write_text(OBJECTS)
    return read_files([path], complete=True).snapshot


def routes(snapshot: Snapshot, source: str, destination: str) -> list[str]:
    """Each flow on one line."""
    names = Names(snapshot)
    word, port = apart(destination)
    found = Routes(snapshot, analyse(snapshot)).between(names.meant(source), names.aimed_at(word, port), port)
    return [_line(route) for route in found]


def _line(route: Route) -> str:
    flow = route.flow
    ends = (f"{end.kind}={end.pod.name if end.pod else end.address}" for end in (flow.source, flow.destination))
    entrance = f" at {flow.entrance}" if flow.entrance else ""
    by = f" by {route.by}" if route.by else ""
    return (
        f"{' -> '.join(ends)} {flow.protocol}/{flow.port} {flow.way}{entrance}{' v6' if flow.family == 6 else ''}{by}"
    )


FOUND = [
    ("shop/api-0", "shop/web-1:8080", ["pod=api-0 -> pod=web-1 TCP/8080 direct"]),
    ("shop/api", "10.244.2.3:UDP/53", ["pod=api-0 -> pod=web-1 UDP/53 direct"]),
    ("shop/api", "shop/web:http", ["pod=api-0 -> pod=web-0 TCP/8080 direct"]),
    ("shop/api", "shop/web", ["pod=api-0 -> pod=web-0 TCP/8080 direct"]),
    ("shop/web", "shop/web:8080", ["pod=web-0 -> pod=web-1 TCP/8080 direct"]),
    ("shop/api", "node:10250", ["pod=api-0 -> own node=10.0.0.1 TCP/10250 direct"]),
    ("shop/api", "10.0.0.1:10250", ["pod=api-0 -> own node=10.0.0.1 TCP/10250 direct"]),
    ("shop/api", "10.0.0.2:10250", ["pod=api-0 -> remote node=10.0.0.2 TCP/10250 direct"]),
    ("shop/api", "ops/agent", ["pod=api-0 -> remote node=10.0.0.2 TCP/9100 direct"]),
    ("ops/agent", "shop/web-1:8080", ["own node=10.0.0.2 -> pod=web-1 TCP/8080 direct"]),
    ("node", "shop/web-1:8080", ["own node=10.0.0.2 -> pod=web-1 TCP/8080 direct"]),
    (
        "shop/nowhere",
        "10.0.0.2:22",
        ["pod=nowhere -> own node=10.0.0.2 TCP/22 direct", "pod=nowhere -> remote node=10.0.0.2 TCP/22 direct"],
    ),
    ("shop/api", "203.0.113.9:443", ["pod=api-0 -> world=203.0.113.9 TCP/443 direct"]),
    ("shop/api", "203.0.113.9:ICMP", ["pod=api-0 -> world=203.0.113.9 other/0 direct"]),
    ("203.0.113.9", "shop/api-0:8080", ["world=203.0.113.9 -> pod=api-0 TCP/8080 direct"]),
    ("shop/six", "[fd00:9::1]:443", ["pod=six -> world=fd00:9::1 TCP/443 direct v6"]),
    ("shop/six", "node:10250", ["pod=six -> own node=fd00:1::1 TCP/10250 direct v6"]),
    ("shop/web-0", "shop/api:80", ["pod=web-0 -> pod=api-0 TCP/8080 direct by Service shop/api, port 80"]),
    ("shop/web-0", "10.96.0.7:80", ["pod=web-0 -> pod=api-0 TCP/8080 direct by Service shop/api, port 80"]),
    ("shop/api", "shop/api:80", ["pod=api-0 -> pod=api-0 TCP/8080 to itself by Service shop/api, port 80"]),
    (
        "shop/api",
        "shop/mainframe:3270",
        ["pod=api-0 -> world=192.168.7.7 TCP/3270 direct by Service shop/mainframe, port 3270"],
    ),
    (
        "shop/api",
        "20.1.1.1:443",
        [
            "pod=api-0 -> pod=web-0 TCP/8080 through its own node by Service shop/front, port 443",
            "pod=api-0 -> pod=web-1 TCP/8080 through another node at 10.0.0.1 by Service shop/front, port 443",
        ],
    ),
    ("shop/api", "20.1.1.2:81", ["pod=api-0 -> pod=web-0 TCP/8080 direct by Service shop/local, port 81"]),
    (
        "shop/api",
        "node:30443",
        [
            "pod=api-0 -> pod=web-0 TCP/8080 through its own node by Service shop/front, node port 30443",
            "pod=api-0 -> pod=web-1 TCP/8080 through another node at 10.0.0.1 by Service shop/front, node port 30443",
        ],
    ),
    (
        "shop/api",
        "10.0.0.2:30443",
        ["pod=api-0 -> pod=web-0 TCP/8080 by another node's port at 10.0.0.2 by Service shop/front, node port 30443"],
    ),
    (
        "203.0.113.9",
        "shop/front:443",
        [
            "world=203.0.113.9 -> pod=web-0 TCP/8080 through its own node by Service shop/front, port 443",
            "world=203.0.113.9 -> pod=web-0 TCP/8080 through another node at 10.0.0.2 by Service shop/front, port 443",
        ],
    ),
    (
        "203.0.113.9",
        "10.0.0.2:30443",
        [
            "world=203.0.113.9 -> pod=web-0 TCP/8080 through another node at 10.0.0.2"
            " by Service shop/front, node port 30443",
            "world=203.0.113.9 -> pod=web-1 TCP/8080 through its own node by Service shop/front, node port 30443",
        ],
    ),
    ("203.0.113.9", "shop/local:81", ["world=203.0.113.9 -> pod=web-0 TCP/8080 direct by Service shop/local, port 81"]),
]


@pytest.mark.parametrize(("source", "destination", "lines"), FOUND)
def test_two_names_give_the_flows_between_them(
    snapshot: Snapshot, source: str, destination: str, lines: list[str]
) -> None:
    assert routes(snapshot, source, destination) == lines


NONE = [
    ("shop/api", "shop/empty:80", "Nothing stands behind the destination: no pod that was read serves it."),
    (
        "shop/api",
        "shop/api-0:1",
        "A pod reaches its own address without leaving itself, so no policy engine sees the traffic.",
    ),
    (
        "203.0.113.9",
        "10.0.0.1:22",
        "Neither end is a pod with a network of its own, so no policy engine filters the traffic.",
    ),
    (
        "ops/agent",
        "20.1.1.1:443",
        "How a node gets in by a Service's entrance is not described: name the pods behind it.",
    ),
    (
        "203.0.113.9",
        "10.96.0.7:80",
        "A ClusterIP is not reached from outside: name a pod, or a Service with a load balancer or a node port.",
    ),
    ("shop/api", "10.0.0.1", "Give the destination's port as a number: DESTINATION:443, or DESTINATION:UDP/53."),
    (
        "shop/api",
        "203.0.113.9:http",
        "Give the destination's port as a number: DESTINATION:443, or DESTINATION:UDP/53.",
    ),
    (
        "shop/api",
        "shop/web:dns",
        "There is no port dns of shop/StatefulSet/web: its containers declare none such. Give a number.",
    ),
    ("shop/api", "10.96.0.7:UDP/80", "There is no port UDP/80 of Service shop/api; it has TCP/80."),
]


@pytest.mark.parametrize(("source", "destination", "said"), NONE)
def test_where_there_is_no_flow_it_is_said_why(snapshot: Snapshot, source: str, destination: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        routes(snapshot, source, destination)
    assert str(raised.value) == said


def test_nodes_that_were_not_read_are_one_node_like_another(snapshot: Snapshot) -> None:
    unread = replace(snapshot, nodes=Missing(Source.NODES, Cause.FORBIDDEN, "403"))
    assert routes(unread, "shop/api", "node:10250") == ["pod=api-0 -> own node= TCP/10250 direct"]
    assert routes(unread, "shop/api", "ops/agent") == ["pod=api-0 -> remote node= TCP/9100 direct"]


def test_a_node_that_was_not_read_is_not_guessed_where_policies_tell_nodes_apart(snapshot: Snapshot) -> None:
    _, two = snapshot.nodes.require()
    three = structs.replace(
        two, metadata=Metadata(name="three"), status=NodeStatus((Address("InternalIP", "10.0.0.3"),))
    )
    to_two = EgressRule((PolicyPeer(ip_block=IPBlock("10.0.0.2/32")),))
    apart = replace(
        snapshot,
        nodes=Missing(Source.NODES, Cause.PARTIAL, "part", seen=(two, three)),
        network_policies=Known((policy("shop/two", LabelSelector(), egress=(to_two,)),)),
    )
    with pytest.raises(UsageError, match="The node of the pod is not among those that were read"):
        routes(apart, "shop/api", "node:10250")

"""When a list is empty because its API is absent: only where discovery proves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.kubernetes import KubernetesServer, named, read
from servers.kubernetes_answers import body, refusal, truncated

from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import AKSNodeClass, Metadata, ObjectName, Pod, PodMetadata, ServiceCIDR
from analyzer.model.source import Source

RULES = "/apis/monitoring.coreos.com/v1/prometheusrules"
LIST = "list prometheusrules.monitoring.coreos.com (all namespaces)"
UNPROVEN = f"404 on {LIST}, and nothing proves that the API is absent"
FORBIDDEN = refusal(403, "Forbidden", "not for you")


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running
    assert running.violations == []


def unreachable(source: Source, detail: str) -> Missing[Fact[object]]:
    return Missing(source, Cause.UNREACHABLE, detail, "run it again")


def test_an_api_group_that_discovery_does_not_list_is_absent_and_not_asked_for(
    server: KubernetesServer, tmp_path: Path
) -> None:
    reading = read(server, tmp_path)
    assert reading.facts[Source.PROMETHEUS_RULES] == Known(())
    assert reading.absent_apis == {
        Source.SERVICE_CIDRS,
        Source.NODE_NETWORK_CONFIGS,
        Source.AKS_NODE_CLASSES,
        Source.KARPENTER_NODE_POOLS,
        Source.KARPENTER_NODE_CLAIMS,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
        Source.CILIUM_EXTENSIONS,
        Source.CILIUM_LOCAL_REDIRECT_POLICIES,
        Source.CALICO_POLICIES,
        Source.CALICO_GLOBAL_POLICIES,
        Source.CALICO_NETWORK_SETS,
        Source.CALICO_GLOBAL_NETWORK_SETS,
        Source.CALICO_HOST_ENDPOINTS,
        Source.CALICO_TIERS,
        Source.CALICO_STAGED_POLICIES,
        Source.CALICO_FELIX_CONFIGURATIONS,
        Source.CALICO_IP_POOLS,
        Source.ADMIN_NETWORK_POLICIES,
        Source.MONITORS,
        Source.PROMETHEUS_RULES,
        Source.CONTAINER_LIMIT_CONSTRAINTS,
        Source.AUTHORIZATION_POLICIES,
        Source.GATEWAY_CLASSES,
        Source.GATEWAYS,
        Source.APPLICATION_LOAD_BALANCERS,
        Source.OVERLAY_EXTENSION_CONFIGS,
        Source.STATIC_GATEWAY_CONFIGURATIONS,
        Source.FLEET_NETWORKING,
    }
    assert len(server.asked("/apis")) == 1
    assert not [path for path in server.paths() if "monitoring.coreos.com" in path]


def test_a_list_that_is_empty_is_not_an_absent_api(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("monitoring.coreos.com/v1", "prometheusrules", "PrometheusRule")
    reading = read(server, tmp_path)
    assert reading.facts[Source.PROMETHEUS_RULES] == Known(())
    assert Source.PROMETHEUS_RULES not in reading.absent_apis


def test_a_resource_that_its_group_does_not_hold_is_absent(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("monitoring.coreos.com/v1", "podmonitors", "PodMonitor", named("shop/a"))
    reading = read(server, tmp_path)
    assert reading.facts[Source.PROMETHEUS_RULES] == Known(())
    assert Source.PROMETHEUS_RULES in reading.absent_apis
    assert Source.MONITORS not in reading.absent_apis
    assert len(server.asked("/apis/monitoring.coreos.com/v1")) == 1


def test_a_404_that_discovery_contradicts_is_a_gap(server: KubernetesServer, tmp_path: Path) -> None:
    server.list_only("monitoring.coreos.com/v1", "prometheusrules")
    reading = read(server, tmp_path)
    gap = unreachable(Source.PROMETHEUS_RULES, f"404 on {LIST}, although discovery lists it")
    assert reading.facts[Source.PROMETHEUS_RULES] == gap
    assert Source.PROMETHEUS_RULES not in reading.absent_apis


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (FORBIDDEN, "403 on get /apis/monitoring.coreos.com/v1: not for you"),
        (truncated, "no answer to get /apis/monitoring.coreos.com/v1: the body ends before its end"),
        (
            body(b'{"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": []}'),
            "/apis/monitoring.coreos.com/v1 answers for apps/v1",
        ),
        (
            body(b'{"kind": "Status"}'),
            "malformed answer to get /apis/monitoring.coreos.com/v1: Invalid value 'Status' - at `$.kind`",
        ),
    ],
)
def test_a_404_whose_group_cannot_be_looked_into_is_a_gap(
    server: KubernetesServer, tmp_path: Path, answer: object, why: str
) -> None:
    server.list_only("monitoring.coreos.com/v1", "alertmanagers")
    server.answer("/apis/monitoring.coreos.com/v1", always=answer)  # type: ignore[arg-type]
    facts = read(server, tmp_path).facts
    assert facts[Source.PROMETHEUS_RULES] == unreachable(Source.PROMETHEUS_RULES, f"{UNPROVEN}: {why}")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (FORBIDDEN, "403 on get /apis: not for you"),
        (truncated, "no answer to get /apis: the body ends before its end"),
        (
            body(json.dumps({"kind": "APIGroupList", "groups": []}).encode()),
            "/apis does not list admissionregistration.k8s.io, apps, batch, discovery.k8s.io, networking.k8s.io,"
            " policy, which every cluster serves",
        ),
    ],
)
def test_without_discovery_lists_are_tried_and_a_404_proves_nothing(
    server: KubernetesServer, tmp_path: Path, answer: object, why: str
) -> None:
    server.answer("/apis", always=answer)  # type: ignore[arg-type]
    server.serve("v1", "pods", "Pod", named("shop/a"))
    reading = read(server, tmp_path)
    assert reading.facts[Source.PODS] == Known((Pod(PodMetadata("a", "shop"), "Pod", "v1"),))
    assert reading.facts[Source.PROMETHEUS_RULES] == unreachable(Source.PROMETHEUS_RULES, f"{UNPROVEN}: {why}")
    assert (reading.absent_apis, reading.reached) == (frozenset(), True)


def test_a_404_of_the_core_group_is_a_gap(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer("/api/v1/pods", always=body(b"404 page not found", 404))
    gap = unreachable(Source.PODS, "404 on list pods (all namespaces), which every cluster serves")
    assert read(server, tmp_path).facts[Source.PODS] == gap


def test_the_first_wanted_version_that_is_listed_is_used(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("karpenter.azure.com/v1alpha2", "aksnodeclasses", "AKSNodeClass", named("old"))
    server.serve("karpenter.azure.com/v1beta1", "aksnodeclasses", "AKSNodeClass", named("new"))
    fact = read(server, tmp_path).facts[Source.AKS_NODE_CLASSES]
    assert fact == Known((AKSNodeClass(Metadata("new"), "AKSNodeClass", "karpenter.azure.com/v1beta1"),))
    assert "/apis/karpenter.azure.com/v1alpha2/aksnodeclasses" not in server.paths()


def test_a_version_without_the_resource_is_passed_over(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("cilium.io/v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy")
    server.serve("cilium.io/v2alpha1", "ciliumbgppeeringpolicies", "CiliumBGPPeeringPolicy", named("rack"))
    server.serve("networking.k8s.io/v1beta1", "servicecidrs", "ServiceCIDR", named("kubernetes"))
    facts = read(server, tmp_path).facts
    rack = ObjectName(Metadata("rack"), "CiliumBGPPeeringPolicy", "cilium.io/v2alpha1")
    cidr = ServiceCIDR(Metadata("kubernetes"), "ServiceCIDR", "networking.k8s.io/v1beta1")
    assert facts[Source.CILIUM_EXTENSIONS] == Known((rack,))
    assert facts[Source.SERVICE_CIDRS] == Known((cidr,))


def test_a_list_that_only_an_unknown_version_serves_is_a_gap(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("karpenter.azure.com/v1", "aksnodeclasses", "AKSNodeClass", named("new"))
    reading = read(server, tmp_path)
    detail = (
        "Not asked to list aksnodeclasses.karpenter.azure.com (all namespaces): it is served as"
        " karpenter.azure.com/v1, and only v1beta1, v1alpha2 is known"
    )
    assert reading.facts[Source.AKS_NODE_CLASSES] == Missing(Source.AKS_NODE_CLASSES, Cause.UNRECOGNISED, detail)
    assert Source.AKS_NODE_CLASSES not in reading.absent_apis


def test_another_version_that_cannot_be_looked_into_is_a_gap(server: KubernetesServer, tmp_path: Path) -> None:
    server.list_only("karpenter.azure.com/v1", "others")
    server.answer("/apis/karpenter.azure.com/v1", always=FORBIDDEN)
    detail = (
        "Not asked to list aksnodeclasses.karpenter.azure.com (all namespaces): nothing proves which versions serve"
        " it: 403 on get /apis/karpenter.azure.com/v1: not for you"
    )
    fact = read(server, tmp_path).facts[Source.AKS_NODE_CLASSES]
    assert fact == unreachable(Source.AKS_NODE_CLASSES, detail)


def test_a_group_whose_other_versions_do_not_hold_the_resource_is_absent(
    server: KubernetesServer, tmp_path: Path
) -> None:
    server.list_only("karpenter.azure.com/v1", "others")
    reading = read(server, tmp_path)
    assert reading.facts[Source.AKS_NODE_CLASSES] == Known(())
    assert Source.AKS_NODE_CLASSES in reading.absent_apis

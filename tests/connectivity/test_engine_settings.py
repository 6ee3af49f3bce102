"""Which engine runs, how it is set up, and what stands around the pods."""

from __future__ import annotations

from dataclasses import replace

import pytest
from healthy import healthy, with_cluster, with_objects, without

from analyzer.connectivity.engine_settings import settings_of
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.parties import Surroundings
from analyzer.connectivity.surroundings import surroundings
from analyzer.model.fact import Known, LackingError
from analyzer.model.network import PolicyEngine, observe
from analyzer.model.objects import ConfigMap
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.version import Version

NPM = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: kube-system, name: azure-npm}
spec: {template: {spec: {containers: [{name: azure-npm, image: "mcr.microsoft.com/containernetworking/azure-npm:%s"}]}}}
"""
CACHE = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: kube-system, name: node-local-dns}
"""
API_SERVER = """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: default, name: kubernetes-x7, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [20.50.1.1]}]
"""


def under(snapshot: Snapshot, engine: PolicyEngine) -> Settings:
    return settings_of(snapshot, replace(observe(snapshot.cluster), policy=Known(engine)))


@pytest.mark.parametrize(("engine", "settings"), [(PolicyEngine.NONE, NoEngine()), (PolicyEngine.CALICO, Calico())])
def test_engines_without_settings(engine: PolicyEngine, settings: Settings) -> None:
    assert under(healthy(), engine) == settings


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (None, False),
        ("{}", False),
        ('{"Toggles": {"PlaceAzureChainFirst": true}}', True),
        ('{"Toggles": {"PlaceAzureChainFirst": false}}', False),
        ("not JSON", None),
    ],
)
def test_npm_says_in_its_config_map_whether_its_chain_is_first(text: str | None, first: bool | None) -> None:
    config = None if text is None else ConfigMap(data={"azure-npm.json": text})
    assert under(replace(healthy(), npm_config=Known(config)), PolicyEngine.AZURE) == Npm(first, None)


def test_a_config_map_that_was_not_read_leaves_the_order_of_chains_open() -> None:
    assert under(without(healthy(), Source.NPM_CONFIG), PolicyEngine.AZURE) == Npm(None, None)


@pytest.mark.row(9)
@pytest.mark.parametrize(("tag", "flattens"), [("v1.5.45", True), ("v1.6.0", None), ("latest", None)])
def test_the_image_of_npm_says_whether_it_takes_not_in_apart(tag: str, flattens: bool | None) -> None:
    assert under(with_objects(healthy(), NPM % tag), PolicyEngine.AZURE) == Npm(False, flattens)


@pytest.mark.row(12, 42)
def test_cilium_has_the_version_of_its_kubernetes_the_users_labels_and_the_proxy_of_acns() -> None:
    assert under(with_cluster(healthy(), "{currentKubernetesVersion: 1.31.4}"), PolicyEngine.CILIUM) == Cilium(
        Version(1, 16, 16)
    )
    config = Known(ConfigMap(data={"labels": "k8s:app  !k8s:tier"}))
    patch = "{networkProfile: {advancedNetworking: {enabled: true, security: {enabled: true}}}}"
    found = under(replace(with_cluster(healthy(), patch), cilium_config=config), PolicyEngine.CILIUM)
    assert found == Cilium(Version(1, 17, 9), ("k8s:app", "!k8s:tier"), has_l7_proxy=True)


def test_a_kubernetes_version_without_a_cilium_is_lacking() -> None:
    with pytest.raises(LackingError):
        under(with_cluster(healthy(), "{currentKubernetesVersion: 1.22.0}"), PolicyEngine.CILIUM)


@pytest.mark.row(37, 38)
def test_what_stands_around_the_pods() -> None:
    patch = "{agentPoolProfiles: [{name: apps, localDNSProfile: {mode: Required}}]}"
    found = surroundings(with_objects(with_cluster(healthy(), patch), f"{CACHE}---{API_SERVER}"))
    state = observe(healthy().cluster)
    assert found == Surroundings(
        nodes=healthy().nodes.require(),
        api_server=("20.50.1.1",),
        local_dns=("169.254.10.10", "169.254.10.11", "169.254.20.10"),
        never_outside=state.service_cidrs.require(),
    )

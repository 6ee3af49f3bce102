"""Writes the demo clusters of analyzer/samples: `python bench/samples.py [OUTDIR]`.

Each cluster is a folder in the layout of the jump-host script: collected.tsv, and one file per request.
The committed files equal the output of this script byte for byte.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import around
import shapes
from shapes import (
    ADDON,
    ARGO,
    HELM,
    KUBECTL,
    SYSTEM_FIRST,
    Budget,
    Container,
    Hook,
    Json,
    Meta,
    Node,
    Object,
    Pod,
    Policy,
    Pool,
    Resource,
    Route,
    Rule,
    Service,
    ServicePort,
    Site,
    Subnet,
    Template,
    Workload,
    Writer,
)

DEFAULT_OUT = Path(__file__).resolve().parent.parent / "analyzer" / "samples"
COLLECTED_AT = shapes.ago(0)
MCR = "mcr.microsoft.com/oss/v2/kubernetes"
AZURE_BALANCER = "service.beta.kubernetes.io/azure-load-balancer"
NAMED_CONFIG_MAPS = (
    "azure-ip-masq-agent-config",
    "azure-ip-masq-agent-config-reconciled",
    "azure-npm-config",
    "cilium-config",
)


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap of kube-system."""

    name: str
    content: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    writer: Writer = ADDON
    created: float = 800.0


@dataclass(frozen=True, slots=True)
class CustomGroup:
    """An optional API group: what it lists, and the objects of the plurals that are fetched."""

    group: str
    version: str
    resources: tuple[Resource, ...]
    fetched: tuple[str, ...]
    items: Mapping[str, tuple[Object, ...]] = field(default_factory=dict)

    @property
    def group_version(self) -> str:
        """The group with its version."""
        return f"{self.group}/{self.version}"


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything that one cluster answers."""

    site: Site
    cluster: Object
    arm: tuple[tuple[str, str, Object], ...]
    """File, ARM path and body."""
    api_address: str
    """The address behind the Service `default/kubernetes`."""
    groups: Mapping[str, str]
    """Every custom API group and its versions."""
    custom: tuple[CustomGroup, ...]
    namespaces: Mapping[str, Mapping[str, str]]
    works: tuple[Workload, ...]
    services: tuple[Service, ...]
    budgets: tuple[Budget, ...]
    policies: tuple[Policy, ...]
    routes: tuple[Route, ...]
    classes: tuple[Object, ...]
    validating: tuple[Object, ...]
    mutating: tuple[Object, ...]
    config_maps: tuple[ConfigMap, ...]
    ingress_address: str


def managed_by(**extra: str) -> dict[str, str]:
    """The labels of what AKS owns."""
    return {"kubernetes.azure.com/managedby": "aks", **{key.replace("_", "-"): text for key, text in extra.items()}}


def host_env(site: Site) -> tuple[Object, ...]:
    """The variables that AKS puts into its own pods, so that they speak to the public name."""
    return (
        shapes.value("KUBERNETES_PORT_443_TCP_ADDR", site.fqdn),
        shapes.value("KUBERNETES_PORT", f"tcp://{site.fqdn}:443"),
        shapes.value("KUBERNETES_PORT_443_TCP", f"tcp://{site.fqdn}:443"),
        shapes.value("KUBERNETES_SERVICE_HOST", site.fqdn),
    )


CRITICAL = shapes.toleration("CriticalAddonsOnly")
EVERYWHERE = (
    CRITICAL,
    shapes.toleration(effect="NoExecute"),
    shapes.toleration(effect="NoSchedule"),
)
LINUX_NODES: Mapping[str, Json] = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {"key": "kubernetes.azure.com/cluster", "operator": "Exists"},
                        {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]},
                        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
                    ]
                }
            ]
        }
    }
}
LOCKED: Object = {
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
}
PRIVILEGED: Mapping[str, Json] = {"privileged": True}
UNCONFINED: Mapping[str, Json] = {"seccompProfile": {"type": "RuntimeDefault"}}


def kube_system(site: Site) -> Iterator[Workload]:
    """The Deployments and DaemonSets of kube-system in this network state."""
    yield from _system_deployments(site)
    yield _kube_proxy(site)
    yield _cloud_node_manager(site)
    yield _csi(site)
    if site.policy != "calico":
        yield _ip_masq_agent()
    if site.overlay:
        yield _cns()
    if site.policy == "azure":
        yield _npm(site)
    if site.windows:
        yield from _windows_daemons(site)


def _system_deployment(site: Site, name: str, template: Template, replicas: int) -> Workload:
    return Workload(
        "Deployment",
        "kube-system",
        name,
        dict(list(template.labels.items())[:1]),
        template,
        replicas,
        labels=managed_by(**{"addonmanager.kubernetes.io/mode": "Reconcile"}) | dict(list(template.labels.items())[:1]),
        writer=ADDON,
        created=site.created - 0.005,
        rolled=21.0,
        revision=shapes.number(9, 31, site.name, name),
    )


def _system_deployments(site: Site) -> Iterator[Workload]:
    yield _system_deployment(site, "coredns", _coredns(), 3 if len(site.pools) > 2 else 2)
    yield _system_deployment(site, "coredns-autoscaler", _dns_autoscaler(), 1)
    yield _system_deployment(site, "konnectivity-agent", _konnectivity(site), 2)
    yield _system_deployment(site, "konnectivity-agent-autoscaler", _konnectivity_autoscaler(), 1)
    yield _system_deployment(site, "metrics-server", _metrics_server(site), 2)


def _coredns() -> Template:
    container = Container(
        "coredns",
        f"{MCR}/coredns:v1.12.1-8",
        ports=(shapes.port(53, "dns", "UDP"), shapes.port(53, "dns-tcp"), shapes.port(9153, "metrics")),
        requests=("100m", "70Mi"),
        limits=("3", "500Mi"),
        args=("-conf", "/etc/coredns/Corefile"),
        mounts=(
            shapes.mount("config-volume", "/etc/coredns", read_only=True),
            shapes.mount("custom-config-volume", "/etc/coredns/custom", read_only=True),
            shapes.mount("tmp", "/tmp"),
        ),
        probes={
            "livenessProbe": shapes.http_probe("/health", 8080, delay_s=60),
            "readinessProbe": shapes.http_probe("/ready", 8181),
        },
        security={
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
        },
    )
    return Template(
        {"k8s-app": "kube-dns", **managed_by(**{"kubernetes.io/cluster-service": "true", "version": "v20"})},
        (container,),
        volumes=(
            shapes.config_map_volume("config-volume", "coredns"),
            shapes.config_map_volume("custom-config-volume", "coredns-custom", optional=True),
            shapes.empty_dir("tmp"),
        ),
        annotations={"prometheus.io/port": "9153"},
        account="coredns",
        priority="system-node-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
        security=UNCONFINED,
    )


def _dns_autoscaler() -> Template:
    container = Container(
        "autoscaler",
        f"{MCR}/autoscaler/cluster-proportional-autoscaler:v1.9.0-6",
        requests=("20m", "10Mi"),
        limits=("200m", "500Mi"),
        command=(
            "/cluster-proportional-autoscaler",
            "--namespace=kube-system",
            "--configmap=coredns-autoscaler",
            "--target=deployment/coredns",
            '--default-params={"ladder":{"coresToReplicas":[[1,2],[512,3],[1024,4],[2048,5]],'
            '"nodesToReplicas":[[1,2],[8,3],[16,4],[32,5]]}}',
            "--logtostderr=true",
            "--v=2",
        ),
        security=LOCKED,
    )
    return Template(
        {"k8s-app": "coredns-autoscaler", **managed_by()},
        (container,),
        account="coredns-autoscaler",
        priority="system-node-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
        security=UNCONFINED,
    )


def _konnectivity(site: Site) -> Template:
    container = Container(
        "konnectivity-agent",
        f"{MCR}/apiserver-network-proxy/agent:v0.31.4-4",
        requests=("20m", "20Mi"),
        limits=("1", "1Gi"),
        command=("/proxy-agent",),
        args=(
            "--logtostderr=true",
            "--ca-cert=/certs/ca.crt",
            "--agent-cert=/certs/client.crt",
            "--agent-key=/certs/client.key",
            f"--proxy-server-host={site.fqdn}",
            "--proxy-server-port=443",
            "--sync-interval=5s",
            "--sync-interval-cap=30s",
            "--probe-interval=5s",
            "--keepalive-time=30s",
            "--alpn-proto=konnectivity",
        ),
        env=(*host_env(site), shapes.from_field("POD_NAME", "metadata.name")),
        mounts=(shapes.mount("certs", "/certs", read_only=True),),
        probes={"livenessProbe": shapes.http_probe("/healthz", 8093, delay_s=15)},
        security=LOCKED | {"runAsUser": 65532, "runAsNonRoot": True},
    )
    return Template(
        {"app": "konnectivity-agent", **managed_by(component="tunnel")},
        (container,),
        volumes=(shapes.secret_volume("certs", "konnectivity-certs"),),
        account="konnectivity-agent",
        priority="system-node-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
        security=UNCONFINED,
    )


def _konnectivity_autoscaler() -> Template:
    container = Container(
        "autoscaler",
        f"{MCR}/autoscaler/cluster-proportional-autoscaler:v1.9.0-6",
        requests=("20m", "10Mi"),
        limits=("200m", "500Mi"),
        command=(
            "/cluster-proportional-autoscaler",
            "--namespace=kube-system",
            "--configmap=konnectivity-agent-autoscaler",
            "--target=deployment/konnectivity-agent",
            "--logtostderr=true",
            "--v=2",
        ),
        security=LOCKED,
    )
    return Template(
        {"app": "konnectivity-agent-autoscaler", **managed_by()},
        (container,),
        account="konnectivity-agent-autoscaler",
        priority="system-node-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
        security=UNCONFINED,
    )


def _metrics_server(site: Site) -> Template:
    nanny = Container(
        "metrics-server-vpa",
        f"{MCR}/autoscaler/addon-resizer:v1.8.23-6",
        requests=("5m", "30Mi"),
        limits=("100m", "300Mi"),
        command=(
            "/pod_nanny",
            "--config-dir=/etc/config",
            "--cpu=150m",
            "--extra-cpu=0.5m",
            "--memory=100Mi",
            "--extra-memory=4Mi",
            "--poll-period=180000",
            "--threshold=5",
            "--deployment=metrics-server",
            "--container=metrics-server",
        ),
        env=(
            shapes.from_field("MY_POD_NAME", "metadata.name"),
            shapes.from_field("MY_POD_NAMESPACE", "metadata.namespace"),
        ),
        mounts=(shapes.mount("metrics-server-config-volume", "/etc/config"),),
        security=LOCKED,
    )
    server = Container(
        "metrics-server",
        f"{MCR}/metrics-server/metrics-server:v0.7.2-16",
        ports=(shapes.port(4443, "https"),),
        requests=("153m", "124Mi"),
        limits=("153m", "124Mi"),
        command=(
            "/metrics-server",
            "--kubelet-insecure-tls",
            "--kubelet-preferred-address-types=InternalIP",
            "--secure-port=4443",
            "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        env=host_env(site),
        mounts=(shapes.mount("tmp-dir", "/tmp"),),
        probes={
            "livenessProbe": shapes.http_probe("/livez", 4443, scheme="HTTPS"),
            "readinessProbe": shapes.http_probe("/readyz", 4443, scheme="HTTPS", delay_s=20),
        },
        security=LOCKED | {"runAsUser": 1000, "runAsNonRoot": True},
    )
    return Template(
        {"k8s-app": "metrics-server", **managed_by()},
        (nanny, server),
        volumes=(
            shapes.config_map_volume("metrics-server-config-volume", "metrics-server-config"),
            shapes.empty_dir("tmp-dir"),
        ),
        account="metrics-server",
        priority="system-cluster-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
        security=UNCONFINED,
    )


def _system_daemon(name: str, template: Template, label: str = "") -> Workload:
    selector = dict(list(template.labels.items())[:1])
    return Workload(
        "DaemonSet",
        "kube-system",
        name,
        selector,
        template,
        labels=managed_by(**{"addonmanager.kubernetes.io/mode": "Reconcile"})
        | ({"k8s-app": label} if label else selector),
        writer=ADDON,
        created=840.0,
        rolled=21.0,
        revision=shapes.number(11, 44, name),
        surge=("50%", 0),
    )


def _kube_proxy(site: Site) -> Workload:
    image = f"{MCR}/kube-proxy:v{site.version}-1"
    mounts = (
        shapes.mount("kubeconfig", "/var/lib/kubelet", read_only=True),
        shapes.mount("kernel-modules", "/lib/modules", read_only=True),
        shapes.mount("iptableslock", "/run/xtables.lock"),
    )
    proxy = Container(
        "kube-proxy",
        image,
        requests=("100m", ""),
        command=(
            "kube-proxy",
            "--conntrack-max-per-core=0",
            "--metrics-bind-address=0.0.0.0:10249",
            "--kubeconfig=/var/lib/kubelet/kubeconfig",
            f"--cluster-cidr={site.pod_cidr or site.vnet_prefix}",
            "--detect-local-mode=ClusterCIDR",
            "--pod-interface-name-prefix=",
            "--v=3",
        ),
        mounts=mounts,
        security=PRIVILEGED,
    )
    template = Template(
        {"component": "kube-proxy", **managed_by(tier="node")},
        (proxy,),
        volumes=(
            shapes.host_path("kubeconfig", "/var/lib/kubelet"),
            shapes.host_path("iptableslock", "/run/xtables.lock", "FileOrCreate"),
            shapes.host_path("kernel-modules", "/lib/modules"),
        ),
        host_network=True,
        mounts_token=False,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
    )
    return _system_daemon("kube-proxy", template)


def _cloud_node_manager(site: Site) -> Workload:
    container = Container(
        "cloud-node-manager",
        f"{MCR}/azure-cloud-node-manager:v1.{site.minor}.8",
        requests=("50m", "50Mi"),
        limits=("", "512Mi"),
        command=("cloud-node-manager", "--node-name=$(NODE_NAME)", "--v=2"),
        env=(shapes.from_field("NODE_NAME", "spec.nodeName"),),
    )
    template = Template(
        {"k8s-app": "cloud-node-manager", **managed_by()},
        (container,),
        account="cloud-node-manager",
        host_network=True,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
    )
    return _system_daemon("cloud-node-manager", template)


def _csi(site: Site) -> Workload:
    socket = shapes.mount("socket-dir", "/csi")
    probe = Container(
        "liveness-probe",
        "mcr.microsoft.com/oss/v2/kubernetes-csi/livenessprobe:v2.15.0-8",
        requests=("10m", "20Mi"),
        limits=("", "100Mi"),
        args=("--csi-address=/csi/csi.sock", "--probe-timeout=3s", "--http-endpoint=localhost:29603", "--v=2"),
        mounts=(socket,),
    )
    registrar = Container(
        "node-driver-registrar",
        "mcr.microsoft.com/oss/v2/kubernetes-csi/csi-node-driver-registrar:v2.13.0-7",
        requests=("10m", "20Mi"),
        limits=("", "100Mi"),
        args=(
            "--csi-address=/csi/csi.sock",
            "--kubelet-registration-path=/var/lib/kubelet/plugins/disk.csi.azure.com/csi.sock",
            "--v=2",
        ),
        mounts=(socket, shapes.mount("registration-dir", "/registration")),
    )
    template = Template(
        {"app": "csi-azuredisk-node", **managed_by()},
        (probe, registrar, _csi_driver(site)),
        volumes=(
            shapes.host_path("socket-dir", "/var/lib/kubelet/plugins/disk.csi.azure.com", "DirectoryOrCreate"),
            shapes.host_path("mountpoint-dir", "/var/lib/kubelet/", "DirectoryOrCreate"),
            shapes.host_path("registration-dir", "/var/lib/kubelet/plugins_registry/", "DirectoryOrCreate"),
            shapes.host_path("device-dir", "/dev", "Directory"),
        ),
        account="csi-azuredisk-node-sa",
        host_network=True,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
        security=UNCONFINED,
    )
    return _system_daemon("csi-azuredisk-node", template)


def _csi_driver(site: Site) -> Container:
    release = f"v1.{site.minor}.9"
    return Container(
        "azuredisk",
        f"mcr.microsoft.com/oss/v2/kubernetes-csi/azuredisk-csi:{release}",
        requests=("10m", "20Mi"),
        limits=("", "1Gi"),
        args=(
            "--v=5",
            "--endpoint=$(CSI_ENDPOINT)",
            "--nodeid=$(KUBE_NODE_NAME)",
            "--metrics-address=localhost:29604",
            "--allow-empty-cloud-config=true",
        ),
        env=(
            shapes.value("CSI_ENDPOINT", "unix:///csi/csi.sock"),
            shapes.from_field("KUBE_NODE_NAME", "spec.nodeName"),
        ),
        mounts=(
            shapes.mount("socket-dir", "/csi"),
            shapes.mount("mountpoint-dir", "/var/lib/kubelet/", propagation="Bidirectional"),
            shapes.mount("device-dir", "/dev"),
        ),
        security=PRIVILEGED,
    )


def _ip_masq_agent() -> Workload:
    container = Container(
        "azure-ip-masq-agent",
        "mcr.microsoft.com/aks/ip-masq-agent-v2:v0.1.15-3",
        requests=("100m", "50Mi"),
        limits=("500m", "250Mi"),
        args=("--v=2", "--resync-interval=60", "--enable-ipv6=false"),
        mounts=(
            shapes.mount("azure-ip-masq-agent-config-volume", "/etc/config"),
            shapes.mount("iptableslock", "/run/xtables.lock"),
        ),
        security={"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}, "privileged": False},
    )
    sources: list[Json] = [
        {"configMap": {"name": name, "items": [{"key": key, "path": key, "mode": 444}], "optional": True}}
        for name, key in (
            ("azure-ip-masq-agent-config", "ip-masq-agent"),
            ("azure-ip-masq-agent-config-reconciled", "ip-masq-agent-reconciled"),
        )
    ]
    projected: Object = {
        "name": "azure-ip-masq-agent-config-volume",
        "projected": {"sources": sources, "defaultMode": 420},
    }
    template = Template(
        {"k8s-app": "azure-ip-masq-agent", **managed_by(tier="node")},
        (container,),
        volumes=(projected, shapes.host_path("iptableslock", "/run/xtables.lock", "FileOrCreate")),
        host_network=True,
        mounts_token=False,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
    )
    return _system_daemon("azure-ip-masq-agent", template)


def _cns() -> Workload:
    installer = Container(
        "cni-installer",
        "mcr.microsoft.com/containernetworking/azure-cni:v1.6.34",
        command=("/dropgz",),
        args=(
            "deploy",
            "--compression",
            "none",
            "azure-vnet",
            "-o",
            "/opt/cni/bin/azure-vnet",
            "azure-swift-overlay.conflist",
            "-o",
            "/etc/cni/net.d/15-azure-swift-overlay.conflist",
        ),
        mounts=(shapes.mount("cni-bin", "/opt/cni/bin"), shapes.mount("cni-conflist", "/etc/cni/net.d")),
    )
    container = Container(
        "cns-container",
        "mcr.microsoft.com/containernetworking/azure-cns:v1.6.34",
        ports=(shapes.port(10090, host_port=10090), shapes.port(10092, "metrics", host_port=10092)),
        requests=("40m", "250Mi"),
        limits=("2", "500Mi"),
        args=(
            "-c",
            "tcp://$(CNSIpAddress):$(CNSPort)",
            "-t",
            "$(CNSLogTarget)",
            "-o",
            "$(CNSLogDir)",
            "-storefilepath",
            "$(CNSStoreFilePath)",
            "-config-path",
            "/etc/azure-cns/cns_config.json",
        ),
        env=(
            shapes.value("CNSIpAddress", "127.0.0.1"),
            shapes.value("CNSPort", "10090"),
            shapes.value("CNSLogTarget", "stdoutfile"),
            shapes.value("CNSLogDir", "/var/log"),
            shapes.value("CNSStoreFilePath", "/var/lib/azure-network/"),
            shapes.from_field("NODENAME", "spec.nodeName"),
            shapes.from_field("NODE_IP", "status.hostIP"),
        ),
        mounts=(
            shapes.mount("log", "/var/log"),
            shapes.mount("cns-state", "/var/lib/azure-network"),
            shapes.mount("cns-config", "/etc/azure-cns"),
            shapes.mount("cni-bin", "/opt/cni/bin"),
        ),
        probes={
            "livenessProbe": shapes.http_probe("/healthz", 10092, period_s=20),
            "readinessProbe": shapes.http_probe("/readyz", 10092),
        },
        security={"capabilities": {"add": ["NET_ADMIN"]}, "privileged": True},
    )
    template = Template(
        {"k8s-app": "azure-cns", **managed_by()},
        (container,),
        init=(installer,),
        volumes=(
            shapes.host_path("log", "/var/log", "Directory"),
            shapes.host_path("cns-state", "/var/lib/azure-network", "DirectoryOrCreate"),
            shapes.host_path("cni-bin", "/opt/cni/bin", "DirectoryOrCreate"),
            shapes.host_path("cni-conflist", "/etc/cni/net.d", "DirectoryOrCreate"),
            shapes.config_map_volume("cns-config", "cns-config"),
        ),
        account="azure-cns",
        host_network=True,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
    )
    return _system_daemon("azure-cns", template)


def _npm(site: Site) -> Workload:
    container = Container(
        "azure-npm",
        "mcr.microsoft.com/containernetworking/azure-npm:v1.6.31",
        ports=(shapes.port(10091, "metrics", host_port=10091),),
        requests=("50m", "20Mi"),
        limits=("250m", "1000Mi"),
        command=("azure-npm", "start", "--kubeconfig=/var/lib/kubelet/kubeconfig"),
        env=(
            *host_env(site),
            shapes.from_field("HOSTNAME", "spec.nodeName"),
            shapes.value("NPM_CONFIG", "/etc/azure-npm/azure-npm.json"),
        ),
        mounts=(
            shapes.mount("log", "/var/log"),
            shapes.mount("xtables-lock", "/run/xtables.lock"),
            shapes.mount("protocols", "/etc/protocols"),
            shapes.mount("azure-npm-config", "/etc/azure-npm"),
        ),
        security={"privileged": False, "capabilities": {"add": ["NET_ADMIN"]}, "readOnlyRootFilesystem": True},
    )
    template = Template(
        {"k8s-app": "azure-npm", **managed_by()},
        (container,),
        volumes=(
            shapes.host_path("log", "/var/log", "Directory"),
            shapes.host_path("xtables-lock", "/run/xtables.lock", "File"),
            shapes.host_path("protocols", "/etc/protocols", "File"),
            shapes.config_map_volume("azure-npm-config", "azure-npm-config"),
        ),
        account="azure-npm",
        host_network=True,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=LINUX_NODES,
    )
    return _system_daemon("azure-npm", template)


def _windows_daemons(site: Site) -> Iterator[Workload]:
    yield _windows_daemon("cloud-node-manager-windows", f"{MCR}/azure-cloud-node-manager:v1.{site.minor}.8", site)
    driver = f"mcr.microsoft.com/oss/v2/kubernetes-csi/azuredisk-csi:v1.{site.minor}.9-windows-hp"
    yield _windows_daemon("csi-azuredisk-node-win", driver, site)
    if site.policy == "azure":
        yield _windows_daemon("azure-npm-win", "mcr.microsoft.com/containernetworking/azure-npm:v1.5.50", site)


def _windows_daemon(name: str, image: str, site: Site) -> Workload:
    container = Container(
        name.removesuffix("-win").removesuffix("-windows"),
        image,
        requests=("50m", "100Mi"),
        limits=("", "600Mi"),
        command=("powershell.exe", "-command", f".\\{name.partition('-')[0]}.exe", "--v=2"),
        env=(shapes.from_field("NODE_NAME", "spec.nodeName"),),
    )
    host_process: Object = {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}}
    template = Template(
        {"k8s-app": name, **managed_by()},
        (container,),
        account=name,
        host_network=True,
        priority="system-node-critical",
        node_selector={"kubernetes.io/os": "windows"},
        tolerations=EVERYWHERE,
        security=host_process,
    )
    return _system_daemon(name, template)


def system_services(site: Site) -> Iterator[Service]:
    """The Services of AKS itself."""
    base = IPv4Network(site.service_cidr).network_address
    yield Service(
        "default",
        "kubernetes",
        {},
        (ServicePort(443, 443, "https"),),
        str(base + 1),
        labels={"component": "apiserver", "provider": "kubernetes"},
        writer=Writer("kube-apiserver"),
        created=site.created,
    )
    yield Service(
        "kube-system",
        "kube-dns",
        {"k8s-app": "kube-dns"},
        (ServicePort(53, 53, "dns", "UDP"), ServicePort(53, 53, "dns-tcp")),
        site.dns_ip,
        labels=managed_by(
            **{"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
        ),
        writer=ADDON,
        created=site.created - 0.004,
    )
    yield Service(
        "kube-system",
        "metrics-server",
        {"k8s-app": "metrics-server"},
        (ServicePort(443, "https"),),
        cluster_ip(site, "kube-system", "metrics-server"),
        labels=managed_by(**{"kubernetes.io/cluster-service": "true", "kubernetes.io/name": "Metrics-server"}),
        writer=ADDON,
        created=site.created - 0.004,
    )
    if site.policy == "azure":
        yield Service(
            "kube-system",
            "npm-metrics-cluster-service",
            {"k8s-app": "azure-npm"},
            (ServicePort(9000, 10091, "metrics"),),
            cluster_ip(site, "kube-system", "npm-metrics-cluster-service"),
            labels=managed_by(app="npm-metrics"),
            writer=ADDON,
            created=site.created - 0.004,
        )


def system_budgets(site: Site) -> Iterator[Budget]:
    """The PodDisruptionBudgets of AKS itself."""
    rows = (
        ("coredns-pdb", {"k8s-app": "kube-dns"}, 1),
        ("konnectivity-agent", {"app": "konnectivity-agent"}, 1),
        ("metrics-server-pdb", {"k8s-app": "metrics-server"}, 1),
    )
    labels = managed_by(**{"addonmanager.kubernetes.io/mode": "Reconcile"})
    for name, selector, least in rows:
        yield Budget("kube-system", name, selector, least, labels=labels, writer=ADDON, created=site.created - 0.004)


def konnectivity_policy(site: Site) -> Policy:
    """The NetworkPolicy that every AKS cluster has."""
    spec: Object = {
        "podSelector": {"matchLabels": {"app": "konnectivity-agent"}},
        "egress": [{}],
        "policyTypes": ["Egress"],
    }
    labels = managed_by(**{"addonmanager.kubernetes.io/mode": "Reconcile"})
    return Policy("kube-system", "konnectivity-agent", spec, labels, ADDON, site.created - 0.004)


def system_config_maps(site: Site) -> Iterator[ConfigMap]:
    """The ConfigMaps of kube-system that every cluster has, but for ip-masq."""
    since = site.created
    yield ConfigMap("cluster-autoscaler-status", {"status": ""}, {}, Writer("cluster-autoscaler"), since)
    yield ConfigMap("coredns", {"Corefile": ""}, managed_by(**{"k8s-app": "kube-dns"}), ADDON, since)
    yield ConfigMap(
        "coredns-autoscaler", {"ladder": ""}, managed_by(), Writer("cluster-proportional-autoscaler"), since
    )
    yield ConfigMap("coredns-custom", {"placeholder.override": ""}, managed_by(), ADDON, since)
    yield ConfigMap(
        "extension-apiserver-authentication",
        {"client-ca-file": "", "requestheader-client-ca-file": ""},
        {},
        Writer("kube-apiserver"),
        since,
    )
    yield ConfigMap("konnectivity-agent-autoscaler", {"linear": ""}, managed_by(), ADDON, 300.0)
    yield ConfigMap(
        "kube-apiserver-legacy-service-account-token-tracking", {"since": ""}, {}, Writer("kube-apiserver"), since
    )
    yield ConfigMap("kube-root-ca.crt", {"ca.crt": ""}, {}, Writer("kube-controller-manager"), since)
    yield ConfigMap("metrics-server-config", {"NannyConfiguration": ""}, managed_by(), ADDON, since)
    if site.overlay:
        yield ConfigMap("cns-config", {"cns_config.json": ""}, managed_by(), ADDON, since)
        yield ConfigMap("cns-win-config", {"cns_config.json": ""}, managed_by(), ADDON, since)
    if site.policy == "azure":
        yield ConfigMap("azure-npm-config", {"azure-npm.json": NPM_CONFIG}, managed_by(), ADDON, since)


NPM_CONFIG = json.dumps(
    {
        "ResyncPeriodInMinutes": 15,
        "ListeningPort": 10091,
        "ListeningAddress": "0.0.0.0",
        "NetPolInvervalInMilliseconds": 500,
        "MaxPendingNetPols": 100,
        "Toggles": {
            "EnablePrometheusMetrics": True,
            "EnablePprof": False,
            "EnableHTTPDebugAPI": True,
            "EnableV2NPM": True,
            "PlaceAzureChainFirst": False,
            "ApplyIPSetsOnNeed": False,
            "NetPolInBackground": True,
        },
    },
    indent=4,
)


def reconciled_masquerade(cidrs: Sequence[str]) -> ConfigMap:
    """The ip-masq map that AKS reconciles."""
    lines = "\n".join(f"  - {cidr}" for cidr in cidrs)
    return ConfigMap(
        "azure-ip-masq-agent-config-reconciled",
        {"ip-masq-agent-reconciled": f"nonMasqueradeCIDRs:\n{lines}\nmasqLinkLocal: true"},
        {
            "addonmanager.kubernetes.io/mode": "Reconcile",
            "component": "ip-masq-agent",
            "kubernetes.io/cluster-service": "true",
        },
    )


def cluster_ip(site: Site, namespace: str, name: str) -> str:
    """The ClusterIP of a Service: a digest, clear of the first addresses."""
    network = IPv4Network(site.service_cidr)
    return str(network.network_address + shapes.number(300, network.num_addresses - 2, site.name, namespace, name))


def helm_labels(name: str, chart: str = "", version: str = "", component: str = "") -> dict[str, str]:
    """The labels that a Helm chart writes."""
    labels = {
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": name,
    }
    if component:
        labels["app.kubernetes.io/component"] = component
    if chart:
        labels |= {"helm.sh/chart": chart, "app.kubernetes.io/version": version}
    return labels


def release(namespace: str, name: str) -> dict[str, str]:
    """The annotations of a Helm release."""
    return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}


NON_ROOT: Mapping[str, Json] = {
    "runAsUser": 10001,
    "runAsNonRoot": True,
    "fsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def zone_spread(selector: Mapping[str, str]) -> tuple[Object, ...]:
    """A soft spread over zones."""
    return (
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(selector)},
        },
    )


@dataclass(frozen=True, slots=True)
class Tool:
    """A Deployment of a platform tool with one container."""

    namespace: str
    name: str
    container: Container
    chart: str
    version: str
    replicas: int = 2
    volumes: tuple[Object, ...] = ()
    instance: str = ""
    component: str = ""

    def workload(self) -> Workload:
        """The Deployment."""
        instance = self.instance or self.name
        selector = {"app.kubernetes.io/instance": instance, "app.kubernetes.io/name": self.name}
        if self.component:
            selector["app.kubernetes.io/component"] = self.component
        full = helm_labels(self.name, self.chart, self.version, self.component) | {
            "app.kubernetes.io/instance": instance
        }
        template = Template(
            full,
            (self.container,),
            volumes=self.volumes,
            account=self.name,
            security={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            spread=zone_spread(selector),
        )
        return Workload(
            "Deployment",
            self.namespace,
            self.name,
            selector,
            template,
            self.replicas,
            labels=full,
            annotations=release(self.namespace, instance),
            created=420.0,
            rolled=33.0,
            revision=shapes.number(2, 9, self.namespace, self.name),
        )


def ingress_nginx(
    site: Site, *, replicas: int, external_policy: str, address: str
) -> tuple[list[Workload], list[Service]]:
    """The community ingress controller with its admission webhook."""
    labels = helm_labels("ingress-nginx", "ingress-nginx-4.12.1", "1.12.1", "controller")
    selector = {key: labels[key] for key in labels if key.endswith(("/component", "/instance", "/name"))}
    container = Container(
        "controller",
        "registry.k8s.io/ingress-nginx/controller:v1.12.1",
        ports=(
            shapes.port(80, "http"),
            shapes.port(443, "https"),
            shapes.port(8443, "webhook"),
            shapes.port(10254, "metrics"),
        ),
        requests=("250m", "384Mi"),
        limits=("", "1Gi"),
        args=(
            "/nginx-ingress-controller",
            "--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller",
            "--election-id=ingress-nginx-leader",
            "--controller-class=k8s.io/ingress-nginx",
            "--ingress-class=nginx",
            "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller",
            "--validating-webhook=:8443",
            "--validating-webhook-certificate=/usr/local/certificates/cert",
            "--validating-webhook-key=/usr/local/certificates/key",
        ),
        env=(
            shapes.from_field("POD_NAME", "metadata.name"),
            shapes.from_field("POD_NAMESPACE", "metadata.namespace"),
            shapes.value("LD_PRELOAD", "/usr/local/lib/libmimalloc.so"),
        ),
        mounts=(shapes.mount("webhook-cert", "/usr/local/certificates/", read_only=True),),
        probes={
            "livenessProbe": shapes.http_probe("/healthz", 10254, delay_s=10),
            "readinessProbe": shapes.http_probe("/healthz", 10254, delay_s=10),
        },
        lifecycle={"preStop": {"exec": {"command": ["/wait-shutdown"]}}},
        security={
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "runAsUser": 101,
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
        },
    )
    template = Template(
        labels,
        (container,),
        volumes=(shapes.secret_volume("webhook-cert", "ingress-nginx-admission"),),
        account="ingress-nginx",
        grace_s=300,
        node_selector={"kubernetes.io/os": "linux"},
        spread=zone_spread(selector),
    )
    work = Workload(
        "Deployment",
        "ingress-nginx",
        "ingress-nginx-controller",
        selector,
        template,
        replicas,
        labels=labels,
        annotations=release("ingress-nginx", "ingress-nginx"),
        created=410.0,
        rolled=41.0,
        revision=6,
    )
    return [work], _nginx_services(site, labels, selector, (external_policy, address))


def _nginx_services(
    site: Site, labels: Mapping[str, str], selector: Mapping[str, str], outside: tuple[str, str]
) -> list[Service]:
    external_policy, address = outside
    inside = IPv4Address(address) in IPv4Network(site.vnet_prefix)
    internal = {f"{AZURE_BALANCER}-internal": "true"} if inside else {}
    name = "ingress-nginx-controller"
    local = external_policy == "Local"
    balancer = Service(
        "ingress-nginx",
        name,
        selector,
        (
            ServicePort(80, "http", "http", app_protocol="http", node_port=shapes.number(30000, 32767, site.name, 80)),
            ServicePort(
                443, "https", "https", app_protocol="https", node_port=shapes.number(30000, 32767, site.name, 443)
            ),
        ),
        cluster_ip(site, "ingress-nginx", name),
        labels=labels,
        annotations=release("ingress-nginx", "ingress-nginx")
        | {f"{AZURE_BALANCER}-health-probe-request-path": "/healthz"}
        | internal,
        kind="LoadBalancer",
        external_policy=external_policy,
        load_balancer_ip=address,
        health_port=shapes.number(30000, 32767, site.name, "health") if local else 0,
        created=410.0,
    )
    admission = Service(
        "ingress-nginx",
        f"{name}-admission",
        selector,
        (ServicePort(443, "webhook", "https-webhook", app_protocol="https"),),
        cluster_ip(site, "ingress-nginx", f"{name}-admission"),
        labels=labels,
        annotations=release("ingress-nginx", "ingress-nginx"),
        created=410.0,
    )
    return [balancer, admission]


def nginx_webhook(site: Site) -> Object:
    """The validating webhook of ingress-nginx."""
    labels = helm_labels("ingress-nginx", "ingress-nginx-4.12.1", "1.12.1", "admission-webhook")
    meta = Meta(
        site.name,
        "ValidatingWebhookConfiguration",
        "ingress-nginx-admission",
        created=410.0,
        changed=41.0,
        labels=labels,
        annotations=release("ingress-nginx", "ingress-nginx"),
        generation=2,
    )
    hook = Hook(
        "validate.nginx.ingress.kubernetes.io",
        ("ingress-nginx", "ingress-nginx-controller-admission", "/networking/v1/ingresses", 443),
        (shapes.webhook_rule("networking.k8s.io", "v1", "ingresses"),),
    )
    return shapes.webhook_object(meta, [hook])


def aks_webhooks(site: Site) -> tuple[Object, Object]:
    """The webhooks by which AKS guards its own nodes."""
    control_plane = shapes.digest("resource", site.name).hex()[:24]
    made = []
    for kind in ("validating", "mutating"):
        meta = Meta(
            site.name,
            f"{kind.title()}WebhookConfiguration",
            f"aks-node-{kind}-webhook",
            created=site.created - 0.003,
            changed=21.0,
            labels=managed_by(**{"admissions.enforcer/disabled": "true", "kubernetes.io/cluster-service": "true"}),
            generation=4,
        )
        hook = Hook(
            f"aks-node-{kind}-webhook.azmk8s.io",
            None,
            (shapes.webhook_rule("core", "v1", "nodes", "CREATE UPDATE DELETE"),),
            failure="Ignore",
            url=f"https://admissionsenforcer.{control_plane}.svc.cluster.local:9443/node-{kind}",
            timeout_s=3,
        )
        made.append(shapes.webhook_object(meta, [hook], ADDON))
    return made[0], made[1]


def prometheus_stack(site: Site, *, kube_proxy: bool) -> tuple[list[Workload], list[Service]]:
    """kube-prometheus-stack: operator, Prometheus, Alertmanager, exporters."""
    works = [
        _prometheus_operator(),
        _state_metrics(),
        _prometheus(site),
        _alertmanager(site),
        _node_exporter(),
    ]
    services = [
        _stack_service(site, "kube-prometheus-stack-operator", works[0].selector, ServicePort(443, "https", "https")),
        _stack_service(
            site, "kube-prometheus-stack-kube-state-metrics", works[1].selector, ServicePort(8080, "http", "http")
        ),
        _stack_service(
            site, "kube-prometheus-stack-prometheus", works[2].selector, ServicePort(9090, 9090, "http-web")
        ),
        _stack_service(
            site, "prometheus-operated", works[2].selector, ServicePort(9090, "http-web", "http-web"), headless=True
        ),
        _stack_service(
            site, "alertmanager-operated", works[3].selector, ServicePort(9093, "http-web", "http-web"), headless=True
        ),
        _stack_service(
            site,
            "kube-prometheus-stack-prometheus-node-exporter",
            works[4].selector,
            ServicePort(9100, 9100, "http-metrics"),
        ),
    ]
    services.append(_scraped_service(site, "coredns", {"k8s-app": "kube-dns"}, 9153))
    if kube_proxy:
        services.append(_scraped_service(site, "kube-proxy", {"component": "kube-proxy"}, 10249))
    return works, services


def _stack_labels(app: str) -> dict[str, str]:
    return {
        "app": app,
        "app.kubernetes.io/instance": "kube-prometheus-stack",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": "kube-prometheus-stack",
        "app.kubernetes.io/version": "72.6.2",
        "chart": "kube-prometheus-stack-72.6.2",
        "heritage": "Helm",
        "release": "kube-prometheus-stack",
    }


def _stack_service(
    site: Site, name: str, selector: Mapping[str, str], port: ServicePort, *, headless: bool = False
) -> Service:
    return Service(
        "monitoring",
        name,
        selector,
        (port,),
        "None" if headless else cluster_ip(site, "monitoring", name),
        labels={"operated-prometheus": "true"} if name == "prometheus-operated" else _stack_labels(name),
        annotations={} if headless else release("monitoring", "kube-prometheus-stack"),
        writer=Writer("PrometheusOperator") if headless else HELM,
        created=390.0,
    )


def _scraped_service(site: Site, part: str, selector: Mapping[str, str], port_number: int) -> Service:
    name = f"kube-prometheus-stack-{part}"
    return Service(
        "kube-system",
        name,
        selector,
        (ServicePort(port_number, port_number, "http-metrics"),),
        "None",
        labels=_stack_labels(name) | {"jobLabel": part},
        annotations=release("monitoring", "kube-prometheus-stack"),
        created=390.0,
    )


def _stack_work(kind: str, name: str, container: Container, selector: Mapping[str, str], replicas: int) -> Workload:
    template = Template(
        {**selector, **_stack_labels(selector["app.kubernetes.io/name"])},
        (container,),
        account=name,
        volumes=(shapes.secret_volume("tls-secret", "kube-prometheus-stack-admission"),),
        security={"runAsUser": 65534, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    )
    return Workload(
        kind,
        "monitoring",
        name,
        selector,
        template,
        replicas,
        labels=_stack_labels(selector["app.kubernetes.io/name"]),
        annotations=release("monitoring", "kube-prometheus-stack"),
        created=390.0,
        rolled=30.0,
        revision=7,
    )


def _stack_selector(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": "kube-prometheus-stack", "app.kubernetes.io/name": name}


def _prometheus_operator() -> Workload:
    container = Container(
        "kube-prometheus-stack",
        "quay.io/prometheus-operator/prometheus-operator:v0.82.2",
        ports=(shapes.port(10250, "https"),),
        requests=("50m", "128Mi"),
        limits=("", "256Mi"),
        args=(
            "--kubelet-service=kube-system/kube-prometheus-stack-kubelet",
            "--prometheus-config-reloader=quay.io/prometheus-operator/prometheus-config-reloader:v0.82.2",
            "--web.enable-tls=true",
            "--web.listen-address=:10250",
        ),
        mounts=(shapes.mount("tls-secret", "/cert", read_only=True),),
        security=LOCKED,
    )
    return _stack_work("Deployment", "kube-prometheus-stack-operator", container, _stack_selector("operator"), 2)


def _state_metrics() -> Workload:
    container = Container(
        "kube-state-metrics",
        "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0",
        ports=(shapes.port(8080, "http"),),
        requests=("20m", "128Mi"),
        limits=("", "512Mi"),
        args=(
            "--port=8080",
            "--resources=cronjobs,daemonsets,deployments,jobs,nodes,pods,replicasets,services,statefulsets",
        ),
        probes={
            "livenessProbe": shapes.http_probe("/livez", 8080),
            "readinessProbe": shapes.http_probe("/readyz", 8080),
        },
        security=LOCKED,
    )
    selector = _stack_selector("kube-state-metrics")
    return _stack_work("Deployment", "kube-prometheus-stack-kube-state-metrics", container, selector, 2)


def _prometheus(site: Site) -> Workload:
    container = Container(
        "prometheus",
        "quay.io/prometheus/prometheus:v3.3.1",
        ports=(shapes.port(9090, "http-web"),),
        requests=("500m", "2Gi"),
        limits=("", "4Gi"),
        args=(
            "--config.file=/etc/prometheus/config_out/prometheus.env.yaml",
            "--web.enable-lifecycle",
            "--web.route-prefix=/",
            "--storage.tsdb.retention.time=15d",
            "--storage.tsdb.path=/prometheus",
        ),
        mounts=(shapes.mount(_PROMETHEUS_CLAIM, "/prometheus", sub_path="prometheus-db"),),
        probes={
            "livenessProbe": shapes.http_probe("/-/healthy", "http-web", period_s=5),
            "readinessProbe": shapes.http_probe("/-/ready", "http-web", period_s=5),
        },
        security=LOCKED,
    )
    return _operated(site, "prometheus", container, _PROMETHEUS_CLAIM, 128)


_PROMETHEUS_CLAIM = "prometheus-kube-prometheus-stack-prometheus-db"
_ALERTMANAGER_CLAIM = "alertmanager-kube-prometheus-stack-alertmanager-db"


def _alertmanager(site: Site) -> Workload:
    container = Container(
        "alertmanager",
        "quay.io/prometheus/alertmanager:v0.28.1",
        ports=(shapes.port(9093, "http-web"), shapes.port(9094, "mesh-tcp"), shapes.port(9094, "mesh-udp", "UDP")),
        requests=("20m", "200Mi"),
        args=(
            "--config.file=/etc/alertmanager/config_out/alertmanager.env.yaml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=[$(POD_IP)]:9094",
        ),
        env=(shapes.from_field("POD_IP", "status.podIP"),),
        mounts=(shapes.mount(_ALERTMANAGER_CLAIM, "/alertmanager", sub_path="alertmanager-db"),),
        probes={"readinessProbe": shapes.http_probe("/-/ready", "http-web", delay_s=3, period_s=5)},
        security=LOCKED,
    )
    return _operated(site, "alertmanager", container, _ALERTMANAGER_CLAIM, 8)


def _operated(site: Site, name: str, container: Container, claim: str, gib: int) -> Workload:
    full = f"{name}-kube-prometheus-stack-{name}"
    selector = {
        "app.kubernetes.io/instance": f"kube-prometheus-stack-{name}",
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": name,
        name: f"kube-prometheus-stack-{name}",
    }
    template = Template(
        selector,
        (container,),
        account=f"kube-prometheus-stack-{name}",
        annotations={"kubectl.kubernetes.io/default-container": name},
        grace_s=600 if name == "prometheus" else 120,
        security={"runAsUser": 1000, "runAsGroup": 2000, "runAsNonRoot": True, "fsGroup": 2000},
    )
    return Workload(
        "StatefulSet",
        "monitoring",
        full,
        selector,
        template,
        2,
        labels=_stack_labels(f"kube-prometheus-stack-{name}"),
        writer=Writer("PrometheusOperator"),
        created=390.0,
        rolled=30.0,
        revision=5,
        owners=(_operator_owner(site, name),),
        claims=(shapes.claim_template(claim, gib, "managed-csi-premium-zrs"),),
        service=f"{name}-operated",
    )


def _operator_owner(site: Site, name: str) -> Object:
    meta = Meta(site.name, name.title(), f"kube-prometheus-stack-{name}", "monitoring")
    return shapes.owner(meta, "monitoring.coreos.com/v1")


def _node_exporter() -> Workload:
    selector = _stack_selector("prometheus-node-exporter")
    container = Container(
        "node-exporter",
        "quay.io/prometheus/node-exporter:v1.9.1",
        ports=(shapes.port(9100, "http-metrics", host_port=9100),),
        requests=("20m", "32Mi"),
        limits=("", "128Mi"),
        args=(
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host/root",
            "--web.listen-address=[$(HOST_IP)]:9100",
        ),
        env=(shapes.value("HOST_IP", "0.0.0.0"),),
        mounts=(
            shapes.mount("proc", "/host/proc", read_only=True),
            shapes.mount("sys", "/host/sys", read_only=True),
            shapes.mount("root", "/host/root", read_only=True, propagation="HostToContainer"),
        ),
        probes={"livenessProbe": shapes.http_probe("/", 9100), "readinessProbe": shapes.http_probe("/", 9100)},
        security={"readOnlyRootFilesystem": True},
    )
    template = Template(
        {
            **selector,
            "app.kubernetes.io/component": "metrics",
            "jobLabel": "node-exporter",
            "release": "kube-prometheus-stack",
        },
        (container,),
        volumes=(shapes.host_path("proc", "/proc"), shapes.host_path("sys", "/sys"), shapes.host_path("root", "/")),
        account="kube-prometheus-stack-prometheus-node-exporter",
        mounts_token=False,
        host_network=True,
        node_selector={"kubernetes.io/os": "linux"},
        tolerations=(shapes.toleration(effect="NoSchedule"), CRITICAL),
        security={"runAsUser": 65534, "runAsGroup": 65534, "runAsNonRoot": True, "fsGroup": 65534},
    )
    return Workload(
        "DaemonSet",
        "monitoring",
        "kube-prometheus-stack-prometheus-node-exporter",
        selector,
        template,
        labels=_stack_labels("prometheus-node-exporter"),
        annotations=release("monitoring", "kube-prometheus-stack"),
        created=390.0,
        rolled=30.0,
        revision=4,
    )


def service_monitor(site: Site, name: str, namespace: str, selector: Mapping[str, str], endpoint: Object) -> Object:
    """A ServiceMonitor of kube-prometheus-stack; it selects Services of the namespace."""
    meta = Meta(
        site.name,
        "ServiceMonitor",
        f"kube-prometheus-stack-{name}",
        "monitoring",
        created=390.0,
        changed=30.0,
        labels=_stack_labels(f"kube-prometheus-stack-{name}"),
        annotations=release("monitoring", "kube-prometheus-stack"),
        generation=2,
    )
    spec: Object = {
        "endpoints": [endpoint],
        "jobLabel": "jobLabel",
        "namespaceSelector": {"matchNames": [namespace]},
        "selector": {"matchLabels": dict(selector)},
    }
    return shapes.custom_object(meta, "monitoring.coreos.com/v1", spec)


def prometheus_rule(site: Site, name: str, rules: Sequence[tuple[str, str, str]]) -> Object:
    """A PrometheusRule of alerts: name, expression and summary."""
    meta = Meta(
        site.name,
        "PrometheusRule",
        f"kube-prometheus-stack-{name}",
        "monitoring",
        created=390.0,
        changed=30.0,
        labels=_stack_labels("kube-prometheus-stack"),
        annotations=release("monitoring", "kube-prometheus-stack"),
        generation=2,
    )
    alerts: list[Json] = [
        {
            "alert": alert,
            "annotations": {"summary": summary},
            "expr": expression,
            "for": "15m",
            "labels": {"severity": "critical" if alert.endswith("Down") else "warning"},
        }
        for alert, expression, summary in rules
    ]
    spec: Object = {"groups": [{"name": name, "rules": alerts}]}
    return shapes.custom_object(meta, "monitoring.coreos.com/v1", spec)


NODE_ALERTS = (
    (
        "NodeFilesystemAlmostOutOfSpace",
        'node_filesystem_avail_bytes{job="node-exporter"} / node_filesystem_size_bytes{job="node-exporter"} < 0.05',
        "Filesystem has less than 5% space left.",
    ),
    (
        "NodeHighNumberConntrackEntriesUsed",
        '(node_nf_conntrack_entries{job="node-exporter"} / node_nf_conntrack_entries_limit) > 0.75',
        "Number of conntrack entries is getting close to the limit.",
    ),
)
APP_ALERTS = (
    (
        "KubePodCrashLooping",
        'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
        "Pod is crash looping.",
    ),
    (
        "KubeDeploymentReplicasMismatch",
        "kube_deployment_spec_replicas > kube_deployment_status_replicas_available",
        "Deployment has not matched the expected number of replicas.",
    ),
)
MONITORING_RESOURCES = (
    Resource("Alertmanager", "alertmanagers", True, ("am",), ("prometheus-operator",), True),
    Resource("PodMonitor", "podmonitors", True, ("pmon",), ("prometheus-operator",), True),
    Resource("Probe", "probes", True, ("prb",), ("prometheus-operator",), True),
    Resource("Prometheus", "prometheuses", True, ("prom",), ("prometheus-operator",), True),
    Resource("PrometheusRule", "prometheusrules", True, ("promrule",), ("prometheus-operator",), True),
    Resource("ServiceMonitor", "servicemonitors", True, ("smon",), ("prometheus-operator",), True),
    Resource("ThanosRuler", "thanosrulers", True, ("ruler",), ("prometheus-operator",), True),
)


def monitoring_group(site: Site, *, kube_proxy: bool) -> CustomGroup:
    """monitoring.coreos.com with the monitors and rules of the stack."""
    http: Object = {"port": "http-metrics"}
    monitors = [
        service_monitor(site, "coredns", "kube-system", {"app": "kube-prometheus-stack-coredns"}, http),
        service_monitor(
            site, "node-exporter", "monitoring", {"app": "kube-prometheus-stack-prometheus-node-exporter"}, http
        ),
        service_monitor(site, "operator", "monitoring", {"app": "kube-prometheus-stack-operator"}, {"port": "https"}),
        service_monitor(
            site, "prometheus", "monitoring", {"app": "kube-prometheus-stack-prometheus"}, {"port": "http-web"}
        ),
    ]
    rules = [
        prometheus_rule(site, "kubernetes-apps", APP_ALERTS),
        prometheus_rule(site, "node-exporter", NODE_ALERTS),
    ]
    if kube_proxy:
        proxy = {"app": "kube-prometheus-stack-kube-proxy", "release": "kube-prometheus-stack"}
        monitors.append(service_monitor(site, "kube-proxy", "kube-system", proxy, http))
        rules.append(prometheus_rule(site, "kubernetes-system-kube-proxy", PROXY_ALERTS))
    return CustomGroup(
        "monitoring.coreos.com",
        "v1",
        MONITORING_RESOURCES,
        ("podmonitors", "servicemonitors", "prometheusrules"),
        {"servicemonitors": tuple(monitors), "prometheusrules": tuple(rules)},
    )


PROXY_ALERTS = (
    ("KubeProxyDown", 'absent(up{job="kube-proxy"} == 1)', "Target disappeared from Prometheus target discovery."),
    (
        "KubeProxySlowSync",
        "histogram_quantile(0.99, rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[5m])) > 5",
        "Service rules are programmed slowly.",
    ),
    (
        "KubeProxyLastSyncStale",
        "time() - kubeproxy_sync_proxy_rules_last_timestamp_seconds > 900",
        "kube-proxy has not written its rules for 15 minutes.",
    ),
)


def namespaces(teams: Mapping[str, str], platform: Iterable[str]) -> dict[str, dict[str, str]]:
    """Every namespace with its labels: business ones carry their team."""
    made: dict[str, dict[str, str]] = {name: {} for name in ("default", "kube-node-lease", "kube-public")}
    made["kube-system"] = managed_by(**{"kubernetes.io/cluster-service": "true"})
    made |= {name: {"app.kubernetes.io/part-of": "platform"} for name in platform}
    enforce = {"pod-security.kubernetes.io/enforce": "baseline"}
    made |= {name: {"team": team, "environment": "prod", **enforce} for name, team in teams.items()}
    return made


@dataclass(frozen=True, slots=True)
class App:
    """One business service: a Deployment with a ClusterIP Service."""

    namespace: str
    name: str
    stack: str
    replicas: int = 2
    port: int = 8080
    named: bool = False
    """Whether the Service speaks of its target port by name."""
    memory: str = "512Mi"
    served: bool = True
    """False: a worker without a Service."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The common traits of one company's charts."""

    registry: str
    tag: str
    writer: Writer
    part_of: str
    plain: bool = False
    """Whether pods carry a bare `app` label instead of the recommended ones."""


@dataclass(frozen=True, slots=True)
class Stack:
    """How services of one language are run."""

    live: str
    """Path of the liveness probe; empty is none."""
    ready: str
    env: tuple[str, str]
    configured: bool = False
    """Whether a ConfigMap and the API token are mounted."""
    delay_s: int = 5


STACKS = {
    "java": Stack(
        "/actuator/health/liveness",
        "/actuator/health/readiness",
        ("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError"),
        configured=True,
        delay_s=20,
    ),
    "dotnet": Stack("/health/live", "/health/ready", ("ASPNETCORE_ENVIRONMENT", "Production"), configured=True),
    "go": Stack("", "/readyz", ("GOMEMLIMIT", "400MiB")),
    "node": Stack("", "/healthz", ("NODE_ENV", "production")),
    "python": Stack("", "/health", ("WEB_CONCURRENCY", "4")),
}


def app_labels(app: App, estate: Estate) -> dict[str, str]:
    """The labels of a business service."""
    if estate.plain:
        return {"app": app.name, "system": estate.part_of}
    return {
        "app.kubernetes.io/name": app.name,
        "app.kubernetes.io/instance": app.name,
        "app.kubernetes.io/part-of": estate.part_of,
        "app.kubernetes.io/managed-by": "Helm" if estate.writer is HELM else "argocd",
    }


def app_selector(name: str) -> dict[str, str]:
    """The selector of what a Helm chart with the recommended labels runs."""
    return {"app.kubernetes.io/instance": name, "app.kubernetes.io/name": name}


def selector_of(app: App, estate: Estate) -> dict[str, str]:
    """The selector of a business service."""
    return {"app": app.name} if estate.plain else app_selector(app.name)


def app_workload(app: App, estate: Estate) -> Workload:
    """The Deployment of a business service."""
    labels = app_labels(app, estate)
    config = (shapes.config_map_volume("config", f"{app.name}-config"),) if STACKS[app.stack].configured else ()
    template = Template(
        labels,
        (_app_container(app, estate),),
        volumes=config,
        account=app.name,
        mounts_token=STACKS[app.stack].configured,
    )
    seed = (app.namespace, app.name)
    return Workload(
        "Deployment",
        app.namespace,
        app.name,
        selector_of(app, estate),
        template,
        app.replicas,
        labels=labels,
        annotations=release(app.namespace, app.name) if estate.writer is HELM else {},
        writer=estate.writer,
        created=float(shapes.number(120, 700, "created", *seed)),
        rolled=shapes.number(20, 900, "rolled", *seed) / 10,
        revision=shapes.number(3, 60, "revision", *seed),
    )


def _app_container(app: App, estate: Estate) -> Container:
    stack = STACKS[app.stack]
    config = (shapes.mount("config", "/etc/service", read_only=True),) if stack.configured else ()
    live: dict[str, Object] = {}
    if stack.live:
        live["livenessProbe"] = shapes.http_probe(stack.live, "http", delay_s=stack.delay_s)
    return Container(
        app.name,
        f"{estate.registry}/{app.namespace}/{app.name}:{estate.tag}",
        ports=(shapes.port(app.port, "http"),),
        requests=("100m", app.memory),
        limits=("", app.memory),
        env=(shapes.value(*stack.env), shapes.from_secret("DATABASE_URL", f"{app.name}-store", "url")),
        mounts=config,
        probes=live | {"readinessProbe": shapes.http_probe(stack.ready, "http")},
    )


def app_service(site: Site, app: App, estate: Estate) -> Service:
    """The Service of a business service, port 80."""
    return Service(
        app.namespace,
        app.name,
        selector_of(app, estate),
        (ServicePort(80, "http" if app.named else app.port, "http"),),
        cluster_ip(site, app.namespace, app.name),
        labels=app_labels(app, estate),
        annotations=release(app.namespace, app.name) if estate.writer is HELM else {},
        writer=estate.writer,
        created=float(shapes.number(120, 700, "created", app.namespace, app.name)),
    )


@dataclass(frozen=True, slots=True)
class Store:
    """A StatefulSet with disks: what the teams run for themselves."""

    namespace: str
    name: str
    image: str
    port: int
    port_name: str
    gib: int
    replicas: int = 3
    storage: str = "managed-csi-premium-zrs"


def store_workload(store: Store, estate: Estate) -> Workload:
    """The StatefulSet of a store."""
    labels = helm_labels(store.name, f"{store.name}-4.2.0", store.image.rsplit(":", 1)[1])
    container = Container(
        store.name,
        store.image,
        ports=(shapes.port(store.port, store.port_name),),
        requests=("250m", "1Gi"),
        limits=("", "2Gi"),
        env=(shapes.from_field("POD_NAME", "metadata.name"), shapes.from_secret("STORE_LOGIN", store.name, "login")),
        mounts=(shapes.mount("data", "/data"),),
        probes={
            "livenessProbe": shapes.tcp_probe(store.port_name, delay_s=20),
            "readinessProbe": shapes.exec_probe("/bin/sh", "-c", "/scripts/ready.sh", delay_s=10),
        },
        security=LOCKED,
    )
    template = Template(
        labels,
        (container,),
        account=store.name,
        mounts_token=False,
        grace_s=120,
        security=NON_ROOT,
    )
    return Workload(
        "StatefulSet",
        store.namespace,
        store.name,
        app_selector(store.name),
        template,
        store.replicas,
        labels=labels | {"app.kubernetes.io/part-of": estate.part_of},
        annotations=release(store.namespace, store.name),
        created=float(shapes.number(280, 640, store.namespace, store.name)),
        rolled=45.0,
        revision=3,
        claims=(shapes.claim_template("data", store.gib, store.storage),),
        service=f"{store.name}-headless",
    )


def store_services(site: Site, store: Store) -> list[Service]:
    """The ClusterIP Service of a store and its headless one."""
    labels = helm_labels(store.name, f"{store.name}-4.2.0", store.image.rsplit(":", 1)[1])
    port = ServicePort(store.port, store.port_name, store.port_name)
    rows = ((store.name, cluster_ip(site, store.namespace, store.name)), (f"{store.name}-headless", "None"))
    return [
        Service(
            store.namespace,
            name,
            app_selector(store.name),
            (port,),
            address,
            labels=labels,
            annotations=release(store.namespace, store.name),
            created=float(shapes.number(280, 640, store.namespace, store.name)),
        )
        for name, address in rows
    ]


@dataclass(frozen=True, slots=True)
class Cron:
    """A CronJob of a product team."""

    namespace: str
    name: str
    schedule: str
    runs: tuple[int, ...]
    """Minutes since the runs that are still kept."""


def cron_workload(cron: Cron, estate: Estate) -> Workload:
    """A CronJob with the finished runs that it keeps."""
    namespace, name, runs = cron.namespace, cron.name, tuple(minutes / 1440 for minutes in cron.runs)
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": estate.part_of}
    if estate.plain:
        labels = {"app": name, "system": estate.part_of}
    container = Container(
        name,
        f"{estate.registry}/{namespace}/{name}:{estate.tag}",
        requests=("200m", "256Mi"),
        limits=("", "512Mi"),
        args=("run", "--once"),
        env=(shapes.value("LOG_FORMAT", "json"), shapes.from_secret("DATABASE_URL", f"{name}-store", "url")),
        security=LOCKED,
    )
    template = Template(labels, (container,), account=name, mounts_token=False, security=NON_ROOT, restart="OnFailure")
    return Workload(
        "CronJob",
        namespace,
        name,
        {},
        template,
        labels=labels,
        writer=estate.writer,
        created=310.0,
        rolled=min(runs, default=26.0),
        schedule=cron.schedule,
        runs=runs,
    )


def pods(labels: Mapping[str, str] | None = None, namespace: str = "") -> Object:
    """A peer: pods by label, in this namespace or in a named one."""
    peer: Object = {}
    if labels is not None:
        peer["podSelector"] = {"matchLabels": dict(labels)} if labels else {}
    if namespace:
        name = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
        peer["namespaceSelector"] = {} if namespace == "*" else name
    return peer


def named_pods(name: str, namespace: str = "") -> Object:
    """A peer: pods by the recommended name label."""
    return pods(named(name), namespace)


def app_pods(name: str, namespace: str = "") -> Object:
    """A peer: pods by a bare `app` label."""
    return pods({"app": name}, namespace)


def block(cidr: str, *excepted: str) -> Object:
    """A peer: a range of addresses."""
    inner: Object = {"cidr": cidr}
    return {"ipBlock": inner | ({"except": list(excepted)} if excepted else {})}


def tcp(*numbers: int | str) -> list[Json]:
    """TCP ports."""
    return [{"protocol": "TCP", "port": item} for item in numbers]


DNS_PORTS: list[Json] = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
KUBE_DNS = pods({"k8s-app": "kube-dns"}, "kube-system")


def to(peers: Sequence[Object], ports: Sequence[Json] = ()) -> Object:
    """An egress rule."""
    return shapes.present({"ports": list(ports), "to": list(peers)})


def come(peers: Sequence[Object], ports: Sequence[Json] = ()) -> Object:
    """An ingress rule."""
    return shapes.present({"ports": list(ports), "from": list(peers)})


def policy(
    where: tuple[str, str],
    subject: Mapping[str, str],
    *,
    ingress: Sequence[Object] | None = None,
    egress: Sequence[Object] | None = None,
    writer: Writer = KUBECTL,
) -> Policy:
    """A NetworkPolicy: None is a direction that it does not isolate."""
    namespace, name = where
    spec: Object = {"podSelector": {"matchLabels": dict(subject)} if subject else {}}
    spec |= shapes.present({"ingress": list(ingress or ()), "egress": list(egress or ())})
    kinds = (("Ingress", ingress), ("Egress", egress))
    spec["policyTypes"] = [kind for kind, rules in kinds if rules is not None]
    created = float(shapes.number(40, 620, namespace, name))
    labels = {} if writer is KUBECTL else {"app.kubernetes.io/managed-by": "argocd"}
    return Policy(namespace, name, spec, labels, writer, created)


def named(name: str) -> dict[str, str]:
    """The recommended name label."""
    return {"app.kubernetes.io/name": name}


def bare(name: str) -> dict[str, str]:
    """A bare `app` label."""
    return {"app": name}


NGINX_PEER = pods({"app.kubernetes.io/name": "ingress-nginx"}, "ingress-nginx")
MONITORING_PEER = pods(namespace="monitoring")
DNS_RULE = to([KUBE_DNS], DNS_PORTS)


def write(sample: Sample, out: Path) -> None:
    """Writes the folder of one sample."""
    folder = out / sample.site.name
    folder.mkdir(parents=True, exist_ok=True)
    write_index(folder, sample.site, [write_answer(folder, answer) for answer in _answers(sample)])


def write_answer(folder: Path, answer: Answer) -> tuple[int, str, str]:
    """Writes the file of one request, or the words of its refusal, and returns its row of the index."""
    file, request, body, pretty = answer
    if body is None:
        words = f'Error from server (NotFound): configmaps "{request.rsplit("/", 1)[1]}" not found\n'
        (folder / f"{file}.err").write_text(words, encoding="utf-8", newline="\n")
        return 1, file, request
    text = json.dumps(body, indent=1, ensure_ascii=False) if pretty else compact(body)
    (folder / file).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return 0, file, request


def write_index(folder: Path, site: Site, rows: Iterable[tuple[int, str, str]]) -> None:
    """Writes collected.tsv: exit status, file and request of each row."""
    lines = ["# aks-preflight collected 1", f"# collected-at {COLLECTED_AT}", f"# server https://{site.fqdn}:443"]
    lines += [f"{status}\t{file}\t{request}" for status, file, request in rows]
    (folder / "collected.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def compact(body: Json) -> str:
    """JSON as the API server writes it: one line, and the three letters that Go escapes for HTML."""
    return go_escaped(json.dumps(body, separators=(",", ":"), ensure_ascii=False))


def go_escaped(text: str) -> str:
    """The text with the letters escaped that Go's encoder escapes."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


Answer = tuple[str, str, Object | None, bool]
"""File, request, body (None is a 404), and whether the tool that made it indents."""


def _answers(sample: Sample) -> Iterator[Answer]:
    yield "az-version.json", "az version", around.AZ_VERSION, True
    yield "cluster.json", "az aks show", sample.cluster, True
    for file, path, body in sample.arm:
        yield file, f"GET {path}?api-version={shapes.NETWORK_API}", body, True
    for file, request, body in around.arm_rows(sample.site, around.surroundings(sample.site, _network(sample))):
        yield file, f"GET {request}", body, True
    yield "apis.json", "GET /apis", shapes.group_list(sample.site.minor, sample.groups), False
    networking = shapes.resource_list("networking.k8s.io/v1", shapes.networking_resources(sample.site.minor))
    yield "apis-networking.k8s.io-v1.json", "GET /apis/networking.k8s.io/v1", networking, False
    for group in sample.custom:
        file = f"apis-{group.group}-{group.version}.json"
        body = shapes.resource_list(group.group_version, group.resources)
        yield file, f"GET /apis/{group.group_version}", body, False
    yield from _lists(sample)
    yield from config_map_answers(sample.site, sample.config_maps)
    for group in sample.custom:
        yield from _custom_lists(group)


def _network(sample: Sample) -> Mapping[str, Json]:
    """The body of the cluster's VNet, or the one in the list of its node resource group."""
    _, _, body = sample.arm[0]
    return shapes.items_of(body["value"])[0] if "value" in body else body


def _lists(sample: Sample) -> Iterator[Answer]:
    site = sample.site
    nodes = shapes.nodes_of(site)
    placed = shapes.place(site.name, sample.works, nodes)
    for path, plural, kind, items in _rows(sample, nodes, placed):
        version = path.removeprefix("/apis/").removeprefix("/api/")
        group_version = version.split("/namespaces/")[0].removesuffix(f"/{plural}")
        file = f"{plural}-kube-system.json" if "/namespaces/" in path else f"{plural}.json"
        ordered = sorted(items, key=_order)
        yield file, f"GET {path}", shapes.typed_list(f"{kind}List", group_version, ordered), False


def _order(item: Object) -> tuple[str, str]:
    meta = item["metadata"]
    assert isinstance(meta, Mapping)
    return str(meta.get("namespace", "")), str(meta["name"])


Row = tuple[str, str, str, list[Object]]


def _rows(sample: Sample, nodes: Sequence[Node], placed: Sequence[Pod]) -> Iterator[Row]:
    site, seed = sample.site, sample.site.name
    yield "/api/v1/nodes", "nodes", "Node", [shapes.node_object(node, _images(node, placed)) for node in nodes]
    yield "/api/v1/namespaces", "namespaces", "Namespace", _namespace_objects(sample)
    yield "/api/v1/pods", "pods", "Pod", [shapes.pod_object(seed, pod) for pod in placed]
    yield from _workload_rows(sample, placed)
    yield "/api/v1/services", "services", "Service", [shapes.service_object(seed, item) for item in sample.services]
    path = "/apis/discovery.k8s.io/v1/endpointslices"
    yield path, "endpointslices", "EndpointSlice", _slices(sample, placed)
    net = "/apis/networking.k8s.io/v1"
    policies = [shapes.network_policy_object(seed, item) for item in sample.policies]
    yield f"{net}/networkpolicies", "networkpolicies", "NetworkPolicy", policies
    ingresses = [shapes.ingress_object(seed, item, sample.ingress_address) for item in sample.routes]
    yield f"{net}/ingresses", "ingresses", "Ingress", ingresses
    yield f"{net}/ingressclasses", "ingressclasses", "IngressClass", list(sample.classes)
    if site.minor >= 33:
        cidr = shapes.service_cidr_object(seed, site.service_cidr, 60.0)
        yield f"{net}/servicecidrs", "servicecidrs", "ServiceCIDR", [cidr]
    budgets = [shapes.budget_object(seed, item, placed) for item in sample.budgets]
    yield "/apis/policy/v1/poddisruptionbudgets", "poddisruptionbudgets", "PodDisruptionBudget", budgets
    yield "/apis/autoscaling/v2/horizontalpodautoscalers", "horizontalpodautoscalers", "HorizontalPodAutoscaler", []
    yield from _webhook_rows(sample)
    yield from _extension_rows(sample)
    yield from _storage_rows(sample, placed)
    spaced = "/api/v1/namespaces/kube-system"
    yield f"{spaced}/limitranges", "limitranges", "LimitRange", []
    yield f"{spaced}/resourcequotas", "resourcequotas", "ResourceQuota", []


def _workload_rows(sample: Sample, placed: Sequence[Pod]) -> Iterator[Row]:
    seed = sample.site.name
    of = {
        kind: [work for work in sample.works if work.kind == kind]
        for kind in ("Deployment", "StatefulSet", "DaemonSet")
    }
    crons = [work for work in sample.works if work.kind == "CronJob"]
    yield "/apis/apps/v1/replicasets", "replicasets", "ReplicaSet", _replica_sets(seed, of["Deployment"])
    deployments = [shapes.deployment_object(seed, work) for work in of["Deployment"]]
    yield "/apis/apps/v1/deployments", "deployments", "Deployment", deployments
    stateful = [shapes.stateful_set_object(seed, work) for work in of["StatefulSet"]]
    yield "/apis/apps/v1/statefulsets", "statefulsets", "StatefulSet", stateful
    counts = {id(work): sum(pod.work is work for pod in placed) for work in of["DaemonSet"]}
    daemons = [shapes.daemon_set_object(seed, work, counts[id(work)]) for work in of["DaemonSet"]]
    yield "/apis/apps/v1/daemonsets", "daemonsets", "DaemonSet", daemons
    jobs = [shapes.job_object(seed, work, run) for work in crons for run in work.runs]
    yield "/apis/batch/v1/jobs", "jobs", "Job", jobs
    yield "/apis/batch/v1/cronjobs", "cronjobs", "CronJob", [shapes.cron_job_object(seed, work) for work in crons]


def _replica_sets(seed: str, works: Sequence[Workload]) -> list[Object]:
    """The present ReplicaSet of each Deployment, and now and then the one before."""
    found = [shapes.replica_set_object(seed, work) for work in works]
    older = [work for work in works if shapes.number(0, 11, "before", seed, work.namespace, work.name) == 0]
    return found + [shapes.replica_set_object(seed, work, work.revision - 1) for work in older]


def _webhook_rows(sample: Sample) -> Iterator[Row]:
    base = "/apis/admissionregistration.k8s.io/v1"
    rows = (("validating", sample.validating), ("mutating", sample.mutating))
    for kind, items in rows:
        plural = f"{kind}webhookconfigurations"
        yield f"{base}/{plural}", plural, f"{kind.title()}WebhookConfiguration", list(items)


def _extension_rows(sample: Sample) -> Iterator[Row]:
    site = sample.site
    groups = shapes.group_list(site.minor, sample.groups)
    services = around.api_services(site, groups)
    yield "/apis/apiregistration.k8s.io/v1/apiservices", "apiservices", "APIService", services
    resources = [(group.group, group.version, item) for group in sample.custom for item in group.resources]
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    yield path, "customresourcedefinitions", "CustomResourceDefinition", around.definitions(site, resources)


def _storage_rows(sample: Sample, placed: Sequence[Pod]) -> Iterator[Row]:
    site = sample.site
    volumes = shapes.volumes_of(site.name, placed)
    found = [shapes.volume_object(site, volume) for volume in volumes]
    yield "/api/v1/persistentvolumes", "persistentvolumes", "PersistentVolume", found
    claims = [shapes.claim_object(site.name, volume) for volume in volumes]
    yield "/api/v1/persistentvolumeclaims", "persistentvolumeclaims", "PersistentVolumeClaim", claims
    classes = around.storage_classes(site)
    yield "/apis/storage.k8s.io/v1/storageclasses", "storageclasses", "StorageClass", classes


def _images(node: Node, placed: Sequence[Pod]) -> list[str]:
    """The images of the node's pods, largest first as the kubelet reports them, and the pause image."""
    templates = [pod.work.template for pod in placed if pod.node is node]
    images = {item.image for template in templates for item in template.containers + template.init}
    images.add("mcr.microsoft.com/oss/v2/kubernetes/pause:3.6")
    return sorted(images, key=lambda image: -shapes.number(9_000_000, 320_000_000, "size", image))[:10]


def _namespace_objects(sample: Sample) -> list[Object]:
    site = sample.site
    system = {"default", "kube-system", "kube-public", "kube-node-lease"}
    return [
        shapes.namespace_object(
            site.name,
            name,
            labels,
            site.created if name in system else float(shapes.number(380, 700, site.name, name)),
            Writer("kube-apiserver") if name in system else KUBECTL,
        )
        for name, labels in sample.namespaces.items()
    ]


def _slices(sample: Sample, placed: Sequence[Pod]) -> list[Object]:
    seed = sample.site.name
    made = [
        shapes.endpoint_slice_object(seed, item, shapes.backends(item, placed))
        for item in sample.services
        if item.selector
    ]
    return [*made, shapes.kubernetes_slice(seed, sample.api_address, sample.site.created)]


def config_map_answers(site: Site, config_maps: Sequence[ConfigMap]) -> Iterator[Answer]:
    """The metadata of the ConfigMaps of kube-system, and the four that are read by name."""
    base = "/api/v1/namespaces/kube-system/configmaps"
    ordered = sorted(config_maps, key=lambda item: item.name)
    items: list[Json] = [
        shapes.partial_metadata(_config_map_meta(site, item), sorted(item.content), item.writer) for item in ordered
    ]
    body: Object = {
        "kind": "PartialObjectMetadataList",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "412031337"},
        "items": items,
    }
    yield "configmaps-kube-system.json", f"GET {base}", body, False
    by_name = {item.name: item for item in ordered}
    for name in NAMED_CONFIG_MAPS:
        found = by_name.get(name)
        answer = found and shapes.config_map_object(_config_map_meta(site, found), found.content, found.writer)
        yield f"configmap-{name}.json", f"GET {base}/{name}", answer or None, False


def _config_map_meta(site: Site, item: ConfigMap) -> Meta:
    return Meta(site.name, "ConfigMap", item.name, "kube-system", created=item.created, labels=item.labels)


CUSTOM_FILES = {"crd.projectcalico.org": "calico-networkpolicies.json"}


def _custom_lists(group: CustomGroup) -> Iterator[Answer]:
    kinds = {item.plural: item.kind for item in group.resources}
    for plural in group.fetched:
        items = sorted(group.items.get(plural, ()), key=_order)
        body = shapes.custom_list(kinds[plural], group.group_version, items)
        yield _custom_file(group.group, plural), f"GET /apis/{group.group_version}/{plural}", body, False


def _custom_file(group: str, plural: str) -> str:
    if group == "azmonitoring.coreos.com":
        return f"azmonitoring-{plural}.json"
    return CUSTOM_FILES.get(group, f"{plural}.json") if plural == "networkpolicies" else f"{plural}.json"


def estate_parts(
    site: Site, estate: Estate, apps: Sequence[App], stores: Sequence[Store] = ()
) -> tuple[list[Workload], list[Service]]:
    """The workloads and Services of the product teams."""
    works = [app_workload(app, estate) for app in apps] + [store_workload(store, estate) for store in stores]
    services = [app_service(site, app, estate) for app in apps if app.served]
    return works, services + [item for store in stores for item in store_services(site, store)]


def app_budgets(apps: Sequence[App], estate: Estate) -> list[Budget]:
    """One budget for each service that runs more than twice: one pod may go."""
    return [
        Budget(app.namespace, app.name, selector_of(app, estate), max_unavailable=1, writer=estate.writer)
        for app in apps
        if app.replicas > 2
    ]


def store_budgets(stores: Sequence[Store]) -> list[Budget]:
    """One budget for each store: one pod may go."""
    return [Budget(item.namespace, item.name, app_selector(item.name), max_unavailable=1) for item in stores]


NGINX_BUDGET = Budget(
    "ingress-nginx",
    "ingress-nginx-controller",
    {
        "app.kubernetes.io/component": "controller",
        "app.kubernetes.io/instance": "ingress-nginx",
        "app.kubernetes.io/name": "ingress-nginx",
    },
    1,
)
ACN_RESOURCES = (
    Resource("ClusterSubnetState", "clustersubnetstates", True, ("css",)),
    Resource("NodeNetworkConfig", "nodenetworkconfigs", True, ("nnc",), status=True),
)
ACN_VERSIONS = "v1alpha v1alpha1"


def acn_group(site: Site) -> CustomGroup:
    """acn.azure.com with one NodeNetworkConfig for each node."""
    items = tuple(shapes.node_network_config(site, node) for node in shapes.nodes_of(site))
    fetched = ("nodenetworkconfigs",)
    return CustomGroup("acn.azure.com", "v1alpha", ACN_RESOURCES, fetched, {fetched[0]: items})


def acn_extensions() -> CustomGroup:
    """The other version of acn.azure.com, with no object in it."""
    resource = Resource("OverlayExtensionConfig", "overlayextensionconfigs", True, ("oec",), status=True)
    return CustomGroup("acn.azure.com", "v1alpha1", (resource,), ("overlayextensionconfigs",))


def network_path(site: Site, group: str, kind: str, name: str = "") -> str:
    """The ARM path of a network resource, or of the list of them in a resource group."""
    return shapes.arm_network_id(site, group, kind, name).rstrip("/")


def overlay_ready() -> Sample:
    """A cluster on overlay without a policy engine: nothing stands in the way of Cilium."""
    site = _ready_site()
    estate = Estate("acrgridprodsdc.azurecr.io", "2026.46.3", ARGO, "grid")
    works, services = estate_parts(site, estate, READY_APPS, READY_STORES)
    crons = [cron_workload(cron, estate) for cron in READY_CRONS]
    tools, tool_services = _app_routing(site)
    checking, changing = aks_webhooks(site)
    return Sample(
        site=site,
        cluster=shapes.aks_show(site, extra=_READY_EXTRA),
        arm=_ready_arm(site),
        api_address="20.240.113.41",
        groups=_AZMON_VERSIONS
        | {
            "acn.azure.com": ACN_VERSIONS,
            "approuting.kubernetes.azure.com": "v1alpha1",
            "snapshot.storage.k8s.io": "v1",
        },
        custom=(acn_group(site), acn_extensions(), _azmonitoring_group()),
        namespaces=namespaces(
            {
                "metering": "team-metering",
                "billing": "team-revenue",
                "tariffs": "team-revenue",
                "outage": "team-grid-operations",
                "grid-ops": "team-grid-operations",
                "customer": "team-digital",
                "crm-sync": "team-digital",
                "notifications": "team-digital",
                "forecasting": "team-data",
                "market-data": "team-data",
            },
            ("app-routing-system",),
        ),
        works=(*kube_system(site), _ama_metrics(site), *tools, *works, *crons),
        services=(*system_services(site), *tool_services, *services),
        budgets=(
            *system_budgets(site),
            Budget("app-routing-system", "nginx", {"app": "nginx"}, max_unavailable=1, writer=ADDON),
            *app_budgets(READY_APPS, estate),
            *store_budgets(READY_STORES),
        ),
        policies=(konnectivity_policy(site),),
        routes=(
            _routed("customer", "portal", "mitt.elnat.example", (("/", "portal", 80), ("/api", "customer-api", 80))),
            _routed("outage", "outage-map", "avbrott.elnat.example", (("/", "outage-map", 80),)),
            _routed("metering", "meter-gateway", "ami.elnat.example", (("/v2", "meter-gateway", 80),)),
        ),
        classes=(
            shapes.ingress_class_object(
                site.name,
                "webapprouting.kubernetes.azure.com",
                "webapprouting.kubernetes.azure.com/nginx",
                {"app.kubernetes.io/managed-by": "aks-app-routing-operator"},
            ),
        ),
        validating=(checking,),
        mutating=(changing,),
        config_maps=(
            *system_config_maps(site),
            ConfigMap("ama-metrics-settings-configmap", {"schema-version": ""}, {}, KUBECTL, 210.0),
            reconciled_masquerade((site.pod_cidr, site.service_cidr, site.vnet_prefix)),
        ),
        ingress_address="20.240.98.172",
    )


def _ready_site() -> Site:
    node_group = "rg-grid-prod"
    subscription = "8f0c2b7e-41d5-4a0e-9c63-5b1e7d20a9f4"
    vnet_group = "rg-grid-prod-network"
    subnet_id = (
        f"/subscriptions/{subscription}/resourceGroups/{vnet_group}"
        "/providers/Microsoft.Network/virtualNetworks/vnet-grid-prod/subnets/snet-aks"
    )
    return Site(
        name="overlay-ready",
        resource_group=node_group,
        location="swedencentral",
        subscription=subscription,
        tenant="3b9a6f14-7c52-4e8d-b0f7-92d1c4a8e635",
        version="1.33.7",
        plugin="azure",
        overlay=True,
        pod_cidr="100.64.0.0/16",
        vnet="vnet-grid-prod",
        vnet_group=vnet_group,
        vnet_prefix="10.80.0.0/16",
        subnet="snet-aks",
        identity=f"/subscriptions/{subscription}/resourceGroups/{node_group}"
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-aks-grid-prod",
        outbound="userAssignedNATGateway",
        created=430.0,
        tags={"costCentre": "4410", "environment": "prod", "owner": "platform-engineering"},
        pools=(
            Pool(
                "system",
                "Standard_D4ds_v5",
                3,
                "System",
                subnet_id=subnet_id,
                subnet_start="10.80.0.4",
                taints=SYSTEM_TAINT,
                surge="33%",
            ),
            Pool(
                "work",
                "Standard_D8ds_v5",
                3,
                limits=(3, 9),
                subnet_id=subnet_id,
                subnet_start="10.80.0.10",
                surge="33%",
            ),
        ),
    )


def _ready_arm(site: Site) -> tuple[tuple[str, str, Object], ...]:
    vnet_id = network_path(site, site.vnet_group, "virtualNetworks", site.vnet)
    nsg_name = "nsg-snet-aks"
    nsg_id = network_path(site, site.vnet_group, "networkSecurityGroups", nsg_name)
    nat = network_path(site, site.vnet_group, "natGateways", "ng-grid-prod")
    nodes = shapes.nodes_of(site)
    aks_id = f"{vnet_id}/subnets/{site.subnet}"
    subnets = (
        Subnet(site.subnet, "10.80.0.0/23", "", nsg_id, nat, shapes.node_configurations(nodes, aks_id)),
        Subnet("snet-private-endpoints", "10.80.4.0/24"),
        Subnet("snet-postgres", "10.80.5.0/26", delegation="Microsoft.DBforPostgreSQL/flexibleServers"),
    )
    hub = shapes.arm_network_id(site, "rg-connectivity-sdc", "virtualNetworks", "vnet-hub-sdc").replace(
        site.subscription, "6a41d0c9-2f8b-4e57-a3d2-f01b95c7e846"
    )
    peering = shapes.peering_body(site, "peer-to-hub", hub, ("10.8.0.0/22",))
    rules = (
        Rule("AllowHttpsFromInternet", 200, "Allow", "Internet", "*", "80 443", "Tcp"),
        Rule("AllowBastionSsh", 210, "Allow", "10.8.1.0/26", "VirtualNetwork", "22", "Tcp"),
    )
    return (
        ("vnet-1.json", vnet_id, shapes.vnet_body(site, (site.vnet_prefix,), subnets, (peering,))),
        ("nsg-1.json", nsg_id, shapes.nsg_body(site, nsg_name, rules, (aks_id,))),
    )


_READY_EXTRA: Mapping[str, Json] = {
    "aadProfile": {
        "adminGroupObjectIDs": ["c17d5e02-9a4b-4f38-8b60-2de51f7a9c83"],
        "adminUsers": None,
        "clientAppId": None,
        "enableAzureRbac": True,
        "managed": True,
        "serverAppId": None,
        "serverAppSecret": None,
        "tenantId": "3b9a6f14-7c52-4e8d-b0f7-92d1c4a8e635",
    },
    "azureMonitorProfile": {
        "metrics": {
            "enabled": True,
            "kubeStateMetrics": {"metricAnnotationsAllowList": "", "metricLabelsAllowlist": ""},
        }
    },
    "ingressProfile": {
        "webAppRouting": {
            "dnsZoneResourceIds": None,
            "enabled": True,
            "identity": {
                "clientId": "0d8e63b5-71f2-4c9a-9e04-a65f3b2c18d7",
                "objectId": "5f2a90c4-3e17-48db-b8c6-e1d704952ab3",
                "resourceId": "/subscriptions/8f0c2b7e-41d5-4a0e-9c63-5b1e7d20a9f4/resourcegroups"
                "/MC_rg-grid-prod_overlay-ready_swedencentral/providers/Microsoft.ManagedIdentity"
                "/userAssignedIdentities/webapprouting-overlay-ready",
            },
            "nginx": {"defaultIngressControllerType": "AnnotationControlled"},
        }
    },
}
READY_APPS = (
    App("metering", "meter-gateway", "go", 3),
    App("metering", "readings-api", "go", 3),
    App("metering", "readings-validator", "java", 2, memory="1Gi", served=False),
    App("metering", "device-registry", "java", 2, memory="1Gi"),
    App("billing", "invoice-api", "dotnet", 2),
    App("billing", "invoice-renderer", "dotnet", 2),
    App("billing", "dunning", "dotnet", 2, served=False),
    App("tariffs", "tariff-api", "go", 3),
    App("outage", "outage-map", "node", 2),
    App("outage", "incident-api", "java", 2, memory="1Gi"),
    App("outage", "crew-dispatch", "go", 2),
    App("grid-ops", "topology-api", "java", 2, memory="1Gi"),
    App("grid-ops", "load-balancer-model", "python", 2, memory="1Gi"),
    App("customer", "portal", "node", 3),
    App("customer", "customer-api", "dotnet", 2),
    App("crm-sync", "crm-bridge", "dotnet", 2, served=False),
    App("notifications", "sms-sender", "node", 3),
    App("notifications", "mail-sender", "node", 2),
    App("forecasting", "demand-forecast", "python", 2, memory="1Gi"),
    App("forecasting", "weather-feed", "python", 3),
    App("market-data", "spot-price-feed", "go", 3),
)
READY_STORES = (
    Store("metering", "kafka", "docker.io/apache/kafka:3.9.1", 9092, "broker", 256),
    Store("customer", "redis", "docker.io/library/redis:7.4.3-bookworm", 6379, "redis", 16, 2),
)
READY_CRONS = (
    Cron("billing", "invoice-run", "30 1 * * *", (270, 1710)),
    Cron("forecasting", "model-refresh", "0 3 * * 1", (5940,)),
    Cron("market-data", "day-ahead-import", "5 13 * * *", (1015,)),
    Cron("outage", "crew-roster-sync", "*/15 * * * *", (15, 30)),
    Cron("tariffs", "tariff-publish", "0 0 1 * *", ()),
)


def _routed(namespace: str, name: str, host: str, paths: tuple[tuple[str, str, int], ...]) -> Route:
    return Route(
        namespace,
        name,
        host,
        paths,
        "webapprouting.kubernetes.azure.com",
        annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "true"},
        labels={"app.kubernetes.io/managed-by": "argocd", "app.kubernetes.io/name": name},
        writer=ARGO,
    )


def _app_routing(site: Site) -> tuple[list[Workload], list[Service]]:
    """The managed ingress controller of the application routing add-on."""
    labels = {"app": "nginx", "app.kubernetes.io/component": "ingress-controller"}
    labels |= {"app.kubernetes.io/managed-by": "aks-app-routing-operator"}
    container = Container(
        "controller",
        f"{MCR}/ingress/nginx-ingress-controller:v1.13.7",
        ports=(
            shapes.port(8080, "http"),
            shapes.port(8443, "https"),
            shapes.port(10254, "prometheus"),
        ),
        requests=("500m", "127Mi"),
        args=(
            "/nginx-ingress-controller",
            "--ingress-class=webapprouting.kubernetes.azure.com",
            "--controller-class=webapprouting.kubernetes.azure.com/nginx",
            "--election-id=nginx",
            "--publish-service=$(POD_NAMESPACE)/nginx",
            "--configmap=$(POD_NAMESPACE)/nginx",
            "--enable-annotation-validation=true",
            "--http-port=8080",
            "--https-port=8443",
        ),
        env=(
            shapes.from_field("POD_NAME", "metadata.name"),
            shapes.from_field("POD_NAMESPACE", "metadata.namespace"),
        ),
        probes={
            "livenessProbe": shapes.http_probe("/healthz", 10254, delay_s=10),
            "readinessProbe": shapes.http_probe("/healthz", 10254, delay_s=10, period_s=5),
        },
        security=LOCKED | {"runAsUser": 101, "runAsNonRoot": True},
    )
    template = Template(
        labels,
        (container,),
        annotations={"prometheus.io/port": "10254", "prometheus.io/scrape": "true"},
        account="nginx",
        grace_s=300,
        priority="system-cluster-critical",
        spread=zone_spread({"app": "nginx"}),
    )
    work = Workload(
        "Deployment",
        "app-routing-system",
        "nginx",
        {"app": "nginx"},
        template,
        3,
        labels=labels,
        writer=Writer("aks-app-routing-operator"),
        created=400.0,
        rolled=26.0,
        revision=11,
    )
    service = Service(
        "app-routing-system",
        "nginx",
        {"app": "nginx"},
        (
            ServicePort(80, "http", "http", node_port=shapes.number(30000, 32767, site.name, 80)),
            ServicePort(443, "https", "https", node_port=shapes.number(30000, 32767, site.name, 443)),
        ),
        cluster_ip(site, "app-routing-system", "nginx"),
        labels=labels,
        kind="LoadBalancer",
        external_policy="Local",
        load_balancer_ip="20.240.98.172",
        health_port=shapes.number(30000, 32767, site.name, "health"),
        writer=Writer("aks-app-routing-operator"),
        created=400.0,
    )
    return [work], [service]


_AZMON_VERSIONS = {"azmonitoring.coreos.com": "v1"}
_AZMON_RESOURCES = (
    Resource("PodMonitor", "podmonitors", True, ("azpmon",), ("prometheus-operator",)),
    Resource("ServiceMonitor", "servicemonitors", True, ("azsmon",), ("prometheus-operator",)),
)


def _azmonitoring_group() -> CustomGroup:
    site = "overlay-ready"
    version = "azmonitoring.coreos.com/v1"
    meta = Meta(site, "PodMonitor", "java-services", "grid-ops", created=180.0, generation=1)
    spec: Object = {
        "namespaceSelector": {"any": True},
        "podMetricsEndpoints": [{"interval": "30s", "path": "/metrics", "port": "metrics"}],
        "selector": {"matchLabels": {"app.kubernetes.io/part-of": "grid"}},
    }
    items = {"podmonitors": (shapes.custom_object(meta, version, spec, ARGO),)}
    return CustomGroup("azmonitoring.coreos.com", "v1", _AZMON_RESOURCES, ("podmonitors", "servicemonitors"), items)


def _ama_metrics(site: Site) -> Workload:
    """The replicas of managed Prometheus that scrape Services and pods."""
    container = Container(
        "prometheus-collector",
        "mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-collector/images:6.24.1-main",
        requests=("170m", "250Mi"),
        limits=("7", "14Gi"),
        env=(
            shapes.value("CLUSTER", site.id),
            shapes.value("AKSREGION", site.location),
            shapes.value("MAC", "true"),
            shapes.value("CONTROLLER_TYPE", "ReplicaSet"),
            shapes.from_field("NODE_NAME", "spec.nodeName"),
            *host_env(site),
        ),
        mounts=(shapes.mount("host-log-containers", "/var/log/containers", read_only=True),),
        probes={"livenessProbe": shapes.http_probe("/health", 8080, delay_s=60, period_s=15)},
        security={"capabilities": {"drop": ["ALL"], "add": ["DAC_OVERRIDE"]}, "privileged": False},
    )
    template = Template(
        {"rsName": "ama-metrics", "component": "ama-metrics", **managed_by()},
        (container,),
        volumes=(shapes.host_path("host-log-containers", "/var/log/containers"),),
        account="ama-metrics-serviceaccount",
        priority="system-cluster-critical",
        tolerations=EVERYWHERE,
        affinity=SYSTEM_FIRST,
    )
    return Workload(
        "Deployment",
        "kube-system",
        "ama-metrics",
        {"rsName": "ama-metrics"},
        template,
        2,
        labels=managed_by(component="ama-metrics"),
        writer=ADDON,
        created=210.0,
        rolled=21.0,
        revision=14,
    )


def two_policies() -> Sample:
    """A cluster on overlay with NPM: two policies mean addresses of the cluster itself, all else is fine."""
    site = _policies_site()
    estate = Estate("acrtryggprod.azurecr.io", "r2026.11.2", ARGO, "trygg", plain=True)
    works, services = estate_parts(site, estate, POLICIES_APPS, POLICIES_STORES)
    nginx, nginx_services = ingress_nginx(site, replicas=2, external_policy="Local", address="51.12.208.90")
    stack, stack_services = prometheus_stack(site, kube_proxy=False)
    gate, gate_services, gate_budgets, gate_hooks = gatekeeper(site)
    checking, changing = aks_webhooks(site)
    return Sample(
        site=site,
        cluster=shapes.aks_show(site, outbound_ips=2),
        arm=_policies_arm(site),
        api_address=POLICIES_API,
        groups=GATEKEEPER_GROUPS
        | {"acn.azure.com": ACN_VERSIONS, "monitoring.coreos.com": "v1 v1alpha1", "snapshot.storage.k8s.io": "v1"},
        custom=(acn_group(site), acn_extensions(), monitoring_group(site, kube_proxy=False), _container_limits(site)),
        namespaces=namespaces(
            {
                "quotes": "team-sales",
                "underwriting": "team-risk",
                "claims": "team-claims",
                "documents": "team-claims",
                "customer-portal": "team-digital",
                "broker-api": "team-partners",
                "billing": "team-finance",
                "identity": "team-security",
                "reporting": "team-data",
                "pricing-models": "team-risk",
            },
            ("ingress-nginx", "monitoring", "gatekeeper-system"),
        ),
        works=(
            *kube_system(site),
            *nginx,
            *stack,
            *gate,
            *works,
            *(cron_workload(cron, estate) for cron in POLICIES_CRONS),
        ),
        services=(*system_services(site), *nginx_services, *stack_services, *gate_services, *services),
        budgets=(
            *system_budgets(site),
            NGINX_BUDGET,
            *gate_budgets,
            *app_budgets(POLICIES_APPS, estate),
            *store_budgets(POLICIES_STORES),
        ),
        policies=(konnectivity_policy(site), *_policies_of_two_policies()),
        routes=(
            nginx_route("customer-portal", "portal", "mina-sidor.trygg.example", ("portal", "portal-bff")),
            nginx_route("quotes", "quote-web", "teckna.trygg.example", ("quote-web", "quote-api")),
            nginx_route("broker-api", "broker-gateway", "maklare.trygg.example", ("broker-gateway",)),
        ),
        classes=(nginx_class(site),),
        validating=(checking, nginx_webhook(site), gate_hooks[0]),
        mutating=(changing, gate_hooks[1]),
        config_maps=(
            *system_config_maps(site),
            reconciled_masquerade((site.pod_cidr, site.service_cidr, site.vnet_prefix)),
        ),
        ingress_address="51.12.208.90",
    )


POLICIES_API = "51.12.47.133"
POLICIES_APPS = (
    App("quotes", "quote-web", "node"),
    App("quotes", "quote-api", "dotnet", 3),
    App("underwriting", "rules-engine", "java", memory="1Gi"),
    App("claims", "claims-api", "dotnet", 3),
    App("claims", "claims-intake", "go"),
    App("documents", "document-store", "go"),
    App("documents", "archive-feed", "go", served=False),
    App("customer-portal", "portal", "node"),
    App("customer-portal", "portal-bff", "node"),
    App("broker-api", "broker-gateway", "go"),
    App("broker-api", "commission", "dotnet"),
    App("billing", "premium-invoices", "dotnet"),
    App("billing", "direct-debit", "go"),
    App("identity", "session-store", "go"),
    App("identity", "bankid-adapter", "go"),
    App("reporting", "solvency-export", "python", served=False),
    App("pricing-models", "premium-model", "python"),
)
POLICIES_STORES = (
    Store("documents", "opensearch", "docker.io/opensearchproject/opensearch:2.19.2", 9200, "http", 128),
    Store("identity", "valkey", "docker.io/valkey/valkey:8.1.1-bookworm", 6379, "valkey", 8, 2),
)
POLICIES_CRONS = (
    Cron("billing", "direct-debit-file", "15 4 * * 1-5", (105, 1545)),
    Cron("reporting", "nightly-snapshot", "0 2 * * *", (240,)),
    Cron("claims", "reserve-recalculation", "30 22 * * *", (450,)),
)


def _policies_of_two_policies() -> list[Policy]:
    """Fourteen policies: twelve behave alike on every engine, two name addresses of the cluster."""
    return [
        policy(("quotes", "default-deny-ingress"), {}, ingress=[], writer=ARGO),
        policy(("quotes", "allow-ingress-nginx"), {}, ingress=[come([NGINX_PEER], tcp(8080))], writer=ARGO),
        policy(
            ("quotes", "quote-api-from-bff"),
            bare("quote-api"),
            ingress=[come([app_pods("portal-bff", "customer-portal"), app_pods("quote-web")], tcp(8080))],
            writer=ARGO,
        ),
        policy(("claims", "default-deny-ingress"), {}, ingress=[], writer=ARGO),
        policy(
            ("claims", "claims-api-callers"),
            bare("claims-api"),
            ingress=[
                come(
                    [
                        app_pods("broker-gateway", "broker-api"),
                        app_pods("portal-bff", "customer-portal"),
                        pods({}),
                    ],
                    tcp(8080),
                )
            ],
            writer=ARGO,
        ),
        policy(("claims", "same-namespace"), {}, ingress=[come([pods({})])], writer=ARGO),
        policy(("identity", "default-deny-ingress"), {}, ingress=[], writer=ARGO),
        policy(
            ("identity", "callers-from-labelled-namespaces"),
            {},
            ingress=[
                come(
                    [
                        {
                            "namespaceSelector": {
                                "matchExpressions": [
                                    {
                                        "key": "team",
                                        "operator": "In",
                                        "values": ["team-digital", "team-partners", "team-security"],
                                    }
                                ]
                            }
                        }
                    ],
                    tcp(8080, 6379),
                )
            ],
            writer=ARGO,
        ),
        policy(
            ("identity", "bankid-adapter-egress"),
            bare("bankid-adapter"),
            egress=[DNS_RULE, to([block("20.91.144.0/24")], tcp(443)), to([app_pods("session-store")], tcp(8080))],
            writer=ARGO,
        ),
        policy(
            ("billing", "direct-debit-egress"),
            bare("direct-debit"),
            egress=[DNS_RULE, to([block("172.18.40.17/32"), block("172.18.40.18/32")], tcp(22, 443))],
            writer=ARGO,
        ),
        policy(
            ("documents", "archive-feed-egress"),
            bare("archive-feed"),
            egress=[
                DNS_RULE,
                to([named_pods("opensearch")], tcp(9200)),
                to([block("172.18.64.0/24")], tcp(8443)),
            ],
            writer=ARGO,
        ),
        policy(
            ("documents", "opensearch-clients"),
            named("opensearch"),
            ingress=[come([pods({})], tcp(9200, 9300))],
            writer=ARGO,
        ),
        policy(
            ("broker-api", "broker-gateway-egress"),
            bare("broker-gateway"),
            egress=[DNS_RULE, to([block("10.0.0.0/8")], tcp(8080))],
            writer=ARGO,
        ),
        policy(
            ("monitoring", "prometheus-egress"),
            named("prometheus"),
            egress=[
                DNS_RULE,
                to([pods(namespace="*")]),
                to([block("10.224.0.0/16")], tcp(9100)),
                to([block(f"{POLICIES_API}/32")], tcp(443)),
            ],
            writer=ARGO,
        ),
    ]


SYSTEM_TAINT = ("CriticalAddonsOnly=true:NoSchedule",)


def _policies_site() -> Site:
    digits = 28_417_059
    return Site(
        name="overlay-two-policies",
        resource_group="rg-trygg-prod",
        location="swedencentral",
        subscription="5d7e9b30-16c4-4f2a-8b91-c3e0a7d5f684",
        tenant="e07c4a52-98bd-4163-a5f2-0b6d31c97e48",
        version="1.33.5",
        plugin="azure",
        overlay=True,
        policy="azure",
        pod_cidr="10.244.0.0/16",
        vnet=f"aks-vnet-{digits}",
        vnet_group="MC_rg-trygg-prod_overlay-two-policies_swedencentral",
        vnet_prefix="10.224.0.0/12",
        subnet="aks-subnet",
        created=510.0,
        tags={"system": "trygg", "environment": "prod"},
        pools=(
            Pool(
                "system", "Standard_D4ds_v5", 3, "System", subnet_start="10.224.0.4", taints=SYSTEM_TAINT, surge="33%"
            ),
            Pool("apps", "Standard_D16s_v5", 3, limits=(3, 8), subnet_start="10.224.0.7", surge="33%"),
        ),
    )


def _policies_arm(site: Site) -> tuple[tuple[str, str, Object], ...]:
    group = site.vnet_group
    vnet_id = network_path(site, group, "virtualNetworks", site.vnet)
    nsg_name = f"aks-agentpool-{site.vnet.rsplit('-', 1)[1]}-nsg"
    nsg_id = network_path(site, group, "networkSecurityGroups", nsg_name)
    aks_id = f"{vnet_id}/subnets/{site.subnet}"
    configurations = shapes.node_configurations(shapes.nodes_of(site), aks_id)
    subnet = Subnet(site.subnet, "10.224.0.0/16", "", nsg_id, configurations=configurations)
    rule = Rule(
        "k8s-azure-lb_allow_IPv4_556f7044ec033071ec0dfcf7cd85bc93",
        500,
        "Allow",
        "Internet",
        "51.12.208.90",
        "80 443",
        "Tcp",
    )
    listed: Object = {"value": [shapes.vnet_body(site, (site.vnet_prefix,), (subnet,), ())]}
    return (
        ("vnet-1.json", network_path(site, group, "virtualNetworks"), listed),
        ("nsg-1.json", nsg_id, shapes.nsg_body(site, nsg_name, (rule,), (aks_id,))),
    )


def nginx_route(namespace: str, name: str, host: str, backends: tuple[str, ...]) -> Route:
    """An Ingress of ingress-nginx: the first backend at the root, the second below /api."""
    paths = tuple((path, backend, 80) for path, backend in zip(("/", "/api"), backends, strict=False))
    return Route(
        namespace,
        name,
        host,
        paths,
        annotations={"nginx.ingress.kubernetes.io/proxy-body-size": "8m"},
        labels={"app.kubernetes.io/managed-by": "argocd", "app.kubernetes.io/name": name},
        writer=ARGO,
    )


def nginx_class(site: Site) -> Object:
    """The IngressClass of ingress-nginx."""
    labels = helm_labels("ingress-nginx", "ingress-nginx-4.12.1", "1.12.1", "controller")
    return shapes.ingress_class_object(site.name, "nginx", "k8s.io/ingress-nginx", labels)


GATEKEEPER_GROUPS = {
    "config.gatekeeper.sh": "v1alpha1",
    "constraints.gatekeeper.sh": "v1beta1 v1alpha1",
    "expansion.gatekeeper.sh": "v1beta1 v1alpha1",
    "externaldata.gatekeeper.sh": "v1beta1 v1alpha1",
    "mutations.gatekeeper.sh": "v1 v1beta1 v1alpha1",
    "status.gatekeeper.sh": "v1beta1",
    "syncset.gatekeeper.sh": "v1alpha1",
    "templates.gatekeeper.sh": "v1 v1beta1 v1alpha1",
}
_GATE = {
    "app": "gatekeeper",
    "chart": "gatekeeper",
    "gatekeeper.sh/system": "yes",
    "heritage": "Helm",
    "release": "gatekeeper",
}


def gatekeeper(site: Site) -> tuple[list[Workload], list[Service], list[Budget], tuple[Object, Object]]:
    """Gatekeeper: webhook and audit, with the webhook configurations."""
    manager = {"control-plane": "controller-manager", "gatekeeper.sh/operation": "webhook"} | _GATE
    audit = {"control-plane": "audit-controller", "gatekeeper.sh/operation": "audit"} | _GATE
    works = [
        _gatekeeper_work("gatekeeper-controller-manager", manager, 3, ("--port=8443", "--operation=webhook")),
        _gatekeeper_work("gatekeeper-audit", audit, 2, ("--operation=audit", "--audit-interval=60")),
    ]
    service = Service(
        "gatekeeper-system",
        "gatekeeper-webhook-service",
        manager,
        (ServicePort(443, "webhook-server", "https-webhook-server"),),
        cluster_ip(site, "gatekeeper-system", "gatekeeper-webhook-service"),
        labels=_GATE,
        annotations=release("gatekeeper-system", "gatekeeper"),
        created=370.0,
    )
    budget = Budget("gatekeeper-system", "gatekeeper-controller-manager", manager, 1, labels=_GATE, created=370.0)
    return works, [service], [budget], _gatekeeper_webhooks(site)


def _gatekeeper_work(name: str, labels: Mapping[str, str], replicas: int, args: tuple[str, ...]) -> Workload:
    container = Container(
        "manager",
        "docker.io/openpolicyagent/gatekeeper:v3.19.1",
        ports=(
            shapes.port(8443, "webhook-server"),
            shapes.port(8888, "metrics"),
            shapes.port(9090, "healthz"),
        ),
        requests=("100m", "512Mi"),
        limits=("", "768Mi"),
        command=("/manager",),
        args=(*args, "--logtostderr", "--log-level=INFO"),
        env=(shapes.from_field("POD_NAMESPACE", "metadata.namespace"), shapes.from_field("POD_NAME", "metadata.name")),
        probes={
            "livenessProbe": shapes.http_probe("/healthz", 9090),
            "readinessProbe": shapes.http_probe("/readyz", 9090),
        },
        security=LOCKED | {"runAsUser": 1000, "runAsNonRoot": True},
    )
    template = Template(labels, (container,), account="gatekeeper-admin", grace_s=60, security=UNCONFINED)
    return Workload(
        "Deployment",
        "gatekeeper-system",
        name,
        labels,
        template,
        replicas,
        labels=labels,
        annotations=release("gatekeeper-system", "gatekeeper"),
        created=370.0,
        rolled=55.0,
        revision=4,
    )


def _gatekeeper_webhooks(site: Site) -> tuple[Object, Object]:
    made = []
    exempt: Object = {
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": ["gatekeeper-system", "kube-system"],
    }
    for kind, path in (("Validating", "/v1/admit"), ("Mutating", "/v1/mutate")):
        meta = Meta(
            site.name,
            f"{kind}WebhookConfiguration",
            f"gatekeeper-{kind.lower()}-webhook-configuration",
            created=370.0,
            changed=55.0,
            labels=_GATE,
            annotations=release("gatekeeper-system", "gatekeeper"),
            generation=3,
        )
        hook = Hook(
            "validation.gatekeeper.sh" if kind == "Validating" else "mutation.gatekeeper.sh",
            ("gatekeeper-system", "gatekeeper-webhook-service", path, 443),
            (shapes.webhook_rule("*", "*", "*"),),
            failure="Ignore",
            namespace_selector={"matchExpressions": [exempt]},
            timeout_s=3,
        )
        made.append(shapes.webhook_object(meta, [hook]))
    return made[0], made[1]


def _container_limits(site: Site) -> CustomGroup:
    version = "constraints.gatekeeper.sh/v1beta1"
    meta = Meta(
        site.name, "K8sContainerLimits", "container-must-have-limits", created=365.0, changed=90.0, generation=2
    )
    spec: Object = {
        "enforcementAction": "deny",
        "match": {
            "excludedNamespaces": ["kube-system", "gatekeeper-system", "monitoring"],
            "kinds": [{"apiGroups": [""], "kinds": ["Pod"]}],
        },
        "parameters": {"cpu": "8", "memory": "16Gi"},
    }
    resources = (
        Resource("K8sAllowedRepos", "k8sallowedrepos", False, (), ("constraint", "constraints"), True),
        Resource("K8sContainerLimits", "k8scontainerlimits", False, (), ("constraint", "constraints"), True),
        Resource("K8sRequiredLabels", "k8srequiredlabels", False, (), ("constraint", "constraints"), True),
    )
    item = shapes.custom_object(meta, version, spec, ARGO)
    fetched = ("k8scontainerlimits",)
    return CustomGroup("constraints.gatekeeper.sh", "v1beta1", resources, fetched, {fetched[0]: (item,)})


def kubenet_calico() -> Sample:
    """A retailer's cluster of 2021: kubenet, Calico, own route table, a leftover ip-masq map."""
    site = _kubenet_site()
    estate = Estate("acrretailprodweu.azurecr.io", "3.112.0", HELM, "webshop")
    works, services = estate_parts(site, estate, KUBENET_APPS, KUBENET_STORES)
    nginx, nginx_services = ingress_nginx(site, replicas=2, external_policy="Cluster", address="10.20.1.200")
    stack, stack_services = prometheus_stack(site, kube_proxy=True)
    calico, calico_services, calico_budgets = calico_system(site)
    checking, changing = aks_webhooks(site)
    return Sample(
        site=site,
        cluster=shapes.aks_show(site),
        arm=_kubenet_arm(site),
        api_address="20.103.218.64",
        groups={
            "crd.projectcalico.org": "v1",
            "monitoring.coreos.com": "v1 v1alpha1",
            "operator.tigera.io": "v1",
            "snapshot.storage.k8s.io": "v1",
        },
        custom=(_calico_group(site), monitoring_group(site, kube_proxy=True)),
        namespaces=namespaces(
            {
                "storefront": "team-web",
                "catalog": "team-assortment",
                "pricing": "team-assortment",
                "search": "team-web",
                "checkout": "team-checkout",
                "payments": "team-payments",
                "orders": "team-fulfilment",
                "inventory": "team-fulfilment",
                "loyalty": "team-crm",
                "notifications": "team-crm",
            },
            ("calico-system", "ingress-nginx", "monitoring", "tigera-operator"),
        ),
        works=(
            *kube_system(site),
            *calico,
            *nginx,
            *stack,
            *works,
            *(cron_workload(cron, estate) for cron in KUBENET_CRONS),
        ),
        services=(
            *system_services(site),
            *calico_services,
            *nginx_services,
            *stack_services,
            *services,
        ),
        budgets=(
            *system_budgets(site),
            *calico_budgets,
            NGINX_BUDGET,
            *app_budgets(KUBENET_APPS, estate),
            *store_budgets(KUBENET_STORES),
            Budget("payments", "ledger", app_selector("ledger"), 2),
        ),
        policies=(konnectivity_policy(site), *_policies_of_kubenet()),
        routes=(
            nginx_route("storefront", "web", "www.kramhandel.example", ("web", "bff")),
            nginx_route("checkout", "checkout-api", "kassa.kramhandel.example", ("checkout-api",)),
            nginx_route("loyalty", "points-api", "klubb.kramhandel.example", ("points-api",)),
        ),
        classes=(nginx_class(site),),
        validating=(checking, nginx_webhook(site)),
        mutating=(changing,),
        config_maps=(*system_config_maps(site), _leftover_masquerade()),
        ingress_address="10.20.1.200",
    )


def _leftover_masquerade() -> ConfigMap:
    """What the add-on manager of 2021 left behind, with one range that somebody added."""
    cidrs = ("10.244.0.0/16", "10.0.0.0/16", "10.20.0.0/16", "10.96.0.0/12")
    lines = "\n".join(f"  - {cidr}" for cidr in cidrs)
    return ConfigMap(
        "azure-ip-masq-agent-config",
        {"ip-masq-agent": f"nonMasqueradeCIDRs:\n{lines}\nmasqLinkLocal: true\nresyncInterval: 60s\n"},
        {
            "addonmanager.kubernetes.io/mode": "EnsureExists",
            "component": "azure-ip-masq-agent",
            "kubernetes.io/cluster-service": "true",
        },
        KUBECTL,
        2100.0,
    )


KUBENET_APPS = (
    App("storefront", "web", "node", 3, port=3000),
    App("storefront", "bff", "node", 3, port=3000),
    App("catalog", "catalog-api", "java", memory="1Gi"),
    App("pricing", "pricing-engine", "java", 3, memory="1Gi"),
    App("pricing", "promotions", "go"),
    App("search", "query", "java", memory="1Gi"),
    App("checkout", "checkout-api", "dotnet", 3),
    App("checkout", "cart", "go", 3, port=9000),
    App("payments", "payment-gateway", "java", 3, memory="1Gi"),
    App("payments", "ledger", "java", memory="1Gi"),
    App("payments", "fraud-scoring", "python"),
    App("orders", "order-api", "dotnet", 3),
    App("orders", "order-worker", "dotnet", served=False),
    App("inventory", "stock-api", "go"),
    App("inventory", "stock-sync", "go", 1, served=False),
    App("loyalty", "points-api", "node", port=3000),
    App("notifications", "mailer", "python", served=False),
)
KUBENET_STORES = (
    Store("orders", "rabbitmq", "docker.io/library/rabbitmq:4.1.0-management", 5672, "amqp", 32),
    Store(
        "checkout", "cart-redis", "docker.io/library/redis:7.4.3-bookworm", 6379, "redis", 16, 1, "managed-csi-premium"
    ),
)
KUBENET_CRONS = (
    Cron("payments", "settlement-export", "0 5 * * *", (60, 1500)),
    Cron("search", "reindex", "30 1 * * *", (270,)),
    Cron("pricing", "price-import", "*/30 * * * *", (30,)),
)


def _policies_of_kubenet() -> list[Policy]:
    """Sixteen policies, such as people write over six years."""
    deny = [policy((space, "default-deny"), {}, ingress=[]) for space in ("checkout", "orders")]
    both = [policy(("payments", "default-deny-all"), {}, ingress=[], egress=[])]
    return [
        *deny,
        *both,
        policy(("payments", "allow-dns"), {}, egress=[DNS_RULE]),
        policy(("checkout", "allow-from-ingress-nginx"), {}, ingress=[come([NGINX_PEER], tcp(8080, 9000))]),
        policy(("checkout", "allow-same-namespace"), {}, ingress=[come([pods({})])]),
        policy(("checkout", "allow-monitoring"), {}, ingress=[come([MONITORING_PEER], tcp(8080))]),
        policy(
            ("payments", "payment-gateway-from-checkout"),
            named("payment-gateway"),
            ingress=[come([named_pods("checkout-api", "checkout"), pods({})], tcp(8080))],
        ),
        policy(
            ("payments", "payment-gateway-to-acquirer"),
            named("payment-gateway"),
            egress=[
                to([block("20.61.99.0/24")], tcp(443)),
                to([named_pods("ledger"), named_pods("fraud-scoring")], tcp(8080)),
            ],
        ),
        policy(("payments", "ledger-from-namespace"), named("ledger"), ingress=[come([pods({})], tcp(8080))]),
        policy(
            ("payments", "ledger-to-onprem-db"),
            named("ledger"),
            egress=[to([block("10.96.40.0/24")], tcp(1433))],
        ),
        policy(
            ("payments", "settlement-export-to-onprem"),
            named("settlement-export"),
            egress=[to([block("10.96.40.0/24", "10.96.40.1/32")], tcp(1433, 22))],
        ),
        policy(
            ("checkout", "checkout-api-egress"),
            named("checkout-api"),
            egress=[DNS_RULE, to([block("10.244.0.0/16")], tcp(8080))],
        ),
        policy(
            ("orders", "order-api-callers"),
            named("order-api"),
            ingress=[come([named_pods("checkout-api", "checkout"), named_pods("bff", "storefront")], tcp(8080))],
        ),
        policy(("orders", "rabbitmq-clients"), named("rabbitmq"), ingress=[come([pods({})], tcp(5672, 4369, 25672))]),
        policy(
            ("monitoring", "prometheus-egress"),
            named("prometheus"),
            egress=[
                DNS_RULE,
                to([pods(namespace="*")]),
                to([block("10.20.1.0/24")], tcp(9100, 10249, 10250)),
                to([block("20.103.218.64/32")], tcp(443)),
            ],
        ),
    ]


def _kubenet_site() -> Site:
    subscription = "c41f7a93-5b0e-4d68-92c7-7e3d8a16f05b"
    subnet_id = (
        f"/subscriptions/{subscription}/resourceGroups/rg-network-prod-weu"
        "/providers/Microsoft.Network/virtualNetworks/vnet-retail-prod-weu/subnets/snet-aks-nodes"
    )
    return Site(
        name="kubenet-calico-prod",
        resource_group="rg-retail-prod-weu",
        location="westeurope",
        subscription=subscription,
        tenant="71e5d2c8-0f49-4b3a-86d1-f9a2c4705be3",
        version="1.31.13",
        plugin="kubenet",
        policy="calico",
        pod_cidr="10.244.0.0/16",
        vnet="vnet-retail-prod-weu",
        vnet_group="rg-network-prod-weu",
        vnet_prefix="10.20.0.0/16",
        subnet="snet-aks-nodes",
        outbound="userDefinedRouting",
        created=2110.0,
        tags={"application": "webshop", "environment": "production"},
        pools=(
            Pool(
                "system",
                "Standard_D4s_v5",
                3,
                "System",
                110,
                subnet_id=subnet_id,
                subnet_start="10.20.1.4",
                taints=SYSTEM_TAINT,
                surge="33%",
            ),
            Pool(
                "apps",
                "Standard_D8s_v5",
                3,
                max_pods=110,
                limits=(3, 10),
                subnet_id=subnet_id,
                subnet_start="10.20.1.7",
                surge="33%",
            ),
        ),
    )


def _kubenet_arm(site: Site) -> tuple[tuple[str, str, Object], ...]:
    group = site.vnet_group
    vnet_id = network_path(site, group, "virtualNetworks", site.vnet)
    table, nsg = "rt-aks-retail-prod-weu", "nsg-aks-retail-prod-weu"
    table_id = network_path(site, group, "routeTables", table)
    nsg_id = network_path(site, group, "networkSecurityGroups", nsg)
    aks_id = f"{vnet_id}/subnets/{site.subnet}"
    nodes = shapes.nodes_of(site)
    balancer = (
        f"{site.group_id}/providers/Microsoft.Network/loadBalancers/kubernetes-internal"
        f"/frontendIPConfigurations/{shapes.digest('frontend', site.name).hex()[:32]}"
    )
    configurations = (*shapes.node_configurations(nodes, aks_id), balancer)
    subnets = (
        Subnet(site.subnet, "10.20.1.0/24", table_id, nsg_id, configurations=configurations),
        Subnet("snet-appgateway", "10.20.8.0/24"),
        Subnet("snet-private-endpoints", "10.20.10.0/24"),
        Subnet("snet-sqlmi", "10.20.12.0/26", delegation="Microsoft.Sql/managedInstances"),
    )
    hub = "/subscriptions/2a90e6d7-83c1-4b5f-9d04-6f7c18be52a3/resourceGroups/rg-hub-weu"
    hub += "/providers/Microsoft.Network/virtualNetworks/vnet-hub-weu"
    peering = shapes.peering_body(site, "peer-vnet-hub-weu", hub, ("10.10.0.0/20",))
    routes = (
        *(shapes.node_route(node) for node in nodes),
        ("default-via-firewall", "0.0.0.0/0", "VirtualAppliance", "10.10.0.4"),
        ("legacy-pods-via-nva", "10.244.200.0/24", "VirtualAppliance", "10.10.0.10"),
    )
    rules = (
        Rule("AllowHubInBound", 200, "Allow", "10.10.0.0/20", "10.20.1.0/24", "80 443", "Tcp"),
        Rule("AllowNodesAndPods", 210, "Allow", "10.20.1.0/24 10.244.0.0/16", "10.20.1.0/24 10.244.0.0/16"),
        Rule("DenyRdp", 400, "Deny", "*", "*", "3389", "Tcp"),
    )
    return (
        ("vnet-1.json", vnet_id, shapes.vnet_body(site, (site.vnet_prefix,), subnets, (peering,))),
        ("routetable-1.json", table_id, shapes.route_table_body(site, table, routes, (aks_id,))),
        ("nsg-1.json", nsg_id, shapes.nsg_body(site, nsg, rules, (aks_id,))),
    )


CALICO_VERSION = "v3.28.5"
NOT_CILIUM: Mapping[str, Json] = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {"key": "kubernetes.azure.com/cluster", "operator": "Exists"},
                        {"key": "kubernetes.azure.com/ebpf-dataplane", "operator": "NotIn", "values": ["cilium"]},
                        {"key": "kubernetes.azure.com/network-policy", "operator": "NotIn", "values": ["none"]},
                    ]
                }
            ]
        }
    }
}


def calico_system(site: Site) -> tuple[list[Workload], list[Service], list[Budget]]:
    """Calico as AKS installs it: the operator, and what the operator makes."""
    works = [_tigera_operator(site), _calico_node(site), _typha(site), _calico_controllers(site)]
    service = Service(
        "calico-system",
        "calico-typha",
        {"k8s-app": "calico-typha"},
        (ServicePort(5473, "calico-typha", "calico-typha"),),
        cluster_ip(site, "calico-system", "calico-typha"),
        labels={"k8s-app": "calico-typha"},
        writer=Writer("operator"),
        created=1400.0,
    )
    budgets = [
        Budget("calico-system", name, {"k8s-app": name}, max_unavailable=1, writer=Writer("operator"), created=1400.0)
        for name in ("calico-typha", "calico-kube-controllers")
    ]
    return works, [service], budgets


def _operated_by_tigera(site: Site, kind: str, template: Template, replicas: int = 1) -> Workload:
    name = str(template.labels["k8s-app"])
    installation = shapes.owner(Meta(site.name, "Installation", "default"), "operator.tigera.io/v1")
    return Workload(
        kind,
        "calico-system",
        name,
        {"k8s-app": name},
        template,
        replicas,
        labels={"app.kubernetes.io/name": name, "k8s-app": name},
        writer=Writer("operator"),
        created=1400.0,
        rolled=21.0,
        revision=17,
        owners=(installation,),
    )


def _calico_labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "k8s-app": name}


def _calico_node(site: Site) -> Workload:
    container = Container(
        "calico-node",
        f"mcr.microsoft.com/oss/v2/calico/node:{CALICO_VERSION}",
        requests=("100m", "100Mi"),
        limits=("", "900Mi"),
        env=(
            shapes.value("DATASTORE_TYPE", "kubernetes"),
            shapes.value("CLUSTER_TYPE", "k8s,operator,aks,bgp"),
            shapes.value("CALICO_NETWORKING_BACKEND", "none"),
            shapes.value("FELIX_INTERFACEPREFIX", "azv"),
            shapes.value("FELIX_DEFAULTENDPOINTTOHOSTACTION", "ACCEPT"),
            shapes.value("FELIX_TYPHAK8SNAMESPACE", "calico-system"),
            shapes.value("FELIX_TYPHAK8SSERVICENAME", "calico-typha"),
            shapes.from_field("NODENAME", "spec.nodeName"),
        ),
        mounts=(
            shapes.mount("lib-modules", "/lib/modules", read_only=True),
            shapes.mount("xtables-lock", "/run/xtables.lock"),
            shapes.mount("var-run-calico", "/var/run/calico"),
            shapes.mount("var-lib-calico", "/var/lib/calico"),
        ),
        probes={
            "livenessProbe": shapes.http_probe("/liveness", 9099, period_s=60),
            "readinessProbe": shapes.exec_probe("/bin/calico-node", "-felix-ready", period_s=30),
        },
        lifecycle={"preStop": {"exec": {"command": ["/bin/calico-node", "-shutdown"]}}},
        security=PRIVILEGED,
    )
    template = Template(
        _calico_labels("calico-node"),
        (container,),
        volumes=(
            shapes.host_path("lib-modules", "/lib/modules"),
            shapes.host_path("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
            shapes.host_path("var-run-calico", "/var/run/calico", "DirectoryOrCreate"),
            shapes.host_path("var-lib-calico", "/var/lib/calico", "DirectoryOrCreate"),
        ),
        account="calico-node",
        host_network=True,
        priority="system-node-critical",
        tolerations=EVERYWHERE,
        affinity=NOT_CILIUM,
        grace_s=5,
    )
    return _operated_by_tigera(site, "DaemonSet", template)


def _typha(site: Site) -> Workload:
    container = Container(
        "calico-typha",
        f"mcr.microsoft.com/oss/v2/calico/typha:{CALICO_VERSION}",
        ports=(shapes.port(5473, "calico-typha", host_port=5473),),
        env=(
            shapes.value("TYPHA_DATASTORETYPE", "kubernetes"),
            shapes.value("TYPHA_HEALTHENABLED", "true"),
            shapes.value("TYPHA_K8SNAMESPACE", "calico-system"),
        ),
        probes={
            "livenessProbe": shapes.http_probe("/liveness", 9098),
            "readinessProbe": shapes.http_probe("/readiness", 9098),
        },
        security=LOCKED | {"runAsUser": 10001, "runAsNonRoot": True},
    )
    template = Template(
        _calico_labels("calico-typha"),
        (container,),
        account="calico-typha",
        host_network=True,
        priority="system-cluster-critical",
        tolerations=EVERYWHERE,
        affinity=SYSTEM_FIRST,
        grace_s=300,
    )
    return _operated_by_tigera(site, "Deployment", template, 2)


def _calico_controllers(site: Site) -> Workload:
    container = Container(
        "calico-kube-controllers",
        f"mcr.microsoft.com/oss/v2/calico/kube-controllers:{CALICO_VERSION}",
        env=(
            shapes.value("KUBE_CONTROLLERS_CONFIG_NAME", "default"),
            shapes.value("DATASTORE_TYPE", "kubernetes"),
            shapes.value("ENABLED_CONTROLLERS", "node"),
        ),
        probes={"readinessProbe": shapes.exec_probe("/usr/bin/check-status", "-r")},
        security=LOCKED | {"runAsUser": 999, "runAsNonRoot": True},
    )
    template = Template(
        _calico_labels("calico-kube-controllers"),
        (container,),
        account="calico-kube-controllers",
        priority="system-cluster-critical",
        tolerations=(CRITICAL,),
        affinity=SYSTEM_FIRST,
    )
    return _operated_by_tigera(site, "Deployment", template)


def _tigera_operator(site: Site) -> Workload:
    container = Container(
        "tigera-operator",
        "mcr.microsoft.com/oss/v2/tigera/operator:v1.34.12",
        command=("operator",),
        env=(
            shapes.from_field("POD_NAME", "metadata.name"),
            shapes.value("OPERATOR_NAME", "tigera-operator"),
            shapes.value("TIGERA_OPERATOR_INIT_IMAGE_VERSION", "v1.34.12"),
        ),
        mounts=(shapes.mount("var-lib-calico", "/var/lib/calico", read_only=True),),
    )
    template = Template(
        {"k8s-app": "tigera-operator", "name": "tigera-operator"},
        (container,),
        volumes=(shapes.host_path("var-lib-calico", "/var/lib/calico"),),
        account="tigera-operator",
        host_network=True,
        tolerations=EVERYWHERE,
        affinity=SYSTEM_FIRST,
        grace_s=60,
    )
    return Workload(
        "Deployment",
        "tigera-operator",
        "tigera-operator",
        {"name": "tigera-operator"},
        template,
        labels=managed_by(**{"addonmanager.kubernetes.io/mode": "Reconcile", "k8s-app": "tigera-operator"}),
        writer=ADDON,
        created=1400.0,
        rolled=21.0,
        revision=13,
    )


_CALICO_KINDS = (
    "BGPConfiguration BGPFilter BGPPeer BlockAffinity CalicoNodeStatus ClusterInformation FelixConfiguration "
    "GlobalNetworkPolicy GlobalNetworkSet HostEndpoint IPAMBlock IPAMConfig IPAMHandle IPPool IPReservation "
    "KubeControllersConfiguration NetworkPolicy NetworkSet"
)
_CALICO_PLURALS = {"BlockAffinity": "blockaffinities", "CalicoNodeStatus": "caliconodestatuses"}


def _calico_resource(kind: str) -> Resource:
    plain = f"{kind.lower()}s"
    plural = _CALICO_PLURALS.get(kind, plain.removesuffix("ys") + "ies" if plain.endswith("ys") else plain)
    return Resource(kind, plural, kind in ("NetworkPolicy", "NetworkSet"))


def _calico_group(site: Site) -> CustomGroup:
    version = "crd.projectcalico.org/v1"
    apply = Writer("calicoctl")

    def item(kind: str, name: str, spec: Object, labels: Mapping[str, str]) -> Object:
        meta = Meta(site.name, kind, name, created=880.0, changed=410.0, labels=labels, generation=2)
        return shapes.custom_object(meta, version, spec, apply)

    node = shapes.nodes_of(site)[-1]
    deny: Object = {
        "egress": [
            {"action": "Deny", "destination": {"nets": ["169.254.169.254/32"]}, "protocol": "TCP"},
            {"action": "Deny", "destination": {"selector": "zone == 'mainframe'"}},
            {"action": "Pass"},
        ],
        "order": 50,
        "selector": "app.kubernetes.io/part-of == 'webshop'",
        "tier": "default",
        "types": ["Egress"],
    }
    nets: Object = {"nets": ["10.96.16.0/22", "10.96.200.0/24"]}
    endpoint: Object = {
        "expectedIPs": [node.ip],
        "interfaceName": "eth0",
        "node": node.name,
        "profiles": ["projectcalico-default-allow"],
    }
    felix: Object = {"floatingIPs": "Disabled", "healthPort": 9099, "logSeverityScreen": "Info"}
    pool: Object = {"blockSize": 26, "cidr": site.pod_cidr, "ipipMode": "Never", "natOutgoing": False}
    return CustomGroup(
        "crd.projectcalico.org",
        "v1",
        tuple(_calico_resource(kind) for kind in _CALICO_KINDS.split()),
        (
            "networkpolicies",
            "globalnetworkpolicies",
            "globalnetworksets",
            "networksets",
            "hostendpoints",
            "felixconfigurations",
            "ippools",
        ),
        {
            "globalnetworkpolicies": (item("GlobalNetworkPolicy", "default.deny-metadata-and-mainframe", deny, {}),),
            "globalnetworksets": (item("GlobalNetworkSet", "mainframe", nets, {"zone": "mainframe"}),),
            "hostendpoints": (item("HostEndpoint", f"{node.name}-eth0", endpoint, {"role": "worker"}),),
            "felixconfigurations": (item("FelixConfiguration", "default", felix, {}),),
            "ippools": (item("IPPool", "default-ipv4-ippool", pool, {}),),
        },
    )


def node_subnet_windows() -> Sample:
    """A carrier's cluster: node subnet, NPM, a Windows pool, an ip-masq map of its own."""
    site = _windows_site()
    estate = Estate("acrlogistikprod.azurecr.io", "26.11.1", ARGO, "freight", plain=True)
    works, services = estate_parts(site, estate, WINDOWS_APPS, WINDOWS_STORES)
    legacy, legacy_services = _windows_apps(site)
    nginx, nginx_services = ingress_nginx(site, replicas=2, external_policy="Local", address="20.166.52.19")
    checking, changing = aks_webhooks(site)
    return Sample(
        site=site,
        cluster=shapes.aks_show(site, outbound_ips=2),
        arm=_windows_arm(site),
        api_address="20.166.11.207",
        groups={"snapshot.storage.k8s.io": "v1"},
        custom=(),
        namespaces=namespaces(
            {
                "dispatch": "team-planning",
                "route-planning": "team-planning",
                "fleet-telemetry": "team-fleet",
                "driver-app": "team-fleet",
                "tracking": "team-customer",
                "customs": "team-trade",
                "partner-edi": "team-trade",
                "depots": "team-depots",
                "warehouse": "team-depots",
                "billing": "team-finance",
            },
            ("ingress-nginx", "observability"),
        ),
        works=(
            *kube_system(site),
            *nginx,
            _telemetry_agent(),
            *works,
            *legacy,
            *(cron_workload(cron, estate) for cron in WINDOWS_CRONS),
        ),
        services=(*system_services(site), *nginx_services, *services, *legacy_services),
        budgets=(
            *system_budgets(site),
            NGINX_BUDGET,
            *app_budgets(WINDOWS_APPS, estate),
            *store_budgets(WINDOWS_STORES),
        ),
        policies=(konnectivity_policy(site), *_policies_of_windows()),
        routes=(
            nginx_route("tracking", "track-web", "sporing.frakt.example", ("track-web", "track-api")),
            nginx_route("driver-app", "driver-api", "forer.frakt.example", ("driver-api",)),
        ),
        classes=(nginx_class(site),),
        validating=(checking, nginx_webhook(site)),
        mutating=(changing,),
        config_maps=(
            *system_config_maps(site),
            _own_masquerade(),
            reconciled_masquerade(("10.60.0.0/21", "10.60.8.0/22", site.service_cidr, site.vnet_prefix)),
        ),
        ingress_address="20.166.52.19",
    )


def _own_masquerade() -> ConfigMap:
    cidrs = ("10.60.0.0/16", "10.0.0.0/16", "10.112.0.0/14")
    lines = "\n".join(f"  - {cidr}" for cidr in cidrs)
    content = {"ip-masq-agent": f"nonMasqueradeCIDRs:\n{lines}\nmasqLinkLocal: true\n"}
    return ConfigMap("azure-ip-masq-agent-config", content, {"owner": "team-network"}, KUBECTL, 612.0)


WINDOWS_APPS = (
    App("dispatch", "dispatch-api", "dotnet", 3),
    App("dispatch", "load-builder", "java", memory="1Gi"),
    App("route-planning", "optimiser", "java", memory="1Gi", port=8081),
    App("route-planning", "map-tiles", "go", 3),
    App("fleet-telemetry", "ingest", "go", 3, port=9090),
    App("driver-app", "driver-api", "dotnet", 3),
    App("driver-app", "shift-planner", "dotnet", 1),
    App("tracking", "track-web", "node", 3, port=3000),
    App("tracking", "track-api", "go", 3),
    App("customs", "tariff-lookup", "go"),
    App("partner-edi", "message-router", "go"),
    App("depots", "dock-scheduler", "go"),
    App("warehouse", "stock-ledger", "java", 3, memory="1Gi"),
    App("billing", "freight-invoices", "dotnet", 3),
    App("billing", "surcharges", "go"),
    App("depots", "gate-control", "go", 1),
    App("warehouse", "pick-lists", "go"),
    App("tracking", "eta-predictor", "python"),
    App("fleet-telemetry", "geofence", "go", 1),
)
WINDOWS_STORES = (Store("fleet-telemetry", "nats", "docker.io/library/nats:2.11.3-alpine", 4222, "client", 64),)
WINDOWS_CRONS = (
    Cron("billing", "weekly-statement", "0 3 * * 1", (5940,)),
    Cron("customs", "tariff-refresh", "0 4 * * *", (120, 1560)),
)


def _policies_of_windows() -> list[Policy]:
    """Fourteen policies over ranges, port ranges and named ports."""
    ranged: list[Json] = [{"protocol": "TCP", "port": 30000, "endPort": 30100}]
    return [
        policy(("dispatch", "default-deny-ingress"), {}, ingress=[]),
        policy(("dispatch", "same-namespace"), {}, ingress=[come([pods({})])]),
        policy(
            ("dispatch", "dispatch-api-callers"),
            bare("dispatch-api"),
            ingress=[come([app_pods("driver-api", "driver-app"), NGINX_PEER], tcp("http"))],
        ),
        policy(
            ("dispatch", "load-builder-egress"),
            bare("load-builder"),
            egress=[DNS_RULE, to([pods(namespace="route-planning"), pods(namespace="warehouse")], tcp("http"))],
        ),
        policy(
            ("driver-app", "driver-api-egress"),
            bare("driver-api"),
            egress=[DNS_RULE, to([block("10.60.0.0/16")], tcp(8080, 9090))],
        ),
        policy(("fleet-telemetry", "default-deny-ingress"), {}, ingress=[]),
        policy(
            ("fleet-telemetry", "ingest-from-gateways"),
            bare("ingest"),
            ingress=[come([block("10.112.16.0/20"), block("10.60.0.0/21")], tcp(9090))],
        ),
        policy(("fleet-telemetry", "nats-clients"), named("nats"), ingress=[come([pods({})], tcp(4222, 6222))]),
        policy(
            ("partner-edi", "message-router-egress"),
            bare("message-router"),
            egress=[DNS_RULE, to([block("10.112.40.0/24")], ranged), to([named_pods("edi-gateway")], tcp(4080))],
        ),
        policy(("customs", "default-deny"), {}, ingress=[], egress=[]),
        policy(("customs", "allow-dns"), {}, egress=[DNS_RULE]),
        policy(
            ("customs", "declarations"),
            named("customs-declarations"),
            ingress=[come([pods(namespace="dispatch"), pods({})], tcp(80))],
            egress=[to([block("52.236.186.0/24")], tcp(443)), to([app_pods("tariff-lookup")], tcp(8080))],
        ),
        policy(
            ("warehouse", "stock-ledger-callers"),
            bare("stock-ledger"),
            ingress=[come([pods(namespace="dispatch"), pods(namespace="depots"), pods({})], tcp(8080))],
        ),
        policy(
            ("billing", "freight-invoices-egress"),
            bare("freight-invoices"),
            egress=[
                DNS_RULE,
                to([block("0.0.0.0/0", "10.0.0.0/8")], tcp(443)),
                to([app_pods("surcharges")], tcp(8080)),
            ],
        ),
    ]


def _telemetry_agent() -> Workload:
    """A DaemonSet that scrapes the metrics of NPM on its node."""
    labels = helm_labels("otel-node-agent", "opentelemetry-collector-0.125.0", "0.126.0", "agent-collector")
    scrape = "receivers.prometheus.config.scrape_configs"
    container = Container(
        "opentelemetry-collector",
        "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s:0.126.0",
        ports=(shapes.port(4317, "otlp", host_port=4317), shapes.port(13133, "health")),
        requests=("50m", "128Mi"),
        limits=("", "512Mi"),
        args=(
            "--config=/conf/relay.yaml",
            f"--set={scrape}.0.job_name=azure-npm",
            f"--set={scrape}.0.static_configs.0.targets=[$(NODE_IP):10091]",
            f"--set={scrape}.0.metric_relabel_configs.0.regex=npm_(num_policies|num_iptables_rules|ipset_counts)",
        ),
        env=(shapes.from_field("NODE_NAME", "spec.nodeName"), shapes.from_field("NODE_IP", "status.hostIP")),
        mounts=(shapes.mount("otel-config", "/conf", read_only=True),),
        probes={"livenessProbe": shapes.http_probe("/", 13133), "readinessProbe": shapes.http_probe("/", 13133)},
        security=LOCKED | {"runAsUser": 10001, "runAsNonRoot": True},
    )
    selector = {
        "app.kubernetes.io/component": "agent-collector",
        "app.kubernetes.io/instance": "otel-node-agent",
        "app.kubernetes.io/name": "otel-node-agent",
    }
    template = Template(
        labels,
        (container,),
        volumes=(shapes.config_map_volume("otel-config", "otel-node-agent"),),
        account="otel-node-agent",
        node_selector={"kubernetes.io/os": "linux"},
        tolerations=(CRITICAL,),
    )
    return Workload(
        "DaemonSet",
        "observability",
        "otel-node-agent",
        selector,
        template,
        labels=labels,
        annotations=release("observability", "otel-node-agent"),
        created=330.0,
        rolled=24.0,
        revision=9,
    )


def _windows_apps(site: Site) -> tuple[list[Workload], list[Service]]:
    """What still runs on .NET Framework."""
    rows = (
        ("customs", "customs-declarations", 80, "http"),
        ("partner-edi", "edi-gateway", 4080, "as2"),
        ("billing", "invoice-printing", 80, "http"),
    )
    works = [_windows_app(*row) for row in rows]
    services = [
        Service(
            namespace,
            name,
            app_selector(name),
            (ServicePort(port_number, port_number, port_name),),
            cluster_ip(site, namespace, name),
            labels=helm_labels(name),
            writer=ARGO,
            created=590.0,
        )
        for namespace, name, port_number, port_name in rows
    ]
    return works, services


def _windows_app(namespace: str, name: str, port_number: int, port_name: str) -> Workload:
    labels = helm_labels(name) | {"app.kubernetes.io/managed-by": "argocd"}
    container = Container(
        name,
        f"acrlogistikprod.azurecr.io/{namespace}/{name}:ltsc2022-26.9.4",
        ports=(shapes.port(port_number, port_name),),
        requests=("500m", "1Gi"),
        limits=("2", "3Gi"),
        env=(
            shapes.value("COMPLUS_GCHeapAffinitizeMask", "0x3"),
            shapes.from_secret("DATABASE_URL", f"{name}-store", "url"),
        ),
        probes={"readinessProbe": shapes.http_probe("/healthcheck.ashx", port_name, delay_s=30)},
    )
    template = Template(
        labels,
        (container,),
        account=name,
        node_selector={"kubernetes.io/os": "windows"},
        tolerations=({"key": "os", "operator": "Equal", "value": "windows", "effect": "NoSchedule"},),
        mounts_token=False,
        grace_s=60,
    )
    return Workload(
        "Deployment",
        namespace,
        name,
        app_selector(name),
        template,
        2,
        labels=labels,
        writer=ARGO,
        created=590.0,
        rolled=61.0,
        revision=21,
    )


def _windows_site() -> Site:
    subscription = "9e2b64f1-d07a-4c83-b5e9-18a3f60c7d24"
    vnet_group = "rg-logistikk-nett-neu"
    vnet_id = (
        f"/subscriptions/{subscription}/resourceGroups/{vnet_group}"
        "/providers/Microsoft.Network/virtualNetworks/vnet-logistikk-prod-neu"
    )
    return Site(
        name="nodesubnet-npm-windows",
        resource_group="rg-logistikk-prod",
        location="northeurope",
        subscription=subscription,
        tenant="a58d03e7-6c21-49fb-93d4-2e7b90f1c6a5",
        version="1.32.9",
        plugin="azure",
        policy="azure",
        vnet="vnet-logistikk-prod-neu",
        vnet_group=vnet_group,
        vnet_prefix="10.60.0.0/16",
        subnet="snet-aks",
        identity=f"/subscriptions/{subscription}/resourceGroups/rg-logistikk-prod"
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-aks-logistikk-prod",
        created=1190.0,
        tags={"avdeling": "plattform", "miljo": "produksjon"},
        pools=(
            Pool(
                "system",
                "Standard_D4s_v5",
                2,
                "System",
                30,
                subnet_id=f"{vnet_id}/subnets/snet-aks",
                subnet_start="10.60.0.4",
                taints=SYSTEM_TAINT,
                surge="1",
            ),
            Pool(
                "apps",
                "Standard_D8s_v5",
                3,
                max_pods=30,
                limits=(3, 8),
                subnet_id=f"{vnet_id}/subnets/snet-aks",
                subnet_start="10.60.0.66",
                surge="33%",
            ),
            Pool(
                "win22",
                "Standard_D4s_v5",
                2,
                max_pods=30,
                os="Windows",
                sku="Windows2022",
                image="AKSWindows-2022-containerd-20348.2700.240911",
                subnet_id=f"{vnet_id}/subnets/snet-aks-win",
                subnet_start="10.60.8.4",
                taints=("os=windows:NoSchedule",),
                surge="1",
            ),
        ),
    )


def _windows_arm(site: Site) -> tuple[tuple[str, str, Object], ...]:
    group = site.vnet_group
    vnet_id = network_path(site, group, "virtualNetworks", site.vnet)
    nsg = "nsg-aks-logistikk"
    nsg_id = network_path(site, group, "networkSecurityGroups", nsg)
    ids = tuple(f"{vnet_id}/subnets/{name}" for name in ("snet-aks", "snet-aks-win"))
    nodes = shapes.nodes_of(site)
    subnets = (
        Subnet("snet-aks", "10.60.0.0/21", "", nsg_id, configurations=shapes.node_configurations(nodes, ids[0])),
        Subnet("snet-aks-win", "10.60.8.0/22", "", nsg_id, configurations=shapes.node_configurations(nodes, ids[1])),
        Subnet("snet-private-endpoints", "10.60.20.0/24"),
        Subnet("GatewaySubnet", "10.60.255.0/27"),
    )
    rules = (
        Rule("AllowWebInBound", 200, "Allow", "Internet", "*", "80 443", "Tcp"),
        Rule("AllowOnPremInBound", 210, "Allow", "10.112.0.0/14", "10.60.0.0/16"),
    )
    return (
        ("vnet-1.json", vnet_id, shapes.vnet_body(site, (site.vnet_prefix,), subnets, ())),
        ("nsg-1.json", nsg_id, shapes.nsg_body(site, nsg, rules, ids)),
    )


SAMPLES = (kubenet_calico, node_subnet_windows, two_policies, overlay_ready)


def main(arguments: Sequence[str]) -> None:
    """Writes every sample below the folder that is named, or below analyzer/samples."""
    out = Path(arguments[0]) if arguments else DEFAULT_OUT
    out.mkdir(parents=True, exist_ok=True)
    (out / "__init__.py").write_text("", encoding="utf-8")
    for sample in SAMPLES:
        write(sample(), out)


if __name__ == "__main__":
    main(sys.argv[1:])

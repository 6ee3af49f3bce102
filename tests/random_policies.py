"""Random policies: Kubernetes, Cilium, Calico, Istio."""

from __future__ import annotations

from typing import Any

from random_choices import LEFT_OUT, manifest, of, some

CIDRS = ("10.10.0.0/24", "10.10.0.0/16", "10.244.0.0/16", "0.0.0.0/0", "203.0.113.0/24", "10.0.0.0/8", "10.0.0.0/16")
LABELS: tuple[dict[str, str], ...] = (
    {"app": "web"},
    {"app": "db"},
    {"app": "agent"},
    {"k8s-app": "kube-dns"},
    {"pod-template-hash": "5d4"},
    {},
)
SELECTORS = of(
    *({"matchLabels": labels} for labels in LABELS),
    {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web", "x"]}]},
    {"matchExpressions": [{"key": "app", "operator": "In", "values": []}]},
    {
        "matchExpressions": [{"key": "app", "operator": "Exists"}],
        "matchLabels": {"statefulset.kubernetes.io/pod-name": "db-0"},
    },
)
NAMESPACE_SELECTORS = of(
    {},
    {"matchLabels": {"team": "retail"}},
    {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
    {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["retail"]}]},
)
_BLOCK = {"cidr": of(*CIDRS, "10.10.0.10/32", "10.10.0.4/32", "fd00::/8"), "except": of(LEFT_OUT, ["10.10.0.0/20"])}
_PEERS = of(
    {"ipBlock": _BLOCK},
    {"podSelector": SELECTORS},
    {"namespaceSelector": NAMESPACE_SELECTORS},
    {"namespaceSelector": NAMESPACE_SELECTORS, "podSelector": SELECTORS},
    {},
)
_PORTS = of(
    {"port": of(80, 8080, 5432, 53, 0)},
    {"port": of("main", "gone")},
    {"protocol": "UDP", "port": 53},
    {"protocol": "SCTP", "port": 3868},
    {"port": 80, "endPort": of(9000, 81)},
    {"protocol": "UDP"},
)


def _rules(word: str) -> Any:
    return some({word: of(LEFT_OUT, some(_PEERS)), "ports": of(LEFT_OUT, some(_PORTS))}, most=2)


KUBERNETES = manifest(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    {
        "podSelector": SELECTORS,
        "policyTypes": of(["Ingress"], ["Egress"], ["Ingress", "Egress"], None),
        "ingress": of(LEFT_OUT, [], _rules("from")),
        "egress": of(LEFT_OUT, [], _rules("to")),
    },
)
_CILIUM_PORTS = {
    "ports": some(
        {"port": "80"}, {"port": "0"}, {"port": "main", "protocol": "SCTP"}, {"port": "53", "protocol": "UDP"}
    ),
    "rules": of(LEFT_OUT, {"http": [{"method": "GET"}]}, {"dns": [{"matchPattern": "*"}]}, {"kafka": [{}]}),
}
_CILIUM_RULE = of(
    {"toFQDNs": [{"matchName": "example.org"}, {"matchPattern": "*.example.org"}]},
    {"toPorts": some(_CILIUM_PORTS)},
    {"fromEndpoints": some(SELECTORS), "toEndpoints": some(SELECTORS)},
    {"toEntities": some("world", "host", "kube-apiserver"), "fromEntities": some("world", "remote-node")},
    {"toCIDR": some(*CIDRS), "fromCIDRSet": some({"cidr": of(*CIDRS), "except": of(LEFT_OUT, ["10.10.0.0/20"])})},
    {"toServices": [{"k8sService": {"serviceName": "web"}}], "toNodes": [{}], "toGroups": [{"aws": {}}]},
)
_CILIUM_SPEC = {
    "endpointSelector": of(SELECTORS, None),
    "nodeSelector": of(LEFT_OUT, LEFT_OUT, {}),
    "egress": some(_CILIUM_RULE),
    "ingress": some(_CILIUM_RULE),
    "ingressDeny": of(LEFT_OUT, [{"fromEntities": ["world"]}]),
}
CILIUM = of(
    manifest("cilium.io/v2", "CiliumNetworkPolicy", _CILIUM_SPEC),
    manifest("cilium.io/v2", "CiliumNetworkPolicy", specs=some(_CILIUM_SPEC)),
    manifest("cilium.io/v2", "CiliumClusterwideNetworkPolicy", _CILIUM_SPEC, metadata={"namespace": LEFT_OUT}),
)
_CALICO = of("crd.projectcalico.org/v1", "projectcalico.org/v3")
_NAMES = {
    "name": of("default.a", "a", "knp.default.web"),
    "labels": of({}, {"projectcalico.org/created-by": "operator"}),
}
_WIDE = {**_NAMES, "namespace": LEFT_OUT}
_CALICO_SPEC = {
    "tier": of("default", "security"),
    "selector": of("app == 'web'", "all()", "has(projectcalico.org/name)"),
    "namespaceSelector": of(LEFT_OUT, "all()"),
    "types": of(["Egress"], ["Ingress", "Egress"]),
    "egress": some(
        {"action": "Allow", "destination": {"domains": ["example.org"]}},
        {"action": "Deny", "destination": {"nets": ["10.10.0.0/16", "10.244.0.0/16"]}},
        {"action": "Log"},
    ),
    "ingress": some({"action": "Allow", "source": {"notNets": ["10.10.0.0/24"], "selector": "app == 'db'"}}),
}
CALICO = of(
    manifest(_CALICO, "NetworkPolicy", _CALICO_SPEC, metadata=_NAMES),
    manifest(_CALICO, "GlobalNetworkPolicy", _CALICO_SPEC, metadata=_WIDE),
    manifest(_CALICO, "NetworkSet", {"nets": some(*CIDRS), "allowedEgressDomains": some("example.org")}),
    manifest(_CALICO, "GlobalNetworkSet", {"nets": some(*CIDRS)}, metadata=_WIDE),
    manifest(_CALICO, "HostEndpoint", metadata=_WIDE),
    manifest(_CALICO, "Tier", metadata=_WIDE),
    manifest(_CALICO, "IPPool", {"cidr": of(*CIDRS), "disabled": of(True, False)}, metadata=_WIDE),
    manifest(
        _CALICO,
        "FelixConfiguration",
        of({"bpfEnabled": True, "wireguardEnabled": True}, {"iptablesBackend": "Auto"}),
        metadata={"namespace": LEFT_OUT, "name": of("default", "node.apps-0")},
    ),
    manifest("crd.projectcalico.org/v1", "StagedNetworkPolicy"),
)
OTHERS = of(
    manifest("policy.networking.k8s.io/v1alpha1", of("AdminNetworkPolicy", "BaselineAdminNetworkPolicy")),
    manifest(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        {
            "rules": some(
                {"from": [{"source": {"ipBlocks": ["10.10.0.0/16"], "notRemoteIpBlocks": ["10.244.0.0/16"]}}]},
                {"to": [{"operation": {"methods": ["GET"], "paths": ["/"]}}], "when": [{"key": "source.ip"}]},
            )
        },
    ),
)
POLICIES = of(KUBERNETES, KUBERNETES, KUBERNETES, CILIUM, CALICO, OTHERS)

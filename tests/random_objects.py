"""Random Services and what stands before them, webhooks, settings, and objects of add-ons and extensions."""

from __future__ import annotations

from random_choices import LEFT_OUT, manifest, of, some
from random_policies import CIDRS, POLICIES, SELECTORS
from random_workloads import LABELS
from random_workloads import OBJECTS as WORKLOAD_OBJECTS

from analyzer.model.source import Source

_WIDE = {"namespace": LEFT_OUT}
_SYSTEM = "kube-system"
_RANGES = of("10.10.0.0/16", "10.10.0.0/24,203.0.113.0/24", "10.244.0.0/16", "not a range")
SERVICES = manifest(
    "v1",
    "Service",
    {
        "type": of("ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer", "ExternalName"),
        "clusterIP": of("10.0.12.1", "10.0.12.9", "None", ""),
        "selector": of(LABELS, LEFT_OUT),
        "ports": some(
            {"port": 80, "targetPort": of(8080, "main", "gone"), "nodePort": of(0, 30123)},
            {"port": 53, "protocol": of("UDP", "SCTP")},
        ),
        "externalTrafficPolicy": of(LEFT_OUT, "Local", "Cluster"),
        "internalTrafficPolicy": of(LEFT_OUT, "Local"),
        "loadBalancerSourceRanges": of(LEFT_OUT, ["10.10.0.0/16"]),
        "externalIPs": of(LEFT_OUT, LEFT_OUT, ["10.10.0.10"]),
        "externalName": of(LEFT_OUT, "db.example.org"),
        "trafficDistribution": of(LEFT_OUT, "PreferClose"),
        "ipFamilies": of(LEFT_OUT, ["IPv4", "IPv6"]),
    },
    metadata={
        "labels": LABELS,
        "annotations": of(
            {},
            {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
            {"service.beta.kubernetes.io/azure-allowed-ip-ranges": _RANGES},
            {"service.beta.kubernetes.io/azure-pls-create": "true"},
            {"service.kubernetes.io/topology-mode": "Auto", "service.cilium.io/global": "true"},
            {"external-dns.alpha.kubernetes.io/hostname": "shop.example.org"},
        ),
    },
    status=of(LEFT_OUT, {"loadBalancer": {"ingress": [{"ip": of("10.10.0.200", "203.0.113.9")}]}}),
)
ENTRANCES = of(
    manifest(
        "networking.k8s.io/v1",
        "Ingress",
        {"ingressClassName": of("nginx", "agic", "agc", None)},
        metadata={
            "annotations": of(
                {},
                {"nginx.ingress.kubernetes.io/whitelist-source-range": _RANGES},
                {"haproxy.org/deny-list": _RANGES},
                {"kubernetes.io/ingress.class": of("azure/application-gateway", "azure-alb-external")},
                {"alb.networking.azure.io/alb-id": "/subscriptions/x"},
            )
        },
    ),
    manifest(
        "networking.k8s.io/v1",
        "IngressClass",
        {
            "controller": of(
                "k8s.io/ingress-nginx", "azure/application-gateway", "alb.networking.azure.io/alb-controller"
            )
        },
        metadata={**_WIDE, "name": of("nginx", "agic", "agc")},
    ),
    manifest(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        metadata={
            "labels": of(
                {},
                {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"},
                {"kubernetes.io/service-name": "web"},
            )
        },
        addressType="IPv4",
        endpoints=of(
            None,
            [
                {
                    "addresses": of(["10.10.0.10"], ["203.0.113.7"]),
                    "targetRef": of(None, {"kind": "Pod", "name": "x", "namespace": "shop"}),
                }
            ],
        ),
        ports=of(None, [{"port": 80}]),
    ),
    manifest("networking.k8s.io/v1", "ServiceCIDR", {"cidrs": some("10.244.0.0/20", "10.0.0.0/16")}, metadata=_WIDE),
    manifest(
        "gateway.networking.k8s.io/v1",
        "GatewayClass",
        {"controllerName": of("alb.networking.azure.io/alb-controller", "io.cilium/gateway-controller")},
        metadata={**_WIDE, "name": of("azure-alb-external", "cilium")},
    ),
    manifest(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        {"gatewayClassName": of("azure-alb-external", "cilium")},
        metadata={"annotations": of({}, {"alb.networking.azure.io/alb-id": "/subscriptions/x"})},
    ),
    manifest(
        "alb.networking.azure.io/v1", "ApplicationLoadBalancer", {"associations": some("/subscriptions/x/subnets/y")}
    ),
)
_CLIENT = {"service": of(None, {"namespace": "shop", "name": of("web", "gone")})}
WEBHOOKS = of(
    manifest(
        "admissionregistration.k8s.io/v1",
        of("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
        metadata={**_WIDE, "name": of("mine", "aks-node-validating-webhook", "aks-webhook-admission-controller")},
        webhooks=[{"name": "w", "failurePolicy": of("Fail", "Ignore"), "clientConfig": _CLIENT}],
    ),
    manifest("apiregistration.k8s.io/v1", "APIService", _CLIENT, metadata={**_WIDE, "name": "v1.mine"}),
    manifest(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {
            "group": of("mine.example", "cilium.io", "crd.projectcalico.org"),
            "conversion": of(None, {"webhook": {"clientConfig": _CLIENT}}),
        },
        metadata={
            **_WIDE,
            "name": of(
                "things.mine.example", "ciliumnetworkpolicies.cilium.io", "felixconfigurations.crd.projectcalico.org"
            ),
        },
    ),
)
SETTINGS = of(
    *(
        manifest("v1", "ConfigMap", metadata={"namespace": _SYSTEM, "name": name}, data=data)
        for name, data in (
            (
                "azure-ip-masq-agent-config",
                {"ip-masq-agent": of("nonMasqueradeCIDRs:\n- 10.99.0.0/16\n", "masqLinkLocal: 7", "{")},
            ),
            (
                "azure-ip-masq-agent-config-reconciled",
                {"ip-masq-agent-reconciled": of("nonMasqueradeCIDRs:\n- 10.10.0.0/16\n", "{")},
            ),
            ("azure-npm-config", of({"azure-npm.json": '{"Toggles": {"EnableV2NPM": true}}'}, {"azure-npm.json": "{"})),
            ("cilium-config", of({"enable-hubble": "true", "cluster-id": "7"}, {"identity-relevant-labels": "!app"})),
        )
    ),
    manifest("v1", "LimitRange", metadata={"namespace": _SYSTEM}),
    manifest("v1", "ResourceQuota", {"hard": of({"limits.cpu": "4"}, {"pods": 3})}, metadata={"namespace": _SYSTEM}),
    manifest(
        "v1",
        "Namespace",
        metadata={
            **_WIDE,
            "name": of("shop", "bank", "kube-system"),
            "labels": of({}, {"team": "bank", "istio-injection": "enabled"}),
            "annotations": of({}, {"clustermesh.cilium.io/global": "true"}),
        },
    ),
    manifest(
        "constraints.gatekeeper.sh/v1beta1",
        "K8sContainerLimits",
        {
            "enforcementAction": of("deny", "dryrun", ""),
            "match": {"namespaces": some("kube-system"), "excludedNamespaces": some("kube-system")},
        },
        metadata=_WIDE,
    ),
    manifest(
        of("monitoring.coreos.com/v1", "azmonitoring.coreos.com/v1"),
        of("PodMonitor", "ServiceMonitor"),
        {"selector": of(SELECTORS, {"matchLabels": {"k8s-app": "kube-proxy"}}), "jobLabel": of("", "kube-proxy")},
    ),
    manifest(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        {
            "groups": [
                {"name": "g", "rules": some({"alert": "a", "expr": 'up{job="kube-proxy"}'}, {"record": "b", "expr": 1})}
            ]
        },
    ),
)
EXTENSIONS = of(
    manifest(
        "acn.azure.com/v1alpha",
        "NodeNetworkConfig",
        metadata={"namespace": _SYSTEM, "name": of("apps-0", "apps-1")},
        status={
            "networkContainers": some(
                {"subnetAddressSpace": "10.10.64.0/18", "primaryIP": "10.10.64.4/28", "type": "vnetBlock"}
            )
        },
    ),
    manifest("acn.azure.com/v1alpha1", "OverlayExtensionConfig"),
    manifest(
        "karpenter.azure.com/v1beta1",
        "AKSNodeClass",
        {"vnetSubnetID": of(None, "/x/subnets/other"), "localDNS": of(None, {"mode": "Required"})},
        metadata={**_WIDE, "name": "default"},
    ),
    manifest(
        "karpenter.sh/v1",
        "NodePool",
        {
            "limits": of({}, {"cpu": "9000"}),
            "template": {"spec": {"taints": some({"key": "node.cilium.io/agent-not-ready"})}},
        },
        metadata={**_WIDE, "name": of("default", "mine")},
    ),
    manifest("karpenter.sh/v1", "NodeClaim", metadata=_WIDE, status={"nodeName": of("apps-0", "fresh", "")}),
    manifest("cilium.io/v2alpha1", of("CiliumBGPPeeringPolicy", "CiliumLoadBalancerIPPool"), metadata=_WIDE),
    manifest("cilium.io/v2", of("CiliumEgressGatewayPolicy", "CiliumEnvoyConfig")),
    manifest(
        "cilium.io/v2",
        "CiliumLocalRedirectPolicy",
        {
            "redirectFrontend": of(
                {"serviceMatcher": {"serviceName": "kube-dns", "namespace": "kube-system"}},
                {"addressMatcher": {"ip": "169.254.20.10"}},
            )
        },
    ),
    manifest("egressgateway.kubernetes.azure.com/v1alpha1", "StaticGatewayConfiguration"),
    manifest("networking.fleet.azure.com/v1alpha1", of("ServiceExport", "MultiClusterService")),
)
OBJECTS = of(WORKLOAD_OBJECTS, WORKLOAD_OBJECTS, POLICIES, SERVICES, ENTRANCES, WEBHOOKS, SETTINGS, EXTENSIONS)
"""One manifest, of any list that is read."""
CONFIG_MAPS = {
    Source.CONFIG_MAP_NAMES: manifest(
        "v1",
        "ConfigMap",
        metadata={"namespace": _SYSTEM, "name": of("azure-npm-config", "kube-proxy-config", "calico-config")},
    ),
    Source.CONFIG_MAP_ADDRESSES: manifest(
        "v1", "ConfigMap", addresses=some(*({"key": "k", "text": text} for text in (*CIDRS, "10.10.0.10")))
    ),
}
"""ConfigMaps of which only the name, or only the addresses in them, are read."""

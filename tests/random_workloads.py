"""Random nodes, pods, workloads, budgets and volumes."""

from __future__ import annotations

from random_choices import LEFT_OUT, manifest, of, some

LABELS = of({"app": "web"}, {"app": "db"}, {"app": "agent"}, {"app": "web", "k8s-app": "kube-dns"}, {})
NODE_NAMES = ("apps-0", "apps-1", "system-0", "system-1", "fresh")
_WIDE = {"namespace": LEFT_OUT}
NODES = manifest(
    "v1",
    "Node",
    of(
        {},
        {"unschedulable": True},
        {
            "taints": some(
                {"key": "node.cilium.io/agent-not-ready", "effect": "NoExecute"}, {"key": "CriticalAddonsOnly"}
            )
        },
        {"podCIDRs": ["10.244.3.0/24"], "providerID": "azure:///x/virtualMachineScaleSets/aks-apps-vmss"},
    ),
    metadata={
        **_WIDE,
        "name": of(*NODE_NAMES),
        "labels": of(
            {"agentpool": "apps"},
            {"kubernetes.azure.com/agentpool": "apps", "kubernetes.azure.com/podnetwork-type": "overlay"},
            {"agentpool": "win", "kubernetes.io/os": "windows"},
            {"agentpool": "system", "kubernetes.azure.com/ebpf-dataplane": "cilium"},
            {"karpenter.sh/nodepool": "default", "topology.kubernetes.io/zone": "westeurope-1"},
            {"agentpool": "apps", "kubernetes.azure.com/scalesetpriority": "spot"},
            {"agentpool": "apps", "kubernetes.azure.com/undrainable-node": "true"},
            {"agentpool": "apps", "kubernetes.azure.com/upgrade-status": "Quarantined"},
            {"type": "virtual-kubelet"},
            {},
        ),
    },
    status={
        "addresses": of(
            [{"type": "InternalIP", "address": "10.10.0.4"}],
            [{"type": "InternalIP", "address": "10.10.0.66"}, {"type": "InternalIP", "address": "fd00::4"}],
            [],
        ),
        "allocatable": of({"cpu": "3860m", "memory": "12881720Ki", "pods": "30"}, {"cpu": 1, "memory": "512Mi"}, {}),
        "nodeInfo": of(
            {},
            {"kernelVersion": "5.4.0-1098-azure", "osImage": "Ubuntu 18.04.6 LTS", "operatingSystem": "linux"},
            {
                "operatingSystem": "windows",
                "kernelVersion": "10.0.20348.1500",
                "containerRuntimeVersion": "docker://20.10.9",
                "kubeletVersion": "v1.33.5",
            },
        ),
        "conditions": of([{"type": "Ready", "status": "True"}], [{"type": "Ready", "status": "False"}], []),
    },
)
_CONTAINER = {
    "name": "c",
    "image": of("alpine:3", "acme/kube-proxy-watch", "envoyproxy/envoy:1", "cilium/json-mock", "x/node-cache:1"),
    "ports": of(
        LEFT_OUT,
        [{"name": "main", "containerPort": of(8080, 53)}],
        [{"containerPort": 8080, "hostPort": of(8080, 30123, 4240), "protocol": of("TCP", "UDP", "SCTP")}],
    ),
    "resources": of(LEFT_OUT, {"requests": {"cpu": "3500m", "memory": "12Gi"}}, {"requests": {"cpu": "100m"}}),
    "securityContext": of(
        LEFT_OUT, {"privileged": True}, {"capabilities": {"add": of(["NET_ADMIN"], ["NET_RAW", "SYS_ADMIN"])}}
    ),
    "volumeMounts": of(LEFT_OUT, [{"name": "v"}], [{"name": "v", "readOnly": True}]),
    "command": of(LEFT_OUT, ["iptables", "-A", "FORWARD"], ["nslookup"]),
    "args": of(LEFT_OUT, ["--upstream=10.10.0.10"]),
    "env": of(LEFT_OUT, [{"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]),
}
_SPEC = {
    "hostNetwork": of(False, False, True),
    "containers": [_CONTAINER],
    "initContainers": of(LEFT_OUT, LEFT_OUT, [{**_CONTAINER, "restartPolicy": of("Always", "")}]),
    "volumes": of(
        LEFT_OUT,
        [{"name": "v", "emptyDir": of({}, {"medium": "Memory"}, {"sizeLimit": "1Gi"})}],
        [{"name": "v", "hostPath": {"path": of("/var/lib/data", "/run/xtables.lock")}}],
        [{"name": "v", "persistentVolumeClaim": {"claimName": of("web", "db")}}],
    ),
}
_OWNERS = of(
    [],
    *(
        [{"kind": kind, "name": name, "controller": True}]
        for kind, name in (
            ("ReplicaSet", "web"),
            ("StatefulSet", "db"),
            ("DaemonSet", "odd"),
            ("Job", "odd"),
            ("X", "x"),
        )
    ),
)
PODS = manifest(
    "v1",
    "Pod",
    {
        **_SPEC,
        "nodeName": of(*NODE_NAMES, ""),
        "nodeSelector": of(LEFT_OUT, {"agentpool": "apps"}, {"kubernetes.io/os": "windows"}),
        "terminationGracePeriodSeconds": of(30, 7200),
        "securityContext": of(LEFT_OUT, {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}),
    },
    metadata={
        "name": of("x", "y", "z", "web-apps-0"),
        "labels": LABELS,
        "ownerReferences": _OWNERS,
        "annotations": of(
            {},
            {},
            {"kubernetes.io/config.mirror": "x"},
            {"kubernetes.azure.com/static-gateway-configuration": "gw"},
        ),
    },
    status={
        "phase": of("Running", "Running", "Pending", "Succeeded", "Failed"),
        "podIP": of("10.244.0.7", "10.10.0.77", "10.10.0.5", ""),
        "containerStatuses": of([{"ready": True}], [{"ready": False}], []),
    },
)
_TEMPLATE = {"metadata": {"labels": LABELS}, "spec": _SPEC}
WORKLOADS = manifest(
    "apps/v1",
    of("Deployment", "StatefulSet", "DaemonSet"),
    {
        "replicas": of(0, 1, 2, None),
        "selector": {"matchLabels": LABELS},
        "template": _TEMPLATE,
    },
    metadata={"name": of("web", "db", "odd", "node-local-dns", "cilium", "calico-node", "coredns", "tigera-operator")},
)
OWNERS = of(
    manifest("apps/v1", "ReplicaSet", metadata={"ownerReferences": _OWNERS}),
    manifest(
        "batch/v1",
        "Job",
        {"backoffLimit": of(0, 6)},
        status={"active": of(0, 1)},
        metadata={"ownerReferences": of([], [{"kind": "CronJob", "name": "odd", "controller": True}])},
    ),
    manifest("batch/v1", "CronJob"),
)
BUDGETS = manifest(
    "policy/v1",
    "PodDisruptionBudget",
    {
        "selector": of({"matchLabels": LABELS}, {}, None),
        "minAvailable": of(LEFT_OUT, 1, 2, "100%"),
        "maxUnavailable": of(LEFT_OUT, 0, 1, "0%"),
        "unhealthyPodEvictionPolicy": of(LEFT_OUT, "AlwaysAllow"),
    },
    status=of(
        LEFT_OUT,
        {"currentHealthy": 2, "desiredHealthy": of(1, 2), "disruptionsAllowed": of(0, 1), "expectedPods": 2},
        {"currentHealthy": 1, "desiredHealthy": 2, "disruptionsAllowed": 0, "expectedPods": 2},
    ),
)
AUTOSCALERS = manifest(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    {
        "scaleTargetRef": {"kind": of("Deployment", "StatefulSet"), "name": of("web", "db")},
        "minReplicas": of(1, 2),
        "maxReplicas": of(5, 90000),
    },
)
_TERMS = {
    "matchExpressions": [
        {
            "key": of("topology.disk.csi.azure.com/zone", "kubernetes.io/hostname"),
            "operator": "In",
            "values": of(["westeurope-1"], ["apps-0"]),
        }
    ]
}
VOLUMES = of(
    manifest(
        "v1",
        "PersistentVolume",
        {
            "storageClassName": of("fast", "local", ""),
            "local": of(LEFT_OUT, {"path": "/mnt"}),
            "hostPath": of(LEFT_OUT, LEFT_OUT, {"path": "/mnt"}),
            "csi": of(LEFT_OUT, {"driver": of("disk.csi.azure.com", "localdisk.csi.acstor.io")}),
            "claimRef": of(LEFT_OUT, {"namespace": "shop", "name": of("web", "db")}),
            "nodeAffinity": of(LEFT_OUT, {"required": {"nodeSelectorTerms": [_TERMS]}}),
        },
        metadata={**_WIDE, "name": of("v1", "v2")},
    ),
    manifest(
        "v1",
        "PersistentVolumeClaim",
        {"volumeName": of("v1", "v2", ""), "storageClassName": of("fast", "local", None)},
        metadata={"namespace": "shop"},
    ),
    manifest(
        "storage.k8s.io/v1",
        "StorageClass",
        metadata={**_WIDE, "name": of("fast", "local")},
        provisioner=of("disk.csi.azure.com", "kubernetes.io/no-provisioner"),
        parameters=of({}, {"skuName": "Premium_ZRS"}, {"skuname": "Premium_LRS"}),
    ),
)
OBJECTS = of(NODES, PODS, PODS, PODS, WORKLOADS, WORKLOADS, OWNERS, BUDGETS, BUDGETS, AUTOSCALERS, VOLUMES)

"""Errors that Azure, the Azure CLI and AKS components answer where a network change is refused or stops half way.

Codes and messages: public issues of Azure/AKS, MicrosoftDocs/azure-aks-docs, Azure/AKS-Construction,
Azure/azure-container-networking and hashicorp/terraform-provider-azurerm, the AKS changelog and quota page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformError:
    """One error, recognised by its code or by what its message says."""

    name: str
    """The code; where the platform gives none, a few words of the message."""
    codes: tuple[str, ...] = ()
    """Codes and subcodes, compared as whole words without regard to case."""
    message: str = ""
    """A regular expression over the message, without regard to case."""
    about: str = ""
    """A regular expression that must match besides the code, where one code has several causes."""
    cause: str
    way_out: tuple[str, ...]
    rules: tuple[str, ...]
    """Ids of the rules that find it beforehand, the nearest first."""
    source: str
    """Where the error was seen, and when."""

    def matches(self, text: str) -> bool:
        """Whether a code or a pasted message is this error."""
        if self.about and not _found(self.about, text):
            return False
        return any(_found(rf"\b{re.escape(code)}\b", text) for code in self.codes) or (
            bool(self.message) and _found(self.message, text)
        )


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def recognise(text: str) -> tuple[PlatformError, ...]:
    """The errors that a code or a pasted message can be, the most specific first; empty: none is known.

    A code alone is every error that has it. Of a message with such a code, those causes that it speaks of go before
    the one that only has the code.
    """
    plain = " ".join(text.split())
    alone = tuple(error for error in PLATFORM_ERRORS if plain.lower() in map(str.lower, error.codes))
    if alone:
        return alone
    found = [error for error in PLATFORM_ERRORS if error.matches(plain)]
    specific = {code for error in found if error.about for code in error.codes}
    return tuple(error for error in found if error.about or not specific.intersection(error.codes))


def known_codes(errors: Iterable[PlatformError]) -> tuple[str, ...]:
    """Every code, each once, in order."""
    return tuple(sorted({code for error in errors for code in error.codes}))


_NO_ROOM = r"Pre-allocated IPs \d+ exceeds IPs available \d+\b(?! in Pod Cidr)"

PLATFORM_ERRORS = (
    PlatformError(
        name="UnsupportedNetworkPluginModeWithNetworkPlugin",
        codes=("UnsupportedNetworkPluginModeWithNetworkPlugin",),
        message=r"NetworkPluginMode overlay is not supported with NetworkPlugin kubenet",
        cause="The request set the overlay mode while the cluster's plugin stayed kubenet: --network-plugin azure was"
        " missing, or the CLI did not send it. It was also seen with both flags, where the identity was not"
        " user-assigned.",
        way_out=(
            "Give both flags: `--network-plugin azure --network-plugin-mode overlay`, with Azure CLI 2.56.0 or later.",
            "If both were given, look at the identity first: kubenet needs a user-assigned one.",
            "Leave --pod-cidr away to keep kubenet's range, if a changed range is what is refused.",
        ),
        rules=("KUB-PLUGIN-FLAG", "KUB-UAMI", "KUB-PODCIDR"),
        source="Azure/AKS#5662, 2026-03",
    ),
    PlatformError(
        name="overlay while a policy engine is installed",
        message=r"Cannot update cluster to Azure CNI Overlay while using network policies",
        cause="networkPolicy is still azure (NPM) or calico; overlay takes a cluster without such an engine, or with"
        " Cilium.",
        way_out=(
            "Node subnet and Linux only: change to Cilium first, which replaces the engine, then to overlay.",
            "Otherwise uninstall the engine first: `az aks update --network-policy none` (Kubernetes 1.30 or later).",
        ),
        rules=("OVL-NETWORK-POLICY", "OVL-POLICY-K8S130"),
        source="Azure/AKS#4006; MicrosoftDocs/azure-aks-docs#264",
    ),
    PlatformError(
        name="CiliumDataplaneRequiresNetworkPolicyCilium",
        codes=("CiliumDataplaneRequiresNetworkPolicyCilium",),
        message=r"Cilium dataplane requires network policy cilium",
        cause="The request set the Cilium data plane and left networkPolicy at none, azure or calico.",
        way_out=(
            "Add the flag: `--network-dataplane cilium --network-policy cilium` (Azure CLI 2.54.0 or later).",
            "In a template, set networkDataplane and networkPolicy to cilium in the same request.",
        ),
        rules=("CIL-POLICY-FLAG",),
        source="MicrosoftDocs/azure-aks-docs#264; Azure/AKS-Construction#535",
    ),
    PlatformError(
        name="NetworkPolicyCiliumRequiresCiliumDataplane",
        codes=("NetworkPolicyCiliumRequiresCiliumDataplane", "NetworkPolicyNotSupported"),
        message=r"Network Policy cilium requires NetworkDataplane cilium",
        cause="The request set networkPolicy cilium while the data plane is or stays azure.",
        way_out=("Set both in one request: `--network-dataplane cilium --network-policy cilium`.",),
        rules=("CIL-POLICY-FLAG",),
        source="AdminTurnedDevOps#1",
    ),
    PlatformError(
        name="Cilium refused on node subnet (historical)",
        message=r"Cilium dataplane requires either network plugin mode overlay or pod subnet",
        cause="In 2023 Cilium needed overlay or a pod subnet. Since 2025-05 every Azure CNI mode is accepted; an old"
        " CLI or API version can still answer so.",
        way_out=("Use a current Azure CLI (2.69.0 or later) and API version, and try again.",),
        rules=("CIL-SOURCE-MODE", "GEN-CLI-VERSION"),
        source="Azure/AKS#3484; azure-cni-powered-by-cilium, 2026-08-05",
    ),
    PlatformError(
        name="NetworkProfileCIDROverlapVNET",
        codes=("NetworkProfileCIDROverlapVNET",),
        message=r"NetworkProfile CIDR \S+ overlaps with reserved VNET CIDR",
        cause="The pod CIDR overlaps an address range of the cluster's VNet.",
        way_out=("Choose a pod CIDR outside the VNet: `aks-preflight plan` proposes one.",),
        rules=("OVL-PODCIDR-OVERLAP-VNET",),
        source="Azure/AKS-Construction#403",
    ),
    PlatformError(
        name="ServiceCidrOverlapExistingSubnetsCidr",
        codes=("ServiceCidrOverlapExistingSubnetsCidr",),
        message=r"service CIDR \S+ is conflicted with an existing subnet CIDR",
        cause="The service CIDR overlaps a subnet of the VNet. A cluster's service CIDR cannot be changed.",
        way_out=(
            "Move or shrink the subnet, if it was added after the cluster.",
            "Otherwise a new cluster with another --service-cidr.",
        ),
        rules=("OVL-PODCIDR-OVERLAP-SERVICE",),
        source="Azure/AKS#3551, #1117",
    ),
    PlatformError(
        name="InsufficientSubnetSize (pod CIDR)",
        codes=("InsufficientSubnetSize",),
        message=_NO_ROOM,
        about=r"pod_?CIDR",
        cause="The pod CIDR has fewer /24 slices than nodes: AKS counts every pool with its autoscaler maximum and"
        " its surge, 256 addresses a node.",
        way_out=(
            "Choose a larger pod CIDR: `aks-preflight plan` computes the demand and proposes one.",
            "Or lower the autoscaler maxima (`az aks nodepool update --update-cluster-autoscaler --max-count`).",
        ),
        rules=("OVL-PODCIDR-CAPACITY",),
        source="Azure/AKS-Construction#701; Azure/AKS#4467; AKS changelog 2023-05-07",
    ),
    PlatformError(
        name="InsufficientSubnetSize (pod subnet)",
        codes=("InsufficientSubnetSize",),
        message=_NO_ROOM,
        about=r"podSubnetID",
        cause="The pod subnet has no room: 16 addresses at a time for each node, or /28 blocks with static allocation.",
        way_out=("Add a larger pod subnet with new pools, or scale other pools of that subnet down.",),
        rules=("REI-SUBNET-IPS",),
        source="VijayRod/demo k8s-cni-azure_podsubnet.md",
    ),
    PlatformError(
        name="InsufficientSubnetSize (node subnet)",
        codes=("InsufficientSubnetSize",),
        message=_NO_ROOM,
        cause="The node subnet has no room for all nodes with their autoscaler maximum and surge. On a node subnet"
        " every node takes 1 + maxPods addresses.",
        way_out=(
            "Lower the surge (`az aks nodepool update --max-surge 1`) or the autoscaler maxima while the step runs.",
            "Free addresses of the subnet, or scale pools down.",
        ),
        rules=("REI-SUBNET-IPS",),
        source="VijayRod/demo zk8s-cni-azure.md; Azure/AKS#1795, #3653; AKS changelog 2023-05-07",
    ),
    PlatformError(
        name="SubnetIsFull",
        codes=("SubnetIsFull",),
        message=r"does not have enough capacity for \d+ IP addresses|\bSubnet is full\b",
        cause="No address is left in the subnet for another node or pod.",
        way_out=("Free addresses or lower the surge, then send the same update again: it resumes.",),
        rules=("REI-SUBNET-IPS",),
        source="AKS upgrade options, 2026; Azure/AKS-Construction#403",
    ),
    PlatformError(
        name="node without a network container",
        message=r"failed to init CNS state|no NCs found in NNC CRD|Failed to allocate address for request",
        cause="The node got no addresses: the pod subnet is full. ARM accepted the pool; its nodes stay NotReady.",
        way_out=("Free addresses of the pod subnet or delete the pool; see `kubectl get nnc -n kube-system`.",),
        rules=("REI-SUBNET-IPS",),
        source="VijayRod/demo k8s-cni-azure_podsubnet.md",
    ),
    PlatformError(
        name="InsufficientPodCidr",
        codes=("InsufficientPodCidr",),
        message=r"exceeds IPs available \d+ in Pod Cidr",
        cause="Kubenet's pod CIDR has fewer /24 slices than the pool is to have nodes.",
        way_out=("Migrate with a larger --pod-cidr: `aks-preflight plan` proposes one.",),
        rules=("OVL-PODCIDR-CAPACITY", "KUB-PODCIDR"),
        source="Azure/AKS-Construction#357",
    ),
    PlatformError(
        name="own route table with a system-assigned identity",
        message=r"managed identity type SystemAssigned do(es)? not support bringing your own route table",
        cause="A route table of your own needs a user-assigned identity, which can be given rights before the cluster"
        " uses it.",
        way_out=(
            "`az aks update --enable-managed-identity --assign-identity IDENTITY_RESOURCE_ID`, after giving that"
            " identity Network Contributor on the route table and the subnet.",
        ),
        rules=("KUB-UAMI", "KUB-RT-BYO"),
        source="Azure/AKS#2333",
    ),
    PlatformError(
        name="CustomRouteTableMissingPermission",
        codes=("CustomRouteTableMissingPermission",),
        message=r"must be given permission to read and write to custom route table",
        cause="The cluster's identity may not change the route table of the node subnet.",
        way_out=(
            "Give the identity Network Contributor on the route table and on the subnet, wait for it to take effect"
            " (up to an hour), then send the same update again.",
        ),
        rules=("GEN-PERMISSIONS", "KUB-RT-BYO"),
        source="Azure/AKS-Construction#501",
    ),
    PlatformError(
        name="route table shared with another subnet",
        message=r"(appgateway|appgw|application gateway).{0,80}route ?table|route ?table.{0,80}(appgateway|appgw)",
        cause="A subnet that no pool uses, such as Application Gateway's, is associated with the cluster's route"
        " table; the step must detach the table and fails.",
        way_out=("Dissociate the other subnet from the route table, then send the same update again.",),
        rules=("KUB-RT-SHARED",),
        source="MicrosoftDocs/azure-aks-docs#334, 2025-11",
    ),
    PlatformError(
        name="LinkedAuthorizationFailed",
        codes=("LinkedAuthorizationFailed",),
        message=r"(join|write|read)/action.{0,80}missing|permission to perform action .{0,120}join/action",
        cause="The caller may change the cluster, but not join the subnet, route table or identity that the request"
        " names.",
        way_out=("Give the caller (or the cluster's identity) the join action that the message names, on that scope.",),
        rules=("GEN-PERMISSIONS",),
        source="microsoft/tyger#320",
    ),
    PlatformError(
        name="ScopeLocked",
        codes=("ScopeLocked",),
        cause="A management lock forbids the change to the resource that the message names.",
        way_out=("Delete the lock for the time of the step (`az lock delete --ids …`), then make it again.",),
        rules=("GEN-LOCKS",),
        source="Azure Resource Manager: lock your resources, 2026",
    ),
    PlatformError(
        name="RequestDisallowedByPolicy",
        codes=("RequestDisallowedByPolicy",),
        cause="An Azure Policy assignment denies a resource that the step creates or changes.",
        way_out=("Make an exemption for the node resource group or the subnet that the message names.",),
        rules=("GEN-LOCKS",),
        source="Azure Policy: deny effect, 2026",
    ),
    PlatformError(
        name="IngressAppGwAddonConfigCannotUseSubnet",
        codes=("IngressAppGwAddonConfigCannotUseSubnet",),
        message=r"AGIC subnet must be on the same VNET",
        cause="With overlay, Application Gateway and the nodes must be in one VNet.",
        way_out=("Move the Application Gateway into the nodes' VNet, or disable the add-on before the step.",),
        rules=("OVL-AGIC",),
        source="VijayRod/demo http-applicationgateway-aks_agic.md",
    ),
    PlatformError(
        name="extensionIPRange prefix length too short",
        message=r"extensionIPRange prefix length too short",
        cause="Application Gateway for Containers with overlay takes an association subnet of /24, not a larger one.",
        way_out=("Give the association a subnet of exactly /24.",),
        rules=("OVL-AGC-SUBNET",),
        source="Azure/AKS#5123",
    ),
    PlatformError(
        name="UpgradeFailed (calico-typha)",
        codes=("UpgradeFailed", "PodDrainFailure"),
        about=r"calico-typha",
        cause="The drain waits for calico-typha, whose own disruption budget lets no pod go.",
        way_out=(
            "`kubectl delete pdb calico-typha -n calico-system` while the drain waits, or add nodes so that typha has"
            " two replicas; then send the same update again: it resumes.",
        ),
        rules=("CAL-TYPHA-PDB",),
        source="hashicorp/terraform-provider-azurerm#32827, 2026-07",
    ),
    PlatformError(
        name="UpgradeFailed (system pods)",
        codes=("UpgradeFailed", "PodDrainFailure"),
        about=r"coredns|konnectivity-agent|metrics-server",
        cause="With one system node the pods of AKS have nowhere to go, and their disruption budgets hold the drain.",
        way_out=("Scale the system pool to two nodes or more, then send the same update again: it resumes.",),
        rules=("REI-SYSTEM-SINGLE-NODE", "REI-PDB"),
        source="Azure/azure-container-networking#4417",
    ),
    PlatformError(
        name="UpgradeFailed (drain)",
        codes=("UpgradeFailed", "PodDrainFailure"),
        message=r"Cannot evict pod as it would violate the pod's disruption budget|debugdrainfailures",
        cause="A drain did not end within its time: a PodDisruptionBudget lets no pod go, or a pod takes too long to"
        " stop. Nodes done so far are on the new network, the others are not.",
        way_out=(
            "Find the budget in the message (or `kubectl get pdb -A`), and let one more pod run or loosen it.",
            "Then send the same `az aks update` again: it resumes where it stopped.",
            "--enable-force-upgrade is documented for `az aks upgrade` only.",
        ),
        rules=("REI-PDB", "REI-DRAIN-TIMEOUT", "REI-UNDRAINABLE"),
        source="Azure/AKS#4783; AKS upgrade options, 2026",
    ),
    PlatformError(
        name="AzureCNIOnlyForWindows",
        codes=("AzureCNIOnlyForWindows",),
        message=r"Windows agent pools can only be added to AKS clusters using Azure-CNI",
        cause="Kubenet has no Windows pools.",
        way_out=("Add Windows pools after the step to overlay. Cilium takes none at all.",),
        rules=("KUB-ISOLATED", "CIL-WINDOWS-POOL"),
        source="Azure/AKS#1076, #1101, #2839",
    ),
    PlatformError(
        name="InvalidArgumentValueError (--pod-cidr)",
        codes=("InvalidArgumentValueError",),
        about=r"pod-?cidr",
        cause="The CLI takes --pod-cidr on update only together with the overlay mode.",
        way_out=("Give all three: `--network-plugin azure --network-plugin-mode overlay --pod-cidr CIDR`.",),
        rules=("OVL-PODCIDR-REQUIRED",),
        source="Azure CLI source, 2.91.0",
    ),
    PlatformError(
        name="policy engine change refused below Kubernetes 1.30",
        message=r"network ?policy.{0,160}\b1\.30\b|\b1\.30\b.{0,160}network ?policy",
        cause="Since 2026-05-29 AKS refuses to install or uninstall NPM and Calico below Kubernetes 1.30.",
        way_out=("Upgrade the cluster to 1.30 or later, in an operation of its own, then try again.",),
        rules=("OVL-POLICY-K8S130",),
        source="AKS changelog 2026-05-29; the message's exact words are not public",
    ),
    PlatformError(
        name="overlay refused: ip-masq-agent configuration",
        message=r"ip-?masq-?agent",
        cause="A custom azure-ip-masq-agent-config lists ranges that overlay does not honour; AKS refuses the step.",
        way_out=(
            "`kubectl get configmap azure-ip-masq-agent-config -n kube-system -o yaml > ip-masq-backup.yaml`",
            "`kubectl delete configmap azure-ip-masq-agent-config -n kube-system`, then try again.",
        ),
        rules=("OVL-IPMASQ-CUSTOM", "OVL-IPMASQ-LEFTOVER"),
        source="AKS changelog 2025-01-30",
    ),
    PlatformError(
        name="range reserved by AKS",
        message=r"(169\.254\.0\.0|172\.30\.0\.0|172\.31\.0\.0|192\.0\.2\.0)/\d+.{0,160}reserved"
        r"|reserved.{0,160}(169\.254\.0\.0|172\.30\.0\.0|172\.31\.0\.0|192\.0\.2\.0)",
        cause="The pod CIDR overlaps a range that AKS keeps for itself. 172.16.0.0/12 contains two of them.",
        way_out=("Choose another --pod-cidr: `aks-preflight plan` proposes one.",),
        rules=("OVL-PODCIDR-RESERVED",),
        source="AKS changelog 2026-05-29; the message's exact words are not public",
    ),
    PlatformError(
        name="node disruption policy",
        message=r"node ?disruption ?(policy|profile)",
        cause="The cluster's node disruption policy is Block, or the time is outside its maintenance window.",
        way_out=(
            "`az aks update --node-disruption-policy Allow` (extension aks-preview), do the step, set it back.",
            "Or start inside the window of aksManagedNodeOSUpgradeSchedule.",
        ),
        rules=("REI-NDP-BLOCK",),
        source="use-node-disruption-policy, 2026",
    ),
    PlatformError(
        name="quota or capacity for surge nodes",
        codes=("SkuNotAvailable", "QuotaExceeded", "AllocationFailed", "ZonalAllocationFailed"),
        message=r"exceeding approved .{0,60}quota|exceeds? .{0,60}quota",
        cause="The surge nodes of all pools at once do not fit the region's or the VM family's quota, or Azure has no"
        " such machines there now.",
        way_out=(
            "Ask for more quota, or lower the surge: `az aks nodepool update --max-surge 1`.",
            "Then send the same update again: it resumes.",
        ),
        rules=("REI-QUOTA",),
        source="AKS upgrade options, 2026",
    ),
    PlatformError(
        name="Throttled",
        codes=("Throttled", "TooManyRequests", "ManagedClusterCountExceedsQuotaLimit"),
        cause="The resource provider limits updates of a cluster to 20 at once and one a minute after that; or the"
        " subscription has as many clusters as it may.",
        way_out=("Wait for the time in Retry-After, and retry once a minute at most.",),
        rules=("REI-THROTTLE",),
        source="AKS quotas and limits, 2026",
    ),
    PlatformError(
        name="L7 policy refused by admission",
        message=r"ValidatingAdmissionPolicy.{0,200}cilium|cilium.{0,200}ValidatingAdmissionPolicy",
        cause="AKS refuses Cilium policies with L7 rules where Advanced Container Networking Services does not have L7"
        " policies on.",
        way_out=(
            "`az aks update --enable-acns --acns-advanced-networkpolicies L7`, or take the L7 rules out of the policy.",
        ),
        rules=("CIL-L7-POLICY",),
        source="Azure/AKS#4663",
    ),
    PlatformError(
        name="error inside an operation that goes on",
        codes=("NotLatestOperation", "OverlaymgrReconcileError", "ContextDeadlineExceeded", "ReconcilePortalDNSError"),
        cause="Seen inside operations whose status was InProgress and that then succeeded: a transient error.",
        way_out=("Wait while the status is InProgress. Only the status Failed ends the operation.",),
        rules=("GEN-CLUSTER-STATE",),
        source="recorded operations of the Azure CLI's test suite, 2023 to 2025",
    ),
)
"""Every error that is recognised. Of those that share a code, the one without `about` comes last."""

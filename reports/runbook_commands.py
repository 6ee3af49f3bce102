"""The commands around a step, with this cluster's names: what to prepare, and what to see before going on.

UPPER_CASE words stand for what the report does not know. Sources: update-azure-cni (2026-05-28), use-network-policies
(2026-08-18), node-auto-provisioning-networking (2024-06-13).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from analyzer.model.report import ClusterSummary, Report, ReportedStep


class Command(Struct, frozen=True, kw_only=True, rename="camel"):
    """One command beside a step's own."""

    purpose: str
    arguments: tuple[str, ...]
    expected: str = ""
    """What its output must show; empty: nothing to compare."""


@dataclass(frozen=True, slots=True)
class Names:
    """This cluster in the words of commands."""

    cluster: ClusterSummary

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name or "CLUSTER"

    @property
    def group(self) -> str:
        """Its resource group."""
        return self.cluster.resource_group or "RESOURCE_GROUP"

    @property
    def scope(self) -> tuple[str, ...]:
        """The options that name the subscription and the resource group."""
        subscription = self.cluster.subscription
        return (*(("--subscription", subscription) if subscription else ()), "--resource-group", self.group)

    @property
    def cluster_scope(self) -> tuple[str, ...]:
        """The options that name the cluster."""
        return (*self.scope, "--name", self.name)


_NETWORK = "{state:provisioningState,network:networkProfile,version:currentKubernetesVersion}"
_EXPORTS = "networkpolicies,poddisruptionbudgets,services,ingresses"
_CALICO = "networkpolicies.crd.projectcalico.org,globalnetworkpolicies.crd.projectcalico.org"


def before_first(report: Report) -> Iterator[Command]:
    """What to keep, and to see, before anything is changed."""
    names = Names(report.cluster)
    yield _command("See the version of the Azure CLI", "az", "version", expected=_least_cli(report))
    show = ("az", "aks", "show", *names.cluster_scope, "--output", "json")
    yield _command("Keep the cluster's body in a file: the state to compare with", *show)
    export = ("kubectl", "get", _EXPORTS, "--all-namespaces", "--output", "yaml")
    yield _command("Keep policies, budgets, Services and Ingresses in a file", *export)
    if report.observed.policy == "calico":
        calico = ("kubectl", "get", _CALICO, "--all-namespaces", "--output", "yaml")
        yield _command("Keep Calico's own policies in a file", *calico)
    yield _command("See where pods run and with which addresses", "kubectl", "get", "pods", "-A", "--output", "wide")


def _least_cli(report: Report) -> str:
    versions = [step.least_cli for step in report.path.steps if step.least_cli and not step.refused]
    newest = max(versions, key=lambda text: tuple(map(int, text.split("."))), default="")
    return f"azure-cli {newest} or later" if newest else ""


def preparation(step: ReportedStep, report: Report) -> Iterator[Command]:
    """What a step needs done before its own command."""
    names = Names(report.cluster)
    match step.kind:
        case "user-assigned-identity":
            yield from _identity(names)
        case "overlay" if step.before.plugin == "kubenet":
            table = ("az", "network", "route-table", "list", "--resource-group", "NETWORK_RESOURCE_GROUP")
            yield _command("Keep the route tables in a file: AKS deletes its pod routes", *table, "--output", "json")
        case "nap-off":
            patch = ("kubectl", "patch", "nodepools.karpenter.sh", "NODE_POOL", "--type", "merge", "--patch")
            yield _command("Let each NodePool make no more nodes", *patch, '{"spec":{"limits":{"cpu":"0"}}}')
            nodes = ("kubectl", "get", "nodeclaims.karpenter.sh")
            yield _command("See that no node of auto-provisioning is left", *nodes, expected="No resources found")
        case _:
            return


def _identity(names: Names) -> Iterator[Command]:
    identity = f"{names.name}-identity"
    location = names.cluster.location or "LOCATION"
    create = ("az", "identity", "create", *names.scope, "--name", identity, "--location", location)
    yield _command("Create the identity; its id and principalId are used below", *create)
    assign = ("az", "role", "assignment", "create", "--assignee-object-id", "PRINCIPAL_ID")
    kind = ("--assignee-principal-type", "ServicePrincipal", "--role", "Network Contributor", "--scope", "SUBNET_ID")
    yield _command("Give it the node subnet; then its route table, with --scope ROUTE_TABLE_ID", *assign, *kind)


def gate(step: ReportedStep, report: Report) -> Iterator[Command]:
    """What to see after a step, before anything else is sent."""
    names = Names(report.cluster)
    show = ("az", "aks", "show", *names.cluster_scope, "--query", _NETWORK, "--output", "json")
    yield _command("See the state and the network", *show, expected=_expected(step))
    if step.reimages:
        yield from _reimaged(names)
    match step.kind:
        case "overlay":
            yield from _overlay(step)
        case "cilium":
            yield from _cilium()
        case _:
            return


def _expected(step: ReportedStep) -> str:
    after = step.after
    parts = ["provisioningState Succeeded"]
    match step.kind:
        case "overlay":
            pods = ", ".join(after.pod_cidrs) or "the range that was given"
            parts += ["networkPlugin azure", "networkPluginMode overlay", f"podCidrs {pods}"]
        case "cilium":
            parts += ["networkDataplane cilium", "networkPolicy cilium"]
        case "remove-policy-engine":
            parts += ["networkPolicy none"]
        case _:
            pass
    return ", ".join(parts)


def _reimaged(names: Names) -> Iterator[Command]:
    pools = ("az", "aks", "nodepool", "list", *names.scope, "--cluster-name", names.name)
    query = ("--query", "[].{name:name,state:provisioningState,image:nodeImageVersion}", "--output", "table")
    yield _command("See every pool", *pools, *query, expected="Succeeded for each")
    nodes = ("kubectl", "get", "nodes", "--sort-by", ".metadata.creationTimestamp")
    label = ("--label-columns", "kubernetes.azure.com/upgrade-status")
    expected = "each Ready and younger than the start of the step, none Quarantined"
    yield _command("See that every node was made anew", *nodes, *label, expected=expected)


def _overlay(step: ReportedStep) -> Iterator[Command]:
    pods = ", ".join(step.after.pod_cidrs) or "the new pod CIDR"
    old = ("kubectl", "get", "nodes", "--selector", "kubernetes.azure.com/azure-cni-overlay!=true")
    yield _command("See that no node is without overlay", *old, expected="No resources found")
    columns = "NODE:.metadata.name,PODS:.status.networkContainers[*].subnetAddressSpace"
    configs = ("kubectl", "get", "nodenetworkconfigs.acn.azure.com", "-A", "--output", f"custom-columns={columns}")
    yield _command("See each node's range", *configs, expected=f"one for each node, inside {pods}")
    found = ("kubectl", "get", "pods", "-A", "--output", "wide")
    yield _command("See the pods' addresses", *found, expected=f"inside {pods}, but for pods on the host network")


def _cilium() -> Iterator[Command]:
    daemon = ("kubectl", "get", "daemonset", "cilium", "--namespace", "kube-system")
    yield _command("See the agents", *daemon, expected="READY equals the number of Linux nodes")
    proxy = ("kubectl", "get", "daemonset", "kube-proxy", "--namespace", "kube-system", "--ignore-not-found")
    yield _command("See that kube-proxy is gone", *proxy, expected="no output")
    definitions = ("kubectl", "get", "crd", "ciliumnetworkpolicies.cilium.io")
    yield _command("See Cilium's own policies; then apply what was prepared at once", *definitions, expected="found")


def _command(purpose: str, *arguments: str, expected: str = "") -> Command:
    return Command(purpose=purpose, arguments=arguments, expected=expected)

"""A kubenet cluster without a user-assigned identity cannot become overlay.

Why it matters
--------------
The step detaches the route table that kubenet used, and AKS does that with the identity of the control plane. Only a
user-assigned identity can hold the rights for it. A cluster with a system-assigned identity, or with a service
principal, must change its identity first, and the new one must be in use before the step begins.

What to do
----------
- Create an identity: `az identity create --resource-group {resource_group} --name {cluster}-identity`.
- Give it Network Contributor on the node subnet and on a route table of your own; roles take up to 60 minutes.
- Give it to the cluster, with Azure CLI 2.49.0 or later: `az aks update --resource-group {resource_group} --name
  {cluster} --enable-managed-identity --assign-identity IDENTITY_RESOURCE_ID`.
- Wait several hours, until the control plane uses the new identity, then migrate.

How it is decided
-----------------
By identity.type of the cluster. Another type than UserAssigned, or a service principal, is a blocker at the step
overlay. Where the path gives the cluster an identity first, that step carries a notice with what to create and to
grant, and the step overlay passes and names it. A body that shows neither an identity nor a service principal is a gap.
The kubelet's identity is always user-assigned and is not the control plane's: it is never looked at.

When an identity was changed and when a role was granted cannot be read, so waiting is part of the remedy. The
documentation makes no exception for clusters in a VNet that AKS made, and neither does the tool; there, the identity
needs no roles beyond those that AKS gives it. Whether the identity's roles are enough is judged by GEN-PERMISSIONS.

The editions of 2023-24 ask for no identity; the requirement came on 2026-03-12. Service principals are not mentioned,
and do not meet it.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode, hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import lies_in
from rules.subnets import named_subnets, subnet_with_id

_PRINCIPAL = "a service principal"


def check(scene: Scene) -> Iterator[Outcome]:
    """The identity, where it is not user-assigned before the step."""
    if scene.earlier_step(StepKind.USER_ASSIGNED_IDENTITY):
        yield Passed(
            "The earlier step user-assigned-identity gives the cluster one; wait several hours between the two steps."
        )
        return
    identity = _identity(scene.cluster.require()).require()
    if identity.lower() == "userassigned":
        yield Passed("The control plane has a user-assigned identity.")
    elif scene.step.kind is StepKind.USER_ASSIGNED_IDENTITY:
        yield _duty(scene, identity)
    else:
        message = f"The control plane uses {_words(identity)}; leaving kubenet needs a user-assigned identity."
        yield Finding(object=scene.cluster_ref, message=message, evidence=(_evidence(identity),))


def _identity(cluster: ManagedCluster) -> Fact[str]:
    """The type of managed identity, which goes before a client id; else that there is a service principal."""
    kind = (cluster.identity.type or "") if cluster.identity else ""
    if kind and kind.lower() != "none":
        return Known(kind)
    profile = cluster.service_principal_profile
    if profile is not None and (profile.client_id or "msi").lower() != "msi":
        return Known(_PRINCIPAL)
    return hidden("identity", "neither identity nor a service principal is there")


def _words(identity: str) -> str:
    return identity if identity == _PRINCIPAL else f"an identity of type {identity}"


def _evidence(identity: str) -> Evidence:
    return Evidence("servicePrincipalProfile.clientId" if identity == _PRINCIPAL else "identity.type", identity)


def _duty(scene: Scene, identity: str) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        severity=Severity.NOTICE,
        message=f"The control plane uses {_words(identity)}; create a user-assigned identity and grant its roles before"
        " this step, whose command names it.",
        evidence=(_evidence(identity),),
        remedy=tuple(_remedy(scene, identity)),
    )


def _remedy(scene: Scene, identity: str) -> Iterator[str]:
    cluster = scene.cluster.require()
    group, name = cluster.resource_group or "RESOURCE_GROUP", cluster.name
    yield (
        f"Create it: `az identity create --resource-group {group} --name {name}-identity`; its id is the command's"
        " IDENTITY_RESOURCE_ID, its principalId the PRINCIPAL_ID below."
    )
    for scope in _scopes(scene):
        yield (
            "Grant it: `az role assignment create --assignee-object-id PRINCIPAL_ID --assignee-principal-type"
            f' ServicePrincipal --role "Network Contributor" --scope {scope}`.'
        )
    yield "Give it the roles that the present identity has elsewhere, on registries, disks, zones or key vaults."
    yield "Wait up to 60 minutes for the roles, then run this step with Azure CLI 2.49.0 or later."
    if identity == _PRINCIPAL:
        yield from _after_a_principal(scene, group, name)
    yield "Wait several hours, until the control plane uses the new identity, before the step overlay."


def _scopes(scene: Scene) -> tuple[str, ...]:
    """Node subnets and route tables of the customer's; names in capitals for those that were not read.

    Empty where AKS made the whole network.
    """
    if isinstance(scene.pools, Missing):
        return ("SUBNET_ID", "ROUTE_TABLE_ID")
    own = named_subnets(seen(scene.pools))
    return tuple(dict.fromkeys([*own, *(table for subnet_id in own for table in _tables(scene, subnet_id))]))


def _tables(scene: Scene, subnet_id: str) -> Iterator[str]:
    subnet = subnet_with_id(scene, subnet_id)
    if isinstance(subnet, Missing):
        yield "ROUTE_TABLE_ID"
        return
    table = subnet.value.route_table
    if table and not lies_in(table.id, scene.cluster.require().node_resource_group):
        yield table.id


def _after_a_principal(scene: Scene, group: str, name: str) -> Iterator[str]:
    yield "There is no way back to a service principal."
    for pool in [pool.name for pool in seen(scene.pools)] or ["POOL"]:
        yield (
            "Reimage, so that the kubelet follows: `az aks nodepool upgrade --resource-group"
            f" {group} --cluster-name {name} --name {pool} --node-image-only`."
        )
    yield f"Attach registries again: `az aks update --resource-group {group} --name {name} --attach-acr REGISTRY`."


RULE = Rule(
    id="KUB-UAMI",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.USER_ASSIGNED_IDENTITY, StepKind.OVERLAY),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The kubenet route table must be detached, which takes a user-assigned identity; a system-assigned one is"
            " not supported.",
            "2026-05-28",
            contradicts="The edition of 2023-24 asks for no identity.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#bring-your-own-subnet-and-route-table-with-kubenet",
            "A subnet and a route table of one's own need a user-assigned identity with rights on both.",
            "2026-04-16",
        ),
    ),
    check=check,
)

"""Why lost traffic has no rewrite, by the row of the semantics that decides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DORMANT = (
    "Nothing enforced the policy before; from now on it refuses these flows by its own words. Delete it or add to it."
)
NO_POLICY = "No policy decides this, so no policy can keep it."
RANGE = "Too many ports to list one by one: with Kubernetes 1.32 or later, and so Cilium 1.17, endPort holds."
UNNAMED = "No few labels tell these pods from others: give them a label of their own."
RANGES = "Too many address ranges for one policy."
CLUSTERWIDE = "The policy to blame is Cilium's own: change its rules."
NOT_PROVEN = "The policies that would keep these flows do not prove to: other policies still refuse some of them."
HARMFUL = "A policy that keeps these flows would refuse others that are allowed now."

BY_ROW: Mapping[int, str] = MappingProxyType(
    {
        8: "Only Azure NPM's reading of a namespaceSelector that excludes admitted these flows: the policy's own words "
        "do not. Name those who need them.",
        9: "Only a defect of Azure NPM admitted these flows: the policy's own words exclude them. Name those who need "
        "them.",
        11: "Azure NPM passed the policy over for a value that no label can have; Cilium enforces it. Correct the "
        "value, or delete the policy: that changes nothing now.",
        12: "The policy selects by a label that is not part of a pod's identity under Cilium. Give the pods a label of "
        "their own and select by that.",
        18: "Azure NPM passed the policy over for its IPv6 range; Cilium enforces it. Add what it lacks, or delete it: "
        "that changes nothing now.",
        19: "Azure NPM never filtered IPv6, Cilium does: add rules for IPv6 to the policies.",
        29: "Cilium on AKS does not carry SCTP, with policies or without.",
        41: CLUSTERWIDE,
        43: CLUSTERWIDE,
        46: CLUSTERWIDE,
        55: "Which pods call the Service by its load balancer or node port cannot be seen. Let them call its ClusterIP "
        "and admit those by their labels.",
        62: "Cilium before 1.17 cannot serve one node port for two protocols: change one of the numbers.",
        63: "Cilium's replacement of kube-proxy does not serve SCTP.",
    }
)

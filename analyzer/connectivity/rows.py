"""The rows of docs/semantics.md that can make traffic change: why, in one sentence, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analyzer.model.finding import Confidence


@dataclass(frozen=True, slots=True)
class Row:
    """One behaviour in which the engines differ."""

    reason: str
    """One sentence. {before} and {after} are the engines."""
    confidence: Confidence | None = Confidence.DOCUMENTED
    """None: no source says what happens."""


ROWS: Mapping[int, Row] = MappingProxyType(
    {
        0: Row("{before} and {after} differ in whether they enforce the policies at all"),
        3: Row(
            "{after} enforces the rules of a direction that policyTypes does not name; {before} does not",
            Confidence.UPSTREAM,
        ),
        8: Row(
            "A namespaceSelector that only excludes matches, beside pods, everything that has no namespace",
            Confidence.UPSTREAM,
        ),
        9: Row(
            "{before} takes NotIn over several values apart, so that it matched every address; {after} does not",
            Confidence.UPSTREAM,
        ),
        11: Row(
            "A selector names a value that no label can have: Azure NPM passes the whole policy over",
            Confidence.UPSTREAM,
        ),
        12: Row("A selector asks for a label that is no part of a pod's identity under {after}", Confidence.UPSTREAM),
        13: Row("{after} never matches pods by an ipBlock; {before} does"),
        14: Row("{after} never matches nodes by an ipBlock; {before} does"),
        15: Row("{after} never matches the pod's own node by an ipBlock; {before} does"),
        16: Row("The address range means something else to {after} than to {before}"),
        18: Row("{before} passes over the whole policy for its IPv6 ipBlock; {after} enforces it", Confidence.UPSTREAM),
        19: Row("{before} never filters IPv6; {after} does"),
        24: Row("{after} ignores endPort, and admits only the first port of the range"),
        26: Row(
            "{after} skips a named egress port to which pods give several numbers; {before} takes each pod's own",
            Confidence.UPSTREAM,
        ),
        27: Row(
            "{after} takes a named egress port for its number, whoever the peer is; {before} asks the peer",
            Confidence.DERIVED,
        ),
        28: Row("{after} knows no pod with a port of that name", Confidence.UPSTREAM),
        29: Row("Cilium as AKS runs it does not carry SCTP", Confidence.UPSTREAM),
        34: Row("What a node sends to its own pods is not filtered"),
        35: Row("{before} never filters what a pod sends to its own node; {after} does"),
        36: Row("{after} never matches nodes by an ipBlock; {before} does"),
        37: Row("To {after} DNS on the pod's own node is the host, which no ipBlock admits"),
        38: Row("Whether {after} matches the API server by an ipBlock is not documented", None),
        39: Row("With which source the control plane's packets arrive is not documented", None),
        40: Row("{after} does not read Calico's own policies; {before} enforces them"),
        41: Row("{after} enforces Cilium's own policies; {before} does not read them"),
        42: Row("{after} refuses a policy with L7 rules as a whole, since no L7 proxy runs"),
        43: Row("{after} learns no address of a DNS name, since no DNS proxy runs", Confidence.DERIVED),
        46: Row("{after} refuses the policy, or reads it in a way of its own", Confidence.UPSTREAM),
        51: Row("Whether {before} filters what a pod sends to itself by a ClusterIP is not documented", None),
        52: Row("Clients of a load balancer or node port pass {before} unseen; {after} enforces the ingress policies"),
        53: Row("Health probes of the load balancer pass {before} unseen; {after} enforces the ingress policies"),
        55: Row(
            "Pods that go by the load balancer's address pass {before} unseen; {after} takes them for themselves",
            Confidence.DERIVED,
        ),
        62: Row("{after} cannot serve one port number with two protocols on a node: which survives is not known", None),
        63: Row("Cilium as AKS runs it does not carry SCTP, through Services neither", Confidence.UPSTREAM),
    }
)
"""By number. 0: a policy that is enforced by one of the engines only, as the plain reading has it."""

"""A namespaceSelector that only excludes also selects what is no pod.

Why it matters
--------------
A peer whose namespaceSelector has nothing but NotIn or DoesNotExist, and whose podSelector asks for nothing, selects
in Cilium everything without those labels: the world, hosts and remote nodes too. Calico means pods only, so traffic
that Calico refuses becomes allowed. It is a hole, not an outage.

What to do
----------
- Add a term that asks for something, which pods always have: `{key: kubernetes.io/metadata.name, operator: Exists}`
  in the namespaceSelector.

How it is decided
-----------------
In the directions that policyTypes names: a namespaceSelector without matchLabels, In and Exists, but with at least
one excluding term, and a podSelector that is absent, empty, or excludes only. Under Calico it is a risk, on a policy
that selects pods. Azure NPM selects as much, and without an engine everything is allowed today: there it is a
notice. A NotIn of two or more values is a risk under Azure NPM, whose older versions read it as "any": with Cilium
the excluded namespaces are refused. A policy that selects no pod is a notice.

Where Cilium enforces already, nothing changes. What AKS owns does not count. Policies that were not read are a gap;
pods that were not all read are one where such a policy, which could be a risk, selects none of those that were.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.connectivity.isolation import Direction, Isolation, rules_of
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import LabelSelector, NetworkPolicy, PolicyPeer
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.selectors import selector_text
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium, written_under


def check(scene: Scene) -> Iterator[Outcome]:
    """Each such selector of each policy and direction."""
    if reason := is_cilium(scene):
        yield reason
        return
    engine = written_under(scene)
    isolation = scene.universe.isolation.require()
    for place, policy in enumerate(isolation.policies):
        if not is_aks_owned(policy):
            for direction in Direction:
                selectors = {selector_text(found): found for found in _excluding(policy, direction)}
                for text in sorted(selectors):
                    message, severity = _meaning(engine, selectors[text])
                    yield from _judge(scene, isolation, place, (direction, text, message, severity))


def _excluding(policy: NetworkPolicy, direction: Direction) -> Iterator[LabelSelector]:
    for rule in rules_of(policy, direction):
        for peer in rule.peers:
            if peer.namespace_selector is not None and _only_excludes(peer):
                yield peer.namespace_selector


def _only_excludes(peer: PolicyPeer) -> bool:
    spaces = peer.namespace_selector
    asks = spaces is None or not spaces.match_expressions or _asks(spaces)
    return not asks and (peer.pod_selector is None or not _asks(peer.pod_selector))


def _asks(selector: LabelSelector) -> bool:
    operators = [term.operator for term in selector.match_expressions]
    return bool(selector.match_labels) or "In" in operators or "Exists" in operators


def _meaning(engine: PolicyEngine, selector: LabelSelector) -> tuple[str, Severity]:
    several = any(term.operator == "NotIn" and len(term.values) > 1 for term in selector.match_expressions)
    if engine is PolicyEngine.CALICO:
        return "Calico admits pods only; Cilium admits nodes and the world as well", Severity.RISK
    if engine is PolicyEngine.AZURE and several:
        return "Azure NPM may admit the excluded namespaces too; Cilium refuses them", Severity.RISK
    return "Cilium admits nodes and the world by it, not pods only", Severity.NOTICE


def _judge(
    scene: Scene, isolation: Isolation, place: int, found: tuple[Direction, str, str, Severity]
) -> Iterator[Outcome]:
    direction, text, message, severity = found
    policy, pods = isolation.policies[place], scene.universe.pods
    if not isolation.subjects[place] and severity is Severity.RISK and isinstance(pods, Missing):
        yield gap(pods, object_ref(policy))
        return
    peers = "from" if direction is Direction.INGRESS else "to"
    yield Finding(
        object=object_ref(policy),
        message=f"Its {direction.value.lower()} admits by a namespaceSelector that only excludes: {message}.",
        evidence=(Evidence(f"spec.{direction.value.lower()}[].{peers}[].namespaceSelector", text),),
        severity=severity if isolation.subjects[place] else Severity.NOTICE,
        key=f"{direction.value.lower()} {text}",
    )


RULE = Rule(
    id="POL-NEGATIVE-NSSELECTOR",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
    sources=(
        Citation(
            "https://github.com/cilium/cilium/issues/46949",
            "A namespaceSelector of excluding terms only also matches the world, hosts and nodes; the fix is newer"
            " than the versions that AKS runs.",
            "2026-07",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/pull/4866",
            "Azure NPM read NotIn with several values as any of them.",
            "2026-09-15",
        ),
    ),
    check=check,
)

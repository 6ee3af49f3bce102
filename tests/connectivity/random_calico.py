"""Random policies, sets of networks and tiers of Calico."""

from __future__ import annotations

from connectivity.random_kubernetes import CIDRS, CIDRS_6
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.model.objects import CalicoEntity, CalicoPolicySpec, CalicoRule

_EXPRESSIONS = st.sampled_from(
    (
        "all()",
        "app == 'web'",
        'app != "web"',
        "has(tier)",
        "!has(tier) && app in {'web', 'api'}",
        "app not in {'db'} || tier == 'front'",
        "!(app == 'api')",
        "app starts with 'w'",
        "projectcalico.org/namespace == 'shop'",
    )
)
_NAMESPACE_EXPRESSIONS = st.sampled_from(
    ("all()", "global()", "team == 'a'", "team != 'a'", "projectcalico.org/name in {'shop', 'ops'}", "has(team)")
)
_NETS = st.lists(st.sampled_from((*CIDRS, *CIDRS_6)), min_size=1, max_size=2).map(tuple)
_CALICO_PORTS = st.lists(st.sampled_from((8080, "8000:9090", 53, "http", "db", "gone")), min_size=1, max_size=2).map(
    tuple
)
_ANYBODY = st.just(CalicoEntity())
_ENTITY = st.one_of(
    _ANYBODY,
    st.builds(CalicoEntity, selector=_EXPRESSIONS),
    st.builds(CalicoEntity, namespace_selector=_NAMESPACE_EXPRESSIONS),
    st.builds(CalicoEntity, selector=_EXPRESSIONS, namespace_selector=_NAMESPACE_EXPRESSIONS),
    st.builds(CalicoEntity, selector=st.just("kind == 'set'")),
    st.builds(CalicoEntity, nets=_NETS),
    st.builds(CalicoEntity, not_nets=_NETS),
    st.builds(CalicoEntity, not_selector=_EXPRESSIONS),
    st.builds(CalicoEntity, selector=_EXPRESSIONS, nets=_NETS),
)
_DESTINATION_PORTS = st.builds(CalicoEntity, ports=_CALICO_PORTS) | st.builds(CalicoEntity, not_ports=_CALICO_PORTS)


def _calico_rule(
    action: str, ends: tuple[CalicoEntity, CalicoEntity], protocol: int | str | None, ports: CalicoEntity, ingress: bool
) -> CalicoRule:
    """`ends`: the other one and the policy's own. Ports only with a protocol that has them, as Calico asks."""
    source, destination = ends if ingress else reversed(ends)
    if protocol is not None:
        destination = replace(destination, ports=ports.ports, not_ports=ports.not_ports)
    return CalicoRule(action, source, destination, protocol=protocol)


def _calico_rules(ingress: bool) -> st.SearchStrategy[tuple[CalicoRule, ...]]:
    rule = st.builds(
        _calico_rule,
        st.sampled_from(("Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log")),
        st.tuples(_ENTITY, st.one_of(_ANYBODY, _ANYBODY, _ANYBODY, _ENTITY)),
        st.sampled_from((None, None, "TCP", "UDP", "SCTP", 6)),
        st.one_of(_ANYBODY, _DESTINATION_PORTS),
        st.just(ingress),
    )
    return st.lists(rule, max_size=3).map(tuple)


_CALICO_SPECS = st.builds(
    CalicoPolicySpec,
    tier=st.sampled_from(("default", "default", "", "early", "late")),
    selector=_EXPRESSIONS | st.just(""),
    types=st.sampled_from((("Ingress",), ("Egress",), ("Ingress", "Egress"), ())),
    ingress=_calico_rules(True),
    egress=_calico_rules(False),
    namespace_selector=st.sampled_from(("", "", "", "team == 'a'", "all()")),
)
ORDERS = (1.0, 500.0, 999.5, 1500.0, None)
CALICO = st.tuples(st.integers(0, 4), _CALICO_SPECS)
SETS = st.tuples(
    st.integers(0, 4), _NETS, st.sampled_from(({"kind": "set"}, {"app": "web"}, {"kind": "set", "tier": "x"}))
)

"""Named ports under Cilium: rows 25 to 28."""

from __future__ import annotations

from connectivity.naive.cilium_identity import Case
from connectivity.naive.network import INGRESS
from connectivity.naive.ports import destination_pod, named_numbers


def numbers_of(name: str, case: Case) -> set[int]:
    """The numbers that a name stands for in a rule.

    Row 25: at ingress the subject's own. Rows 26 to 28: at egress one number for whatever the rule selects, if all pods
    that have the name agree on it, else none; from 1.20 on the destination pod's own.
    """
    protocol = case.flow.protocol
    if case.side.direction == INGRESS:
        return named_numbers(case.side.subject, protocol, name)
    if case.settings.version >= (1, 20):
        destination = destination_pod(case.flow)
        return set() if destination is None else named_numbers(destination, protocol, name)
    found: set[int] = set()
    for pod in case.network.pods:
        # section 7: host-network and completed pods do not count
        if not pod.spec.host_network and not pod.has_ended:
            found |= named_numbers(pod, protocol, name)
    return found if len(found) == 1 else set()

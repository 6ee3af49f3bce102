"""What a container may do to the node's or its pod's network."""

from __future__ import annotations

from analyzer.model.objects import SecurityContext


def is_privileged_or_has(context: SecurityContext | None, *capabilities: str) -> bool:
    """Whether a container is privileged or is given one of some capabilities, or all of them.

    What the container runtime gives by itself does not count.
    """
    if context is None:
        return False
    added = context.capabilities.add if context.capabilities else ()
    wanted = {"ALL", *capabilities}
    return bool(context.privileged) or any(name.upper().removeprefix("CAP_") in wanted for name in added)

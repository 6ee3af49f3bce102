"""Admission webhooks that refuse pods while their own backends are being replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzer.disruption.groups import PodGroup
from analyzer.disruption.platform import is_platform
from analyzer.model.objects import Service, WebhookConfiguration


class Gate(NamedTuple):
    """A webhook that must answer, and the one workload behind it."""

    webhook: str
    backends: PodGroup


def gates(
    configurations: Iterable[WebhookConfiguration], services: Iterable[Service], groups: Iterable[PodGroup]
) -> Iterator[Gate]:
    """The webhooks with failure policy Fail whose backends are all on one node, by name.

    While that node is drained, the API server refuses what the webhook should have admitted.
    """
    selectors = {(item.namespace, item.name): item.spec.selector.items() for item in services if item.spec.selector}
    by_namespace: dict[str, list[PodGroup]] = {}
    for group in groups:
        by_namespace.setdefault(group.owner.namespace, []).append(group)
    for namespace, name, webhook in sorted(_strict(configurations)):
        selector = selectors.get((namespace, name))
        if selector is None:
            continue
        behind = [
            group for group in by_namespace.get(namespace, ()) if selector <= group.pods[0].metadata.labels.items()
        ]
        nodes = frozenset[str]().union(*(group.nodes for group in behind))
        if len(nodes) == 1:
            yield from (Gate(webhook, group) for group in behind)


def _strict(configurations: Iterable[WebhookConfiguration]) -> Iterator[tuple[str, str, str]]:
    for configuration in configurations:
        if is_platform(configuration):
            continue
        for webhook in configuration.webhooks:
            service = webhook.client_config.service
            if service is not None and webhook.failure_policy == "Fail":
                yield service.namespace, service.name, webhook.name

"""The Services that the API server calls: webhooks, aggregated APIs, conversions of custom resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analyzer.model.fact import Fact, seen
from analyzer.model.finding import ObjectRef, object_ref
from analyzer.model.objects import CustomResourceDefinition, KubernetesObject, WebhookService
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned

READS = (
    Source.VALIDATING_WEBHOOKS,
    Source.MUTATING_WEBHOOKS,
    Source.API_SERVICES,
    Source.CUSTOM_RESOURCE_DEFINITIONS,
)
"""What the functions below ask for."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One Service that the API server calls for one purpose."""

    object: ObjectRef
    """The object that asks for it."""
    where: str
    """The field that names the Service."""
    name: str
    """The webhook's, else the object's."""
    service: WebhookService
    is_strict: bool
    """Whether requests fail while it does not answer."""

    @property
    def words(self) -> str:
        """The Service by namespace and name."""
        return f"{self.service.namespace}/{self.service.name}"


def callback_lists(scene: Scene) -> tuple[Fact[Any], ...]:
    """The lists that name such Services."""
    return tuple(getattr(scene.snapshot, source.value) for source in READS)


def callbacks(scene: Scene) -> Iterator[Callback]:
    """Each Service that is called, as far as the lists were read. AKS's own objects are left out, and so are URLs."""
    snapshot = scene.snapshot
    for configuration in (*seen(snapshot.validating_webhooks), *seen(snapshot.mutating_webhooks)):
        for hook in configuration.webhooks:
            where = f"webhooks[{hook.name}].clientConfig.service"
            is_strict = hook.failure_policy != "Ignore"
            yield from _callback(configuration, hook.client_config.service, where, (hook.name, is_strict))
    for api in seen(snapshot.api_services):
        yield from _callback(api, api.spec.service, "spec.service", (api.name, True))
    for definition in seen(snapshot.custom_resource_definitions):
        where = "spec.conversion.webhook.clientConfig.service"
        yield from _callback(definition, _conversion(definition), where, (definition.name, True))


def _conversion(definition: CustomResourceDefinition) -> WebhookService | None:
    conversion = definition.spec.conversion
    return conversion.webhook.client_config.service if conversion and conversion.webhook else None


def _callback(
    item: KubernetesObject, service: WebhookService | None, where: str, purpose: tuple[str, bool]
) -> Iterator[Callback]:
    if service is not None and not is_aks_owned(item):
        name, is_strict = purpose
        yield Callback(object_ref(item), where, name, service, is_strict)

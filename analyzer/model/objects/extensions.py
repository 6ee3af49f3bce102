"""What extends the API server: webhooks, aggregated APIs, custom resource definitions."""

from __future__ import annotations

from msgspec import Struct

from analyzer.model.objects.metadata import KubernetesObject


class WebhookService(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The Service behind a webhook."""

    name: str = ""
    namespace: str = ""
    port: int = 443


class WebhookClient(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Where a webhook is called."""

    service: WebhookService | None = None


class Webhook(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One webhook."""

    name: str = ""
    failure_policy: str = "Fail"
    client_config: WebhookClient = WebhookClient()


class WebhookConfiguration(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""

    webhooks: tuple[Webhook, ...] = ()


class APIServiceSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """APIService.spec."""

    service: WebhookService | None = None
    """None: the API server serves it itself."""


class APIService(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """apiregistration.k8s.io/v1 APIService."""

    spec: APIServiceSpec = APIServiceSpec()


class ConversionWebhook(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """spec.conversion.webhook."""

    client_config: WebhookClient = WebhookClient()


class Conversion(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """spec.conversion."""

    webhook: ConversionWebhook | None = None


class DefinitionSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """CustomResourceDefinition.spec, without the schemas."""

    group: str = ""
    conversion: Conversion | None = None


class CustomResourceDefinition(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """apiextensions.k8s.io/v1 CustomResourceDefinition."""

    spec: DefinitionSpec = DefinitionSpec()

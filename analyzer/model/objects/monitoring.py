"""Objects of the Prometheus operator."""

from __future__ import annotations

from msgspec import Struct

from analyzer.model.objects.metadata import KubernetesObject, LabelSelector


class MonitorSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PodMonitor.spec or ServiceMonitor.spec."""

    selector: LabelSelector = LabelSelector()
    job_label: str = ""


class Monitor(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """PodMonitor or ServiceMonitor."""

    spec: MonitorSpec = MonitorSpec()


class PrometheusExpression(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One alert or recording."""

    expr: int | float | str = ""
    alert: str = ""
    record: str = ""


class PrometheusGroup(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One group of rules."""

    name: str = ""
    rules: tuple[PrometheusExpression, ...] = ()


class PrometheusSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """PrometheusRule.spec."""

    groups: tuple[PrometheusGroup, ...] = ()


class PrometheusRule(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """monitoring.coreos.com/v1 PrometheusRule."""

    spec: PrometheusSpec = PrometheusSpec()

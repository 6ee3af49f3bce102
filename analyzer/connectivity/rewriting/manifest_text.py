"""A policy as the YAML that kubectl applies: keys in the order in which people write them, nothing left to defaults."""

from __future__ import annotations

import msgspec
import yaml

from analyzer.model.objects import CiliumPolicy, NetworkPolicy


def manifest_text(manifest: NetworkPolicy | CiliumPolicy) -> str:
    """The manifest, ending with a newline."""
    metadata: dict[str, object] = {"name": manifest.name, "namespace": manifest.namespace}
    if manifest.labels:
        metadata["labels"] = dict(sorted(manifest.labels.items()))
    document = {
        "apiVersion": manifest.api_version,
        "kind": manifest.kind,
        "metadata": metadata,
        "spec": _spec(manifest),
    }
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=False, width=120
    )


def _spec(manifest: NetworkPolicy | CiliumPolicy) -> dict[str, object]:
    found = msgspec.json.decode(msgspec.json.encode(manifest.spec), type=dict[str, object])
    if isinstance(manifest, CiliumPolicy):
        return {key: _rules(found[key]) for key in _CILIUM if key in found} | {}
    return {key: _rules(found.get(key, {})) for key in _KUBERNETES if key in found or key == "podSelector"}


_KUBERNETES = ("podSelector", "policyTypes", "ingress", "egress")
_CILIUM = ("endpointSelector", "enableDefaultDeny", "ingress", "egress", "ingressDeny", "egressDeny")
_PEERS_FIRST = ("from", "to")


def _rules(part: object) -> object:
    """Rules with their peers before their ports, and the protocol that a port leaves to the default."""
    if not isinstance(part, list):
        return part
    return [_rule(item) if isinstance(item, dict) else item for item in part]


def _rule(rule: dict[str, object]) -> dict[str, object]:
    peers = {key: value for key, value in rule.items() if key not in ("ports", "toPorts")}
    ports = rule.get("ports")
    if isinstance(ports, list):
        return peers | {"ports": [{"protocol": "TCP"} | item for item in ports if isinstance(item, dict)]}
    return peers | {key: value for key, value in rule.items() if key == "toPorts"}


class _Dumper(yaml.SafeDumper):
    """Lists are indented under their keys, and nothing is an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True

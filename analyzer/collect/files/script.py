"""The shell script for a jump host: az and kubectl only, nothing but reads, every request with its exit status.

Its frame is collect.sh beside this file; the lists come from the table of sources.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files

from analyzer.collect.requests import kubernetes_reads, path_of
from analyzer.model.source import Endpoint, KubernetesRead, Source

_PLACE = "# LISTS"
_NAMES_ONLY = (
    '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[{{range $i, $e := .items}}'
    '{{if $i}},{{end}}{"metadata":{"name":"{{.metadata.name}}","namespace":"{{.metadata.namespace}}"}}{{end}}]}'
)
"""A kubectl template that prints a list of ConfigMaps without their data."""


def script(*, scan_configmaps: bool = False) -> str:
    """The whole script, as text. `scan_configmaps`: it also lists every ConfigMap with its content."""
    frame = files(__package__).joinpath("collect.sh").read_text(encoding="utf-8")
    return frame.replace(_PLACE, "\n".join(_lists(scan_configmaps)))


def _lists(scan_configmaps: bool) -> Iterator[str]:
    for source, read in kubernetes_reads(scan_configmaps=scan_configmaps):
        for endpoint in read.endpoints:
            file = _file(source, read, endpoint)
            if endpoint.group:
                yield f"list {file} {endpoint.group} {endpoint.resource} {' '.join(endpoint.versions)}"
            else:
                yield _request(file, source, path_of(read, endpoint, endpoint.versions[0]))


def _request(file: str, source: Source, path: str) -> str:
    if source is Source.CONFIG_MAP_NAMES:
        command = f"kubectl get configmaps --namespace kube-system -o go-template={shlex.quote(_NAMES_ONLY)}"
        return f"keep {file} 'GET {path}' {command}"
    return f"get {file} {path}"


def _file(source: Source, read: KubernetesRead, endpoint: Endpoint) -> str:
    several = f"-{endpoint.group}-{endpoint.resource}" if len(read.endpoints) > 1 else ""
    return f"{source.value.replace('_', '-')}{several}.json"

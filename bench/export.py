"""Writes the benchmarks' manifests at 200, 500 and 1,000 workloads, to compare with other analysers.

    python bench/export.py OUT [--workloads pods]

One folder a size: namespaces, NetworkPolicies, Services, and either pods, as a cluster has them, or the Deployments,
StatefulSets and DaemonSets that make them, as a repository has them. An analyser that reads both kinds would count
every workload twice. Each folder is read again with the product's own reader, and must hold what was written.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import connectivity_policies as policies
import msgspec
import yaml
from connectivity_objects import App
from connectivity_shapes import SYSTEM_SERVICES, Cluster, Scale, system_apps

from analyzer.collect.decoding import in_order
from analyzer.collect.files.reading import read_files
from analyzer.model.fact import seen
from analyzer.model.objects import (
    KubernetesObject,
    LabelSelector,
    Metadata,
    Template,
    TemplateContainer,
    TemplateSpec,
    Workload,
    WorkloadSpec,
)
from analyzer.model.source import Source

Workloads = Callable[[Cluster], Iterable[KubernetesObject]]

SIZES = (200, 500, 1000)
MB = 1_000_000
READ = (
    Source.NAMESPACES,
    Source.NETWORK_POLICIES,
    Source.SERVICES,
    Source.PODS,
    Source.DEPLOYMENTS,
    Source.STATEFUL_SETS,
    Source.DAEMON_SETS,
)


def main() -> None:
    """Writes every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workloads", choices=("pods", "templates"), default="pods")
    options = parser.parse_args()
    for size in SIZES:
        folder = options.out / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        written = export(cluster_of(size), folder, WORKLOADS[options.workloads])
        check(folder, written)
        counts = sorted(Counter(item.kind for item in written).items())
        bytes_written = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{folder}: {bytes_written / MB:.1f} MB, {', '.join(f'{count:,} {kind}' for kind, count in counts)}")


def cluster_of(workloads: int) -> Cluster:
    """A cluster with so many workloads, those of the system among them: five in a namespace, three pods of each app."""
    nodes = workloads // 20
    system = tuple(system_apps(nodes))
    apps = workloads - len(system)
    pods = 3 * apps + sum(item.replicas for item in system)
    return Cluster(Scale(pods, nodes, workloads // 5, apps + SYSTEM_SERVICES))


def export(cluster: Cluster, folder: Path, workloads: Workloads) -> tuple[KubernetesObject, ...]:
    """Writes a file for each kind, and one for the workloads."""
    count = 10 * cluster.scale.namespaces
    files: dict[str, tuple[KubernetesObject, ...]] = {
        "namespaces": tuple(cluster.namespaces()),
        "networkpolicies": tuple(policies.mixed(cluster, count)),
        "services": tuple(service for service, _ in cluster.services()),
        "workloads": tuple(workloads(cluster)),
    }
    hosts = {node.name: node.ip for node in cluster.nodes}
    for name, items in files.items():
        text = yaml.dump_all((_manifest(item, hosts) for item in items), Dumper=_Dumper, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8", newline="\n")
    return tuple(chain.from_iterable(files.values()))


class _Dumper(yaml.CSafeDumper):
    """Without anchors: not every reader of manifests knows them."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _manifest(item: KubernetesObject, hosts: Mapping[str, str]) -> dict[str, object]:
    """The object as it is applied or listed, with what the model leaves out and others ask for."""
    body = msgspec.to_builtins(item)
    for owner in body["metadata"].get("ownerReferences", ()):
        owner["apiVersion"] = "apps/v1"
    if item.kind == "Pod":
        body["status"]["hostIP"] = hosts[body["spec"]["nodeName"]]
    return {key: body[key] for key in ("apiVersion", "kind", "metadata", "spec", "status") if key in body}


def _pods(cluster: Cluster) -> Iterator[KubernetesObject]:
    return chain.from_iterable(cluster.pods_by_app.values())


def _templates(cluster: Cluster) -> Iterator[KubernetesObject]:
    return (_template(app) for app in (*cluster.system, *cluster.apps))


def _template(app: App) -> Workload:
    image = f"acrbench.azurecr.io/{app.namespace}/{app.name}:2026.11.1"
    inner = TemplateSpec((TemplateContainer(app.name, image, ports=app.ports),), host_network=app.on_host)
    template = Template(Metadata(labels=app.labels), inner)
    replicas = None if app.kind == "DaemonSet" else app.replicas
    spec = WorkloadSpec(replicas, LabelSelector(app.labels), template)
    return Workload(Metadata(app.name, app.namespace, labels=app.labels), app.kind, "apps/v1", spec)


WORKLOADS: Mapping[str, Workloads] = {"pods": _pods, "templates": _templates}


def check(folder: Path, written: tuple[KubernetesObject, ...]) -> None:
    """Reads a folder again. Ends the program where it does not hold what was written, object for object."""
    reading = read_files([folder], complete=True)
    facts = dict(reading.snapshot.facts())
    found = in_order(item for source in READ for item in seen(facts[source]))
    if reading.unknown or found != in_order(written):
        raise SystemExit(f"{folder}: wrote {len(written)} objects, read {len(found)} and {reading.unknown}")


if __name__ == "__main__":
    main()

"""A file of targets: a YAML or JSON list of clusters in Azure, snapshots, and exported files.

- /subscriptions/…/managedClusters/store
- id: /subscriptions/…/managedClusters/annex
  kubeconfig: annex.yaml
  context: annex-admin
- snapshot: branch.zip
- files: [depot/cluster.json, depot/objects]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from analyzer.collect.azure.cluster_id import parse_cluster_id
from analyzer.errors import UsageError
from analyzer.fleet.targets import InAzure, InFiles, InSnapshot

FileTarget = InAzure | InSnapshot | InFiles
_KEYS = ("id", "kubeconfig", "context", "snapshot", "files")
_KINDS = ("id", "snapshot", "files")
_OTHERS = "`snapshot: FILE.zip` and `files: [PATH]`"
_TEXT = "tag:yaml.org,2002:str"
_IN_CLUSTER = "in-cluster"
"""The kubeconfig that is no file."""


def parse_targets_file(text: str, path: Path) -> tuple[FileTarget, ...]:
    """The targets, in the order of the file; their relative paths are relative to the file's folder.

    Raises UsageError, with the file and the line, for anything that is not as above, and for a target that is there
    twice.
    """
    return tuple(_File(path).targets(text))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path

    def targets(self, text: str) -> Iterator[FileTarget]:
        lines: dict[object, int] = {}
        for node in self._entries(text):
            target = self._target(node)
            if _identity(target) in lines:
                raise self._error(node, f"the same target is on line {lines[_identity(target)]}")
            lines[_identity(target)] = _line(node)
            yield target

    def _entries(self, text: str) -> list[yaml.Node]:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise UsageError(f"{self.path}:{line}: this is not YAML: {error.problem}.") from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise UsageError(f"{self.path}:{line}: this is not YAML: {error.reason}.") from error
        if not isinstance(root, yaml.SequenceNode) or not root.value:
            line = _line(root) if root else 1
            raise UsageError(f"{self.path}:{line}: a file of targets is a list with at least one target.")
        return list(root.value)

    def _target(self, node: yaml.Node) -> FileTarget:
        if isinstance(node, yaml.ScalarNode):
            return InAzure(self._id(node))
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "a target is the ARM id of a cluster, or has the key id, snapshot or files")
        fields = self._fields(node)
        match [kind for kind in _KINDS if kind in fields]:
            case ["id"]:
                return self._in_azure(fields)
            case ["snapshot"] if len(fields) == 1:
                return InSnapshot(self._path(fields["snapshot"]))
            case ["files"] if len(fields) == 1:
                return InFiles(self._paths(fields["files"]))
            case _:
                raise self._error(node, "a target has either id (and kubeconfig, context), or snapshot, or files")

    def _fields(self, node: yaml.MappingNode) -> dict[str, yaml.Node]:
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key)
            if name not in _KEYS:
                raise self._error(key, f"unknown key {name!r}: a target has {', '.join(_KEYS)}")
            if name in fields:
                raise self._error(key, f"{name} is there twice")
            fields[name] = value
        return fields

    def _in_azure(self, fields: Mapping[str, yaml.Node]) -> InAzure:
        kubeconfig, context = fields.get("kubeconfig"), fields.get("context")
        return InAzure(
            self._id(fields["id"]),
            self._path(kubeconfig) if kubeconfig else None,
            self._text(context) if context else None,
        )

    def _id(self, node: yaml.Node) -> str:
        text = self._text(node)
        try:
            return str(parse_cluster_id(text))
        except UsageError as error:
            way = "" if text.startswith("/subscriptions/") else f"; other targets are {_OTHERS}"
            raise self._error(node, f"{str(error).rstrip('.')}{way}") from error

    def _paths(self, node: yaml.Node) -> tuple[Path, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self._error(node, "files is a list with at least one path")
        return tuple(self._path(item) for item in node.value)

    def _path(self, node: yaml.Node) -> Path:
        text = self._text(node)
        return Path(text) if text == _IN_CLUSTER else self.path.parent / text

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT or not node.value.strip():
            raise self._error(node, "there must be a text here")
        return str(node.value)

    def _error(self, node: yaml.Node, what: str) -> UsageError:
        return UsageError(f"{self.path}:{_line(node)}: {what}.")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _identity(target: FileTarget) -> object:
    """What two entries share that name the same evidence: ARM ids match without regard to case."""
    return target.id.lower() if isinstance(target, InAzure) else target

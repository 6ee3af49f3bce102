"""One cluster of a run, read: over the live APIs that the run shares, or from files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from analyzer.collect.access import Access
from analyzer.collect.sharing import Sharing
from analyzer.errors import SignInError, UsageError
from analyzer.fleet.judging import Evidence
from analyzer.fleet.targets import BehindKubeconfig, InAzure, InFiles, InSnapshot, Target
from analyzer.model.fact import Missing
from analyzer.model.snapshot import Snapshot
from analyzer.store.snapshot_file import encode, opened


@dataclass(frozen=True, slots=True)
class Reader:
    """How every cluster of a run is read."""

    access: Access
    sharing: Callable[[], Sharing]
    """Asked for by the first cluster in Azure: files need no sign-in."""
    complete: bool = False

    def __call__(self, target: Target) -> Evidence:
        """Raises PreflightError where nothing of it could be read; SignInError where nobody is signed in any more."""
        match target:
            case InAzure(cluster_id, None, context):
                return self._live(cluster_id, replace(self.access, context=context or self.access.context))
            case InAzure(cluster_id, kubeconfig, context):
                return self._live(cluster_id, replace(self.access, kubeconfig=kubeconfig, context=context))
            case InSnapshot(path):
                return Evidence(opened(_content(path), str(path)))
            case InFiles(paths):
                return self._files(paths)
            case BehindKubeconfig():
                raise UsageError("A run looks at clusters in Azure, snapshots and files.")
            case _:
                assert_never(target)

    def _live(self, cluster_id: str, access: Access) -> Evidence:
        from analyzer.collect.azure.cluster_id import parse_cluster_id
        from analyzer.collect.azure.reading import require_signed_in
        from analyzer.collect.context import require_same_cluster
        from analyzer.collect.live import read_live

        sharing = self.sharing()
        reading = read_live(cluster_id, access, lambda _: None, sharing)
        if sharing.tokens.failure:
            raise SignInError(f"The sign-in ended while clusters were read: {sharing.tokens.failure}")
        if _met_401(reading.snapshot):
            require_signed_in(parse_cluster_id(cluster_id), sharing.azure)
        warnings = require_same_cluster(reading.snapshot, reading.tls_server_name)
        return Evidence(encode(reading.snapshot), reading.interrupted, " ".join(warnings))

    def _files(self, paths: tuple[Path, ...]) -> Evidence:
        from analyzer.collect.context import require_same_cluster
        from analyzer.collect.files.reading import read_files

        found = read_files(paths, complete=self.complete, scan_configmaps=self.access.scan_configmaps)
        unused = (f"not used: {what}" for what in found.unknown)
        warnings = (*unused, *require_same_cluster(found.snapshot))
        return Evidence(encode(found.snapshot), warning="; ".join(warnings))


def _met_401(snapshot: Snapshot) -> bool:
    """Whether some fact lacks because nobody was let in: a token that ended in the middle, or one resource's tenant."""
    return any(isinstance(fact, Missing) and "401 on " in fact.detail for _, fact in snapshot.facts())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error

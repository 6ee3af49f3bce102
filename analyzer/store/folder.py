"""A folder of an audit, wherever it is: on this machine, or behind any URL that fsspec knows.

A file is whole or not there. On a disk it is renamed into place; object stores show an object when its upload ends.
"""

from __future__ import annotations

import mimetypes
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.errors import UsageError
from analyzer.store.atomic import write_atomically

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_OPTIONS: dict[str, dict[str, Any]] = {"abfs": {"anon": False}, "abfss": {"anon": False}, "az": {"anon": False}}
"""adlfs signs in with azure-identity only where `anon` is false: its README, "Setting credentials"."""
_EXTRAS = {"abfs": "azure", "abfss": "azure", "az": "azure"}


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder. Names are relative, with slashes."""

    url: str
    """As the operator gave it."""
    files: AbstractFileSystem
    root: str
    is_local: bool

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError, and OSError where the store does not answer."""
        with _in_words(self.url):
            content: bytes = self.files.cat_file(self._path(name))
        return content

    def write(self, name: str, content: bytes) -> None:
        """Writes a file, whole or not at all. Raises OSError."""
        if self.is_local:
            write_atomically(Path(self._path(name)), content)
            return
        with _in_words(self.url):
            self.files.pipe_file(self._path(name), content, **self._settings(name))

    def exists(self, name: str) -> bool:
        """Whether there is a file or folder of this name now, whatever was there before."""
        self.files.invalidate_cache()
        with _in_words(self.url):
            return bool(self.files.exists(self._path(name)))

    def names(self, below: str = "") -> tuple[str, ...]:
        """The names of what lies directly in the folder, or in one below it; none where there is no such folder."""
        self.files.invalidate_cache()
        try:
            with _in_words(self.url):
                found = self.files.ls(self._path(below), detail=False)
        except FileNotFoundError:
            return ()
        names = (posixpath.basename(path.rstrip("/")) for path in found)
        return tuple(sorted(name for name in names if not name.startswith(".")))

    def below(self, name: str) -> Folder:
        """A folder in this one."""
        return Folder(f"{self.url.rstrip('/')}/{name}", self.files, self._path(name), self.is_local)

    def _settings(self, name: str) -> dict[str, Any]:
        """In Azure Storage, what a browser that opens the file shows it as; else it would save the page."""
        if self.url.partition("://")[0] not in _OPTIONS:
            return {}
        return {"content_settings": {"content_type": mimetypes.guess_type(name)[0] or "text/plain"}}

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}".rstrip("/") if name else self.root


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    """Every store has errors of its own, which no interface names. Raises OSError in their place."""
    try:
        yield
    except (OSError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise OSError(f"{url} does not answer as a store of files: {type(error).__name__}: {reason}") from error


def open_folder(url: str) -> Folder:
    """The folder behind a path or URL; it need not exist yet. Raises UsageError for one that nothing here can open."""
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    protocol = url.partition("://")[0] if "://" in url else ""
    try:
        files, root = fsspec.url_to_fs(url, **_OPTIONS.get(protocol, {}))
    except ImportError as error:
        extra = _EXTRAS.get(protocol)
        install = f"Install it, in the project's folder: pipx install '.[{extra}]'"
        way = install if extra else f"Install what fsspec asks for: {error}"
        raise UsageError(f"{url} needs a package that is not installed. {way}.") from error
    except ValueError as error:
        raise UsageError(f"{url} cannot be opened: {error}. Give a folder, or a URL such as abfs://…") from error
    return Folder(url, files, str(root).rstrip("/") or "/", isinstance(files, LocalFileSystem))

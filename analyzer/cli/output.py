"""Where reports go: formats to paths or to stdout, whole files or none, one failing writer never losing the others."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from analyzer.cli import exit_codes
from analyzer.cli.guard import say
from analyzer.errors import UsageError
from analyzer.model.report import Report
from analyzer.store.atomic import write_atomically
from reports import FORMATS, Renderer

FOLDER_FORMATS = ("html", "json")
"""What --out-dir gets of a report where no --format names others."""


@dataclass(frozen=True, slots=True)
class Output:
    """One format, to a path or (None) to stdout."""

    format: str
    path: Path | None


def parse_outputs(
    words: Sequence[str], renderers: Collection[str] = FORMATS, folder: Path | None = None
) -> tuple[Output, ...]:
    """The outputs that --format asks for: `html=report.html`, or `json` for stdout or the folder. Raises UsageError."""
    outputs = tuple(_parse(word, renderers) for word in words)
    if folder is not None:
        named = next((output for output in outputs if output.path), None)
        if named:
            raise UsageError(
                f"--format {named.format}={named.path} names a file, and --out-dir names the files itself."
            )
        return outputs
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("Only one --format can go to stdout; give the others a path: --format html=report.html.")
    return outputs


def _parse(word: str, renderers: Collection[str]) -> Output:
    name, _, path = word.partition("=")
    if name not in renderers:
        raise UsageError(f"--format {name!r} is not known; it can be {', '.join(renderers)}.")
    return Output(name, Path(path) if path else None)


def write_documents(outputs: Iterable[Output], render: Callable[[str], str]) -> tuple[int, ...]:
    """Writes one document in every format that was asked for; returns the codes that failures end with.

    One failing writer does not lose the others.
    """
    codes: list[int] = []
    for output in outputs:
        text = render(output.format)
        if output.path is None:
            sys.stdout.write(text)
            continue
        try:
            write_atomically(output.path, text.encode())
        except OSError as error:
            say(f"aks-preflight: {output.path} cannot be written: {error.strerror}.")
            codes.append(exit_codes.BROKE)
    return tuple(codes)


class Writer:
    """Writes every report of a run."""

    def __init__(
        self,
        outputs: Sequence[Output],
        folder: Path | None,
        *,
        renderers: Mapping[str, Renderer] = FORMATS,
        color: bool = True,
    ) -> None:
        self.outputs = outputs
        self.folder = folder
        self.renderers = renderers
        self.color = color
        self.written: list[Path] = []
        self.failures: list[str] = []
        self._names: set[str] = set()

    def write(self, report: Report, beside: Mapping[str, str] | None = None) -> None:
        """One report in every format that was asked for, and texts by their paths in a folder of its own beside it;
        None: that folder is left as it is. What cannot be written is kept in `failures`.
        """
        outputs = self._outputs(report)
        for output in outputs:
            if output.path is None:
                self._print(output.format, report)
                continue
            try:
                write_atomically(output.path, self.renderers[output.format](report).encode())
                self.written.append(output.path)
            except OSError as error:
                self.failures.append(f"{output.path} cannot be written: {error.strerror}.")
        if beside is not None and outputs[0].path is not None:
            self._write_beside(outputs[0].path.with_suffix(POLICIES), beside)

    def _write_beside(self, folder: Path, texts: Mapping[str, str]) -> None:
        """A folder is for one run: what another run left in it could be applied by mistake."""
        try:
            left = sorted(path for path in folder.rglob("*") if path.is_file())
            stale = next((path for path in left if path.relative_to(folder).as_posix() not in texts), None)
            if stale is not None:
                self.failures.append(f"{folder} holds files of another run, such as {stale.name}: remove it first.")
                return
            for name, text in texts.items():
                write_atomically(folder / name, text.encode())
        except OSError as error:
            self.failures.append(f"{folder} cannot be written: {error.strerror}.")
        else:
            self.written += [folder] if texts else []

    def _print(self, name: str, report: Report) -> None:
        """One report on stdout; the summary with colours where a terminal shows it."""
        if self.renderers is FORMATS and name == "text" and sys.stdout.isatty():
            from rich.console import Console

            from reports.text import print_summary

            print_summary(report, Console(no_color=not self.color))
        else:
            sys.stdout.write(self.renderers[name](report))

    def _outputs(self, report: Report) -> tuple[Output, ...]:
        if self.folder is None:
            return tuple(self.outputs) or (Output("text", None),)
        name = self._file_name(report)
        formats = tuple(output.format for output in self.outputs) or self._folder_formats()
        return tuple(Output(item, self.folder / f"{name}.{_EXTENSIONS.get(item, item)}") for item in formats)

    def _folder_formats(self) -> tuple[str, ...]:
        return FOLDER_FORMATS if self.renderers is FORMATS else tuple(self.renderers)

    def _file_name(self, report: Report) -> str:
        """The cluster's name, unique in this run even where case does not tell files apart."""
        name = next(name for name in _names(report) if name.lower() not in self._names)
        self._names.add(name.lower())
        return name


def _names(report: Report) -> Iterator[str]:
    """File names of a report, the shortest first: cluster, resource group, subscription, then its place in the run."""
    cluster = report.cluster
    parts = [
        _plain(cluster.name) or "cluster",
        *filter(None, map(_plain, (cluster.resource_group, cluster.subscription))),
    ]
    yield from (".".join(parts[:many]) for many in range(1, len(parts) + 1))
    yield from (".".join((*parts, str(number))) for number in count(2))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:80]


_EXTENSIONS = {"text": "txt", "markdown": "md"}
POLICIES = ".policies"
"""What the name of the folder beside a report ends with."""

"""Where reports go: formats to paths or to stdout, whole files or none, one failing writer never losing the others."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import UsageError
from analyzer.model.report import Report
from analyzer.store.atomic import write_atomically
from reports import FORMATS

FOLDER_FORMATS = ("html", "json")
"""What --out-dir gets where no --format names others."""


@dataclass(frozen=True, slots=True)
class Output:
    """One format, to a path or (None) to stdout."""

    format: str
    path: Path | None


def parse_outputs(words: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that --format asks for: `html=report.html`, or `json` for stdout. Raises UsageError."""
    outputs = tuple(_parse(word) for word in words)
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("Only one --format can go to stdout; give the others a path: --format html=report.html.")
    return outputs


def _parse(word: str) -> Output:
    name, _, path = word.partition("=")
    if name not in FORMATS:
        raise UsageError(f"--format {name!r} is not known; it can be {', '.join(FORMATS)}.")
    return Output(name, Path(path) if path else None)


class Writer:
    """Writes every report of a run."""

    def __init__(self, outputs: Sequence[Output], folder: Path | None, *, color: bool = True) -> None:
        self.outputs = outputs
        self.folder = folder
        self.color = color
        self.written: list[Path] = []
        self.failures: list[str] = []
        self._names: set[str] = set()

    def write(self, report: Report) -> None:
        """One report in every format that was asked for. What cannot be written is kept in `failures`."""
        for output in self._outputs(report):
            if output.path is None:
                self._print(output.format, report)
                continue
            try:
                write_atomically(output.path, FORMATS[output.format](report).encode())
                self.written.append(output.path)
            except OSError as error:
                self.failures.append(f"{output.path} cannot be written: {error.strerror}.")

    def _print(self, name: str, report: Report) -> None:
        """One report on stdout; the summary with colours where a terminal shows it."""
        if name == "text" and sys.stdout.isatty():
            from rich.console import Console

            from reports.text import print_summary

            print_summary(report, Console(no_color=not self.color))
        else:
            sys.stdout.write(FORMATS[name](report))

    def _outputs(self, report: Report) -> tuple[Output, ...]:
        if self.folder is None:
            return tuple(self.outputs) or (Output("text", None),)
        name = self._file_name(report)
        formats = tuple(output.format for output in self.outputs) or FOLDER_FORMATS
        return tuple(Output(item, self.folder / f"{name}.{_EXTENSIONS.get(item, item)}") for item in formats)

    def _file_name(self, report: Report) -> str:
        """The cluster's name made safe, unique in this run even where case does not tell files apart."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", report.cluster.name).strip(".-")[:80] or "cluster"
        taken = plain.lower() in self._names
        name = f"{plain}-{hashlib.sha256(report.cluster.id.encode()).hexdigest()[:8]}" if taken else plain
        self._names.add(name.lower())
        return name


_EXTENSIONS = {"text": "txt"}

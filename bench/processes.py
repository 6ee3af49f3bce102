"""Processor time and memory of a process and of everything that it started, as /proc shows them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Tree:
    """What looking at it now and then has shown. A process that lived between two looks is not in it."""

    root: int
    peak_bytes: int = 0
    """The most that all of them held at one look; pages that several share count once, in parts."""
    _cpu_s: dict[int, float] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def look(self) -> None:
        """Takes note of what is there."""
        held = 0
        for pid in (self.root, *_below(self.root)):
            with suppress(OSError):
                held += _held_bytes(pid)
                self._cpu_s[pid] = _used_s(pid)
                self._names.setdefault(pid, _name(pid, self.root))
        self.peak_bytes = max(self.peak_bytes, held)

    @property
    def cpu_s(self) -> float:
        """Of all of them."""
        return sum(self._cpu_s.values())

    @property
    def cpu_by_name(self) -> dict[str, float]:
        """Of each, until it was last seen; the first one first."""
        return {f"{self._names[pid]} {pid}": used for pid, used in self._cpu_s.items() if used >= 0.1}


def _below(root: int) -> Iterator[int]:
    """What it started, and what that started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    yield from found[1:]


def _held_bytes(pid: int) -> int:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))


def _used_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _stat(pid: int) -> list[str]:
    """State, parent and what follows: proc(5), counted from its third field."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _name(pid: int, root: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    if pid == root:
        return "the program"
    return "a judging process" if "spawn_main" in words else "another process"

"""Exported files read by threads, as an audit of several folders does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import analyzer.samples
from analyzer.collect.files.reading import read_files
from analyzer.store.snapshot_file import encode

READ_AT_ONCE = Path(__file__).parent / "read_at_once.py"
SAMPLES = sorted(path for path in Path(analyzer.samples.__file__).parent.iterdir() if (path / "cluster.json").exists())


def test_a_process_whose_first_readings_are_at_once_reads_what_one_after_the_other_would() -> None:
    folders = SAMPLES * 2
    command = [sys.executable, str(READ_AT_ONCE), *map(str, folders)]
    hashes = {folder: encode(read_files((folder,)).snapshot).hash for folder in SAMPLES}
    wanted = [hashes[folder] for folder in folders]
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()) == (0, wanted), done.stderr[-2000:]

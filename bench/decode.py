"""The bare decode: the collector's own types over raw kubectl exports, and nothing else. The yardstick of run.py."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import msgspec

from analyzer.collect.decoding import ListBody
from analyzer.collect.requests import kubernetes_reads
from analyzer.model.snapshot import ITEM_TYPES


def main(folder: Path) -> None:
    """Decodes every list in a folder of exports, file names being plurals, and keeps what comes out."""
    gc.disable()
    kept = []
    for source, read in kubernetes_reads():
        path = folder / f"{read.endpoints[0].resource}.json"
        if source in ITEM_TYPES and path.exists() and not read.metadata_only:
            kept.append(msgspec.json.decode(path.read_bytes(), type=ListBody[ITEM_TYPES[source]]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Reads folders of exported files in as many threads, all for the first time; prints what each holds."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Barrier, Thread

from analyzer.collect.files.reading import read_files
from analyzer.store.snapshot_file import decode, encode


def main(folders: list[str]) -> None:
    """One line for each folder, in the order of the arguments: the hash of its snapshot, decoded again."""
    sys.setswitchinterval(1e-6)  # threads meet wherever they can
    together, found = Barrier(len(folders)), dict[int, str]()

    def read(place: int, folder: str) -> None:
        together.wait()
        encoded = encode(read_files((Path(folder),)).snapshot)
        found[place] = encode(decode(encoded, folder)).hash

    threads = [Thread(target=read, args=item) for item in enumerate(folders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write("".join(f"{found[place]}\n" for place in range(len(folders))))


if __name__ == "__main__":
    main(sys.argv[1:])

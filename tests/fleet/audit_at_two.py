"""An audit that begins at two in the morning, whatever the time is: python audit_at_two.py ROOT CLOUD [more]

The more: `resume`, and the address of a Dask scheduler. Everything else is as `aks-preflight audit` does it.
"""

from __future__ import annotations

import datetime
import signal
import sys

from analyzer.cli.audit import Keeping, Running, Where
from analyzer.cli.auditing import run_audit
from analyzer.cli.options import Asking


def two_in_the_morning() -> datetime.datetime:
    return datetime.datetime(2026, 11, 22, 2, 0, tzinfo=datetime.UTC)


def main(root: str, cloud: str, *more: str) -> int:
    scheduler = next((word for word in more if word.startswith("tcp://")), None)
    running = Running(
        cloud=cloud,
        credential="environment",
        concurrency=6,
        executor="dask" if scheduler else "threads",
        scheduler=scheduler,
    )
    keeping = Keeping(out_dir=root, resume="resume" in more)
    return run_audit(Where(all_subscriptions=True), Asking(), running, keeping, two_in_the_morning)


if __name__ == "__main__":
    # a test runner may run in the background, where a shell has its children ignore interrupts
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))

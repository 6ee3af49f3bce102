"""A Dask cluster of three worker processes: prints its address and their ids, ends when its standard input does."""

from __future__ import annotations

import json
import sys

from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        print(json.dumps({"address": cluster.scheduler_address, "pids": pids}), flush=True)
        sys.stdin.read()

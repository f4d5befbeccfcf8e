"""How long a learner waits for a notebook's first cell: kernels of `course lab` beside ordinary ones.

    .venv/bin/python -m benchmarks.first_cell [--times N]

Each opens a notebook in a real Jupyter server, starts its kernel, and imports LangGraph.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from tests.learner.jupyter import Kernel, Server

COLD = "--KernelProvisionerFactory.default_provisioner_name=local-provisioner"
FIRST = "from langgraph.graph import StateGraph; print(1)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    times = parser.parse_args().times
    found: dict[str, list[float]] = {"course lab": [], "ordinary": []}
    with tempfile.TemporaryDirectory() as name:
        servers = {"course lab": Server(Path(name, "lab")), "ordinary": Server(Path(name, "cold"), COLD)}
        try:
            for server in servers.values():
                server.wait()
                _first_result(server)  # the zygote is warm when this one is there
            for _ in range(times):
                for label, server in servers.items():
                    found[label].append(_first_result(server))
        finally:
            for server in servers.values():
                server.close()
    medians = {label: statistics.median(took) for label, took in found.items()}
    for label, took in found.items():
        least, most = 1000 * min(took), 1000 * max(took)
        print(f"{label:<12} {1000 * medians[label]:>6.0f} ms  ({least:.0f} to {most:.0f})")
    print(f"{medians['ordinary'] / medians['course lab']:.1f} times as fast, {times} kernels of each in turn")


def _first_result(server: Server) -> float:
    started = time.perf_counter()
    with Kernel(server) as kernel:
        assert kernel.run(FIRST) == "1"
        return time.perf_counter() - started


if __name__ == "__main__":
    main()

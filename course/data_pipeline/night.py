"""One whole night: `python -m course.data_pipeline.night ORDERS URL`. Kill it and start it again at will."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import httpx
from langgraph.checkpoint.sqlite import SqliteSaver

from course.data_pipeline.graph import build_night
from course.data_pipeline.metrics import measured
from course.data_pipeline.orders import Order
from course.data_pipeline.pricing import ask, patiently
from course.data_pipeline.report import Report, report
from course.data_pipeline.run import drained_by_sigterm, run_night
from course.data_pipeline.sink import Sink
from course.data_pipeline.worker import worker

SECONDS = 10.0  #: that one call may take


def night(path: str, url: str, folder: str = ".", parts: int = 4, size: int = 25) -> Report | None:
    """Price a file of orders, or go on with it. `None` says that SIGTERM came first: start it again.

    Checkpoints and results are in two files of `folder`: each has a writer of its own.
    """
    sink, thread = Sink(Path(folder, "results.db")), Path(path).name
    checkpoints = sqlite3.connect(Path(folder, "checkpoints.db"), check_same_thread=False)
    with (
        closing(sink),
        closing(checkpoints),
        httpx.Client(base_url=url, timeout=SECONDS) as client,
        drained_by_sigterm() as control,
    ):

        def price(orders: Sequence[Order]) -> dict[str, int]:
            return ask(client, orders)

        work = worker(patiently(measured(price, "price", sink)), sink)
        ended = run_night(build_night(work, parts, size), SqliteSaver(checkpoints), thread, path, control)
    return report(Path(folder, "results.db")) if ended is not None else None


if __name__ == "__main__":
    print(night(sys.argv[1], sys.argv[2]) or "stopped; start it again to go on")

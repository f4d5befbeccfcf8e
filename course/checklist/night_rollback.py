"""Rehearses a deploy in the middle of a night: each version stops inside a chunk, and the next goes on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from course.checklist.findings import Finding, Findings
from course.checklist.nights import order_file
from course.checklist.versions import NightBuilder
from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import Order, Part
from course.data_pipeline.run import run_night
from course.data_pipeline.sink import Sink, rows
from course.data_pipeline.worker import Done, Work, worker
from course.support_agent.files import connect

NightVersion = Callable[[Work], NightBuilder]
COUNT, CHUNK = 600, 100  #: orders, and how many of them a chunk of version 1 has


class Stopped(Exception):
    """The deploy takes the machine away, in the middle of a chunk."""


def version_1(work: Work) -> NightBuilder:
    """Build the night as it's deployed: chunks of 4 parts with 25 lines."""
    return build_night(work, 4, 25)


def rehearsed_night(version_2: NightVersion) -> Findings:
    """Stop version 1 in a chunk, version 2 in another, and let version 1 end the night."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = order_file(folder, COUNT)
        with closing(Sink(folder / "results.db")) as sink, closing(connect(folder / "night.db")) as db:
            priced: list[str] = []
            for number, version, parts in ((1, version_1, 6), (2, version_2, 5), (1, version_1, COUNT)):
                work = _stopping(_counting(sink, priced), parts)
                ended = _run(version(work), SqliteSaver(db), path)
                says = "ended the night" if ended else "stopped"
                yield f"  version {number} {says}: {_kept(folder)} orders kept"
        yield from _whole(folder, priced)


def _whole(folder: Path, priced: list[str]) -> Findings:
    kept = {row[0] for row in rows(folder / "results.db", "select id from priced")}
    missing = COUNT - len(kept)
    yield Finding(f"{len(kept)} of {COUNT} orders priced, {missing} missing", not missing)
    again = len(priced) - len(set(priced))
    yield Finding(f"{again} priced again, of {2 * CHUNK} allowed: a chunk for each stop", again <= 2 * CHUNK)


def _run(builder: NightBuilder, saver: SqliteSaver, path: Path) -> bool:
    try:
        return run_night(builder, saver, path.name, str(path)) is not None
    except Stopped:
        return False


def _counting(sink: Sink, priced: list[str]) -> Work:
    def price(orders: Sequence[Order]) -> dict[str, int]:
        found = [order.id for order in orders]
        priced.extend(found)
        return dict.fromkeys(found, 1)

    return worker(price, sink)


def _stopping(work: Work, parts: int) -> Work:
    """Let the machine go after a number of parts."""
    left = [parts]

    def until(part: Part) -> Done:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped
        return work(part)

    return until


def _kept(folder: Path) -> int:
    return rows(folder / "results.db", "select count(*) from priced")[0][0]

"""Measures grading on a Dask cluster, and writes the plan for 100,000 submissions into docs/scale.md.

    .venv/bin/python -m benchmarks.cluster [--count 400]

One small class is graded by one and by two processes, by one and by two Dask workers, all on this machine,
and then by nobody: results that are there already are handed to the parent, which bounds how far a cluster
can grow. Rates are of warm processes: the first submissions do not count. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import pickle
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import psutil
from distributed.deploy.subprocess import SubprocessCluster

from autograder.grading.class_run import Grading
from autograder.grading.job import Executor, Setup
from autograder.grading.options import Options
from autograder.reports.output_folder import OutputFolder
from autograder.submissions.inbox import open_inbox
from benchmarks.grading.classroom import REPOSITORY, SMALL, Classroom, open_classroom
from benchmarks.grading.processor import load
from benchmarks.grading.report import BEGIN, END
from benchmarks.plan import Measured, Timing, plan
from benchmarks.replay import Kept, Replay
from course.instructor.grade_class import dask_executor, materials, usable_tier
from course.paths import Root

PAGE = REPOSITORY / "docs" / "scale.md"
WARM = 40  #: submissions until all processes are warm
MakeExecutor = Callable[[Setup, int], Executor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400, help="submissions in each run (default 400)")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        found = measure(open_classroom(Path(name), SMALL), count)
    text = plan(found)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    print(f"{text}\n\nThis is in {PAGE.relative_to(REPOSITORY)} now.")


def measure(room: Classroom, count: int) -> Measured:
    where = machine(count)
    room.submissions(WARM + count)
    here = {n: graded(room, count, f"here{n}", lambda setup, _, n=n: Kept(setup, n)) for n in (1, 2)}
    job, done = Kept.last
    return Measured(
        machine=where,
        here=here,
        dask={n: graded_by_dask(room, count, n) for n in (1, 2)},
        writing=graded(room, count, "writing", lambda _setup, _: Replay(done)),
        there=len(pickle.dumps(job)),
        back=len(pickle.dumps(done)),
        kept=kept(OutputFolder(room.folder / "writing"), WARM + count),
    )


def graded_by_dask(room: Classroom, count: int, workers: int) -> Timing:
    words = {"nthreads": 1, "dashboard_address": None}
    with SubprocessCluster(
        n_workers=workers, dashboard_address=None, worker_kwargs=words, silence_logs=40
    ) as started:
        out, scheduler = f"dask{workers}", psutil.Process(started.scheduler.process.pid)
        executor = dask_executor(started.scheduler_address, room.folder / out)
        idle = idling(scheduler)
        timing = graded(room, count, out, executor, scheduler)
        return replace(timing, scheduler=max(0.0, timing.scheduler - idle * timing.wall))


def idling(scheduler: psutil.Process) -> float:
    """Return the part of a processor that it takes with nothing to do."""
    began = clocks(scheduler)
    time.sleep(5)
    spent = [now - then for now, then in zip(clocks(scheduler), began, strict=True)]
    return spent[2] / spent[0]


def graded(
    room: Classroom, count: int, out: str, executor: MakeExecutor, scheduler: psutil.Process | None = None
) -> Timing:
    """Grade the class, and time it from when all processes are warm."""
    print(f"  {out}: {WARM + count} submissions …", file=sys.stderr, flush=True)
    options = Options(seed=1, jobs=2, tier=usable_tier(), executor=executor)
    with (
        open_inbox(room.folder / f"submitted{WARM + count}", [SMALL]) as inbox,
        Grading(inbox, materials(Root(room.folder)), OutputFolder(room.folder / out), options) as grading,
    ):
        rows = grading.run()
        assert len(list(islice(rows, WARM))) == WARM
        began = clocks(scheduler)
        assert all(row.auto_earned == row.auto_points for row in rows)
        spent = [(now - then) / count for now, then in zip(clocks(scheduler), began, strict=True)]
        grading.finish()
    return Timing(wall=spent[0], parent=spent[1], scheduler=spent[2])


def clocks(scheduler: psutil.Process | None) -> tuple[float, float, float]:
    used = scheduler.cpu_times() if scheduler else None
    return time.perf_counter(), time.process_time(), used.user + used.system if used else 0.0


def kept(out: OutputFolder, count: int) -> dict[str, float]:
    """Return the bytes on disk of each part of an output folder, a submission."""
    parts = (out.gradebook, out.store, out.results, out.feedback, out.autograded)
    return {f"`{path.name}`": size(path) / count for path in parts}


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())


def machine(count: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("distributed", "langgraph", "nbgrader"))
    return (
        f"{os.cpu_count()} processors, {platform.system()} {platform.release()}, Python"
        f" {platform.python_version()}, {versions}, sandbox of tier {usable_tier().name}; {count} submissions"
        " of two exercises, four tests and one open question in each run. Before the first run the machine"
        f" was {100 * load():.0f} % busy."
    )


if __name__ == "__main__":
    main()

"""Runs the `course` command, and notes in `came.jsonl`, where it runs, when each result came.

A line for each: when it came, the processor time until then, and when it had been written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable
from pathlib import Path

from autograder.executors import local
from autograder.grading.job import Job, JobResult
from benchmarks.grading.processor import busy
from course.cli.entry import main

CAME = "came.jsonl"


class Timed(local.LocalExecutor):
    """An executor that notes when results come, and when the next is asked for."""

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        with Path(CAME).open("w", encoding="utf-8") as came:
            for done in super().do(jobs):
                at, processor = time.perf_counter(), busy()
                yield done
                print(json.dumps([at, processor, time.perf_counter()]), file=came)


if __name__ == "__main__":
    local.LocalExecutor = Timed
    main()

"""Grades a class over and over, and kills the grader with SIGKILL each time; run as a program of its own.

    COURSE_ROOT=… python -m tests.instructor.killing SUBMITTED BEFORE FOLDER KILLS SEED

FOLDER/undisturbed is graded once without a kill. FOLDER/0, FOLDER/1 and so on begin as copies of BEFORE, if there
is such a folder; the grader is started there and killed, again and again, until it comes to its end or has been
killed IN_ONE times and is left to come to it. That is done until there have been KILLS kills in all. Prints the
moments of all kills, in seconds, as JSON.

The grader is `course grade` as it is, in a fork of this process, in which everything is imported: a start from
cold takes seconds, and kills would hit little else. For the same reason the processes that mark live outside the
grader, as those of a cluster would; that they end with a killed grader is another test's business.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from autograder.executors.worker_process import die_with_parent
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.grading.class_run import Options
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.syllabus import read_course, read_fingerprints
from autograder.grading.worker import Worker
from autograder.sandbox.find_tier import find_tier
from course.instructor import class_summary
from course.instructor.grade_class import materials, run
from course.paths import Root

GRADING_SEED = 7
WINDOW = 0.5  #: of the time that an undisturbed run takes: a run that goes on is shorter
IN_ONE = 10  #: kills of one run at most: where the machine has become slower, none would come to its end


class ExecutorOutside:
    """The grader's end of the line to the process that marks."""

    address = ""

    def __init__(self, _setup: Setup, _processes: int) -> None:
        self._line = Client(self.address)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def do(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        for job in jobs:
            self._line.send(job)
            yield self._line.recv()


def mark(listener: Listener, setup: Setup) -> None:
    """Do the jobs of one grader after the other, whatever becomes of them."""
    with Worker(setup) as worker:
        while True:
            line: Connection = listener.accept()
            try:
                while True:
                    line.send(worker.do(line.recv()))
            except (EOFError, OSError):
                line.close()


def start_marker(listener: Listener, setup: Setup) -> int:
    """Fork the process that marks, and return its id."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        mark(listener, setup)
    return pid


def start_grader(submitted: Path, out: Path, options: Options) -> int:
    """Fork a grader, and return its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with (out.parent / "errors.txt").open("w") as file, redirect_stderr(file):
                try:
                    for _ in class_summary.told(run(submitted, out, options)):
                        pass
                    code = 0
                except BaseException:
                    traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended_well(pid: int, out: Path) -> bool:
    """Wait for a grader; tell whether it came to its end, and not to ours."""
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or status == 0, (out.parent / "errors.txt").read_text()
    return status == 0


def killed(submitted: Path, out: Path, options: Options, moment: float) -> bool:
    """Start a grader and kill it after so many seconds; tell whether that was before its end."""
    pid = start_grader(submitted, out, options)
    time.sleep(moment)
    os.kill(pid, signal.SIGKILL)
    return not ended_well(pid, out)


def main() -> None:
    """Read the words of the command."""
    submitted, before, folder = (Path(word) for word in sys.argv[1:4])
    kills, drawn, tier = int(sys.argv[4]), random.Random(int(sys.argv[5])), find_tier()
    options = Options(seed=GRADING_SEED, tier=tier, executor=ExecutorOutside)
    wanted = tuple(materials(Root.find()))
    prints = {material.module: read_fingerprints(material, options.limits).exercises for material in wanted}
    ExecutorOutside.address = str(folder / "marker")
    listener = Listener(ExecutorOutside.address, backlog=100)
    marker = start_marker(
        listener, Setup(materials=wanted, fingerprints=prints, seed=GRADING_SEED, tier=tier)
    )
    try:
        nbgrader_api(), read_course(wanted)  # what each grader would import
        print(json.dumps(kill_graders(submitted, before, folder, options, kills, drawn)))
    finally:
        os.kill(marker, signal.SIGTERM)
        os.waitpid(marker, 0)


def kill_graders(
    submitted: Path, before: Path, folder: Path, options: Options, kills: int, drawn: random.Random
) -> list[list[float]]:
    """Grade undisturbed, and then with kills; return their moments."""

    def begun(name: str) -> Path:
        out = folder / name / "out"
        shutil.copytree(before, out) if before.is_dir() else out.mkdir(parents=True)
        return out

    for name in ("warm", "undisturbed"):
        started, out = time.monotonic(), begun(name)
        assert ended_well(start_grader(submitted, out, options), out)
        seconds = time.monotonic() - started
    moments: list[list[float]] = []
    while sum(map(len, moments)) < kills:
        out = begun(str(len(moments)))
        moments.append([])
        while killed(submitted, out, options, moment := drawn.uniform(0, seconds * WINDOW)):
            moments[-1].append(round(moment, 3))
            if len(moments[-1]) == IN_ONE:
                assert ended_well(start_grader(submitted, out, options), out)
                break
    return moments


if __name__ == "__main__":
    main()

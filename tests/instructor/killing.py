"""Grades a class over and over, and kills the grader with SIGKILL each time; run as a program of its own.

    COURSE_ROOT=… python -m tests.instructor.killing SUBMITTED BEFORE FOLDER steps
    COURSE_ROOT=… python -m tests.instructor.killing SUBMITTED BEFORE FOLDER kinds
    COURSE_ROOT=… python -m tests.instructor.killing SUBMITTED BEFORE FOLDER KILLS SEED

FOLDER/undisturbed is graded once without a kill, from a copy of BEFORE if there is such a folder. With `steps`,
FOLDER/0, FOLDER/1 and so on begin as a kill before the first write of that run, before its second and so on would
have left them; with `kinds`, only before the first write of each kind. With a number, they begin as copies of BEFORE, and graders are killed there at random moments, until
one finishes or IN_ONE have been killed; and that until there have been KILLS kills in all. Another grader always
finishes the work. Prints a line of JSON for each folder: where, or when, its graders were killed.

The grader is `course grade` as it is, in a fork of this process, in which everything is imported: a cold start
takes seconds, and kills would hit little else. For the same reason the process that marks is outside the grader,
as those of a cluster would be, and does each job only once. Another test sees that they end with a killed grader.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr
from itertools import count
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from autograder.executors.worker_process import die_with_parent
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.options import Options
from autograder.grading.syllabus import read_course, read_fingerprints
from autograder.grading.worker import Worker
from autograder.sandbox.find_tier import find_tier
from course.instructor import class_summary
from course.instructor.grade_class import materials, run
from course.paths import Root
from tests.instructor.write_steps import photograph_each_step

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
    known: dict[bytes, JobResult] = {}
    with Worker(setup) as worker:
        while True:
            line: Connection = listener.accept()
            try:
                while True:
                    job = line.recv()
                    same = pickle.dumps(job)
                    if same not in known:
                        known[same] = worker.do(job)
                    line.send(known[same])
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


class Class:
    """A class to grade, from a certain state of the output folder."""

    def __init__(self, submitted: Path, before: Path, folder: Path, options: Options) -> None:
        self._submitted, self._before, self._folder, self._options = submitted, before, folder, options

    def begin(self, name: object) -> Path:
        """Make an output folder."""
        out = self._folder / str(name) / "out"
        shutil.copytree(self._before, out) if self._before.is_dir() else out.mkdir(parents=True)
        return out

    def start(self, out: Path, first: Callable[[], object] = lambda: None) -> int:
        """Fork a grader, which calls `first` before all else; return its id."""
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with (out.parent / "errors.txt").open("w") as file, redirect_stderr(file):
                    try:
                        first()
                        for _ in class_summary.told(run(self._submitted, out, self._options)):
                            pass
                        code = 0
                    except BaseException:
                        traceback.print_exc()
            finally:
                os._exit(code)
        return pid

    def grade(self, out: Path) -> None:
        """Let a grader finish."""
        assert ended_well(self.start(out), out), out

    def photograph(self, out: Path) -> None:
        """Let a grader finish; leave copies of what it would leave if it were killed at each step."""
        assert ended_well(self.start(out, lambda: photograph_each_step(out, self._folder)), out)

    def killed_after(self, out: Path, seconds: float) -> bool:
        """Kill a grader after so many seconds; tell whether that was before its end."""
        pid = self.start(out)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        return not ended_well(pid, out)


def ended_well(pid: int, out: Path) -> bool:
    """Wait for a grader; tell whether it came to its end, and not to ours."""
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or status == 0, (out.parent / "errors.txt").read_text()
    return status == 0


def kill_at_each_step(graded: Class, folder: Path, *, kinds: bool) -> Iterator[list[str]]:
    """Finish what a grader leaves that is killed before one of its writes; yield what that would have been.

    With `kinds`, only before the first of each kind. SQL statements are of one kind if they begin with the same word.
    """
    graded.photograph(graded.begin("undisturbed"))
    made, known = count(), set[str]()
    for number in count():
        photograph = folder / str(number)
        if not photograph.is_dir():
            return
        step = (photograph / "step.txt").read_text()
        kind = " ".join(step.split()[:2]) if step.startswith("SQL ") else step
        if kinds and kind in known:
            shutil.rmtree(photograph)
            continue
        known.add(kind)
        photograph = photograph.rename(folder / str(next(made)))  # so that the numbers have no gap
        graded.grade(photograph / "out")
        yield [step]


def kill_at_random(graded: Class, kills: int, drawn: random.Random) -> Iterator[list[float]]:
    """Kill graders at random moments; yield those of each folder, in seconds."""
    started = time.monotonic()
    graded.grade(graded.begin("undisturbed"))
    seconds, made, number = time.monotonic() - started, 0, 0
    while made < kills:
        out, moments = graded.begin(number), list[float]()
        while graded.killed_after(out, moment := drawn.uniform(0, seconds * WINDOW)):
            moments.append(round(moment, 3))
            if len(moments) == IN_ONE or made + len(moments) == kills:
                graded.grade(out)
                break
        yield moments
        made, number = made + len(moments), number + 1


def main() -> None:
    """Read the words of the command."""
    submitted, before, folder = (Path(word) for word in sys.argv[1:4])
    tier = find_tier()
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
        graded = Class(submitted, before, folder, options)
        graded.grade(graded.begin("warm"))
        match sys.argv[4:]:
            case ["steps" | "kinds" as which]:
                found = kill_at_each_step(graded, folder, kinds=which == "kinds")
            case [kills, seed]:
                found = kill_at_random(graded, int(kills), random.Random(int(seed)))
            case words:
                raise SystemExit(f"what is {words}?")
        for moments in found:
            print(json.dumps(moments), flush=True)
    finally:
        os.kill(marker, signal.SIGTERM)
        os.waitpid(marker, 0)


if __name__ == "__main__":
    main()

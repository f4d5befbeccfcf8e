"""What `course grade` costs: cold, for a class of any size, and where exercises take their time."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.classroom import NAME, Classroom, hand_in
from benchmarks.grading.measuring import Cost, run
from benchmarks.grading.results import ModuleCost
from benchmarks.grading.timed import CAME

CORES = os.cpu_count() or 1
TIMED = ("python", "-m", "benchmarks.grading.timed")


@dataclass(frozen=True, slots=True)
class Came:
    """When a result came, and when it had been written, as `timed` notes it."""

    at: float
    processor: float
    written: float


def grade(classroom: Classroom, count: int) -> Cost:
    """Everything for a class of that size: start, marks, gradebook, notebooks, pages, tables."""
    with tempfile.TemporaryDirectory(dir=classroom.folder) as name:
        return _graded(classroom, count, Path(name))


def fork_limit(classroom: Classroom, count: int) -> Cost:
    """The same engine with no walls and nothing written, a process for each processor."""
    submissions = classroom.submissions(1)
    notebook = submissions / "student00000" / classroom.module / NAME
    words = ["python", "-m", "benchmarks.grading.fork", str(classroom.folder), classroom.module]
    words += [str(notebook), str(count), str(min(CORES, count))]
    cost = run(words, folder=classroom.folder, count=count)
    shutil.rmtree(submissions)
    return cost


def help_seconds(folder: Path, times: int = 7) -> float:
    """Seconds of `course --help`, the middle one of several."""
    return statistics.median(run(["course", "--help"], folder=folder).seconds for _ in range(times))


def cold_seconds(classroom: Classroom, times: int = 3) -> float:
    """Seconds of `course grade` for one submission, the middle one of several."""
    return statistics.median(grade(classroom, 1).seconds for _ in range(times))


def module_cost(classroom: Classroom) -> tuple[ModuleCost, dict[str, float]]:
    """Grade a module's worked notebook; return what it costs, and each exercise's seconds.

    A blank one is graded before it, so that the start is over when its turn comes.
    """
    module, folder = classroom.module, classroom.folder
    with tempfile.TemporaryDirectory(dir=folder) as name:
        submissions, out = hand_in(Path(name) / "in", module, classroom.notebook, 2), Path(name) / "out"
        (submissions / "student00000" / module / NAME).write_text(json.dumps(classroom.blank), "utf-8")
        words = [*TIMED, "grade", str(submissions), "--out", str(out), "--module", module, "--jobs", "1"]
        cost = run(words, folder=folder, count=2, env={"COURSE_ROOT": str(folder)})
        (_, worked) = (out / "results.jsonl").read_text("utf-8").splitlines()
    exercises: list[dict[str, Any]] = json.loads(worked)["exercises"]
    if lost := [exercise["name"] for exercise in exercises if exercise["status"] != "passed"]:
        raise SystemExit(f"a worked notebook of {module} lost points: {', '.join(lost)}")
    first, second = (Came(*json.loads(line)) for line in (folder / CAME).read_text("utf-8").splitlines())
    seconds = second.at - first.at
    found = ModuleCost(
        module=module,
        seconds=seconds,
        processor=min(second.processor - first.processor, seconds),
        writing=second.written - second.at,
        start=cost.start_seconds,
        one=cost.seconds,
    )
    return found, {exercise["name"]: exercise["seconds"] for exercise in exercises}


def _graded(classroom: Classroom, count: int, folder: Path) -> Cost:
    submissions = classroom.submissions(count)
    words = ["course", "grade", str(submissions), "--out", str(folder / "out"), "--module", classroom.module]
    if count > 1:
        words += ["--jobs", str(min(CORES, count))]
    env = {"COURSE_ROOT": str(classroom.folder)}
    try:
        cost = run(words, folder=classroom.folder, count=count, env=env)
    finally:
        shutil.rmtree(submissions, ignore_errors=True)
    _check(folder / "out" / "results.jsonl", count)
    return cost


def _check(path: Path, count: int) -> None:
    """See to it that what was measured is right: every submission there, every mark the full one."""
    right = sum(
        all(exercise["status"] == "passed" for exercise in json.loads(line)["exercises"])
        for line in path.open(encoding="utf-8")
    )
    if right != count:
        raise SystemExit(f"{right} of {count} submissions got full marks from `course grade`")

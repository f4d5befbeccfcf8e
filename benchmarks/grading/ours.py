"""What `course grade` costs: cold, for a class of any size, and where exercises take their time."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.grading.classroom import NAME, Classroom
from benchmarks.grading.measuring import Cost, run

CORES = os.cpu_count() or 1


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


def exercise_seconds(classroom: Classroom, count: int) -> tuple[dict[str, float], float]:
    """Return how long each exercise took a submission, and which part of the processors it needed."""
    with tempfile.TemporaryDirectory(dir=classroom.folder) as name:
        cost = _graded(classroom, count, Path(name))
        results = [json.loads(line) for line in (Path(name) / "out" / "results.jsonl").open(encoding="utf-8")]
    times: dict[str, list[float]] = {}
    for exercise in (exercise for result in results for exercise in result["exercises"]):
        times.setdefault(exercise["name"], []).append(exercise["seconds"])
    at_work = (cost.cpu - cost.start_cpu) / (cost.seconds - cost.start_seconds) / CORES
    return {name: statistics.mean(seconds) for name, seconds in times.items()}, at_work


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

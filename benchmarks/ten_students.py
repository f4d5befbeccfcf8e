"""How long a class takes that hands in whole modules: worked answers of ten students, five modules each.

    .venv/bin/python -m benchmarks.ten_students [--students N] [--modules N] [--jobs N] [--before CHECKOUT]

With `--before`, the engine of another checkout grades the same class first: its seconds stand beside ours. A
run in which a submission loses a point, or in which the two differ in a mark, counts for nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.grading.classroom import REPOSITORY, Notebook, hand_in
from benchmarks.grading.processor import busy, group_of_our_own
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import fill, right_answers
from course.paths import Root

STUDENTS, MODULES = 10, 5
SEED = 1
COURSE = "from course.cli.entry import main; main()"  # of the checkout that PYTHONPATH names
Marks = Mapping[tuple[str, str], list[tuple[str, str, float]]]
"""Of each student's module: exercise, status, points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What grading the class took."""

    engine: str
    seconds: float
    processor: float  #: seconds of all processors
    marks: Marks


def worked(root: Root, module: str) -> Notebook:
    """Return a module's notebook with the worked answers."""
    printed = json.loads(root.notebook(module, "exercises").read_text("utf-8"))
    return fill(printed, right_answers(read_module(root, module)))


def hand_in_modules(folder: Path, modules: Sequence[str], students: int) -> Path:
    """Write the submissions of a class."""
    for module in modules:
        hand_in(folder, module, worked(Root(REPOSITORY), module), students)
    return folder


def grade(checkout: Path, submitted: Path, out: Path, jobs: int | None) -> Took:
    """Grade with the engine of a checkout, and the exercises of this one.

    Raises:
        SystemExit: it failed.
    """
    words = [sys.executable, "-c", COURSE, "grade", str(submitted), "--out", str(out)]
    words += ["--seed", str(SEED), *(["--jobs", str(jobs)] if jobs else [])]
    env = {**os.environ, "PYTHONPATH": str(checkout), "COURSE_ROOT": str(REPOSITORY)}
    began, used = time.monotonic(), busy()
    done = subprocess.run(words, cwd=out.parent, env=env, capture_output=True, text=True, check=False)
    seconds, processor = time.monotonic() - began, busy() - used
    if done.returncode:
        raise SystemExit(f"`course grade` of {checkout} failed:\n{done.stderr[-3000:]}{done.stdout[-3000:]}")
    name = "this" if checkout == REPOSITORY else "before"
    return Took(engine=name, seconds=seconds, processor=processor, marks=_marks(out / "results.jsonl"))


def _marks(results: Path) -> Marks:
    found = map(json.loads, results.read_text("utf-8").splitlines())
    return {
        (one["student"], one["module"]): [(e["name"], e["status"], e["earned"]) for e in one["exercises"]]
        for one in found
    }


def lost(marks: Marks) -> list[str]:
    """Name what has not passed."""
    return [
        f"{student} {module} {name}: {status}"
        for (student, module), exercises in marks.items()
        for name, status, _ in exercises
        if status != "passed"
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ten_students",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--modules", type=int, default=MODULES, help="the first so many")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    asked = parser.parse_args()
    modules = Root(REPOSITORY).module_names()[: asked.modules]
    engines = [REPOSITORY] if asked.before is None else [asked.before.resolve(), REPOSITORY]
    with group_of_our_own(), tempfile.TemporaryDirectory(prefix="bench-") as name:
        submitted = hand_in_modules(Path(name) / "submitted", modules, asked.students)
        print(f"{asked.students} students, {', '.join(modules)}", flush=True)
        found: list[Took] = []
        for number, engine in enumerate(engines):
            took = grade(engine, submitted, Path(name) / f"out{number}", asked.jobs)
            found.append(took)
            print(f"{took.engine:<8} {took.seconds:7.1f} s {took.processor:7.1f} s of processors", flush=True)
    for took in found:
        for line in lost(took.marks):
            print(f"{took.engine}: {line}")
    if len(found) > 1:
        same = found[0].marks == found[1].marks
        print(f"marks are {'the same' if same else 'NOT the same'};", end=" ")
        print(f"{found[0].seconds / found[1].seconds:.1f} times as fast")
    sys.exit(any(lost(took.marks) for took in found) or len({str(took.marks) for took in found}) > 1)


if __name__ == "__main__":
    main()

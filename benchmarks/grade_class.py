"""Measures grading a class: stock nbgrader and `course grade`, in one run, on the same honest submissions.

Both start from nothing, and end with a gradebook, executed notebooks and feedback pages. The stock side runs
`nbgrader autograde` and `nbgrader generate_feedback`; what each spends on its start is shown apart, from a
run on one submission. Nothing is asserted: machines are noisy, read the ratio.

    python benchmarks/grade_class.py [--count 8] [--module 01_basic] [--jobs N]
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent
LIBRARIES = ("nbgrader", "langgraph", "ipykernel", "ipython", "pytest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long one way of grading took."""

    name: str
    alone: float  #: seconds for a class of one
    whole: float  #: seconds for the whole class
    count: int

    @property
    def each(self) -> float:
        """Seconds for each further submission."""
        return (self.whole - self.alone) / (self.count - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=8, help="how many submissions (default 8, at least 2)")
    parser.add_argument("--module", default="01_basic")
    parser.add_argument("--jobs", type=int, help="processes of `course grade`")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        make_course(folder, asked.module)
        stock = measure("nbgrader autograde + generate_feedback", stock_grading, folder, asked)
        ours = measure("course grade", our_grading, folder, asked)
    show(stock, ours)


def make_course(folder: Path, module: str) -> None:
    """Copy what grading needs, so that neither side writes into the repository."""
    for part in (f"modules/{module}", f"solutions/{module}", "autograder/graders"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    run(folder, "course", "build", "--answers", "build/answers")
    run(folder, "nbgrader", "generate_assignment", module, "--force")


def measure(
    name: str, grade: Callable[[Path, argparse.Namespace], None], folder: Path, asked: argparse.Namespace
) -> Measured:
    seconds = [timed(grade, folder, asked, count) for count in (1, asked.count)]
    return Measured(name=name, alone=seconds[0], whole=seconds[1], count=asked.count)


def timed(
    grade: Callable[[Path, argparse.Namespace], None], folder: Path, asked: argparse.Namespace, count: int
) -> float:
    submitted = folder / "build" / "submitted"
    for made in (
        submitted,
        folder / "build" / "autograded",
        folder / "build" / "feedback",
        folder / "graded",
    ):
        shutil.rmtree(made, ignore_errors=True)
    for number in range(count):
        target = submitted / f"student{number:04}" / asked.module
        target.mkdir(parents=True)
        shutil.copy(folder / "build" / "answers" / asked.module / "exercises.ipynb", target)
    print(f"  {grade.__name__.replace('_', ' ')}: {count} submissions …", file=sys.stderr, flush=True)
    started = time.perf_counter()
    grade(folder, asked)
    return time.perf_counter() - started


def stock_grading(folder: Path, asked: argparse.Namespace) -> None:
    run(folder, "nbgrader", "autograde", asked.module)
    run(folder, "nbgrader", "generate_feedback", asked.module)


def our_grading(folder: Path, asked: argparse.Namespace) -> None:
    jobs = ["--jobs", str(asked.jobs)] if asked.jobs else []
    run(folder, "course", "grade", "build/submitted", "--out", "graded", "--module", asked.module, *jobs)


def run(folder: Path, command: str, *words: str) -> None:
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "COURSE_ROOT": str(folder)}
    done = subprocess.run(
        [str(SCRIPTS / command), *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command} {' '.join(words)} failed:\n{done.stderr[-2000:]}")


def show(stock: Measured, ours: Measured) -> None:
    print(f"\n{'':40}{'one alone':>11}{f'{stock.count} in all':>11}{'each more':>11}{'a second':>10}")
    for one in (stock, ours):
        rate = one.count / one.whole
        print(f"{one.name:40}{one.alone:>9.1f} s{one.whole:>9.1f} s{one.each:>9.2f} s{rate:>10.2f}")
    alone, whole, each = stock.alone / ours.alone, stock.whole / ours.whole, stock.each / ours.each
    print(f"{'how many times faster':40}{alone:>11.1f}{whole:>11.1f}{each:>11.1f}\n")
    print(", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    system = f"{platform.system()} {platform.release()}"
    print(f"Python {platform.python_version()}, {system}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()

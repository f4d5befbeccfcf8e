"""Measures `course report` on a large class, each of whose notebooks is another text.

    .venv/bin/python -m benchmarks.class_report                  # grades the demo's class first: minutes
    .venv/bin/python -m benchmarks.class_report --graded graded  # multiplies a graded class

The class is made of notebooks that were really graded: their verdicts, sentences and answers. Each copy has
names of its own in every answer, so nothing can be remembered from one notebook to the next.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.gradebook.gradebook import Gradebook
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.results.store import Record, Store
from autograder.submissions.assignment import read_handout
from course.paths import Root

COURSE = Path(sys.executable).with_name("course")
MOST_SECONDS = 10.0
DUE = datetime(2026, 11, 30, tzinfo=UTC)
_OWN = re.compile(r"\b(?!self\b|None\b|True\b|False\b)([a-z_]{3,})(?= = |, )")


def multiply(graded: OutputFolder, out: OutputFolder, count: int, draw: random.Random) -> None:
    """Write a class of `count` submissions, made from those of a graded one."""
    with Store(graded.store) as store:
        rows = [row for row in store.submissions() if graded.autograded_of(row.student, row.module).is_file()]
    modules = sorted({row.module for row in rows})
    handouts = [read_handout(Root.find().notebook(module, "exercises")) for module in modules]
    with Store(out.store) as store, Gradebook(out.gradebook) as book:
        for handout in handouts:
            points = {e.name: e.points for row in rows if row.module == handout.module for e in row.exercises}
            book.add_module(handout, points, due=DUE)
        for number in range(count):
            row = draw.choice(rows)
            student = f"student{number // len(modules):05}"
            if store.find(student, row.module):  # each module once
                student += f"_{number}"
            copy = replace(row, student=student)
            store.keep(_record(copy), judged=[e.name for e in copy.exercises], tier="a")
            book.record(copy, {}, DUE + timedelta(hours=draw.randrange(-40, 4)))
            _write_notebook(graded.autograded_of(row.student, row.module), out, copy, number)


def _record(row: GradedSubmission) -> Record:
    return Record(submission=row, fingerprints={}, answer_hashes={}, inputs_hash="", page_hash="")


def _write_notebook(source: Path, out: OutputFolder, row: GradedSubmission, number: int) -> None:
    notebook = json.loads(source.read_bytes())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = _OWN.sub(rf"\1_{number}", cell["source"])
    path = out.autograded_of(row.student, row.module)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1))


def measure(folder: Path, rounds: int) -> list[tuple[float, float]]:
    """Return the seconds that the command took from start to end, and those of processors, each time anew."""
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        start, before = time.perf_counter(), os.times()
        subprocess.run([COURSE, "report", str(folder)], check=True, capture_output=True)
        now = os.times()
        used = now.children_user + now.children_system - before.children_user - before.children_system
        found.append((time.perf_counter() - start, used))
    return found


def main() -> int:
    """Measure; the exit code says whether it was fast enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=5000, help="submissions in the class")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--graded", type=Path, help="a class that was graded already")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        if not wanted.graded:
            subprocess.run([COURSE, "demo", "--out", folder + "/demo"], check=True, stdout=subprocess.DEVNULL)
        graded = wanted.graded or Path(folder, "demo")
        out = OutputFolder(Path(folder, "class"))
        multiply(OutputFolder(graded), out, wanted.count, random.Random(1))
        seconds = measure(out.path, wanted.rounds)
        size = out.report.stat().st_size
    times = ", ".join(f"{wall:.1f} s ({used:.1f} s of processors)" for wall, used in seconds)
    best = min(wall for wall, _ in seconds)
    print(
        f"{wanted.count:,} submissions in {best:.1f} s, at best of {times}; the page has {size / 1e6:.1f} MB"
    )
    return 0 if best <= MOST_SECONDS * max(1.0, wanted.count / 5000) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Whether an answer has one verdict wherever it's judged: card, `course check`, `course grade`, nbgrader.

    .venv/bin/python -m benchmarks.four_surfaces [--module NAME …] [--first N] [--without SURFACE …]

All answers that the course knows, right and wrong, are handed in: the first notebook has the worked ones, the
next has of each exercise the first other answer, and so on, right ones before wrong ones. `course grade` and
stock nbgrader must give each exercise the same points; a notebook's cards and `course check` must pass the
public tests that `course grade` passes. Inputs are drawn anew on each surface, and how many tests notice a
wrong answer can rest on them: what differs is graded a few times more, and counts apart where `course grade`
then says the same.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.checked_cells import run_checked
from benchmarks.grading.classroom import NAME, REPOSITORY, open_classroom
from benchmarks.whole_modules import COURSE, hand_in_all_answers
from course.learner.check_saved import Checker
from course.paths import Root

Place = tuple[str, str]  #: student and exercise
Verdicts = Mapping[Place, object]  #: the public tests that passed, or the points
SECONDS = 240  #: for one cell: the longest exercise takes 20
DRAWS = 8  #: of other inputs, for what was judged otherwise
ENV = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COURSE_ROOT": str(REPOSITORY)}
TELL = """
_found = check("NAME").result
print("CARD", __import__("json").dumps([t.title for t in _found.tests if t.passed] if _found else []))
"""
CARD = re.compile(r"^CARD (.*)$", re.MULTILINE)


def by_grade(
    submitted: Path, out: Path, students: Sequence[str] = (), seed: int | None = None
) -> dict[str, Verdicts]:
    """Grade with `course grade`, and return what each other surface is to say of it."""
    words = [word for student in students for word in ("--student", student)]
    words += [] if seed is None else ["--seed", str(seed)]
    _run([sys.executable, "-c", COURSE, "grade", str(submitted), "--out", str(out), *words], out.parent)
    passed: dict[Place, object] = {}
    points: dict[Place, object] = {}
    for one in map(json.loads, (out / "results.jsonl").read_text("utf-8").splitlines()):
        for exercise in one["exercises"]:
            place, tests = (one["student"], exercise["name"]), exercise["tests"]
            passed[place] = sorted(t["title"] for t in tests if t["status"] == "passed" and not t["hidden"])
            points[place] = sum(t["points"] for t in tests if t["status"] == "passed")
    return {"nbgrader": points, "check": passed, "card": passed}


def by_nbgrader(classroom: Path, module: str) -> Verdicts:
    """Grade with the real `nbgrader autograde` in a folder of its own: the points."""
    from nbgrader.api import Gradebook

    for words in (("generate_assignment", module, "--force"), ("autograde", module)):
        _run([sys.executable, "-m", "nbgrader", *words], classroom, COURSE_ROOT=str(classroom))
    with Gradebook(f"sqlite:///{classroom / 'build' / 'gradebook.db'}") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(module)
            for grade in submission.notebooks[0].grades
        }


def by_check(notebooks: Mapping[str, Path], folder: Path) -> Iterator[tuple[Place, object]]:
    """Check students' notebooks as `course check` does: the tests that passed."""
    with contextlib.chdir(folder), Checker(Root(REPOSITORY)) as checker:
        for student, path in notebooks.items():
            for found in checker.check(path):
                yield (student, found.name), sorted(test.title for test in found.tests if test.passed)


def by_card(notebooks: Mapping[str, Path], folder: Path) -> Iterator[tuple[Place, object]]:
    """Run students' notebooks, each in a kernel, with all its cards: the tests that passed."""
    for student, path in notebooks.items():
        cells = json.loads(path.read_text("utf-8"))["cells"]
        program = partial(str.replace, TELL, "NAME")
        for name, printed in run_checked(cells, program, folder, env=ENV, seconds=SECONDS):
            told = CARD.search(printed)  # none where the kernel died, or came to no end
            yield (student, name), sorted(json.loads(told[1])) if told else []


def compared(module: str, folder: Path, first: int | None, without: list[str]) -> list[str]:
    """Judge all answers of a module everywhere: print how many were compared, return what differs."""
    submitted = hand_in_all_answers(folder / "submitted", [module], first)
    notebooks = {path.parts[-3]: path for path in sorted(submitted.glob(f"*/{module}/{NAME}"))}
    graded, told = by_grade(submitted, folder / "graded"), dict[str, Verdicts]()
    if "nbgrader" not in without:
        classroom = open_classroom(folder / "classroom", module).folder
        shutil.copytree(submitted, classroom / "build" / "submitted")
        told["nbgrader"] = by_nbgrader(classroom, module)
    for surface, ask in {"check": by_check, "card": by_card}.items():
        if surface not in without:
            told[surface] = dict(ask(notebooks, folder))
    counts = [f"{who} {len(found.keys() & graded[who].keys())}" for who, found in told.items()]
    others = [
        (who, place)
        for who, found in told.items()
        for place in sorted(found.keys() & graded[who].keys())
        if found[place] != graded[who][place]
    ]
    differ = [
        f"{' '.join(place)}: {who} {told[who][place]}, course grade {graded[who][place]}"
        for who, place in _undrawn(others, told, submitted, folder)
    ]
    by_draw = len(others) - len(differ)
    print(f"{module}: exercises judged by {', '.join(counts)}: {len(differ)} differ, {by_draw} by the draw")
    print("".join(f"  {line}\n" for line in differ), end="", flush=True)
    return differ


def _undrawn(
    others: list[tuple[str, Place]], told: Mapping[str, Verdicts], submitted: Path, folder: Path
) -> list[tuple[str, Place]]:
    """Grade what was judged otherwise with other inputs; leave out what `course grade` says so, too."""
    students = sorted({student for _, (student, _) in others})
    for seed in range(DRAWS if students else 0):
        drawn = by_grade(submitted, folder / f"drawn{seed}", students, seed)
        others = [(who, place) for who, place in others if drawn[who][place] != told[who][place]]
    return others


def _run(command: list[str], folder: Path, **env: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**ENV, **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"`{' '.join(command[1:])}` failed:\n{done.stderr[-3000:]}{done.stdout[-1000:]}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.four_surfaces",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--module", action="append", help="only this one; may be repeated")
    parser.add_argument("--first", type=int, metavar="N", help="only so many notebooks of each module")
    parser.add_argument("--without", action="append", default=[], choices=["card", "check", "nbgrader"])
    asked = parser.parse_args()
    found: list[str] = []
    for module in asked.module or Root(REPOSITORY).module_names():
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            found += compared(module, Path(name), asked.first, asked.without)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

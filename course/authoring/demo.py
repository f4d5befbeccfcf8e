"""Builds the demo's class: honest students, near misses, hostile notebooks, a late one, all in one zip.

The class is the same size however many modules there are: thirty-odd students in the first module, and two in
each other module who wrote one answer.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from autograder.gradebook.gradebook import NOTEBOOK
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.reports.output_folder import OutputFolder
from autograder.sandbox.limits import Limits
from course.authoring.answers import Answer
from course.authoring.exercise_source import ModuleSource, read_module
from course.authoring.sample_class import Sample, answered, read_flaws, right_answers, spoilt, write
from course.errors import UsageError
from course.paths import Root

MARKER = ".demo"
"""The file by which a folder is known as ours to empty."""

LIMITS = Limits(cell_seconds=3, wall_seconds=60)  #: short, for those that never end
DUE = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
LATE = "kim"
CONFIG = """\
# nbgrader's own rule for late work, in its strictest form: all points. The course's is to take none.
c = get_config()
c.LateSubmissionPlugin.penalty_method = "zero"
"""
SOME = 5  #: students with near misses, of whom there may be many
NAMES = ("finn", "gus", "hana", "ivo", "jana", "lea", "milo", "nora", "otto", "pia", "quinn", "rosa", "sam")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClass:
    """What was handed in."""

    zip: Path
    module: str  #: the one that the whole class handed in
    config: Path
    legend: tuple[str, ...] = field(default=())  #: who is who, a line for each kind of student


def prepare(root: Root, folder: Path, *, everything: bool = False) -> DemoClass:
    """Write the demo's class to `folder`, in place of an older one.

    Args:
        root: the course.
        folder: a new one, or one that an earlier demo made.
        everything: every near miss of every module, combined: the k-th of each exercise by one student.

    Raises:
        UsageError: the course is a learner's bundle, or the folder holds something else.
    """
    if not root.solutions.is_dir():
        raise UsageError(f"`{root.path}` has no `solutions/`: the demo is made from the worked answers")
    _empty(folder)
    modules = [name for name in root.module_names() if root.module_text(name).is_file()]
    submissions, first = folder / "submissions", modules[0]
    legend: dict[str, list[str]] = {}
    for module in modules:
        for kind, sample in _samples(root, module, whole=module == first, everything=everything):
            write(sample, submissions, module)
            legend.setdefault(kind, []).append(sample.student)
    late = submissions / LATE / first / "timestamp.txt"
    late.write_text((DUE + timedelta(hours=3)).isoformat(), "utf-8")
    config = folder / "late_penalty.py"
    config.write_text(CONFIG, "utf-8")
    shutil.make_archive(str(submissions), "zip", submissions)
    return DemoClass(
        zip=submissions.with_suffix(".zip"),
        module=first,
        config=config,
        legend=tuple(_line(kind, [*dict.fromkeys(names)]) for kind, names in legend.items()),
    )


def _line(kind: str, students: list[str]) -> str:
    some = students if len(students) < 8 else [students[0], "…", students[-1]]
    return f"{len(students):>3}  {kind}: {', '.join(some)}"


def grade_by_hand(root: Root, out: OutputFolder, module: str) -> str:
    """Enter points and a comment for one free answer, as a person does in formgrader; say so."""
    question = next(e for e in read_module(root, module, first_cells=False).exercises if e.manual_points)
    with nbgrader_api().Gradebook(f"sqlite:///{out.gradebook}") as book:
        grade = book.find_grade(question.name, NOTEBOOK, module, "ada")
        grade.manual_score, grade.needs_manual_grade = (question.manual_points or 0) - 1, False
        comment = book.find_comment(question.name, NOTEBOOK, module, "ada")
        comment.manual_comment = "Right, but say which of the two files you would look at first."
        book.db.commit()
        return f"A person gives ada {grade.manual_score:g} of {grade.max_score:g} for {question.name}."


def _samples(root: Root, module: str, *, whole: bool, everything: bool) -> Iterator[tuple[str, Sample]]:
    """Yield what is handed in of a module, with the kind of student."""
    source = read_module(root, module, first_cells=False)
    notebook: dict[str, Any] = json.loads(root.notebook(module, "exercises").read_text("utf-8"))
    if whole:
        yield from _whole_class(root, notebook, source)
    else:
        yield "one answer, in each other module", _sample("ada", notebook, _first_right(source))
    if whole or everything:
        students = _students() if everything else NAMES[:SOME]
        for student, answers in zip(students, _near_misses(source), strict=False):
            yield "a near miss in every exercise", _sample(student, notebook, answers)
    else:
        yield "one wrong answer, in each other module", _sample(NAMES[0], notebook, _first_wrong(source))


def _students() -> Iterator[str]:
    """Yield names without end: an exercise may have any number of near misses."""
    for number in count(1):
        yield from (f"{name}{number if number > 1 else ''}" for name in NAMES)


def _whole_class(root: Root, notebook: dict[str, Any], source: ModuleSource) -> Iterator[tuple[str, Sample]]:
    right = _right(source)
    coded = [e for e in source.exercises if e.manual_points is None]
    half = dict(list(right.items())[: len(right) // 2])
    yield "nothing written", _sample("abe", notebook, {})  # first, and soon done: something is seen at once
    yield "every worked answer", _sample("ada", notebook, right)
    for student, number in (("ben", 0), ("cleo", 1)):
        others = {e.name: e.alternatives[number] for e in coded if number < len(e.alternatives)}
        yield "other right answers", _sample(student, notebook, {**right, **others})
    yield "half of it", _sample("dora", notebook, half)
    yield "three hours late", _sample(LATE, notebook, right)
    # Early in the alphabet: those that never end are begun first, beside the others.
    for flaw in read_flaws(root.path / "tests" / "data" / "submissions"):
        sample = Sample(student=f"attack_{flaw.name}", says=flaw.says, data=spoilt(notebook, source, flaw))
        yield "hostile or broken", sample


def _right(source: ModuleSource) -> dict[str, Answer]:
    return {name: Answer(code=code) for name, code in right_answers(source).items()}


def _near_misses(source: ModuleSource) -> Iterator[dict[str, Answer]]:
    """Yield the k-th near miss of every exercise; an exercise that has fewer is answered right."""
    right = _right(source)
    most = max((len(exercise.near_misses) for exercise in source.exercises), default=0)
    for k in range(most):
        wrong = {e.name: e.near_misses[k] for e in source.exercises if k < len(e.near_misses)}
        yield {**right, **wrong}


def _first_right(source: ModuleSource) -> dict[str, Answer]:
    name, answer = next(iter(_right(source).items()))
    return {name: answer}


def _first_wrong(source: ModuleSource) -> dict[str, Answer]:
    exercise = next(e for e in source.exercises if e.near_misses)
    return {exercise.name: exercise.near_misses[0]}


def _sample(student: str, notebook: Mapping[str, Any], answers: Mapping[str, Answer]) -> Sample:
    data = json.dumps(answered(notebook, answers), indent=1).encode()
    return Sample(student=student, says="", data=data)


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise UsageError(f"`{folder}` holds something that is not a demo: name another folder, or empty it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()

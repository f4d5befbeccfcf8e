"""Rules about files: that tests, names and folders agree, and that nothing is left over or left to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.testing.layout import COMMON, HIDDEN, exercise_of
from course.authoring.exercise_source import IGNORED, folders
from course.authoring.proved import PROVED
from course.authoring.test_marks import bare_asserts, imported
from course.authoring.verify.rules import Problem, Rules
from course.authoring.verify.subjects import CourseSubject, ExerciseSubject, ModuleSubject
from course.learner.warm_up import MODULE as WARM_UP

IN_MODULE = {"lesson.py", "lesson.ipynb", "exercises.ipynb", "promise.md"}
IN_SOLUTIONS = {"module.md", "first_cells.py"}
ANSWERS = {"wrong", "right"}
IN_EXERCISE = {"prompt.md", "hints.md", "answer.py", HIDDEN, "survivors.toml", *ANSWERS}
IN_QUESTION = {"prompt.md", "answer.md"}

course_rules: Rules[CourseSubject] = Rules()


@course_rules("E109")
def _messages(subject: CourseSubject) -> Iterator[Problem]:
    """Every assert of a test says something to the learner."""
    for module in subject.modules:
        for path in module.test_files:
            for line in bare_asserts(path):
                message = 'this assert says nothing: add `, "what was seen, what it means, what to look at"`'
                yield Problem(path=path, line=line, message=message, exercise=_owner(path))


@course_rules("E110")
def _unique(subject: CourseSubject) -> Iterator[Problem]:
    """No two exercises of the course have the same name."""
    homes = {name: folders(subject.root.solutions / name) for name in subject.root.module_names()}
    for each in subject.exercises:
        name, own = each.exercise.name, each.module.source.module
        others = [module for module, names in homes.items() if module != own and name in names]
        if others:
            message = f"the name `{name}` is taken in {others[0]} too: rename one of them"
            yield Problem(path=each.exercise.answer_path, line=1, message=message, exercise=name)


@course_rules("E111")
def _orphans(subject: CourseSubject) -> Iterator[Problem]:
    """Every test grades the exercise that its file is for, and needs no other's tests."""
    for module in subject.modules:
        for test in module.tests:
            own = exercise_of(test.path)
            if test.exercise != own:
                message = f"`{test.function}` grades `{test.exercise}` in a file for `{own}`: mend the name"
                yield Problem(path=test.path, line=test.line, message=message, exercise=own)
        for path in module.test_files:
            for name, line in imported(path):
                if name.startswith("test_") and name != f"test_{exercise_of(path)}":
                    message = f"this needs the tests of another exercise: move what both use to `{COMMON}`"
                    yield Problem(path=path, line=line, message=message, exercise=_owner(path))


@course_rules("E112")
def _imports(subject: CourseSubject) -> Iterator[Problem]:
    """Every notebook of exercises imports `check`."""
    for module in subject.modules:
        plain = [cell.text for cell in module.source.cells if (cell.kind, cell.role) == ("code", "plain")]
        if not re.search(r"^from course import .*\bcheck\b", "\n".join(plain), re.M):
            path = subject.root.first_cells(module.source.module)
            message = "no cell imports `check`: add `from course import check, hint, timeline`"
            yield Problem(path=path, line=1, message=message)


@course_rules("E113")
def _files(subject: CourseSubject) -> Iterator[Problem]:
    """Every folder holds what belongs in it, and nothing else."""
    root = subject.root
    names = root.module_names()
    for folder, inside in (
        (root.modules, {"more.py"}),  # a page of the site, and no module
        (root.solutions, {PROVED}),
        (root.graders, {WARM_UP}),
    ):
        yield from (_stray(path) for path in _others(folder, inside | set(names)))
    for name in names:
        yield from (_stray(path) for path in _others(root.modules / name, IN_MODULE))
        for path in (root.lesson_source(name), root.module_text(name)):
            if not path.is_file():
                yield Problem(path=path, line=1, message="every module has this file: write it")
    for module in subject.modules:
        yield from _files_of_module(module)
    for exercise in subject.exercises:
        yield from _files_of_exercise(exercise)


def _files_of_module(module: ModuleSubject) -> Iterator[Problem]:
    root, name = module.root, module.source.module
    listed = {each.name for each in module.source.exercises}
    graded = {each.name for each in module.source.exercises if each.manual_points is None}
    tests = {root.public_test(name, each).name for each in graded}
    yield from (_stray(path) for path in _others(root.solutions / name, IN_SOLUTIONS | listed))
    yield from (_stray(path) for path in _others(root.graders / name, {COMMON, *tests}))


def _files_of_exercise(subject: ExerciseSubject) -> Iterator[Problem]:
    folder, name = subject.exercise.folder, subject.exercise.name
    stray = _others(folder, IN_QUESTION if subject.by_hand else IN_EXERCISE)
    for answers in ANSWERS:
        found = _others(folder / answers, set())
        stray += [path for path in found if path.suffix != ".py" or not path.stem.isidentifier()]
    yield from (_stray(path, name) for path in stray)


@course_rules("E114")
def _left_to_do(subject: CourseSubject) -> Iterator[Problem]:
    """Nothing is left of the skeletons that `course new` writes."""
    root = subject.root
    for module in subject.modules:
        name = module.source.module
        shared = (root.lesson_source(name), root.module_text(name), root.first_cells(name))
        yield from _todo([*shared, root.common_tests(name)])
    for each in subject.exercises:
        yield from _todo([each.public_test, *sorted(each.exercise.folder.rglob("*"))], each.exercise.name)


def _todo(paths: Iterable[Path], exercise: str = "") -> Iterator[Problem]:
    for path in paths:
        text = path.read_text("utf-8") if path.suffix in {".py", ".md"} and path.is_file() else ""
        left = [number for number, line in enumerate(text.splitlines(), 1) if "TODO" in line]
        if left:
            message = f"TODO lines in this file: {len(left)}, this one first; write what they ask for"
            yield Problem(path=path, line=left[0], message=message, exercise=exercise)


def _owner(path: Path) -> str:
    """The exercise that a test file is for; none for what tests share."""
    return exercise_of(path) if path.name == HIDDEN or path.name.startswith("test_") else ""


def _others(folder: Path, known: set[str]) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.name not in known | IGNORED)


def _stray(path: Path, exercise: str = "") -> Problem:
    message = "this does not belong here: remove it, or move it elsewhere"
    return Problem(path=path, line=1, message=message, exercise=exercise)

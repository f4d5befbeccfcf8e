"""Applies every rule to the course, or to a part of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from course.authoring.verify import lessons
from course.authoring.verify.form import exercise_rules
from course.authoring.verify.gather import read_course, read_prints
from course.authoring.verify.parallel import Task, run_tasks, try_exercise
from course.authoring.verify.rules import Problem
from course.authoring.verify.subjects import CourseSubject, ExerciseSubject
from course.authoring.verify.whole import course_rules
from course.errors import UsageError
from course.paths import Root

# Where one of these is broken, running the exercise would only repeat it in other words.
_BLOCKS_EXERCISE, _BLOCKS_MODULE = {"E103", "E107", "E110"}, {"E108"}

Watch = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` found."""

    problems: tuple[Problem, ...]
    counts: dict[str, int]  #: how many exercises, tests, near misses … were looked at
    skipped: tuple[str, ...]  #: exercises whose form must be mended before they can be tried
    seconds: float


def verify(
    root: Root,
    *,
    names: Sequence[str] = (),
    modules: Sequence[str] = (),
    jobs: int | None = None,
    watch: Watch = lambda done, total, label: None,
) -> Report:
    """Verify the course.

    Args:
        root: the course.
        names: exercises to verify; all by default. With a name given, lessons are not run.
        modules: modules to verify; all by default.
        jobs: how many processes to use; as many as there are cores by default.
        watch: told how many tasks are done, of how many, and which was the last.

    Raises:
        UsageError: when there is no such exercise or module.
    """
    started = time.perf_counter()
    chosen = _chosen_modules(root, modules)
    texts, problems = read_prints(root, chosen)
    subject = read_course(root, chosen, texts)
    exercises = _chosen_exercises(subject, names)
    for exercise in exercises:
        problems += exercise_rules.problems(exercise)
    problems += [each for each in course_rules.problems(subject) if not names or each.exercise in names]
    ready = [each for each in exercises if not each.by_hand and not _blocked(each, problems)]
    tasks = [] if names else _lesson_tasks(root, chosen, texts)
    lessons_run = len(tasks)
    tasks += [Task(label=each.exercise.name, work=partial(try_exercise, each)) for each in ready]
    watch(0, len(tasks), "")
    for done, (task, found) in enumerate(run_tasks(tasks, jobs), 1):
        problems += found
        watch(done, len(tasks), task.label)
    return Report(
        problems=tuple(sorted(problems, key=lambda each: (each.code, each.path, each.line))),
        counts=_counts(exercises, lessons_run),
        skipped=tuple(each.exercise.name for each in exercises if not each.by_hand and each not in ready),
        seconds=time.perf_counter() - started,
    )


def subjects_of(
    root: Root, *, names: Sequence[str] = (), modules: Sequence[str] = ()
) -> list[ExerciseSubject]:
    """Return the exercises of the course, or those that are named.

    Raises:
        UsageError: when there is no such exercise or module.
    """
    chosen = _chosen_modules(root, modules)
    texts, _ = read_prints(root, chosen)
    return _chosen_exercises(read_course(root, chosen, texts), names)


def _chosen_modules(root: Root, modules: Sequence[str]) -> list[str]:
    known = root.module_names()
    for module in modules:
        if module not in known:
            raise UsageError(f"there is no module `{module}`: choose from {', '.join(known)}")
    return list(modules) or known


def _chosen_exercises(subject: CourseSubject, names: Sequence[str]) -> list[ExerciseSubject]:
    known = {each.exercise.name for each in subject.exercises}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no exercise `{name}`: choose from {', '.join(sorted(known))}")
    return [each for each in subject.exercises if not names or each.exercise.name in names]


def _lesson_tasks(root: Root, modules: Sequence[str], texts: dict[Path, str]) -> list[Task[list[Problem]]]:
    printed = {module: texts.get(root.notebook(module, "lesson")) for module in modules}
    return [
        Task(label=f"lesson {module}", work=partial(lessons.run_lesson, root, module, text))
        for module, text in printed.items()
        if text
    ]


def _blocked(subject: ExerciseSubject, problems: Sequence[Problem]) -> bool:
    name, files = subject.exercise.name, subject.module.test_files
    return any(
        (problem.code in _BLOCKS_EXERCISE and problem.exercise == name)
        or (problem.code in _BLOCKS_MODULE and problem.path in files)
        for problem in problems
    )


def _counts(exercises: Sequence[ExerciseSubject], lessons_run: int) -> dict[str, int]:
    return {
        "exercises": len(exercises),
        "tests": sum(len(each.tests) for each in exercises),
        "near misses": sum(len(each.exercise.near_misses) for each in exercises),
        "alternatives": sum(len(each.exercise.alternatives) for each in exercises),
        "lessons": lessons_run,
    }

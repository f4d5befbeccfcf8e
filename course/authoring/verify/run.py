"""Applies every rule to the course, or to a part of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from course.authoring import build
from course.authoring.exercise_source import folders
from course.authoring.verify import lessons
from course.authoring.verify.behaviour import (
    RESTS_ON_SOLUTION,
    SOLUTION,
    behaviour_rules,
    collection_rules,
)
from course.authoring.verify.form import exercise_rules
from course.authoring.verify.parallel import Task, run_tasks, try_exercise
from course.authoring.verify.rules import Problem
from course.authoring.verify.subjects import (
    STALE,
    UNREADABLE,
    CourseSubject,
    ExerciseSubject,
    read_course,
    read_notebooks,
)
from course.authoring.verify.whole import course_rules
from course.errors import UsageError
from course.paths import Root

# Where one of these is broken, running the exercise would only repeat it in other words.
_BLOCKS = {"E103", "E107", "E108", "E110"}

Watch = Callable[[int, int, str], None]
Keep = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` found."""

    problems: tuple[Problem, ...]
    applied: frozenset[str]  #: the codes of the rules that looked at everything they were asked about
    counts: dict[str, int]  #: how many exercises, tests, near misses … were looked at
    skipped: tuple[str, ...]  #: exercises whose form must be mended before they can be tried
    seconds: float


def verify(
    root: Root,
    *,
    names: Sequence[str] = (),
    modules: Sequence[str] = (),
    jobs: int | None = None,
    draws: int = 1,
    watch: Watch = lambda done, total, label: None,
    keep: Keep = lambda name: None,
) -> Report:
    """Verify the course.

    Args:
        root: the course.
        names: exercises to verify; all by default. With a name given, lessons are not run.
        modules: modules to verify; all by default.
        jobs: how many processes to use; as many as there are cores by default.
        draws: how often to grade each answer; each time other inputs are drawn.
        watch: told how many tasks are done, of how many, and which was the last.
        keep: told of each exercise that holds, as soon as it does: what takes hours may be interrupted.

    Raises:
        UsageError: when there is no such exercise or module.
    """
    started = time.perf_counter()
    chosen = _chosen_modules(root, modules, names)
    texts, problems = read_notebooks(_wanted(root, chosen, lessons_too=not names))
    subject = read_course(root, chosen, texts)
    exercises = _chosen_exercises(subject, names)
    for exercise in exercises:
        problems += exercise_rules.problems(exercise)
    found = course_rules.problems(subject)
    problems += [p for p in found if not names or any(each.concerned_by(p) for each in exercises)]
    ready = [each for each in exercises if not each.by_hand and not _blocked(each, problems)]
    tasks = [] if names else _lesson_tasks(root, chosen, texts)
    lessons_run = len(tasks)
    tasks += [Task(label=each.exercise.name, work=partial(try_exercise, each, draws)) for each in ready]
    watch(0, len(tasks), "")
    done: set[str] = set()
    tried = {each.exercise.name: each for each in ready}
    for task, wrong in run_tasks(tasks, jobs):
        problems += wrong
        done.add(task.label)
        watch(len(done), len(tasks), task.label)
        if (each := tried.get(task.label)) and not any(map(each.concerned_by, problems)):
            keep(task.label)
    return Report(
        problems=tuple(sorted(problems, key=lambda each: (each.code, each.path, each.line))),
        applied=frozenset(_applied(subject, exercises, problems, done)),
        counts=_counts(exercises, lessons_run),
        skipped=tuple(each.exercise.name for each in exercises if not each.by_hand and each not in ready),
        seconds=time.perf_counter() - started,
    )


def _applied(
    subject: CourseSubject, exercises: Sequence[ExerciseSubject], problems: Sequence[Problem], done: set[str]
) -> set[str]:
    """Return the codes of the rules that looked at all they were asked about."""
    broken = {problem.code for problem in problems}
    if UNREADABLE in broken:
        return broken  # a module that can't be read was not looked at
    found = {UNREADABLE, STALE} | exercise_rules.applied(exercises) | course_rules.applied([subject])
    code = {each.exercise.name for each in exercises if not each.by_hand}
    if code and code <= done:
        found |= {rule.code for rule in collection_rules.all}
        if not broken & {rule.code for rule in collection_rules.all}:
            found |= {rule.code for rule in behaviour_rules.all} - (
                RESTS_ON_SOLUTION if SOLUTION in broken else set()
            )
    if {_label(each.source.module) for each in subject.modules} <= done:
        found.add(lessons.CODE)
    return found


def subjects_of(
    root: Root, *, names: Sequence[str] = (), modules: Sequence[str] = ()
) -> list[ExerciseSubject]:
    """Return the exercises of the course, or those that are named.

    Raises:
        UsageError: when there is no such exercise or module.
    """
    chosen = _chosen_modules(root, modules, names)
    texts, _ = read_notebooks(_wanted(root, chosen, lessons_too=False))
    return _chosen_exercises(read_course(root, chosen, texts), names)


def _chosen_modules(root: Root, modules: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the modules to read: those that are asked for, or those of the exercises that are."""
    known = root.module_names()
    for module in modules:
        if module not in known:
            raise UsageError(f"there is no module `{module}`: choose from {', '.join(known)}")
    chosen = list(modules) or known
    inside = {module: folders(root.solutions / module) for module in chosen}
    there = set[str]().union(*inside.values())
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            known = f"did you mean `{near[0]}`?" if near else f"choose from {', '.join(sorted(there))}"
            advice = f"a whole module is `--module {name}`" if name in root.module_names() else known
            raise UsageError(f"there is no exercise `{name}`: {advice}")
    return [module for module in chosen if not names or inside[module] & set(names)]


def _wanted(root: Root, modules: Sequence[str], *, lessons_too: bool) -> list[build.PrintedNotebook]:
    return [
        item
        for item in build.notebooks(root, modules)
        if lessons_too or item.path in {root.notebook(module, "exercises") for module in modules}
    ]


def _chosen_exercises(subject: CourseSubject, names: Sequence[str]) -> list[ExerciseSubject]:
    return [each for each in subject.exercises if not names or each.exercise.name in names]


def _lesson_tasks(root: Root, modules: Sequence[str], texts: dict[Path, str]) -> list[Task[list[Problem]]]:
    printed = {module: texts.get(root.notebook(module, "lesson")) for module in modules}
    return [
        Task(label=_label(module), work=partial(lessons.run_lesson, root, module, text))
        for module, text in printed.items()
        if text
    ]


def _label(module: str) -> str:
    return f"lesson {module}"


def _blocked(subject: ExerciseSubject, problems: Sequence[Problem]) -> bool:
    return any(each.code in _BLOCKS and each.exercise == subject.exercise.name for each in problems)


def _counts(exercises: Sequence[ExerciseSubject], lessons_run: int) -> dict[str, int]:
    return {
        "exercises": len(exercises),
        "tests": sum(len(each.tests) for each in exercises),
        "near misses": sum(len(each.exercise.near_misses) for each in exercises),
        "alternatives": sum(len(each.exercise.alternatives) for each in exercises),
        "lessons": lessons_run,
    }

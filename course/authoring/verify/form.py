"""Rules about the form of exercises and their tests: what can be seen without running them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course.authoring.new_exercise import name_trouble
from course.authoring.percent import BEGIN, END
from course.authoring.verify.rules import Problem, Rules
from course.authoring.verify.subjects import ExerciseSubject

HINTS, NEAR_MISSES, ALTERNATIVES = 3, 3, 1

exercise_rules: Rules[ExerciseSubject] = Rules()


def _at(subject: ExerciseSubject, message: str, line: int | None = None) -> Problem:
    exercise = subject.exercise
    return Problem(path=subject.path, line=line or exercise.line, message=message, exercise=exercise.name)


@exercise_rules("E101")
def _prompt(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every answer has a prompt right before it."""
    if not subject.exercise.prompt:
        yield _at(
            subject, f"`{subject.exercise.name}` has no prompt: put a Markdown cell with `## …` before it"
        )


@exercise_rules("E102")
def _hints(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has three hints, none of them empty."""
    written = [hint for hint in subject.exercise.hints if hint.strip()]
    if not subject.by_hand and (len(written) != HINTS or len(subject.exercise.hints) != HINTS):
        yield _at(
            subject,
            f"`{subject.exercise.name}` has {len(written)} written hints: "
            'write three cells with tags=["hint"], for the idea, the API and the shape',
        )


@exercise_rules("E103")
def _region(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every answer has a solution region with something in it."""
    if BEGIN not in subject.exercise.answer:
        yield _at(
            subject,
            f"`{subject.exercise.name}` has no solution region: "
            f"put `### {BEGIN}` and `### {END}` around the answer",
        )
    elif re.search(rf"{BEGIN}.*\n\W*{END}", subject.exercise.answer):
        yield _at(
            subject, f"the solution region of `{subject.exercise.name}` is empty: write the answer in it"
        )


@exercise_rules("E104")
def _name(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has a good name."""
    if trouble := name_trouble(subject.exercise.name):
        yield _at(subject, f"the name `{subject.exercise.name}` {trouble}: rename it here and in its tests")


@exercise_rules("E105")
def _near_misses(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has three near misses or more, each with what it is to be told."""
    if subject.by_hand:
        return
    count = len(subject.exercise.near_misses)
    if count < NEAR_MISSES:
        yield _at(
            subject,
            f"`{subject.exercise.name}` has {count} near misses: write {NEAR_MISSES - count} more cells with "
            'tags=["near-miss"], each a mistake that people really make',
        )
    for miss in subject.exercise.near_misses:
        if not miss.says.strip():
            yield _at(
                subject, 'this near miss has no `says="…"`: add what its feedback must contain', miss.line
            )


@exercise_rules("E106")
def _alternatives(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has an alternative answer."""
    if not subject.by_hand and len(subject.exercise.alternatives) < ALTERNATIVES:
        yield _at(
            subject,
            f"`{subject.exercise.name}` has no alternative: "
            'write a right answer of another kind in a cell with tags=["alternative"]',
        )


@exercise_rules("E107")
def _both_kinds(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has public and hidden tests."""
    for path, hidden in zip(subject.module.test_files, (False, True), strict=True):
        if not subject.by_hand and not any(test.hidden == hidden for test in subject.tests):
            kind = "hidden" if hidden else "public"
            yield Problem(
                path=path,
                line=1,
                message=f"`{subject.exercise.name}` has no {kind} test: write one here",
                exercise=subject.exercise.name,
            )


@exercise_rules("E108")
def _titles(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every test has a title, and no two tests of an exercise the same."""
    seen: dict[str, int] = {}
    for test in subject.tests:
        if not test.title:
            message = f"`{test.function}` has no docstring: write what holds when it passes, in one sentence"
        elif test.title in seen:
            message = (
                f"`{test.function}` has the title of the test at line {seen[test.title]}: tell them apart"
            )
        else:
            seen[test.title] = test.line
            continue
        yield Problem(path=test.path, line=test.line, message=message, exercise=subject.exercise.name)

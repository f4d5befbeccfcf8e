"""Rules about the form of an exercise: what can be seen in its folder and its tests without running them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from course.authoring.answers import BEGIN, END
from course.authoring.exercise_source import H2
from course.authoring.new_exercise import name_trouble
from course.authoring.prompt import numbered_rules, words
from course.authoring.verify.rules import Problem, Rules
from course.authoring.verify.subjects import ExerciseSubject

HINTS, NEAR_MISSES, ALTERNATIVES = 3, 3, 1

WORDS = 200  #: of a prompt

exercise_rules: Rules[ExerciseSubject] = Rules()


def _is_code(subject: ExerciseSubject) -> bool:
    return not subject.by_hand


def _has_rules(subject: ExerciseSubject) -> bool:
    return _is_code(subject) and bool(subject.exercise.place.role)


def _at(subject: ExerciseSubject, path: Path, message: str, line: int = 1) -> Problem:
    return Problem(path=path, line=line, message=message, exercise=subject.exercise.name)


@exercise_rules("E101")
def _prompt(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has a prompt with a title."""
    if not H2.search(subject.exercise.prompt):
        message = f"`{subject.exercise.name}` has no prompt: write it here, and begin with a title, `## …`"
        yield _at(subject, subject.exercise.folder / "prompt.md", message)


@exercise_rules("E102", applies=_is_code)
def _hints(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has three hints, none of them empty."""
    written = [hint for hint in subject.exercise.hints if hint.strip()]
    if len(written) != HINTS or len(subject.exercise.hints) != HINTS:
        message = (
            f"`{subject.exercise.name}` has {len(written)} written hints: write three, for the idea, the API "
            "and the shape, with a line `---` between them"
        )
        yield _at(subject, subject.exercise.folder / "hints.md", message)


@exercise_rules("E103")
def _region(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every answer has a solution region with something in it."""
    path, name = subject.exercise.answer_path, subject.exercise.name
    lines = path.read_text("utf-8").splitlines()
    opened = [number for number, line in enumerate(lines, 1) if BEGIN in line]
    if not opened:
        message = f"`{name}` has no solution region: put `### {BEGIN}` and `### {END}` around the answer"
        yield _at(subject, path, message)
    for number in opened:
        written = next((line for line in lines[number:] if line.strip()), "")
        if END in written:
            yield _at(
                subject, path, f"the solution region of `{name}` is empty: write the answer in it", number
            )


@exercise_rules("E104")
def _name(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has a good name."""
    if trouble := name_trouble(subject.exercise.name):
        message = f"the name `{subject.exercise.name}` {trouble}: rename the folder and what grades it"
        yield _at(subject, subject.exercise.answer_path, message)


@exercise_rules("E105", applies=_is_code)
def _near_misses(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has three near misses or more, each with what it is to be told."""
    count = len(subject.exercise.near_misses)
    if count < NEAR_MISSES:
        message = (
            f"`{subject.exercise.name}` has {count} near misses: write {NEAR_MISSES - count} more files in "
            "`wrong/`, each a mistake that people really make"
        )
        yield _at(subject, subject.exercise.answer_path, message)
    for miss in subject.exercise.near_misses:
        if not miss.says:
            message = (
                "this wrong answer doesn't say what it must be told: begin with `# says: …`, a part of that"
            )
            yield _at(subject, miss.path, message)


@exercise_rules("E106", applies=_is_code)
def _alternatives(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has an alternative answer."""
    if len(subject.exercise.alternatives) < ALTERNATIVES:
        message = (
            f"`{subject.exercise.name}` has no alternative: write a right answer of another kind in `right/`"
        )
        yield _at(subject, subject.exercise.answer_path, message)


@exercise_rules("E107", applies=_is_code)
def _both_kinds(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every exercise has public and hidden tests."""
    for path, hidden in ((subject.public_test, False), (subject.hidden_test, True)):
        if not any(test.hidden == hidden for test in subject.tests):
            kind = "hidden" if hidden else "public"
            yield _at(subject, path, f"`{subject.exercise.name}` has no {kind} test: write one here")


@exercise_rules("E108", applies=_is_code)
def _titles(subject: ExerciseSubject) -> Iterator[Problem]:
    """Every test has a title, and no two tests of an exercise the same."""
    seen: dict[str, str] = {}
    for test in subject.tests:
        if not test.title:
            message = f"`{test.function}` has no docstring: write what holds when it passes, in one sentence"
        elif test.title in seen:
            message = f"`{test.function}` has the title of the test at {seen[test.title]}: tell them apart"
        else:
            seen[test.title] = f"{test.path.name}:{test.line}"
            continue
        yield _at(subject, test.path, message, test.line)


@exercise_rules("E115", applies=_has_rules)
def _one_rule_one_test(subject: ExerciseSubject) -> Iterator[Problem]:
    """Each numbered rule of a prompt is looked at by a test that says so."""
    prompt = subject.exercise.folder / "prompt.md"
    rules = numbered_rules(subject.exercise.prompt)
    if not rules:
        yield _at(subject, prompt, "this prompt has no numbered rules: write what is graded as `1. …`")
    looked_at = {rule for test in subject.tests for rule in test.rules}
    for rule, line in rules.items():
        if rule not in looked_at:
            message = f"no test looks at rule {rule}: name it in a test's mark, `rules=({rule},)`, or drop it"
            yield _at(subject, prompt, message, line)
    for test in subject.tests:
        for rule in sorted(set(test.rules) - set(rules)):
            message = f"`{test.function}` looks at rule {rule}, and the prompt has none of that number"
            yield _at(subject, test.path, message, test.line)


@exercise_rules("E116", applies=lambda subject: bool(subject.exercise.place.role))
def _length(subject: ExerciseSubject) -> Iterator[Problem]:
    """A prompt has at most 200 words, without its code and what's folded away."""
    count = words(subject.exercise.prompt)
    if count > WORDS:
        message = f"this prompt has {count} words: cut it to {WORDS}, or fold fine print into `<details>`"
        yield _at(subject, subject.exercise.folder / "prompt.md", message)

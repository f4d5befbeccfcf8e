"""Rules about what the tests say of answers: right ones, wrong ones and none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.results.verdicts import ExerciseResult, TestResult
from course.authoring.answers import Answer
from course.authoring.verify.rules import Problem, Rules
from course.authoring.verify.trial import Trial

SOLUTION, RESTS_ON_SOLUTION = "E202", {"E203", "E204", "E205"}

collection_rules: Rules[Trial] = Rules()  # where one of these is broken, no answer can be tried
behaviour_rules: Rules[Trial] = Rules()


def _at(trial: Trial, path: Path, message: str) -> Problem:
    return Problem(path=path, line=1, message=message, exercise=trial.subject.exercise.name)


def _told(test: TestResult) -> str:
    """What the learner would read, and the last line of what their code raised."""
    raised = test.traceback.strip().splitlines()[-1:] if test.traceback else []
    return "; ".join(part for part in (f"{test.status}: {test.message}", *raised) if part)


def _failures(
    trial: Trial, path: Path, results: Sequence[ExerciseResult], whose: str, advice: str
) -> Iterator[Problem]:
    failed: dict[str, list[TestResult]] = {}
    for test in (test for result in results for test in result.tests if not test.passed):
        failed.setdefault(test.title, []).append(test)
    for title, tests in failed.items():
        often = _often(len(tests), len(results))
        yield _at(trial, path, f"“{title}” fails on {whose}{often} ({_told(tests[0])}): {advice}")


def _often(count: int, draws: int) -> str:
    return f" in {count} of {draws} draws" if count < draws else ""


@collection_rules("E200")
def _collected(trial: Trial) -> Iterator[Problem]:
    """Pytest collects the tests that the printer counts."""
    subject, name = trial.subject, trial.subject.exercise.name
    try:
        collected = trial.bench.judge(subject.module).exercises.get(name, ())
    except ValueError as error:
        # In pytest's report, lines of errors begin with an E: what was raised first, then what came of it.
        lines = str(error).strip().splitlines()
        said = next((line for line in lines if line.startswith("E ")), lines[-1]).removeprefix("E").strip()
        yield _at(trial, subject.public_test, f"the tests cannot be collected: {said}")
        return
    points, printed = (sum(test.points for test in tests) for tests in (collected, subject.tests))
    if (len(collected), points) != (len(subject.tests), printed):
        yield _at(
            trial,
            subject.public_test,
            f"pytest collects {len(collected)} tests for {points:g} points, the printer counts "
            f"{len(subject.tests)} for {printed:g}: write each test as a plain function with its own mark",
        )


@behaviour_rules("E201")
def _blank(trial: Trial) -> Iterator[Problem]:
    """The blank fails every test for being unwritten."""
    exercise = trial.subject.exercise
    blank = trial.subject.module.blanks.get(exercise.name, "")
    for test in trial.with_answer(Answer(code=blank))[0].tests:
        if test.status != "not written":
            yield _at(
                trial,
                exercise.answer_path,
                f"“{test.title}” ends as “{_told(test)}” on the blank, not as “not written”: "
                "let its probe call what the learner is to write before anything else",
            )


@behaviour_rules(SOLUTION)
def _solution(trial: Trial) -> Iterator[Problem]:
    """The solution passes every test."""
    exercise = trial.subject.exercise
    results = trial.with_answer(Answer(code=exercise.answer))
    advice = "mend the solution or the test"
    yield from _failures(trial, exercise.answer_path, results, "our own solution", advice)


@behaviour_rules("E203")
def _on_its_own(trial: Trial) -> Iterator[Problem]:
    """The solution still passes when every other answer is blank."""
    exercise = trial.subject.exercise
    if not trial.holds:
        return  # told by the rule above
    advice = "build what it needs in the test itself, not from another answer"
    whose = "our solution when all other answers are blank"
    yield from _failures(trial, exercise.answer_path, [trial.alone()], whose, advice)


@behaviour_rules("E204")
def _near_misses(trial: Trial) -> Iterator[Problem]:
    """Every near miss loses points and is told what it is to be told."""
    for miss in trial.subject.exercise.near_misses if trial.holds else ():
        results = trial.with_near_miss(miss)
        full = [result for result in results if result.earned >= result.points]
        tests = [test for result in results for test in result.tests]
        if full:
            often = _often(len(full), len(results))
            yield _at(
                trial, miss.path, f"this near miss gets full marks{often}: write a test that catches it"
            )
        elif any(test.status == "not written" for test in tests):
            yield _at(trial, miss.path, "this near miss lacks a name that the tests use: is it misspelt?")
        elif untold := [each for each in results if not any(miss.is_told_by(t.message) for t in each.tests)]:
            often = _often(len(untold), len(results))
            told = f"is not told “{miss.says}”{often} but {_quoted(untold[0].tests)}"
            yield _at(trial, miss.path, f"this near miss {told}: mend the message or `# says:`")


def _quoted(tests: Iterable[TestResult]) -> str:
    return " and ".join(f"“{_told(test)}”" for test in tests if not test.passed)


@behaviour_rules("E205")
def _alternatives(trial: Trial) -> Iterator[Problem]:
    """Every alternative gets full marks."""
    for other in trial.subject.exercise.alternatives if trial.holds else ():
        results = trial.with_answer(other)
        yield from _failures(trial, other.path, results, "this alternative", "let the test accept it")

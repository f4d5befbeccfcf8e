"""Tries mutants: each is graded like a submission, until a first test fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from course.authoring.answers import Answer
from course.authoring.mutants.making import Mutant, mutants
from course.authoring.verify.parallel import Task, bench, run_tasks
from course.authoring.verify.subjects import ExerciseSubject

CHUNK = 10  #: mutants that a process tries before it says how far it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mutant, and which test caught it."""

    exercise: str
    source: str  #: the alternative that it was made of, a file's name; empty for the worked answer
    mutant: Mutant
    caught_by: str  #: the test's title; empty for a survivor


def try_all(
    subjects: Sequence[ExerciseSubject],
    *,
    right: bool = False,
    most: int | None = None,
    jobs: int | None = None,
) -> Iterator[tuple[int, list[Tried]]]:
    """Try the mutants of exercises; yield how many there are in all, and those that were tried, as they come.

    Args:
        subjects: the exercises.
        right: break the alternatives in `right/` instead of the worked answers: other styles break otherwise.
        most: of each answer, try so many at most, spread over it.
        jobs: how many processes to use; as many as there are cores by default.
    """
    tasks: list[Task[list[Tried]]] = []
    total = 0
    for subject in subjects:
        for source, answer in _sources(subject, right=right):
            chosen = _spread(mutants(answer.code), most)
            total += len(chosen)
            for start in range(0, len(chosen), CHUNK):
                part = chosen[start : start + CHUNK]
                work = partial(_try, subject, source, answer, part)
                tasks.append(Task(label=subject.exercise.name, work=work))
    for _, tried in run_tasks(tasks, jobs):
        yield total, tried


def _sources(subject: ExerciseSubject, *, right: bool) -> list[tuple[str, Answer]]:
    if right:
        return [(other.path.name, other) for other in subject.exercise.alternatives]
    return [("", Answer(code=subject.exercise.answer))]


def _spread(found: list[Mutant], most: int | None) -> list[Mutant]:
    """Choose as many as are wanted, at equal distances."""
    if most is None or len(found) <= most:
        return found
    return [found[i * len(found) // most] for i in range(most)]


def _try(subject: ExerciseSubject, source: str, answer: Answer, chosen: Sequence[Mutant]) -> list[Tried]:
    name = subject.exercise.name
    return [
        Tried(
            exercise=name,
            source=source,
            mutant=mutant,
            caught_by=bench.first_failure(subject.module, name, {name: replace(answer, code=mutant.code)}),
        )
        for mutant in chosen
    ]

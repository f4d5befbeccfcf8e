"""Where answers are tried out: one process's zygote, and the judges of the modules it has met."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from autograder.grading.cells import CodeCell, cells_of, grade_cells
from autograder.results.verdicts import ExerciseResult
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing.judge import Judge
from course.authoring.answers import Answer, WrongAnswer
from course.authoring.exercise_source import ModuleSource
from course.authoring.verify.subjects import ExerciseSubject, ModuleSubject


class TrialRunner:
    """A zygote and judges, kept from one exercise to the next. Use it as a context manager."""

    def __init__(self, zygote: ZygoteClient | None = None) -> None:
        self._zygote = zygote
        self._judges: dict[str, Judge] = {}

    def __enter__(self) -> TrialRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for judge in self._judges.values():
            judge.close()
        if self._zygote:
            self._zygote.close()
        self._judges, self._zygote = {}, None

    def judge(self, module: ModuleSubject) -> Judge:
        """The judge of a module.

        Raises:
            ValueError: when its tests cannot be collected.
        """
        name = module.source.module
        if name not in self._judges:
            self._judges[name] = Judge(module.test_files)
        return self._judges[name]

    def grade(self, module: ModuleSubject, name: str, changed: Mapping[str, Answer]) -> ExerciseResult:
        """Grade one exercise on the worked notebook, with some of its answers changed."""
        self._zygote = self._zygote or ZygoteClient(tier=find_tier())
        cells = worked_cells(module.source, changed)
        return grade_cells(self.judge(module), self._zygote, cells, names=[name])[0]

    def first_failure(self, module: ModuleSubject, name: str, changed: Mapping[str, Answer]) -> str:
        """Judge one exercise in the same way until a test fails; return its title, empty where none does."""
        with self._standing(module, name, changed) as judged:
            if not judged:
                return "its cell"
            titles = (test.title for test in self.judge(module).exercises[name])
            return next((title for title in titles if not judged(title).tests[0].passed), "")

    def still_failing(
        self, module: ModuleSubject, name: str, changed: Mapping[str, Answer], titles: Sequence[str]
    ) -> ExerciseResult | None:
        """Judge some tests of one exercise until one fails, and return its result: none where all pass."""
        with self._standing(module, name, changed) as judged:
            results = map(judged, titles) if judged else ()
            return next((result for result in results if not result.tests[0].passed), None)

    @contextmanager
    def _standing(
        self, module: ModuleSubject, name: str, changed: Mapping[str, Answer]
    ) -> Generator[Callable[[str], ExerciseResult] | None]:
        """Run the worked notebook; yield what judges one of its tests, none where the answer's cell fails."""
        self._zygote = self._zygote or ZygoteClient(tier=find_tier())
        cells, judge, seed = worked_cells(module.source, changed), self.judge(module), secrets.randbits(32)
        place = next(i for i, cell in enumerate(cells) if cell.exercise == name)
        sources = [cell.source for cell in cells]
        with (
            self._zygote.submission(sources, needs=judge.needs(name)) as process,
            process.down_to(cells_of(cells, name)) as own,
        ):

            def judged(title: str) -> ExerciseResult:
                run = partial(judge.run, name, own, seed=seed, only=frozenset({title}))
                result = run()
                return run() if result.slowed else result  # others had the processors: that said nothing

            failed = (cell := own.runs[place]).ended or cell.failure
            yield None if failed else judged


def worked_cells(source: ModuleSource, changed: Mapping[str, Answer]) -> list[CodeCell]:
    """Return the cells of the worked notebook, with some of its answers changed."""
    cells: list[CodeCell] = []
    for cell in source.cells:
        if cell.kind == "code":
            answer = changed.get(cell.exercise) or Answer(code=cell.text)
            around = ((answer.before, None), (answer.code, cell.exercise or None), (answer.after, None))
            cells += [
                CodeCell(source=text, exercise=exercise) for text, exercise in around if text or exercise
            ]
    return cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An exercise on the bench."""

    subject: ExerciseSubject
    bench: TrialRunner
    draws: int = 1  #: how often each answer is graded, each time with other inputs
    _known: dict[Answer, tuple[ExerciseResult, ...]] = field(
        default_factory=dict[Answer, tuple[ExerciseResult, ...]]
    )

    def with_answer(self, answer: Answer) -> tuple[ExerciseResult, ...]:
        """Grade an answer in the place of the worked one, all other answers being right: a result a draw."""
        if answer not in self._known:
            self._known[answer] = tuple(self._once(answer) for _ in range(self.draws))
        return self._known[answer]

    def with_near_miss(self, miss: WrongAnswer) -> tuple[ExerciseResult, ...]:
        """Grade a near miss in the same way. After the first draw, the test that told it comes first.

        If that one fails again, the near miss has lost points again, and the others needn't run.
        """
        first = self._once(miss)
        told = [test.title for test in first.tests if not test.passed and miss.is_told_by(test.message)]
        return (first, *(self._again(miss, told) for _ in range(self.draws - 1)))

    def _again(self, miss: WrongAnswer, titles: Sequence[str]) -> ExerciseResult:
        module, name = self.subject.module, self.subject.exercise.name
        failing = self.bench.still_failing(module, name, {name: miss}, titles) if titles else None
        if failing and any(miss.is_told_by(test.message) for test in failing.tests):
            return failing
        return self._once(miss)

    def _once(self, answer: Answer) -> ExerciseResult:
        name = self.subject.exercise.name
        return self.bench.grade(self.subject.module, name, {name: answer})

    @property
    def holds(self) -> bool:
        """Whether the worked answer passes: if it doesn't, nothing follows from what others earn."""
        worked = self.with_answer(Answer(code=self.subject.exercise.answer))
        return all(test.passed for result in worked for test in result.tests)

    def alone(self) -> ExerciseResult:
        """Grade the right answer where all others are blank."""
        name = self.subject.exercise.name
        blanks = self.subject.module.blanks
        others = {other: Answer(code=text) for other, text in blanks.items() if other != name}
        return self.bench.grade(self.subject.module, name, others)

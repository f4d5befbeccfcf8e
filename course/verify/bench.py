"""Where answers are tried out: one process's zygote, and the judges of the modules it has met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.grading import Cell, grade_cells
from autograder.judge import Judge
from autograder.results import ExerciseResult
from autograder.worker import Zygote
from course.verify.subjects import ExerciseSubject, ModuleSubject


class Bench:
    """A zygote and judges, kept from one exercise to the next. Use it as a context manager."""

    def __init__(self, zygote: Zygote | None = None) -> None:
        self._zygote = zygote
        self._judges: dict[str, Judge] = {}

    def __enter__(self) -> Bench:
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

    def grade(self, module: ModuleSubject, name: str, changed: Mapping[str, str]) -> ExerciseResult:
        """Grade one exercise on the worked notebook, with some of its answers changed."""
        self._zygote = self._zygote or Zygote()
        cells = [
            Cell(source=changed.get(cell.exercise, cell.text), exercise=cell.exercise or None)
            for cell in module.source.cells
            if cell.kind == "code" and cell.role in ("plain", "answer")
        ]
        return grade_cells(self.judge(module), self._zygote, cells, names=[name])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An exercise on the bench."""

    subject: ExerciseSubject
    bench: Bench
    _known: dict[str, ExerciseResult] = field(default_factory=dict[str, ExerciseResult])

    def with_answer(self, code: str) -> ExerciseResult:
        """Grade `code` in the place of the answer, all other answers being right."""
        name = self.subject.exercise.name
        if code not in self._known:
            self._known[code] = self.bench.grade(self.subject.module, name, {name: code})
        return self._known[code]

    def alone(self) -> ExerciseResult:
        """Grade the right answer where all others are blank."""
        name = self.subject.exercise.name
        others = {other: text for other, text in self.subject.module.blanks.items() if other != name}
        return self.bench.grade(self.subject.module, name, others)

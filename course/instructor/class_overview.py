"""Sums a large class up: how many handed in, are blank, in trouble or waiting, and what most often fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.reports.export import notes
from autograder.results.graded import Column, GradedSubmission
from course.instructor.cautious_share import at_least

HARDEST = 3  #: exercises that are named
NAMED = 12  #: submissions in trouble that are named


@dataclass(slots=True, kw_only=True)
class Tried:
    """How an exercise went for those who wrote something."""

    written: int = 0
    short: int = 0  #: how many of them didn't get all its points

    @property
    def share(self) -> float:
        return self.short / self.written if self.written else 0.0


@dataclass(slots=True, kw_only=True)
class ModuleOverview:
    """How a module went for the class."""

    marks: list[float] = field(default_factory=list[float])
    blank: int = 0
    troubled: int = 0
    waiting: int = 0
    exercises: dict[str, Tried] = field(default_factory=dict[str, Tried])

    def add(self, row: GradedSubmission) -> None:
        """Count a submission in."""
        self.marks.append(row.earned)
        self.blank += is_blank(row)
        self.troubled += in_trouble(row)
        self.waiting += row.waiting > 0
        for exercise in row.exercises:
            if exercise.mark is not None and exercise.status not in {"not written", "unreadable"}:
                tried = self.exercises.setdefault(exercise.name, Tried())
                tried.written += 1
                tried.short += exercise.mark < exercise.points


def is_blank(row: GradedSubmission) -> bool:
    """Whether nothing was written: neither code nor a word."""
    unwritten = all(exercise.status == "not written" for exercise in row.exercises)
    return bool(row.exercises) and unwritten and all(mark.earned == 0 for mark in row.manual)


def in_trouble(row: GradedSubmission) -> bool:
    """Whether something kept it from being graded as it should be: that a file came late is only a note."""
    fine = {"passed", "failed", "not written"}
    return any(exercise.status not in fine for exercise in row.exercises) or not row.exercises


def overview(rows: Iterable[GradedSubmission], columns: Sequence[Column]) -> dict[str, ModuleOverview]:
    """Sum a class up by module, in teaching order; what belongs to no module comes last, under no name."""
    found = {column.module: ModuleOverview() for column in columns}
    for row in rows:
        found.setdefault(row.module, ModuleOverview()).add(row)
    return found


def hardest(modules: dict[str, ModuleOverview]) -> list[tuple[str, Tried]]:
    """Return the exercises that most of those who wrote them didn't get right; small groups weigh less."""
    tried = [(f"{module}/{name}", t) for module, m in modules.items() for name, t in m.exercises.items()]
    return sorted(
        (pair for pair in tried if pair[1].short), key=lambda pair: -at_least(pair[1].short, pair[1].written)
    )[:HARDEST]


def show_overview(modules: dict[str, ModuleOverview], columns: Sequence[Column], console: Console) -> None:
    """Print the class in figures: a row for each module, then what most fail."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("module", no_wrap=True, overflow="ellipsis", max_width=20)
    for name in ("handed in", "blank", "in trouble", "waiting", "mean", "median", "of"):
        table.add_column(name, justify="right", no_wrap=True)
    for module, found in modules.items():
        worth = sum(column.points for column in columns if column.module == module)
        counts = (len(found.marks), found.blank, found.troubled, found.waiting)
        figures = (f"{fmean(found.marks):.1f}", f"{median(found.marks):.1f}", f"{worth:g}")
        table.add_row(module or "(no module)", *map(str, counts), *(figures if found.marks else ("", "", "")))
    console.print()
    console.print(table)
    if any(found.waiting for found in modules.values()):
        console.print("Marks that wait for a person count 0 so far: means are provisional.", style="dim")
    if failing := hardest(modules):
        console.print("\nMost often not right, of those who wrote something:", style="bold")
    for name, tried in failing:
        console.print(f"  {tried.share:4.0%}  {name} ({tried.short} of {tried.written})", markup=False)


def show_trouble(rows: Iterable[GradedSubmission], console: Console, everywhere: str) -> None:
    """Print the first of those in trouble, a line each, and how many notes there are besides."""
    named: list[tuple[str, str, str]] = []
    more = noted = 0
    for row in rows:
        if not in_trouble(row):
            noted += bool(row.error)
        elif len(named) < NAMED:
            named.append((row.student, row.module, notes([row])))
        else:
            more += 1
    if named:
        console.print("\nIn trouble:", style="bold")
    students = min(max((len(student) for student, _, _ in named), default=0), 24)
    modules = min(max((len(module) for _, module, _ in named), default=0), 17)
    for student, module, found in named:
        line = Text(f"  {student[:students]:<{students}}  {module[:modules]:<{modules}}  {found}")
        console.print(line, no_wrap=True, overflow="ellipsis")
    if more:
        console.print(f"  … and {more:,} more: see the notes in {everywhere}", markup=False, soft_wrap=True)
    if noted:
        have = "1 more submission has a note" if noted == 1 else f"{noted:,} more submissions have notes"
        line = f"\n{have}, on attempts, names or lateness:\n{everywhere}"
        console.print(line, markup=False, soft_wrap=True)

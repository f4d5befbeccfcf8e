"""Prints a table of the class for each module, and where everything is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.results.graded import Column, GradedSubmission
from autograder.results.verdicts import ExerciseResult
from course.instructor.class_overview import overview, show_overview, show_trouble
from course.instructor.class_summary import places, told
from course.instructor.formgrade import shown_command

if TYPE_CHECKING:
    from course.instructor.grade_class import Run

MANY = 60
"""A table of more rows than this helps nobody: the class is summed up instead."""


def table(rows: Iterable[GradedSubmission], columns: Sequence[Column]) -> Table:
    """Return the class's table of a module: students × exercises, and in words where there was trouble."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    made.add_column("student", max_width=34, no_wrap=True, overflow="ellipsis")
    for number, _ in enumerate(columns, 1):
        made.add_column(str(number), justify="right", no_wrap=True)
    worth = sum(column.points for column in columns)
    made.add_column(f"total/{worth:g}" if columns else "total", justify="right", no_wrap=True)
    made.add_column("")
    for row in rows:
        results = {exercise.name: exercise for exercise in row.exercises}
        marks = row.marks()
        cells = [_cell(results.get(c.name), marks.get((c.module, c.name)), c) for c in columns]
        late = f", late {-row.late:g}" if row.late else ""
        trouble = Text((_trouble(row, columns) + late).removeprefix(", "), style="red")
        total = Text(f"{row.earned:g}{'?' if row.waiting else ''}", style="bold")
        made.add_row(Text(row.student), *cells, total, trouble)
    return made


def _cell(result: ExerciseResult | None, mark: float | None, column: Column) -> Text:
    if result is None:
        return Text("?" if mark is None and column.manual else f"{mark or 0:g}", style="dim")
    match result.status:
        case "passed":
            return Text(f"{result.earned:g}", style="green")
        case "failed":
            return Text(f"{result.earned:g}/{result.points:g}", style="yellow")
        case "not written":
            return Text(f"{result.earned:g}/{result.points:g}" if result.earned else "–", style="dim")
        case _:
            return Text(f"{result.earned:g}/{result.points:g}" if result.earned else "✗", style="red")


def _trouble(row: GradedSubmission, columns: Sequence[Column]) -> str:
    """Say what went wrong, and in which columns; once, where it is all of them."""
    number = {(column.module, column.name): place for place, column in enumerate(columns, 1)}
    fine = ("passed", "failed", "not written")
    found = [exercise for exercise in row.exercises if exercise.status not in fine]
    words = {exercise.status for exercise in found}
    if len(found) > 1 and len(found) == len(row.exercises) and len(words) == 1:
        return words.pop()
    parts = [f"{number.get((row.module, e.name), '?')} {e.status}" for e in found]
    return ", ".join(parts) or ("see notes" if row.error else "")


def legend(columns: Sequence[Column]) -> Iterator[str]:
    """One line for each column of the table: its number, its name, what it is worth."""
    for number, column in enumerate(columns, 1):
        by = ", graded by a person" if column.manual else ""
        yield f"{number:>2}  {column.module}/{column.name} ({column.points:g}{by})"


def show_modules(rows: Sequence[GradedSubmission], columns: Sequence[Column], console: Console) -> None:
    """Print a table for each module of the rows, and under it what its columns are."""
    for module in dict.fromkeys(row.module for row in rows):
        its_columns = [column for column in columns if column.module == module]
        console.print()
        console.print(table((row for row in rows if row.module == module), its_columns))
        console.print()
        for line in legend(its_columns):
            console.print(line, style="dim", soft_wrap=True, markup=False)


def show(run: Run, *, where: bool = True) -> None:
    """Print the tables or the overview, what waits, what changed, and where everything is."""
    console = Console(highlight=False)
    if sum(1 for _ in islice(run.submissions(), MANY + 1)) <= MANY:
        show_modules(list(run.submissions()), run.columns, console)
    else:
        show_overview(overview(run.submissions(), run.columns), run.columns, console)
        show_trouble(run.submissions(), console, str(run.out.csv))
        console.print()
    if waiting := sum(row.waiting > 0 for row in run.submissions()):
        some = "1 mark is" if waiting == 1 else f"{waiting} marks are"
        console.print(f" ?  {some} provisional, for a person to grade:", style="dim", markup=False)
        console.print(f"    {shown_command(run.out.path, run.gradebook)}", markup=False, soft_wrap=True)
    for line in told(run):
        console.print(hanging(line, console.width), markup=False, soft_wrap=True)
    if where:
        show_places(run)


def hanging(line: str, width: int) -> str:
    """Break a line that's too long, with the rest indented: where a name or a mark begins stays clear."""
    start = line[: len(line) - len(line.lstrip())]
    return fill(
        line,
        width,
        subsequent_indent=f"{start.lstrip(chr(10))}    ",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )


def show_places(run: Run) -> None:
    """Print where everything is; in a terminal that knows links, a click opens it."""
    console = Console(highlight=False)
    console.print()
    for name, path in places(run):
        shown = Text(str(path))
        if isinstance(path, Path):
            opened = next(path.glob("*/*/*.html"), path) if name == "feedback" else path
            shown.stylize(f"link {opened.resolve().as_uri()}")
        console.print(Text(f"{name:<11} "), shown, sep="", soft_wrap=True)

"""Shows how a class did: a table for people, a summary for programs, and where everything lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.export import Column, Row, notes
from autograder.out import Out
from autograder.results import ExerciseResult

MANY = 60
"""A table of more rows than this helps nobody: only those with trouble are shown."""


def table(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    """Return the class's table: students × exercises, and in words where there was trouble."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    made.add_column("student", max_width=34, no_wrap=True, overflow="ellipsis")
    for number, _ in enumerate(columns, 1):
        made.add_column(str(number), justify="right", no_wrap=True)
    made.add_column("total", justify="right", no_wrap=True)
    made.add_column("")
    shown = rows if len(rows) <= MANY else [row for row in rows if notes([row])]
    for row in sorted(shown, key=lambda row: row.result.student):
        results = {exercise.name: exercise for exercise in row.result.exercises}
        marks = row.marks()
        cells = [_cell(results.get(c.name), marks.get((c.module, c.name)), c) for c in columns]
        total = sum(mark or 0.0 for mark in marks.values())
        trouble = Text(_trouble(row, columns), style="red")
        made.add_row(Text(row.result.student), *cells, Text(f"{total:g}", style="bold"), trouble)
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


def _trouble(row: Row, columns: Sequence[Column]) -> str:
    """Say what went wrong, and in which columns; once, where it is all of them."""
    number = {(column.module, column.name): place for place, column in enumerate(columns, 1)}
    fine = ("passed", "failed", "not written")
    found = [exercise for exercise in row.result.exercises if exercise.status not in fine]
    words = {exercise.status for exercise in found}
    if len(found) > 1 and len(found) == len(row.result.exercises) and len(words) == 1:
        return words.pop()
    parts = [f"{number.get((row.result.module, e.name), '?')} {e.status}" for e in found]
    return ", ".join(parts) or ("see notes" if row.result.error else "")


def legend(columns: Sequence[Column]) -> Iterator[str]:
    """One line for each column of the table: its number, its name, what it is worth."""
    for number, column in enumerate(columns, 1):
        by = ", graded by a person" if column.manual else ""
        yield f"{number:>2}  {column.module}/{column.name} ({column.points:g}{by})"


def summary(rows: Sequence[Row], out: Out, seconds: float) -> dict[str, Any]:
    """What `--json` prints."""
    students = [
        {
            "student": row.result.student,
            "module": row.result.module,
            "earned": row.result.earned,
            "points": row.result.points,
            "exercises": {e.name: {"status": e.status, "earned": e.earned} for e in row.result.exercises},
            "to_grade": [mark.name for mark in row.manual if mark.earned is None],
            "error": row.result.error,
        }
        for row in rows
    ]
    return {
        "submissions": students,
        "seconds": round(seconds, 2),
        **{name: str(path) for name, path in places(out)},
    }


def places(out: Out) -> Iterator[tuple[str, Path]]:
    """Where everything lies, by what it is."""
    yield "gradebook", out.gradebook
    yield "feedback", out.feedback
    yield "autograded", out.autograded
    yield "grades", out.csv
    yield "results", out.results


def show(rows: Sequence[Row], columns: Sequence[Column], out: Out, seconds: float) -> None:
    """Print the table, what its columns are, what needs a look, and where everything lies."""
    console = Console(highlight=False)
    console.print()
    console.print(table(rows, columns))
    if len(rows) > MANY:
        console.print(f"… and {len(rows)} submissions in all: see {out.csv}", style="dim")
    console.print()
    for line in legend(columns):
        console.print(line, style="dim", soft_wrap=True, markup=False)
    if any(mark is None for row in rows for mark in row.marks().values()):
        console.print(
            f" ?  for a person: uv run --directory {out.path} jupyter lab, Nbgrader → Formgrader",
            style="dim",
            markup=False,
        )
    console.print(
        f"\n{len(rows)} submissions in {seconds:.1f} s ({len(rows) / max(seconds, 0.001):.1f} a second)\n"
    )
    for name, path in places(out):
        console.print(f"{name:<11} {path}", soft_wrap=True, markup=False)

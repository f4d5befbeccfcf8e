"""Runs the grading of a class for an instructor: with what, how far it is, and how it ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder import jail
from autograder.export import Column, Row
from autograder.grade import Course, grade_class, read_course, write_table
from autograder.inbox import Inbox, InboxError, open_inbox
from autograder.marking import Material
from autograder.out import Out
from course.errors import CourseError, UsageError
from course.paths import Root
from course.quick import import_jsonschema


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A grading run that has ended, or was stopped."""

    out: Out
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    strays: tuple[str, ...]
    total: int  #: how many submissions there were
    seconds: float

    @property
    def stopped(self) -> bool:
        return len(self.rows) < self.total


def refuse_unisolated() -> None:
    """Stop where there is no sandbox to run learners' code in.

    Raises:
        CourseError: bubblewrap is not there, or does not work; the text says what to do.
    """
    if not jail.available():
        raise CourseError(
            "no sandbox here, so nothing was graded: install bubblewrap (Debian: apt-get install bubblewrap)"
            ", or pass --allow-unisolated if you trust every submission with this machine"
        )


def run(
    submissions: Path,
    out: Path,
    *,
    module: str | None = None,
    jobs: int | None = None,
    seed: int | None = None,
) -> Run:
    """Grade a class. Ctrl-C ends it early, and what is done is kept.

    Raises:
        CourseError: nothing can be graded: no submissions, no such module, tests that cannot be loaded.
    """
    import_jsonschema()
    wanted = materials(Root.find(), module)
    try:
        course = read_course(wanted)
        with open_inbox(submissions, [m.module for m in wanted], module=module) as inbox:
            return _run(inbox, course, Out(out), seed=seed, jobs=jobs)
    except InboxError as error:
        raise UsageError(str(error)) from error
    except (ValueError, RuntimeError) as error:
        raise CourseError(str(error)) from error


def _run(inbox: Inbox, course: Course, out: Out, *, seed: int | None, jobs: int | None) -> Run:
    started, rows = time.monotonic(), list[Row]()
    graded = grade_class(inbox, course, out, seed=seed, jobs=jobs)
    try:
        for row in watched(graded, len(inbox.entries)):
            rows.append(row)
    except KeyboardInterrupt:
        graded.close()
    write_table(rows, course, out)
    return Run(
        out=out,
        rows=tuple(rows),
        columns=tuple(course.columns({row.result.module for row in rows})),
        strays=inbox.strays,
        total=len(inbox.entries),
        seconds=time.monotonic() - started,
    )


def materials(root: Root, module: str | None = None) -> list[Material]:
    """What the modules are graded with.

    Raises:
        UsageError: there is no such module, or its notebook is not printed.
    """
    names = [name for name in root.module_names() if root.public_tests(name).is_file()]
    if module and module not in names:
        raise UsageError(f"there is no module `{module}` to grade; there is {', '.join(names) or 'none'}")
    found: list[Material] = []
    for name in names:
        handout = root.notebook(name, "exercises")
        if not handout.is_file():
            raise UsageError(f"{handout}:1: is not there: run `course build`")
        tests = tuple(path for path in (root.public_tests(name), root.hidden_tests(name)) if path.is_file())
        found.append(Material(module=name, handout=handout, tests=tests))
    return found


def watched(rows: Iterable[Row], total: int) -> Iterator[Row]:
    """Pass rows on, and show how far the class is: a bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        for number, row in enumerate(rows, 1):
            result = row.result
            line = f"{number}/{total} {result.student} {result.module}: {result.earned:g}/{result.points:g}"
            print(line, file=sys.stderr, flush=True)
            yield row
        return
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, TextColumn("{task.fields[student]}"), console=console, transient=True
    ) as progress:
        task = progress.add_task("", total=total, student="")
        for row in rows:
            progress.update(task, advance=1, student=row.result.student[:24])
            yield row

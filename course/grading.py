"""Runs the grading of a class for an instructor: with what, how far it is, and how it ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from autograder.changes import Change
from autograder.grade import Grading, Options
from autograder.gradebook import BookError
from autograder.inbox import InboxError, open_inbox
from autograder.isolation.cgroup import sweep as sweep_groups
from autograder.isolation.tiers import UNISOLATED, Tier, find_tier
from autograder.job import Material
from autograder.lock import Locked
from autograder.out import Out
from autograder.rows import Column, Row
from autograder.scratch import sweep as sweep_scratch
from autograder.store import Store, StoreError
from course.errors import CourseError, UsageError
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A grading run that has ended, or was stopped."""

    out: Out
    gradebook: str  #: where the marks are, without a password
    columns: tuple[Column, ...]
    strays: tuple[str, ...]
    changes: tuple[Change, ...]  #: against the last run that came to its end
    gone: tuple[tuple[str, str], ...]  #: on record, and no longer in the inbox
    total: int  #: how many submissions there were
    unchanged: int
    graded: int
    new: int  #: how many of those for the first time
    seconds: float

    @property
    def stopped(self) -> bool:
        return self.unchanged + self.graded < self.total

    def rows(self) -> Iterator[Row]:
        """Yield all that is on record, by student."""
        with Store(self.out.store) as store:
            yield from store.rows()


def isolation(*, allow_unisolated: bool = False) -> Tier:
    """Find out which walls there are around learners' code here, and remove what killed graders left.

    Raises:
        CourseError: there are none, and that was not allowed; the text says what to do.
    """
    sweep_scratch()
    sweep_groups()
    tier = find_tier()
    if tier.name == "none" and not allow_unisolated:
        raise CourseError(
            "no sandbox here, so nothing was graded: `course doctor` says what is missing and what gets it;"
            " or pass --allow-unisolated if you trust every submission with this machine"
        )
    return tier if tier.name != "none" else UNISOLATED


def run(submissions: Path, out: Path, options: Options, *, module: str | None = None) -> Run:
    """Grade a class. Ctrl-C ends it early, and what is done is kept.

    Raises:
        CourseError: nothing can be graded: no submissions, no such module, tests that cannot be loaded,
            another grader at work on the same folder.
    """
    root = Root.find()
    wanted = materials(root, module)
    unknown = set(options.due) - {material.module for material in wanted}
    if unknown:
        raise UsageError(f"`--due`: there is no module `{min(unknown)}` to grade")
    options = replace(options, config=root.path / "nbgrader_config.py")
    with _told(), open_inbox(submissions, [m.module for m in wanted], module=module) as inbox:
        started = time.monotonic()
        with Grading(inbox, wanted, Out(out), options) as grading:
            import_module("course.classtable")  # for later, while the first submission waits for LangGraph
            with suppress(KeyboardInterrupt):
                for _ in watched(grading.rows(), grading.total, grading.unchanged):
                    pass
            grading.finish()
            return Run(
                out=Out(out),
                gradebook=grading.gradebook,
                columns=tuple(grading.course.columns(grading.store.modules())),
                strays=inbox.strays,
                changes=tuple(grading.store.changes()),
                gone=tuple(grading.gone()),
                total=grading.total,
                unchanged=grading.unchanged,
                graded=grading.graded,
                new=grading.new,
                seconds=time.monotonic() - started,
            )


@contextmanager
def _told() -> Generator[None]:
    """Tell what cannot be gone on with in the command's own way."""
    try:
        yield
    except (InboxError, BookError) as error:
        raise UsageError(str(error)) from error
    except (Locked, StoreError, ValueError, RuntimeError) as error:
        raise CourseError(str(error)) from error


def materials(root: Root, module: str | None = None) -> list[Material]:
    """What the modules are graded with.

    Raises:
        UsageError: there is no such module, or its notebook is not printed.
    """
    names = [name for name in root.module_names() if root.public_tests(name)]
    if module and module not in names:
        raise UsageError(f"there is no module `{module}` to grade; there is {', '.join(names) or 'none'}")
    found: list[Material] = []
    for name in names:
        handout = root.notebook(name, "exercises")
        if not handout.is_file():
            raise UsageError(f"{handout}:1: is not there: run `course build`")
        found.append(Material(module=name, handout=handout, tests=root.test_files(name)))
    return found


def watched(rows: Iterable[Row], total: int, unchanged: int = 0) -> Iterator[Row]:
    """Pass rows on, and show how far the class is: a bar on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        from course.bar import with_bar

        yield from with_bar(rows, total, unchanged)
        return
    if unchanged:
        print(f"{unchanged}/{total} unchanged since they were graded", file=sys.stderr, flush=True)
    for number, row in enumerate(rows, unchanged + 1):
        result = row.result
        line = f"{number}/{total} {result.student} {result.module}: {result.earned:g}/{result.points:g}"
        print(line, file=sys.stderr, flush=True)
        yield row

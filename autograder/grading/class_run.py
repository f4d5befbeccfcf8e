"""Grades a class: from an inbox to gradebook, notebooks, feedback pages and tables.

Of each submission, its pages are written first, then its marks in the gradebook, then its entry in the store.
Whoever is killed in between does the same again, and gets the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from pathlib import Path
from typing import Self

from autograder.gradebook.gradebook import Gradebook
from autograder.grading.job import Executor, Job, Material, Setup
from autograder.grading.lock import locked
from autograder.grading.staleness import Look, Staleness
from autograder.grading.syllabus import read_course, read_fingerprints
from autograder.grading.writer import Writer
from autograder.reports.export import write_csv, write_records
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import Row
from autograder.results.store import Store
from autograder.sandbox.limits import Limits
from autograder.sandbox.walls.tiers import Tier
from autograder.submissions.entry import Entry
from autograder.submissions.inbox import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an instructor may wish for of a grading run."""

    executor: Callable[[Setup, int], Executor]  #: makes what does the work, so many submissions at a time
    seed: int | None = None  #: by default the one that the output folder has
    jobs: int | None = None  #: how many at a time; by default what fits the machine
    again: bool = False  #: let no earlier result stand
    due: Mapping[str, datetime] = field(default_factory=dict[str, datetime])  #: by module
    gradebook: str | None = None  #: a database's URL; by default a file in the output folder
    config: Path | None = None  #: nbgrader's
    limits: Limits = field(default_factory=Limits)
    tier: Tier | None = None

    def processes(self, entries: int) -> int:
        """As many as processors, but one for every four submissions at most: each takes 2 s to start."""
        usual = min(os.cpu_count() or 1, entries // 4) if self.jobs is None else min(self.jobs, entries)
        return max(1, usual)


class Grading:
    """A run over a class. Use it as a context manager; then `rows`, then `finish`.

    Attributes:
        total: how many submissions there are.
        unchanged: how many of them need nothing.
        graded: how many have been graded now.
        new: how many of those for the first time.

    Raises:
        Locked: another grader is at work in the output folder.
        StoreError, GradebookError: what is there cannot be gone on with.
        ValueError: tests that cannot be used; the text says which, and where.
    """

    def __init__(
        self, inbox: Inbox, materials: Iterable[Material], out: OutputFolder, options: Options
    ) -> None:
        self._inbox, self._out, self._options = inbox, out, options
        self.total, self.unchanged, self.graded, self.new = len(inbox.entries), 0, 0, 0
        self._stack = ExitStack()
        try:
            self._open(tuple(materials))
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, materials: tuple[Material, ...]) -> None:
        options, out = self._options, self._out
        self._stack.enter_context(locked(out.lock))
        self.store = self._stack.enter_context(Store(out.store))
        self.store.begin_run()
        if options.again:
            self.store.forget_keys({entry.module for entry in self._inbox.entries})
        seed = self.store.seed(options.seed, anew=options.again)
        prints = {m.module: read_fingerprints(m, options.limits) for m in materials}
        self._setup = Setup(
            materials=materials,
            prints={module: found.exercises for module, found in prints.items()},
            seed=seed,
            limits=options.limits,
            tier=options.tier,
            config=options.config,
        )
        self._staleness = Staleness(self.store, prints, self._setup, out)
        anew = [self._staleness.made_anew(entry) for entry in self._inbox.entries]
        first = list(compress(self._inbox.entries, anew))
        self.course = read_course(materials)  # before the executor, which then has pytest from its parent
        self._executor = (
            self._start_executor(len(first)) if first else None
        )  # it warms up while the rest goes on
        self._book = self._stack.enter_context(Gradebook(options.gradebook or out.gradebook))
        self._add_modules()
        tier = options.tier.name if options.tier else ""
        self._writer = Writer(self._out, self._book, self.store, self.course, tier)
        rest = [
            e for e, new in zip(self._inbox.entries, anew, strict=True) if not new and self._looked(e).stale
        ]
        self._stale = [*first, *rest]
        self.unchanged = self.total - len(self._stale)

    def _start_executor(self, entries: int) -> Executor:
        return self._stack.enter_context(
            self._options.executor(self._setup, self._options.processes(entries))
        )

    def _add_modules(self) -> None:
        handed_in = {entry.module for entry in self._inbox.entries}
        for material in self._setup.materials:
            module = material.module
            if module in handed_in or module in self._options.due:
                due = self._options.due.get(module)
                self._book.add_module(self.course.handouts[module], self.course.points[module], due=due)
                target = self._out.source_of(module)  # formgrader lists those alone that lie there
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(material.handout, target)

    def _looked(self, entry: Entry) -> Look:
        """Compare a submission with what is on record of it."""
        if entry.module not in self.course.handouts:
            return self._staleness.look(entry, None, 0.0)
        standing = self._book.standing(entry.module, entry.student)
        late = self._book.seconds_late(entry.module, entry.submitted, standing)
        return self._staleness.look(entry, standing, late)

    def rows(self) -> Generator[Row]:
        """Grade what is not as it was, and yield each as soon as all that is about it has been written."""
        if not self._stale:
            return
        waiting: dict[tuple[str, str], Look] = {}  # a few: those that are being graded

        def jobs() -> Iterator[Job]:
            for entry in self._stale:
                look = waiting[entry.student, entry.module] = self._looked(entry)
                yield look.job()

        executor = self._executor or self._start_executor(len(self._stale))
        for done in executor.do(jobs()):
            look = waiting.pop((done.entry.student, done.entry.module))
            self._writer.write(done, look)
            self.graded += 1
            self.new += look.stored is None
            yield done.row

    def finish(self) -> None:
        """Write the tables, of all that is on record; also of a run that was stopped."""
        columns = self.course.columns(self.store.modules())
        write_records(self._out.results, self.store.rows())
        write_csv(self._out.csv, self.store.rows(), columns)
        if self.unchanged + self.graded == self.total:
            self.store.end_run()

    @property
    def gradebook(self) -> str:
        """Where the marks are, as it may be shown."""
        return self._book.shown if self._options.gradebook else str(self._out.gradebook)

    def gone(self) -> Iterator[tuple[str, str]]:
        """Yield student and module of what is on record, of the modules at hand, and not in the inbox."""
        modules = {entry.module for entry in self._inbox.entries}
        there = {(entry.student, entry.module) for entry in self._inbox.entries}
        return (place for place in self.store.places() if place not in there and place[1] in modules)

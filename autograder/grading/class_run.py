"""Grades a class: from an inbox to gradebook, notebooks, feedback pages and tables.

Of each submission, its pages are written first, then its marks in the gradebook, then its entry in the store.
Whoever is killed in between does the same again, and gets the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Self

from autograder.gradebook.deadline import Deadline
from autograder.gradebook.gradebook import Gradebook
from autograder.grading.incremental import Incremental
from autograder.grading.job import Executor, Job, JobResult, Material, Setup
from autograder.grading.lock import locked
from autograder.grading.options import Options
from autograder.grading.syllabus import read_course, read_fingerprints
from autograder.grading.writer import Writer
from autograder.reports.atomic_write import replace_bytes
from autograder.reports.export import write_csv, write_records
from autograder.reports.output_folder import OutputFolder
from autograder.reports.receipts import write_receipts
from autograder.results.graded import GradedSubmission
from autograder.results.roster import Roster
from autograder.results.store import Record, Store
from autograder.submissions.entry import Entry, timestamp
from autograder.submissions.inbox import Inbox

NBGRADER_CONFIG = b"""\
# Read by nbgrader's own commands in this folder. `course grade` wrote it, and leaves it as it is.
c = get_config()  # noqa: F821
c.ExportPlugin.to = "nbgrader-grades.csv"  # `nbgrader export` would put its table in the place of grades.csv
"""


class Grading:
    """A run over a class. Use it as a context manager; then `run`, then `finish`.

    Attributes:
        total: how many submissions there are.
        unchanged: how many of them need nothing.
        graded: how many have been graded now.
        new: how many of those for the first time.
        failed: how many of those got no mark, since the grader failed.
        troubled: whether anything went wrong on our side; the log has it.

    Raises:
        Locked: another grader is at work in the output folder.
        StoreError, GradebookError: what is there cannot be gone on with.
        ValueError: tests that cannot be used; the text says which, and where.
    """

    def __init__(
        self, inbox: Inbox, materials: Iterable[Material], out: OutputFolder, options: Options
    ) -> None:
        self._inbox, self._out, self._options = inbox, out, options
        self._places = {(entry.student, entry.module) for entry in inbox.entries}
        self.total = len(inbox.entries)
        self.unchanged = self.graded = self.new = self.reprinted = self.failed = 0
        self.troubled = False
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
            self.store.forget_keys(sorted(self._places), options.exercises)
        # Others keep their inputs, and so must those that are graded again beside them.
        seed = self.store.seed(options.seed, anew=options.again and not self._partial)
        # To read the tests of modules that nobody has handed in takes a second.
        here = self._inbox.modules | self.store.modules() | set(options.due)
        materials = tuple(material for material in materials if material.module in here)
        fingerprints = {m.module: read_fingerprints(m, options.limits) for m in materials}
        self._setup = Setup(
            materials=materials,
            fingerprints={module: found.exercises for module, found in fingerprints.items()},
            seed=seed,
            limits=options.limits,
            tier=options.tier,
            config=options.config,
            exercises=options.exercises,
        )
        self._incremental = Incremental(self.store, fingerprints, self._setup, out)
        anew = [self._incremental.is_new(entry) for entry in self._inbox.entries]
        first = list(compress(self._inbox.entries, anew))
        # It warms up while the rest goes on.
        self._executor = self._start_executor(len(first)) if first else None
        self.course = read_course(materials)
        self._book = self._stack.enter_context(Gradebook(options.gradebook or out.gradebook))
        self._add_modules()
        self.store.roster(options.roster)
        tier = options.tier.name if options.tier else ""
        self._writer = Writer(self._out, self._book, self.store, self.course, tier)
        known = (e for e, new in zip(self._inbox.entries, anew, strict=True) if not new)
        rest = [entry for entry in known if self._job(entry).stale]
        self._stale = [*first, *rest]
        self.unchanged = self.total - len(self._stale)
        self._absent = [job for place in self._elsewhere() if (job := self._absent_job(*place))]
        self.total += len(self._absent)

    def _start_executor(self, entries: int) -> Executor:
        return self._stack.enter_context(self._options.executor(self._setup, self._options.at_most(entries)))

    def _add_modules(self) -> None:
        for material in self._setup.materials:
            module = material.module
            due = self._options.due.get(module)
            self._book.add_module(self.course.handouts[module], self.course.points[module], due=due)
            target = self._out.source_of(module)  # formgrader lists those alone that lie there
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(material.handout, target)
        if not self._out.nbgrader_config.exists():
            replace_bytes(self._out.nbgrader_config, NBGRADER_CONFIG)

    def _job(self, entry: Entry) -> Job:
        """Compare a submission with what is on record of it."""
        if entry.module not in self.course.handouts:
            return self._incremental.job(entry, None, Deadline())
        booked = self._book.booked(entry.module, entry.student)
        return self._incremental.job(entry, booked, self._book.deadline(entry.module, booked))

    @cached_property
    def roster(self) -> Roster:
        """Who is enrolled: by a roster, and by nbgrader's own list, where it says more than an id."""
        handed_in = {*self.store.students(), *(entry.student for entry in self._inbox.entries)}
        return self.store.roster().with_booked(self._book.people(), handed_in)

    def _absent_job(self, student: str, module: str) -> Job | None:
        """Compare what people said with what is on record, of a submission that isn't in the inbox."""
        if module not in self.course.handouts:
            return None
        entry = Entry(student=student, module=module, path=Path())
        path = self._out.notebook_of(entry)
        entry = replace(entry, path=path, submitted=timestamp(path.parent)[0])
        booked = self._book.booked(module, student)
        return self._incremental.absent(entry, booked, self._book.deadline(module, booked))

    def run(self) -> Generator[GradedSubmission]:
        """Grade what is not as it was, and yield each as soon as all that is about it has been written."""
        if not self._stale and not self._absent:
            return
        waiting: dict[tuple[str, str], Job] = {}  # a few: those that are being graded

        def jobs() -> Iterator[Job]:
            for entry in self._stale:
                job = waiting[entry.student, entry.module] = self._job(entry)
                last = entry is self._stale[-1] and not self._absent
                yield replace(job, lanes=self._options.lanes) if last else job
            for job in self._absent:
                waiting[job.entry.student, job.entry.module] = job
                yield job

        executor = self._executor or self._start_executor(len(self._stale) + len(self._absent))
        slowed: list[tuple[Entry, Record | None]] = []
        for done in executor.do(jobs()):
            job = waiting.pop((done.entry.student, done.entry.module))
            new = job.before is None
            self._writer.write(done, job, new=new)
            if done.slowed:  # if the run is stopped before its end, the next one tries it again
                slowed.append((job.entry, job.before))
            else:
                self.reprinted += job.feedback_only
                yield self._counted(done, new=new)
        for entry, before in slowed:
            job = replace(self._job(entry), alone=True, before_run=before)
            for done in executor.do([job]):
                self._writer.write(done, job, new=before is None)
                yield self._counted(done, new=before is None)

    def _counted(self, done: JobResult, *, new: bool) -> GradedSubmission:
        self.graded += 1
        self.new += new
        self.failed += done.failed
        self.troubled = self.troubled or bool(done.trace)
        return done.submission

    def finish(self) -> None:
        """Write the tables, of all that is on record; also of a run that was stopped."""
        columns = self.course.columns(self.store.modules())
        write_records(self._out.results, self.store.submissions())
        write_csv(self._out.csv, self.store.submissions(), columns, self.roster)
        write_receipts(self._out.receipts, self.store.recorded())
        if self.unchanged + self.graded == self.total and not self.failed:
            self.store.end_run()

    @property
    def gradebook(self) -> str:
        """Where the marks are, as it may be shown."""
        return self._book.shown if self._options.gradebook else str(self._out.gradebook)

    def gone(self) -> Iterator[tuple[str, str]]:
        """Yield student and module of what is on record, of the modules at hand, and not in the inbox."""
        aside = {(entry.student, entry.module) for entry in self._inbox.aside}
        there = self._inbox.modules
        return (place for place in self._elsewhere() if place not in aside and place[1] in there)

    def _elsewhere(self) -> Iterator[tuple[str, str]]:
        return (place for place in self.store.places() if place not in self._places)

    @property
    def _partial(self) -> bool:
        return bool(self._inbox.aside or self._options.exercises)

"""Writes what became of a submission, in the order that loses nothing: pages, gradebook, store."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.gradebook.gradebook import Gradebook
from autograder.grading.job import Job, JobResult
from autograder.grading.syllabus import Course
from autograder.reports.atomic_write import replace_bytes
from autograder.reports.output_folder import OutputFolder
from autograder.results.store import Store
from autograder.submissions.entry import SECRET, TIMESTAMP, Entry
from autograder.submissions.notebook import ANSWER
from autograder.submissions.safe_read import Unreadable, read_start

LONGEST_SECRET = 200  #: bytes


@dataclass(frozen=True, slots=True)
class Writer:
    """Where it goes."""

    out: OutputFolder
    book: Gradebook
    store: Store
    course: Course
    tier: str

    def write(self, done: JobResult, job: Job, *, new: bool) -> None:
        """Write one submission. What is not in the store afterwards is done again at the next run.

        Args:
            done: what became of it.
            job: what was to be done.
            new: whether this run is the first that graded it.
        """
        if done.trace:
            self.out.log_trouble(done.entry, done.trace)
        if done.notebook is not None:
            replace_bytes(self.out.notebook_of(done.entry), done.notebook)
            self._write_time(done.entry)
        if done.feedback is not None:
            replace_bytes(self.out.feedback_of(done.entry), done.feedback)
            self._write_secret(done.entry)
        if done.entry.module in self.course.handouts and not done.failed:
            before = job.before.answer_hashes if job.before else {}
            changed = _changed(before, done.record.answer_hashes)
            self.book.record(done.submission, done.answers, done.entry.submitted, changed=changed)
        self.store.keep(done.record, judged=done.judged, tier=self.tier, new=new)

    def _write_time(self, entry: Entry) -> None:
        """Put the time beside the notebook, as `nbgrader autograde` does: formgrader compares it."""
        path = self.out.time_of(entry)
        if entry.submitted:
            replace_bytes(path, entry.submitted.isoformat().encode())
        else:
            path.unlink(missing_ok=True)

    def _write_secret(self, entry: Entry) -> None:
        """Put nbgrader's secret and the time beside the page, where work came through its exchange."""
        with contextlib.suppress(Unreadable):
            secret = read_start(entry.path.with_name(SECRET), LONGEST_SECRET)
            when = entry.submitted.isoformat() if entry.submitted else ""
            replace_bytes(self.out.secret_of(entry), secret)
            replace_bytes(self.out.secret_of(entry).with_name(TIMESTAMP), when.encode())


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """Return the cells with points whose answers are other texts than they were."""
    return frozenset(name.removesuffix(ANSWER) for name, text in now.items() if before.get(name) != text)

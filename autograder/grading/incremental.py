"""Decides what to grade again: a whole submission, its feedback page, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from autograder.gradebook.deadline import Deadline, in_utc
from autograder.gradebook.submissions import BookedSubmission
from autograder.grading.job import Job, Setup
from autograder.grading.keys import digest
from autograder.grading.syllabus import Fingerprints
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import Said
from autograder.results.receipt import Receipt
from autograder.results.store import Store
from autograder.submissions.entry import Entry
from autograder.submissions.notebook import Unreadable, read_bytes


class Incremental:
    """Compares submissions with the record."""

    def __init__(
        self, store: Store, fingerprints: Mapping[str, Fingerprints], setup: Setup, out: OutputFolder
    ) -> None:
        self._store, self._fingerprints, self._seed, self._out = store, fingerprints, setup.seed, out
        config = setup.config
        self._prices = config.read_text("utf-8") if config and config.is_file() else ""

    def is_new(self, entry: Entry) -> bool:
        """Whether a submission must be run, as far as the record alone can tell."""
        known = self._store.inputs_hash(entry.student, entry.module)
        if not known:
            return True  # without a look at the file
        return known != self._inputs_hash(*_read(entry))

    def job(self, entry: Entry, booked: BookedSubmission | None, deadline: Deadline) -> Job:
        """Return what is to be done for a submission; `booked` is what the gradebook has of it."""
        entry, data = _read(entry)
        said = booked.said if booked else {}
        inputs_hash = self._inputs_hash(entry, data)
        receipt = _dated(_receipt(entry, data), deadline)
        seconds_late = deadline.seconds_late(entry.submitted)
        page_hash = self._page_hash(said, seconds_late, receipt)
        before = self._store.find(entry.student, entry.module)
        unknown = entry.module not in self._fingerprints  # it is in no gradebook, and has no page
        graded = unknown or (booked is not None and self._out.notebook_of(entry).is_file())
        paged = unknown or self._out.feedback_of(entry).is_file()
        same = before is not None and before.inputs_hash == inputs_hash and graded
        return Job(
            entry=entry,
            data=data,
            before=before,
            said=said,
            seconds_late=seconds_late,
            receipt=receipt,
            inputs_hash=inputs_hash,
            page_hash=page_hash,
            feedback_only=same,
            stale=not (same and paged and before and before.page_hash == page_hash),
        )

    def absent(self, entry: Entry, booked: BookedSubmission | None, deadline: Deadline) -> Job | None:
        """Return what people said since about a submission that isn't in the inbox; none if that's nothing.

        Its text is what we keep for formgrader, at the entry's path.
        """
        before = self._store.find(entry.student, entry.module)
        if not before or not before.inputs_hash or not booked or not entry.path.is_file():
            return None
        receipt = _dated(before.submission.receipt, deadline)
        seconds_late = deadline.seconds_late(entry.submitted)
        page_hash = self._page_hash(booked.said, seconds_late, receipt)
        if before.page_hash == page_hash:
            return None
        return Job(
            entry=entry,
            data=read_bytes(entry.path),
            before=before,
            said=booked.said,
            seconds_late=seconds_late,
            receipt=receipt,
            inputs_hash=before.inputs_hash,
            page_hash=page_hash,
            feedback_only=True,
        )

    def _page_hash(self, said: Mapping[str, Said], seconds_late: float, receipt: Receipt) -> str:
        return digest([*sorted(said.items()), seconds_late, self._prices if seconds_late else "", receipt])

    def _inputs_hash(self, entry: Entry, data: bytes) -> str:
        found = self._fingerprints.get(entry.module)
        whole = found.whole if found else ""
        about = (entry.submitted, entry.problem, entry.note)
        return digest([whole, self._seed, *about, sha256(data).hexdigest()])


def _receipt(entry: Entry, data: bytes) -> Receipt:
    return Receipt(
        file=entry.file or entry.path.name,
        sha256=sha256(data).hexdigest() if data else "",
        handed_in=entry.submitted.isoformat() if entry.submitted else "",
    )


def _dated(receipt: Receipt, deadline: Deadline) -> Receipt:
    return replace(receipt, due=in_utc(deadline.due), extended=in_utc(deadline.extended))


def _read(entry: Entry) -> tuple[Entry, bytes]:
    """Read a submission's file. What is wrong with it becomes the entry's problem."""
    if entry.problem:
        return entry, b""
    try:
        return entry, read_bytes(entry.path)
    except Unreadable as error:
        return replace(entry, problem=str(error)), b""

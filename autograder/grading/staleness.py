"""Finds out what of a submission has to be done again: all, its feedback page, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from autograder.gradebook.submissions import BookedSubmission
from autograder.grading.job import Job, Setup
from autograder.grading.keys import digest
from autograder.grading.syllabus import Fingerprints
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import Said
from autograder.results.store import Store, Stored
from autograder.submissions.entry import Entry
from autograder.submissions.notebook import Unreadable, read_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A submission as it lies there, beside what is on record of it."""

    entry: Entry
    data: bytes
    made: str  #: a hash of all that its results are made from
    shown: str  #: a hash of what else its feedback page is made from
    stored: Stored | None
    said: Mapping[str, Said]
    seconds_late: float
    stale: bool
    feedback_only: bool

    def job(self) -> Job:
        """Return what is to be done."""
        return Job(
            entry=self.entry,
            data=self.data,
            before=self.stored.row.result if self.stored else None,
            keys=self.stored.keys if self.stored else {},
            said=self.said,
            seconds_late=self.seconds_late,
            feedback_only=self.feedback_only,
        )


class Staleness:
    """Compares submissions with the record."""

    def __init__(
        self, store: Store, prints: Mapping[str, Fingerprints], setup: Setup, out: OutputFolder
    ) -> None:
        self._store, self._prints, self._seed, self._out = store, prints, setup.seed, out
        config = setup.config
        self._prices = config.read_text("utf-8") if config and config.is_file() else ""

    def made_anew(self, entry: Entry) -> bool:
        """Whether a submission must be run, as far as the record alone can tell."""
        known = self._store.made(entry.student, entry.module)
        if not known:
            return True  # without a look at the file
        return known != self._made(*_read(entry))

    def look(self, entry: Entry, standing: BookedSubmission | None, seconds_late: float) -> Look:
        """Look at one submission; `standing` is what the gradebook has of it."""
        entry, data = _read(entry)
        said = standing.said if standing else {}
        made = self._made(entry, data)
        shown = digest([*sorted(said.items()), seconds_late, self._prices if seconds_late else ""])
        stored = self._store.find(entry.student, entry.module)
        graded = entry.module not in self._prints or (
            standing is not None and self._out.notebook_of(entry).is_file()
        )
        same = stored is not None and stored.made == made and graded
        paged = entry.module not in self._prints or self._out.feedback_of(entry).is_file()
        return Look(
            entry=entry,
            data=data,
            made=made,
            shown=shown,
            stored=stored,
            said=said,
            seconds_late=seconds_late,
            stale=not (same and paged and stored and stored.shown == shown),
            feedback_only=same,
        )

    def _made(self, entry: Entry, data: bytes) -> str:
        prints = self._prints.get(entry.module)
        whole = prints.whole if prints else ""
        return digest([whole, self._seed, entry.submitted, entry.problem, sha256(data).hexdigest()])


def _read(entry: Entry) -> tuple[Entry, bytes]:
    """Read a submission's file. What is wrong with it becomes the entry's problem."""
    if entry.problem:
        return entry, b""
    try:
        return entry, read_bytes(entry.path)
    except Unreadable as error:
        return replace(entry, problem=str(error)), b""

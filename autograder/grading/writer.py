"""Writes what became of a submission, in the order that loses nothing: pages, gradebook, store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.gradebook.gradebook import Gradebook
from autograder.grading.job import Done
from autograder.grading.staleness import Look
from autograder.grading.syllabus import Course
from autograder.reports.atomic_write import replace_bytes
from autograder.reports.output_folder import OutputFolder
from autograder.results.store import Store, Stored
from autograder.submissions.notebook import ANSWER


@dataclass(frozen=True, slots=True)
class Writer:
    """Where it goes."""

    out: OutputFolder
    book: Gradebook
    store: Store
    course: Course
    tier: str

    def write(self, done: Done, look: Look) -> None:
        """Write one submission. What is not in the store afterwards is done again at the next run."""
        entry, row, before = done.entry, done.row, look.stored
        if done.notebook is not None:
            replace_bytes(self.out.notebook_of(entry), done.notebook)
        if done.feedback is not None:
            replace_bytes(self.out.feedback_of(entry), done.feedback)
        texts = done.texts if done.stands or before is None else before.texts
        if entry.module in self.course.handouts:
            changed = _changed(before.texts if before else {}, texts)
            self.book.record(row.result, done.answers, entry.submitted, changed=changed, late=row.late)
        made = look.made if done.stands else ""
        stored = Stored(row=row, keys=done.keys, texts=texts, made=made, shown=look.shown)
        self.store.keep(stored, judged=done.judged, tier=self.tier)


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """Return the cells with points whose answers are other texts than they were."""
    return frozenset(name.removesuffix(ANSWER) for name, text in now.items() if before.get(name) != text)

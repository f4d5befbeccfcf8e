"""Names every path in the output folder, which is also an nbgrader course folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.submissions.entry import SECRET, TIMESTAMP, Entry


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The folder that a class's grades go to. It is a course folder of nbgrader's, too."""

    path: Path

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def store(self) -> Path:
        return self.path / "results.db"

    @property
    def gradebook(self) -> Path:
        return self.path / "gradebook.db"

    @property
    def results(self) -> Path:
        return self.path / "results.jsonl"

    @property
    def csv(self) -> Path:
        return self.path / "grades.csv"

    @property
    def receipts(self) -> Path:
        return self.path / "receipts.csv"

    @property
    def report(self) -> Path:
        """The class report, as a page; for programs it's the same name with `.json`."""
        return self.path / "report.html"

    @property
    def report_history(self) -> Path:
        """The figures of earlier reports, which the next one compares with."""
        return self.path / "report-history.jsonl"

    @property
    def nbgrader_config(self) -> Path:
        """What nbgrader's own commands read in this folder."""
        return self.path / "nbgrader_config.py"

    @property
    def log(self) -> Path:
        """Where the tracebacks of our own failures go."""
        return self.path / "internal-errors.log"

    def log_trouble(self, entry: Entry, trace: str) -> None:
        """Add what went wrong with our grading of a submission."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        with self.log.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"--- {when} {entry.student} {entry.module}\n{trace.rstrip()}\n\n")

    @property
    def feedback(self) -> Path:
        return self.path / "feedback"

    @property
    def autograded(self) -> Path:
        return self.path / "autograded"

    def notebook_of(self, entry: Entry) -> Path:
        """Where a submission's executed notebook goes."""
        return self.autograded_of(entry.student, entry.module)

    def autograded_of(self, student: str, module: str) -> Path:
        """Where a student's executed notebook of a module is."""
        return self.autograded / student / module / "exercises.ipynb"

    def time_of(self, entry: Entry) -> Path:
        """Where nbgrader looks for the time at which that notebook was handed in."""
        return self.notebook_of(entry).with_name(TIMESTAMP)

    def feedback_of(self, entry: Entry) -> Path:
        """Where a submission's feedback page goes."""
        return self.page_of(entry.student, entry.module)

    def page_of(self, student: str, module: str) -> Path:
        """Where a student's feedback page of a module is."""
        return self.feedback / student / module / "exercises.html"

    def secret_of(self, entry: Entry) -> Path:
        """Where `nbgrader release_feedback` looks for the submission's secret, with the time beside it."""
        return self.feedback_of(entry).with_name(SECRET)

    def source_of(self, module: str) -> Path:
        """Where nbgrader looks for an assignment: formgrader lists those alone."""
        return self.path / "source" / module / "exercises.ipynb"

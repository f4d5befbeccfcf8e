"""What an output folder says, without what differs between two equal runs: random ids and times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder.gradebook.nbgrader_import import nbgrader_api
from tests.support.tiny_course import MODULE


def marks(database: Path | str) -> dict[str, Any]:
    """Return all that a gradebook says of the module's submissions, in nbgrader's own terms."""
    url = database if isinstance(database, str) else f"sqlite:///{database}"
    with nbgrader_api().Gradebook(url) as book:
        return {
            submission.student.id: _submission(submission)
            for submission in book.assignment_submissions(MODULE)
        }


def _submission(submission: Any) -> dict[str, Any]:
    (notebook,) = submission.notebooks
    fields = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade", "score", "max_score")
    return {
        "late": notebook.late_submission_penalty,
        "timestamp": submission.timestamp,
        "score": submission.score,
        "grades": {grade.name: {name: getattr(grade, name) for name in fields} for grade in notebook.grades},
        "comments": {c.name: (c.auto_comment, c.manual_comment) for c in notebook.comments},
    }


def everything(out: Path) -> dict[str, Any]:
    """Return all that a run leaves for people and programs."""
    files = [*out.glob("feedback/*/*/*"), *out.glob("autograded/*/*/*"), out / "grades.csv"]
    found: dict[str, Any] = {str(path.relative_to(out)): path.read_bytes() for path in files}
    found["gradebook"] = marks(out / "gradebook.db")
    records = (json.loads(line) for line in (out / "results.jsonl").read_text().splitlines())
    found["results"] = [_timeless(record) for record in records]
    return found


def _timeless(value: Any) -> Any:
    match value:
        case dict():
            return {name: _timeless(inner) for name, inner in value.items() if name != "seconds"}
        case list():
            return [_timeless(inner) for inner in value]
        case _:
            return value

"""Stores graded submissions in `results.db`, so that the next run grades only what changed.

A submission is entered last of all, when its pages and its marks in the gradebook are written. What is not in
here is graded again at the next run, and that gives the same.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from autograder.results.changes import GradeChange, changes_text, forget, note, noted
from autograder.results.compare import changes
from autograder.results.graded import GradedSubmission
from autograder.results.roster import Roster, from_text
from autograder.results.store_file import StoreError as StoreError
from autograder.results.store_file import fact, open_file, set_fact
from autograder.results.store_rows import (
    Record,
    exercise_rows,
    marks_text,
    receipt_text,
    submission_from,
)


class Store:
    """The open record. Use it as a context manager.

    Raises:
        StoreError: the file is no record of ours, or of another version.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_file(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def seed(self, wanted: int | None = None, *, anew: bool = False) -> int:
        """Return the seed of this folder: drawn once, so that a run that goes on draws the same inputs."""
        known = fact(self._db, "seed")
        if wanted is None:
            wanted = secrets.randbits(63) if anew or known is None else int(known)
        set_fact(self._db, "seed", str(wanted))
        return wanted

    def roster(self, new: Roster | None = None) -> Roster:
        """Return who is enrolled, after putting `new` in the old one's place."""
        known = from_text(fact(self._db, "roster"))
        if new:
            known = new.with_numbers_of(known)
            set_fact(self._db, "roster", known.to_text())
        return known

    def students(self) -> list[str]:
        """Return everybody who has handed in something."""
        return [row["student"] for row in self._db.execute("SELECT DISTINCT student FROM submission")]

    def forget_keys(self, places: Iterable[tuple[str, str]], exercises: Collection[str] = ()) -> None:
        """Let no result of these students' modules stand: all are graded again, or only some exercises."""
        one = f" AND name IN ({_placeholders(len(exercises))})" if exercises else ""
        with self._db:
            self._db.execute("BEGIN")
            for place in places:
                self._db.execute("UPDATE submission SET made = '' WHERE student = ? AND module = ?", place)
                self._db.execute(
                    f"UPDATE exercise SET key = '' WHERE student = ? AND module = ?{one}",
                    [*place, *exercises],
                )

    def inputs_hash(self, student: str, module: str) -> str:
        """Return the hash of what a submission was last graded from; empty if it is to be graded again."""
        query = "SELECT made FROM submission WHERE student = ? AND module = ?"
        found = self._db.execute(query, [student, module]).fetchone()
        return found["made"] if found else ""

    def find(self, student: str, module: str) -> Record | None:
        """Return a submission as it was last graded."""
        place = "WHERE student = ? AND module = ?"
        found = self._db.execute(f"SELECT * FROM submission {place}", [student, module]).fetchone()
        if found is None:
            return None
        query = f"SELECT * FROM exercise {place} ORDER BY place"
        exercises = self._db.execute(query, [student, module]).fetchall()
        return Record(
            submission=submission_from(found, exercises),
            fingerprints={exercise["name"]: exercise["key"] for exercise in exercises},
            answer_hashes=json.loads(found["texts"]),
            inputs_hash=found["made"],
            page_hash=found["shown"],
        )

    def keep(self, record: Record, *, judged: Iterable[str], tier: str, new: bool = False) -> None:
        """Enter a submission. Of its exercises, those that were not `judged` now stay as they are.

        If it's `new`, nothing about it is a change, even if it was entered earlier in the same run.
        """
        found, now = record.submission, datetime.now(UTC).isoformat(timespec="seconds")
        place, fresh = (found.student, found.module), frozenset(judged)
        before = self.find(*place)
        with self._db:
            self._db.execute("BEGIN")
            facts = (
                *(record.inputs_hash, record.page_hash, json.dumps(dict(record.answer_hashes)), found.error),
                *(marks_text(found.manual), marks_text(found.overrides), found.late),
                *(found.seed, found.seconds, tier, now),
                *(receipt_text(found.receipt), changes_text(found.changes)),
            )
            values = _placeholders(15)
            self._db.execute(f"INSERT OR REPLACE INTO submission VALUES ({values})", [*place, *facts])
            self._keep_exercises(record, fresh, tier)
            if before and not new:
                note(self._db, changes(before, record))

    def _keep_exercises(self, record: Record, fresh: frozenset[str], tier: str) -> None:
        here, place = "student = ? AND module = ?", (record.submission.student, record.submission.module)
        found = self._db.execute(f"SELECT * FROM exercise WHERE {here}", place)
        old = {exercise["name"]: tuple(exercise)[5:] for exercise in found if exercise["name"] not in fresh}
        self._db.execute(f"DELETE FROM exercise WHERE {here}", place)
        rows = exercise_rows(record, old, tier)
        self._db.executemany(f"INSERT INTO exercise VALUES ({_placeholders(9)})", rows)

    def submissions(self) -> Iterator[GradedSubmission]:
        """Yield all submissions, by student and module, without ever holding more than one."""
        return (found for found, _ in self.recorded())

    def recorded(self) -> Iterator[tuple[GradedSubmission, str]]:
        """Yield all submissions likewise, each with the time at which it was entered here."""
        order = "ORDER BY student, module"
        exercises = groupby(self._db.execute(f"SELECT * FROM exercise {order}, place"), key=_place)
        upcoming = next(exercises, None)
        for found in self._db.execute(f"SELECT * FROM submission {order}"):
            theirs: list[Any] = []
            if upcoming and upcoming[0] == _place(found):
                theirs = list(upcoming[1])
                upcoming = next(exercises, None)
            yield submission_from(found, theirs), found["at"]

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield student and module of all submissions, in that order."""
        for found in self._db.execute("SELECT student, module FROM submission ORDER BY student, module"):
            yield _place(found)

    def modules(self) -> set[str]:
        """Return the modules that anything was handed in of."""
        return {found["module"] for found in self._db.execute("SELECT DISTINCT module FROM submission")}

    def changes(self) -> Iterator[GradeChange]:
        """Yield what has changed since the last run that came to its end."""
        return noted(self._db)

    def begin_run(self) -> None:
        """Begin to note changes anew, unless the last run was stopped before it could tell them."""
        if fact(self._db, "told") == "yes":
            forget(self._db)
        set_fact(self._db, "told", "no")

    def end_run(self) -> None:
        """Say that the run came to its end."""
        set_fact(self._db, "told", "yes")


def _placeholders(count: int) -> str:
    return ", ".join("?" * count)


def _place(found: sqlite3.Row) -> tuple[str, str]:
    return found["student"], found["module"]

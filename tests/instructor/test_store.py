"""The record: what goes in comes out, what has changed is noted, and a file of another make is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.results.changes import GradeChange
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.store import Record, Store, StoreError
from autograder.results.store_file import NEWER
from autograder.results.verdicts import ExerciseResult, TestResult


def exercise(name: str, status: str = "passed") -> ExerciseResult:
    test = TestResult(
        title="It holds \ud800.", points=4, hidden=True, status=status, message="no", seconds=0.5
    )
    return ExerciseResult(name=name, tests=(test, replace(test, hidden=False)))


def stored(
    student: str = "ada", *, status: str = "passed", key: str = "k1", why: float | None = None
) -> Record:
    exercises = (exercise("two", status), exercise("one"))
    graded = GradedSubmission(
        student=student,
        module="01_basic",
        exercises=exercises,
        seed=7,
        error="odd",
        seconds=1,
        manual=(ManualMark(name="why", points=3, earned=why, comment="hm"),),
    )
    return record(graded, {"one": key, "two": key}, {"why": "t"})


def record(
    graded: GradedSubmission, fingerprints: Mapping[str, str], answer_hashes: Mapping[str, str]
) -> Record:
    return Record(
        submission=graded,
        fingerprints=fingerprints,
        answer_hashes=answer_hashes,
        inputs_hash="inputs",
        page_hash="page",
    )


def keep(store: Store, item: Record, judged: tuple[str, ...] = ("one", "two")) -> None:
    store.keep(item, judged=judged, tier="A")


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "results.db") as opened:
        opened.begin_run()
        yield opened


def test_what_goes_in_comes_out(store: Store):
    keep(store, stored())
    assert store.find("ada", "01_basic") == stored()
    assert store.find("bob", "01_basic") is None
    assert store.inputs_hash("ada", "01_basic") == "inputs"


def test_rows_come_by_student(store: Store):
    for student in ("zoe", "ada", "bob"):
        keep(store, stored(student))
    assert [graded.student for graded in store.submissions()] == ["ada", "bob", "zoe"]
    assert all(graded == stored(graded.student).submission for graded in store.submissions())
    assert next(iter(store.places())) == ("ada", "01_basic")


def test_a_submission_without_exercises_has_its_row(store: Store):
    nothing = GradedSubmission(
        student="bob", module="", exercises=(), seed=7, error="does not say which module"
    )
    keep(store, record(nothing, {}, {}))
    keep(store, stored("ada"))
    keep(store, stored("cleo"))
    assert [len(graded.exercises) for graded in store.submissions()] == [2, 0, 2]


def test_the_seed_is_drawn_once(store: Store):
    seed = store.seed()
    assert store.seed() == seed
    assert store.seed(5) == store.seed() == 5
    assert store.seed(anew=True) != 5


def test_forgotten_keys_do_not_stand(store: Store):
    keep(store, stored())
    store.forget_keys([("ada", "01_basic")])
    found = store.find("ada", "01_basic")
    assert found
    assert (found.inputs_hash, set(found.fingerprints.values())) == ("", {""})
    assert found.submission == stored().submission


def test_changes_are_noted_against_the_last_finished_run(store: Store):
    keep(store, stored())
    assert list(store.changes()) == []
    store.end_run()
    store.begin_run()
    keep(store, stored(status="failed"))
    store.begin_run()  # the run was killed here
    keep(store, stored(status="error", why=2))
    told = [
        GradeChange(
            student="ada", module="01_basic", name="two", before="passed, 8 of 8", now="error, 0 of 8"
        ),
        GradeChange(
            student="ada",
            module="01_basic",
            name="why",
            before="to be graded",
            now="2 of 3",
            why=("person",),
        ),
    ]
    assert list(store.changes()) == told
    store.end_run()
    store.begin_run()
    assert list(store.changes()) == []


def test_a_change_that_was_taken_back_is_none(store: Store):
    for status in ("passed", "failed", "passed"):
        keep(store, stored(status=status))
    assert list(store.changes()) == []


def test_a_kept_exercise_keeps_what_it_was_graded_with(store: Store, tmp_path: Path):
    keep(store, stored())
    now = replace(stored(), submission=replace(stored().submission, seed=8))
    store.keep(now, judged=("one",), tier="B")
    with sqlite3.connect(tmp_path / "results.db") as db:
        assert dict(db.execute("SELECT name, seed || tier FROM exercise")) == {"one": "8B", "two": "7A"}


def test_a_file_of_an_earlier_version_gets_the_newer_columns(tmp_path: Path):
    with Store(tmp_path / "results.db") as store:
        keep(store, stored())
    with sqlite3.connect(tmp_path / "results.db") as db:
        for table, column, _ in NEWER:
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    with Store(tmp_path / "results.db") as store:
        assert list(store.submissions()) == [stored().submission]
        keep(store, stored(status="failed"))
        assert [change.name for change in store.changes()] == ["two"]


def test_a_file_of_another_schema_is_refused(tmp_path: Path):
    with Store(tmp_path / "results.db"):
        pass
    with sqlite3.connect(tmp_path / "results.db") as db:
        db.execute("UPDATE fact SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreError, match=r"schema 99, not 1.*--out"):
        Store(tmp_path / "results.db")


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_a_file_of_another_make_is_refused(tmp_path: Path, content: bytes | None):
    path = tmp_path / "results.db"
    if content:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE other (x)")
    with pytest.raises(StoreError, match="no record of ours"):
        Store(path)

"""Receipts: which file was graded, what changed since, and why."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace

import pytest

from autograder.grading.keys import exercise_key
from autograder.reports.feedback_page import page
from autograder.reports.receipts import receipt_lines
from autograder.results.changes import REASONS, GradeChange
from autograder.results.compare import changes
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.receipt import Receipt
from autograder.results.store import Record
from autograder.results.verdicts import ExerciseResult, TestResult
from tests.instructor.test_feedback import HANDOUT

RECEIPT = Receipt(
    file="loveada_1001_90777_exercises.ipynb",
    sha256=hashlib.sha256(b"a notebook").hexdigest(),
    handed_in="2026-11-30T10:00:05+00:00",
    due="2026-11-30T23:59:00+00:00",
)


def exercise(status: str) -> ExerciseResult:
    return ExerciseResult(
        name="chat", tests=(TestResult(title="It answers.", points=2, hidden=False, status=status),)
    )


def row(*, status: str = "failed", why: float | None = None, late: float = 0.0) -> GradedSubmission:
    return GradedSubmission(
        student="ada",
        module="01_basic",
        exercises=(exercise(status),),
        seed=7,
        manual=(ManualMark(name="why", points=3, earned=why),),
        late=late,
        receipt=RECEIPT,
    )


BEFORE = Record(
    submission=row(),
    fingerprints={"chat": exercise_key("versions:tests", 7, [])},
    answer_hashes={"chat_answer": "a", "why": "t"},
    inputs_hash="inputs",
    page_hash="page",
)


def after(record: Record = BEFORE, *, key: str = "", answers: dict[str, str] | None = None) -> Record:
    texts = {**record.answer_hashes, **(answers or {})}
    return replace(record, fingerprints={"chat": key} if key else record.fingerprints, answer_hashes=texts)


def with_row(row: GradedSubmission, record: Record = BEFORE, **receipt: str) -> Record:
    return replace(record, submission=replace(row, receipt=replace(row.receipt, **receipt)))


def new_key(print_: str = "versions:tests", seed: int = 7, cells: str = "") -> str:
    return exercise_key(print_, seed, []) + cells


KEYS = ("versions", "tests")


def said(status: str, mark: float) -> GradedSubmission:
    """Return a submission on whose exercise a person commented, and set a mark that may be the tests' own."""
    return replace(
        row(status=status), overrides=(ManualMark(name="chat", points=2, earned=mark, comment="Hm"),)
    )


CAUSES: list[tuple[Record, Record, list[tuple[str, ...]]]] = [
    (BEFORE, with_row(row(status="passed"), after(key=new_key("versions:others"))), [("tests",)]),
    (BEFORE, with_row(row(status="passed"), after(key=new_key("newer:tests"))), [("versions",)]),
    (BEFORE, with_row(row(status="passed"), after(key=new_key(seed=8))), [("inputs",)]),
    (BEFORE, with_row(row(status="passed"), after(key=new_key(cells="x"))), [("notebook",)]),
    (
        BEFORE,
        with_row(row(status="passed"), after(key=new_key("newer:others", cells="x"))),
        [("versions", "tests", "notebook")],
    ),
    (after(key="an older version's key"), with_row(row(status="passed")), [("versions",)]),
    (replace(BEFORE, fingerprints={"chat": ""}), with_row(row(status="passed")), [("again",)]),
    (
        with_row(row(status="internal error"), replace(BEFORE, fingerprints={})),
        with_row(row(status="passed")),
        [("retried",)],
    ),
    (
        with_row(row(status="unreadable"), replace(BEFORE, fingerprints={}), sha256="another"),
        with_row(row(status="passed")),
        [("notebook",)],
    ),
    (replace(BEFORE, submission=replace(row(), exercises=())), BEFORE, [("tests",)]),
    (BEFORE, replace(BEFORE, submission=replace(row(), exercises=()), fingerprints={}), [("tests",)]),
    (BEFORE, with_row(row(why=2)), [("person",)]),
    (BEFORE, with_row(row(why=0), after(answers={"why": "u"})), [("notebook",)]),  # a blank now
    (BEFORE, with_row(row(why=2), after(answers={"why": "u"})), [("notebook", "person")]),
    (with_row(said("failed", 0)), with_row(said("passed", 2), after(key=new_key("v:t"))), [KEYS]),
    (BEFORE, with_row(said("failed", 1)), [("person",)]),
    (BEFORE, with_row(row(late=1), handed_in="2026-12-01T10:00:00+00:00"), [("handed in",)]),
    (BEFORE, with_row(row(late=1), due="2026-11-30T09:00:00+00:00"), [("due date",)]),
    (with_row(row(late=1)), with_row(row(), extended="2026-12-02T00:00:00+00:00"), [("extension",)]),
    (BEFORE, with_row(row(late=1)), [("price",)]),
    (BEFORE, with_row(row()), []),
]


@pytest.mark.parametrize(("before", "now", "why"), CAUSES)
def test_a_change_says_why(before: Record, now: Record, why: list[tuple[str, ...]]):
    found = list(changes(before, now))
    assert [change.why for change in found] == why
    assert all(change.told_why for change in found)


def test_every_reason_is_seen_to_be_told():
    assert set(REASONS) == {reason for _, _, why in CAUSES for reasons in why for reason in reasons}


def shown(*found: GradeChange) -> str:
    return " ".join(page(replace(row(), changes=found), HANDOUT, {}).split())


def change(name: str, before: str, now: str, *why: str) -> GradeChange:
    return GradeChange(student="ada", module="01_basic", name=name, before=before, now=now, why=why)


def test_a_page_tells_a_learner_what_concerns_them_and_no_more():
    html = shown(
        change("chat", "failed, 0 of 2", "passed, 2 of 2", "versions", "tests", "notebook"),
        change("why", "to be graded", "2 of 3", "person"),
        change("late", "not there", "-1", "due date"),
    )
    assert (
        "<strong>Restart-proof chat</strong>: 0 of 2 → 2 of 2, because its tests changed and your notebook changed."
        in html
    )
    assert (
        "<strong>Why it forgot</strong>: to be graded → 2 of 3, because a person read it and set its points."
        in html
    )
    assert "<strong>Points for lateness</strong>: 0 → -1, because the due date changed." in html
    assert "package" not in html
    assert "grader" not in html


def test_what_is_no_news_for_a_learner_is_left_out():
    assert "What changed" not in shown(change("chat", "failed, 0 of 2", "timed out, 0 of 2", "inputs"))
    assert "because it was graded again" in shown(
        change("chat", "failed, 0 of 2", "passed, 2 of 2", "inputs")
    )


def test_a_page_has_the_files_hash_and_the_times():
    html = " ".join(page(row(), HANDOUT, {}).split())
    assert RECEIPT.sha256 in html
    assert "2026-11-30 10:00:05 UTC" in html
    assert "<dt>Due</dt><dd>2026-11-30 23:59:00 UTC</dd>" in html
    assert RECEIPT.file not in html  # a system's own numbers are none of the learner's


def test_the_table_has_a_line_for_each_submission():
    rows = [(replace(row(), receipt=replace(RECEIPT, file="=cmd_1_2_x.ipynb")), "2026-12-01T08:00:00+00:00")]
    found = list(csv.DictReader(io.StringIO("".join(receipt_lines(rows)), newline="")))
    assert found == [
        {
            "student": "ada",
            "module": "01_basic",
            "file": "'=cmd_1_2_x.ipynb",
            "sha256": RECEIPT.sha256,
            "handed_in": "2026-11-30T10:00:05+00:00",
            "due": "2026-11-30T23:59:00+00:00",
            "recorded": "2026-12-01T08:00:00+00:00",
            "verdicts": "chat: failed, 0 of 2; why: to be graded",
            "late": "0",
            "earned": "0",
            "points": "5",
            "mark": "provisional",
        }
    ]


def test_what_a_change_says_is_text_in_the_page():
    assert "<script" not in shown(change("<script>", "failed, 0 of 2", "<script>alert(1)</script>", "tests"))

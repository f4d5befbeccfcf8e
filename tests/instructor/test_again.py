"""Grading a class a second time: only what has changed is graded, people's marks stay, changes are told."""

from __future__ import annotations

import csv
import hashlib
import json
import multiprocessing
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.submissions.inbox import InboxError
from course.authoring import sample_class
from course.paths import Root
from tests.support.grading import Graded, grade
from tests.support.tiny_course import MODULE, copy_course

from .dumps import everything, marks

pytestmark = pytest.mark.slow

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Classroom:
    """A course, three students' submissions, and where they are graded."""

    root: Root
    submitted: Path
    out: Path
    executor: Any

    def grade(self, **wishes: Any) -> Graded:
        return grade(self.root, self.submitted, self.out, **{"executor": self.executor, **wishes})

    def notebook(self, student: str) -> Path:
        return self.submitted / student / MODULE / "exercises.ipynb"

    def edit(self, student: str, grade_id: str, change: Callable[[str], str]) -> None:
        data = json.loads(self.notebook(student).read_text())
        for cell in data["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
                cell["source"] = change("".join(cell["source"]))
        self.notebook(student).write_text(json.dumps(data))

    def said_by_a_person(self, student: str, **fields: Any) -> None:
        """Grade the question, or another cell, as formgrader does."""
        cell, comment = fields.pop("cell", "why_it_forgot"), fields.pop("comment", None)
        with nbgrader_api().Gradebook(f"sqlite:///{self.out / 'gradebook.db'}") as book:
            found = book.find_grade(cell, "exercises", MODULE, student)
            for name, value in {"needs_manual_grade": False, **fields}.items():
                setattr(found, name, value)
            if comment:
                book.find_comment("why_it_forgot", "exercises", MODULE, student).manual_comment = comment
            book.db.commit()

    def feedback(self, student: str) -> str:
        return (self.out / "feedback" / student / MODULE / "exercises.html").read_text()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, notebook, source, here) -> Classroom:
    """Three students, graded."""
    folder = tmp_path_factory.mktemp("again")
    course = copy_course(folder / "course")
    for sample in list(sample_class.samples(notebook, source, []))[:3]:
        sample_class.write(sample, folder / "submitted", MODULE)
    room = Classroom(course, folder / "submitted", folder / "out", here)
    first = room.grade()
    assert (set(first.fresh), first.unchanged, first.changes) == ({"right", "partly_right", "blank"}, 0, [])
    return room


@pytest.fixture
def room(once: Classroom, tmp_path: Path) -> Classroom:
    """A copy of that, to change."""
    for name in ("course", "submitted", "out"):
        shutil.copytree(once.out.parent / name, tmp_path / name)
    return Classroom(Root(tmp_path / "course"), tmp_path / "submitted", tmp_path / "out", once.executor)


def judged(room: Classroom, before: Path) -> set[tuple[str, str]]:
    """Return what was judged since `before` was copied, by student and exercise: its record has other times."""
    return {
        (line["student"], exercise["name"])
        for line, old in zip(records(room.out), records(before), strict=True)
        for exercise, was in zip(line["exercises"], old["exercises"], strict=True)
        if exercise != was
    }


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def test_nothing_new_is_nothing_to_do(room: Classroom, once: Classroom):
    again = room.grade()
    assert (again.fresh, again.unchanged, again.changes, again.gone) == ({}, 3, [], [])
    assert everything(room.out) == everything(once.out)
    assert judged(room, once.out) == set()


def test_again_draws_other_inputs_and_keeps_the_grades(room: Classroom, once: Classroom):
    again = room.grade(again=True)
    assert (len(again.fresh), again.unchanged, again.changes) == (3, 0, [])
    assert len({row.seed for row in again.rows}) == 1
    assert again.rows[0].seed != records(once.out)[0]["seed"]


def test_one_exercises_tests_concern_it_alone(room: Classroom, once: Classroom):
    tests = room.root.public_test(MODULE, "read_thread")
    text = tests.read_text()
    tests.write_text(text.replace('"read_thread", points=2', '"read_thread", points=4'))
    again = room.grade()
    assert {exercise for _, exercise in judged(room, once.out)} == {"read_thread"}
    assert again.changes == [
        "blank read_thread: not written, 0 of 3 → not written, 0 of 5",
        "partly_right read_thread: not written, 0 of 3 → not written, 0 of 5",
        "right read_thread: passed, 3 of 3 → passed, 5 of 5",
    ]
    assert marks(room.out / "gradebook.db")["right"]["score"] == 8
    assert "of 11 points" in " ".join(room.feedback("right").split()).replace("</strong> <span>", " ")


def test_an_answer_concerns_its_student_alone(room: Classroom, once: Classroom):
    room.edit("right", "read_thread_answer", lambda _: "def notes_of(graph, thread_id):\n    return []\n")
    again = room.grade()
    assert set(again.fresh) == {"right"}
    assert again.unchanged == 2
    assert {change.split(": ")[0] for change in again.changes} == {"right read_thread"}
    assert "passed, 3 of 3 → failed" in again.changes[0]


def test_a_text_alone_is_not_judged_and_yet_shown(room: Classroom, once: Classroom):
    room.edit("right", "why_it_forgot", lambda _: "Because *RAM* forgets.")
    again = room.grade()
    assert set(again.fresh) == {"right"}
    assert judged(room, once.out) == set()
    assert "Because <em>RAM</em> forgets." in room.feedback("right")
    assert (
        "Because *RAM* forgets."
        in (room.out / "autograded" / "right" / MODULE / "exercises.ipynb").read_text()
    )


def test_the_secret_of_nbgraders_exchange_is_kept_beside_the_page(room: Classroom, tmp_path: Path):
    (tmp_path / "elsewhere").write_text("of another student")
    (room.submitted / "right" / MODULE / "submission_secret.txt").write_text("of this submission")
    (room.submitted / "right" / MODULE / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    (room.submitted / "partly_right" / MODULE / "submission_secret.txt").symlink_to(tmp_path / "elsewhere")
    for student in ("right", "partly_right"):
        room.edit(student, "why_it_forgot", lambda _: "Because *RAM* forgets.")
    room.grade()
    kept = {path.parent.parent.name: path for path in room.out.glob("feedback/*/*/submission_secret.txt")}
    assert set(kept) == {"right"}  # a link is nobody's secret
    assert kept["right"].read_text() == "of this submission"
    assert kept["right"].with_name("timestamp.txt").read_text().startswith("2026-11-01T10:00:00")


def test_what_a_person_said_stays_and_is_shown(room: Classroom, once: Classroom):
    room.said_by_a_person("right", manual_score=2.0, extra_credit=0.5, comment="Nearly.")
    again = room.grade()
    assert again.changes == ["right why_it_forgot: to be graded → 2.5 of 3"]
    assert (set(again.fresh), again.reprinted) == ({"right"}, 1)
    assert "Nearly." in room.feedback("right")
    assert judged(room, once.out) == set()
    before = marks(room.out / "gradebook.db")
    again = room.grade(again=True)
    assert again.changes == []
    assert marks(room.out / "gradebook.db") == before  # not flagged either: the answer is the same
    room.edit("right", "why_it_forgot", lambda text: f"{text} Or so.")
    assert room.grade().reprinted == 0
    after = marks(room.out / "gradebook.db")["right"]
    assert after["grades"]["why_it_forgot"]["needs_manual_grade"]
    assert after["grades"]["why_it_forgot"]["manual_score"] == 2.0
    assert after["comments"]["why_it_forgot"] == (None, "Nearly.")


def test_a_person_may_overrule_the_tests(room: Classroom):
    room.said_by_a_person("partly_right", cell="read_thread", manual_score=1.0)
    again = room.grade()
    assert again.changes == ["partly_right read_thread: not written, 0 of 3 → not written, 0 of 3; by hand 1"]
    assert next(row for row in again.rows if row.student == "partly_right").earned == 4
    assert (
        ",3,1,," in (room.out / "grades.csv").read_text()
        or "partly_right,3,1" in (room.out / "grades.csv").read_text()
    )
    assert "A person has read this answer" in room.feedback("partly_right")


def test_what_a_person_said_about_somebody_outside_the_inbox_is_read_too(room: Classroom, once: Classroom):
    room.edit("right", "why_it_forgot", lambda text: "the thread <b>had</b> another id")
    room.grade()
    room.said_by_a_person("right", manual_score=2.0, comment="Nearly.")
    late = room.submitted.with_name("late")
    shutil.copytree(room.submitted / "blank", late / "zoe")
    graded = grade(room.root, late, room.out, executor=room.executor)
    assert set(graded.fresh) == {"right", "zoe"}
    assert graded.changes == ["right why_it_forgot: to be graded → 2 of 3"]
    assert "Nearly." in room.feedback("right")
    again = grade(room.root, late, room.out, executor=room.executor)
    assert (again.fresh, again.unchanged, again.changes) == ({}, 1, [])
    assert room.grade().fresh == {}, "the text is the learner's still, and was not taken for another"


def test_one_student_is_graded_and_the_others_stay(room: Classroom, once: Classroom):
    room.edit("right", "read_thread_answer", lambda text: text + "\n")
    room.edit("blank", "read_thread_answer", lambda text: text + "\n")
    some = room.grade(students=["right"])
    assert (set(some.fresh), some.unchanged, some.gone) == ({"right"}, 0, [])
    assert len(some.rows) == 3
    assert set(room.grade(students=["right"], again=True).fresh) == {"right"}
    rest = room.grade()
    assert (set(rest.fresh), rest.unchanged) == ({"blank"}, 2), "the seed is the class's still"


def test_a_student_who_handed_nothing_in_is_said(room: Classroom):
    with pytest.raises(InboxError, match=r"no submission of `rihgt`: did you mean `right`\?"):
        room.grade(students=["rihgt"])


def test_one_exercise_is_judged_again_and_the_others_next_time(room: Classroom):
    """Asks the jobs themselves: two runs of a test of milliseconds may take the same time to the last digit."""
    seen: set[str] = set()

    def watched(setup: Any, at_a_time: int) -> Any:
        executor = room.executor(setup, at_a_time)
        do = executor.do

        def noted(jobs: Any) -> Any:
            for done in do(jobs):
                seen.update(done.judged if done.entry.student == "right" else ())
                yield done

        executor.do = noted
        return executor

    def judged_by(**wishes: Any) -> set[str]:
        seen.clear()
        room.grade(executor=watched, **wishes)
        return set(seen)

    for name in ("compile_with_checkpointer", "read_thread"):
        tests = room.root.public_test(MODULE, name)
        tests.write_text(tests.read_text() + "\nOTHER = 1\n")
    one = frozenset({"read_thread"})
    assert judged_by(exercises=one) == {"read_thread"}
    assert judged_by() == {"compile_with_checkpointer"}
    assert judged_by(exercises=one, again=True) == {"read_thread"}
    assert judged_by() == set()


def test_what_has_gone_is_told_and_stays(room: Classroom):
    shutil.rmtree(room.submitted / "blank")
    again = room.grade()
    assert again.gone == [("blank", MODULE)]
    assert "blank" in (room.out / "grades.csv").read_text()


def test_pages_that_were_deleted_come_back(room: Classroom, once: Classroom):
    shutil.rmtree(room.out / "feedback" / "right")
    shutil.rmtree(room.out / "autograded" / "blank")
    room.grade()
    assert everything(room.out) == everything(once.out)


def test_a_lost_gradebook_is_filled_again(room: Classroom, once: Classroom):
    for path in room.out.glob("gradebook.db*"):
        path.unlink()
    assert len(room.grade().fresh) == 3
    assert everything(room.out) == everything(once.out)
    assert judged(room, once.out) == set()


def test_a_failure_of_ours_is_no_mark_and_takes_none_away(room: Classroom, once: Classroom):
    shutil.copytree(room.submitted / "right", room.submitted / "newcomer")
    room.edit("right", "read_thread_answer", lambda text: f"{text}\n# changed\n")

    def dying(setup: Any, _processes: int) -> Any:
        from autograder.executors.local import LocalExecutor

        others = multiprocessing.active_children()
        executor = LocalExecutor(setup, 2)
        for child in set(multiprocessing.active_children()) - set(others):
            child.kill()
        return executor

    again = room.grade(executor=dying)
    assert (
        again.fresh["right"].exercises == next(r for r in once.grade().rows if r.student == "right").exercises
    )
    assert {exercise.status for exercise in again.fresh["newcomer"].exercises} == {"internal error"}
    assert set(again.fresh["newcomer"].marks().values()) == {None}
    assert again.changes == []
    assert (room.out / "internal-errors.log").read_text().count("the grading process died") == 2
    assert "newcomer" not in marks(room.out / "gradebook.db")
    healed = room.grade()
    assert healed.fresh["right"].auto_earned == healed.fresh["right"].auto_points
    assert healed.unchanged == 2


def hand_in(room: Classroom, student: str, late: timedelta) -> None:
    when = (DUE + late).strftime("%Y-%m-%d %H:%M:%S UTC")
    (room.submitted / student / MODULE / "timestamp.txt").write_text(when)


def test_lateness_costs_what_nbgraders_plugin_says(room: Classroom, tmp_path: Path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    hand_in(room, "right", timedelta(hours=1))
    hand_in(room, "partly_right", timedelta(hours=-1))
    again = room.grade(due={MODULE: DUE}, config=config)
    assert again.changes == ["right late: not there → -6"]
    assert marks(room.out / "gradebook.db")["right"]["late"] == 6
    assert marks(room.out / "gradebook.db")["partly_right"]["late"] is None
    assert "6 points were taken off" in room.feedback("right")
    line = next(
        line for line in (room.out / "grades.csv").read_text().splitlines() if line.startswith("right")
    )
    assert line.split(",")[4:6] == ["6", "0"]
    with nbgrader_api().Gradebook(f"sqlite:///{room.out / 'gradebook.db'}") as book:
        assert book.find_assignment(MODULE).duedate == DUE.replace(tzinfo=None)
        book.grant_extension(MODULE, "right", hours=2)
    again = room.grade(config=config)  # the due date stands in the gradebook
    assert again.changes == ["right late: -6 → not there"]
    assert marks(room.out / "gradebook.db")["right"]["late"] is None
    assert "taken off" not in room.feedback("right")


def why(room: Classroom) -> dict[str, list[str]]:
    """Return why marks changed, as it's on record of each submission; the table of a run says the same."""
    return {change["name"]: change["why"] for record in records(room.out) for change in record["changes"]}


def test_a_regrade_says_why_and_a_page_says_it_to_whom_it_concerns(room: Classroom):
    assert why(room) == {}
    tests = room.root.public_test(MODULE, "read_thread")
    tests.write_text(tests.read_text().replace('"read_thread", points=2', '"read_thread", points=4'))
    room.edit("right", "compile_with_checkpointer_answer", lambda _: "def build(saver):\n    return 1\n")
    room.grade()
    found = records(room.out)
    right = next(record for record in found if record["student"] == "right")
    assert {change["name"]: change["why"] for change in right["changes"]} == {
        "compile_with_checkpointer": ["notebook"],
        "read_thread": ["tests", "notebook"],  # any cell may be used by any answer
    }
    blank = next(record for record in found if record["student"] == "blank")
    assert [change["why"] for change in blank["changes"]] == [["tests"]]
    assert "because its tests changed and your notebook changed" in " ".join(room.feedback("right").split())
    before = room.feedback("right")
    room.said_by_a_person("right", manual_score=2.0)
    room.grade()
    assert why(room)["why_it_forgot"] == ["person"]
    page = " ".join(room.feedback("right").split())
    assert "to be graded → 2 of 3, because a person read it and set its points" in page
    assert "its tests changed" in before
    assert "its tests changed" not in page, "that was the change before"


def test_an_extension_is_told_as_the_reason(room: Classroom, tmp_path: Path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    hand_in(room, "right", timedelta(hours=1))
    room.grade(due={MODULE: DUE}, config=config)
    with nbgrader_api().Gradebook(f"sqlite:///{room.out / 'gradebook.db'}") as book:
        book.grant_extension(MODULE, "right", hours=2)
    room.grade(config=config)
    assert why(room) == {"late": ["extension"]}
    page = " ".join(room.feedback("right").split())
    assert "-6 → 0, because your own deadline changed" in page
    assert "2026-11-20 14:00:00 UTC (for the class 2026-11-20 12:00:00 UTC)" in page


def test_a_receipt_names_the_file_that_was_graded(room: Classroom):
    hand_in(room, "right", timedelta(hours=-1))
    room.grade()
    with (room.out / "receipts.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = {line["student"]: line for line in csv.DictReader(file)}
    assert set(lines) == {"right", "partly_right", "blank"}
    for student, line in lines.items():
        assert line["file"] == f"{student}/{MODULE}/exercises.ipynb"
        assert line["sha256"] == hashlib.sha256(room.notebook(student).read_bytes()).hexdigest()
        assert line["sha256"] in room.feedback(student)
    assert lines["right"]["handed_in"] == "2026-11-20T11:00:00+00:00"
    assert "read_thread: passed, 3 of 3" in lines["right"]["verdicts"]
    first = {name: room.feedback(name) for name in lines}
    room.edit("blank", "why_it_forgot", lambda _: "It forgot.")
    room.grade()
    assert [name for name in lines if room.feedback(name) != first[name]] == ["blank"]


def test_a_plugin_of_ones_own(room: Classroom, tmp_path: Path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text(
        "from nbgrader.plugins import BasePlugin\n\n\n"
        "class PerHour(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return 2 * total_seconds_late // 3600\n\n\n"
        "c = get_config()\nc.AssignLatePenalties.plugin_class = PerHour\n"
    )
    hand_in(room, "right", timedelta(hours=2))
    hand_in(room, "partly_right", timedelta(hours=24))
    room.grade(due={MODULE: DUE}, config=config)
    late = {student: found["late"] for student, found in marks(room.out / "gradebook.db").items()}
    assert late == {"right": 4, "partly_right": 3, "blank": None}  # no more than was earned


def test_a_plugin_that_fails_is_told(room: Classroom, tmp_path: Path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\nc.AssignLatePenalties.plugin_class = 'nowhere.Nothing'\n")
    hand_in(room, "right", timedelta(hours=2))
    again = room.grade(due={MODULE: DUE}, config=config)
    assert "lateness was not counted (ModuleNotFoundError" in again.fresh["right"].error

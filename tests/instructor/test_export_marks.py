"""`course export`: tables that Canvas, Moodle and Blackboard import, from a class that was graded."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.reports.output_folder import OutputFolder
from autograder.results.roster import Person, Roster
from autograder.results.store import Store
from course.cli.app import build_app
from tests.instructor.test_export_feedback import graded as class_of
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

pytestmark = pytest.mark.slow
CLASS = Roster(
    people=(
        Person(id="1001", name="Ada Love", email="ada@example.org", section="A"),
        Person(id="1002", name="=Bob, Kay", email="bob@example.org", section="B"),
    )
)


@pytest.fixture(scope="module")
def graded(root, notebook, source, here, tmp_path_factory) -> Path:
    """Ada with everything right and a question unread, a blank of a stranger's, and Bob, who handed in nothing."""
    from course.authoring import sample_class

    folder = tmp_path_factory.mktemp("export")
    right = sample_class.fill(
        notebook, {**sample_class.right_answers(source), "why_it_forgot": "Since RAM forgets."}
    )
    for student, done in (("loveada_1001", right), ("zoe", notebook)):
        sample = sample_class.Sample(student=student, says="", data=json.dumps(done).encode())
        sample_class.write(sample, folder / "in", MODULE)
    grade(root, folder / "in", folder / "out", executor=here, roster=CLASS)
    return folder / "out"


def export(graded: Path, words: str) -> tuple[str, list[list[str]]]:
    done = CliRunner().invoke(build_app(), ["export", str(graded), *shlex.split(words)])
    assert done.exit_code == 0, done.output
    path = next(word for word in done.output.split() if word.endswith(".csv"))
    return done.output, list(csv.reader(Path(path).open(encoding="utf-8-sig", newline="")))


def test_canvas_gets_its_five_columns_and_the_points_possible(graded: Path):
    said, rows = export(graded, f"--to canvas --column {MODULE}='Homework (4711)'")
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework (4711)"],
        ["    Points Possible", "", "", "", "", "9"],
        ["Ada Love", "1001", "", "ada@example.org", "A", ""],
        ["zoe", "zoe", "", "", "", "0"],
        ["'=Bob, Kay", "1002", "", "bob@example.org", "B", ""],
    ]
    assert "left out, since they wait for a person: 1 mark " in said
    assert "not on the roster, so canvas may not know them: zoe" in said


def test_moodle_gets_ids_and_addresses_and_provisional_marks_if_asked(graded: Path):
    said, rows = export(graded, "--to moodle --provisional")
    assert rows[:2] == [
        ["ID number", "Email address", "Full name", MODULE],
        ["1001", "ada@example.org", "Ada Love", "6"],
    ]
    assert "left out" not in said


def test_blackboard_has_every_cell_quoted(graded: Path):
    export(graded, "--to blackboard")
    lines = (graded / "marks-blackboard.csv").read_text("utf-8").splitlines()
    assert lines[:2] == [f'"Username","{MODULE}"', '"1001",""'], "and no mark of UTF-8 before the first quote"


CANVAS = "loveada_1001_90777_exercises.ipynb"
BLACKBOARD = "M_bk_attempt_2026-11-01-10-00-00_exercises.ipynb"


def test_who_handed_in_elsewhere_is_left_out_of_a_systems_table_and_told(tmp_path: Path):
    graded = class_of(tmp_path, {CANVAS: "loveada_1001", BLACKBOARD: "bk", "zoe": "zoe"})
    said, rows = export(graded, "--to canvas")
    assert [row[0] for row in rows[2:]] == ["loveada_1001", "zoe"]
    assert "left out, since their files were downloaded from another system: 1 student" in said
    assert len(export(graded, "--to csv")[1]) == 4


def test_one_of_two_with_a_name_is_one_row_over_several_assignments(tmp_path: Path):
    names = ("Ada Love_20017_assignsubmission_file", "Ada Love_30017_assignsubmission_file")
    for module, name in zip(("01_basic", "02_robust"), names, strict=True):
        class_of(tmp_path, {name: f"Ada Love ({name[9:14]})"}, module=module)
    people = (
        Person(id="1001", name="Ada Love", email="ada@example.org", number="20017 30017"),
        Person(id="1002", name="Ada Love", email="love@example.org", number="20018 30018"),
    )
    with Store(OutputFolder(tmp_path).store) as store:
        store.roster(Roster(people=people))
    _, rows = export(tmp_path, "--to moodle")
    assert rows[1:] == [
        ["1001", "ada@example.org", "Ada Love", "1", "1"],
        ["1002", "love@example.org", "Ada Love", "", ""],
    ]


def test_marks_may_go_to_a_system_that_no_file_came_from(tmp_path: Path):
    graded = class_of(tmp_path, {CANVAS: "loveada_1001", BLACKBOARD: "bk"})
    said, rows = export(graded, "--to moodle")
    assert len(rows) == 3 and "left out" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--column 01=x", "nothing of a module `01` was graded"),
        ("--column 01_basic", "write MODULE=NAME"),
        ("--to sakai", "sakai"),
    ],
)
def test_what_cannot_be_exported_is_said(graded: Path, words: str, says: str):
    done = CliRunner().invoke(build_app(), ["export", str(graded), *shlex.split(words)])
    assert done.exit_code == 2
    assert says in done.output


def test_a_folder_without_grades_is_said_and_stays_empty(tmp_path: Path):
    done = CliRunner().invoke(build_app(), ["export", str(tmp_path)])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "is no graded class" in done.output

"""Class lists of several systems: who they name, whose submissions those are, and what is wrong with a file."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.reports.export import csv_lines
from autograder.results.class_list import RosterError, read_roster
from autograder.results.graded import GradedSubmission
from autograder.results.roster import Person, Roster, from_text
from autograder.results.store import Store
from course.instructor.chosen_students import chosen, kept_roster
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework (1)
    Points Possible,,,,,10
"Love, Ada",1001,u1,ada@example.org,A,
"Kay, Bob",1002,u2,bob@example.org,B,
"""
MOODLE = """\
"First name",Surname,"ID number","Email address",Groups
Ada,Love,1001,ada@example.org,A
Bob,Kay,1002,bob@example.org,B
"""
PARTICIPANTS = "First name,Surname,Email address,Groups\nAda,Love,ada@example.org,A\n"
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"
"Participant 20017","Ada Love",ada@example.org,"Submitted for grading",,10
"Participant 20018","Ada Love",love@example.org,"Submitted for grading",,10
"""
HIDDEN = """\
Identifier,Status,Grade,"Maximum Grade"
"Participant 20017","Submitted for grading",,10
"Participant 20018","No submission",,10
"""
BLACKBOARD = "Last Name\tFirst Name\tUsername\tEmail\nLove\tAda\tal1001\tada@example.org\n"
NBGRADER = "id,first_name,last_name,email\nada,Ada,Love,ada@example.org\n"
OWN = "student;name;section\nada;Ada Løve;A\nbob;;B\n"


def roster(folder: Path, text: str | bytes):
    path = folder / "class.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (CANVAS, Person(id="1001", name="Ada Love", email="ada@example.org", section="A")),
        (MOODLE, Person(id="1001", name="Ada Love", email="ada@example.org", section="A")),
        (PARTICIPANTS, Person(id="ada@example.org", name="Ada Love", email="ada@example.org", section="A")),
        (
            WORKSHEET,
            Person(id="ada@example.org", name="Ada Love", email="ada@example.org", number="20017"),
        ),
        (BLACKBOARD, Person(id="al1001", name="Ada Love", email="ada@example.org")),
        (NBGRADER, Person(id="ada", name="Ada Love", email="ada@example.org")),
        (OWN, Person(id="ada", name="Ada Løve", section="A")),
        ("\ufeff" + OWN.replace("\n", "\r\n"), Person(id="ada", name="Ada Løve", section="A")),
        (BLACKBOARD.encode("utf-16"), Person(id="al1001", name="Ada Love", email="ada@example.org")),
        ("sep=;\r\n" + OWN, Person(id="ada", name="Ada Løve", section="A")),
        (HIDDEN, Person(id="Participant 20017", number="20017")),
        (OWN + "bob;;B\n", Person(id="ada", name="Ada Løve", section="A")),
    ],
    ids=[
        "Canvas",
        "Moodle",
        "Moodle's participants",
        "Moodle's worksheet",
        "Blackboard",
        "nbgrader",
        "own",
        "Windows",
        "UTF-16",
        "spreadsheet",
        "Moodle hides names",
        "a line twice",
    ],
)
def test_a_class_list_is_read(tmp_path: Path, text: str | bytes, first: Person):
    found = roster(tmp_path, text)
    assert found.people[0] == first
    assert from_text(found.to_text()) == found


@pytest.mark.parametrize("student", ["1001", "loveada_1001", "Ada Love", "ada love", "ada@example.org"])
def test_submissions_are_known_by_id_name_and_address(tmp_path: Path, student: str):
    found = roster(tmp_path, CANVAS)
    assert found.person(student) == found.people[0]
    assert [person.id for person in found.missing([student])] == ["1002"]


def test_two_of_one_name_are_nobodys_submission(tmp_path: Path):
    found = roster(tmp_path, "id,name\n1,Ada Love\n2,Ada Love\n")
    assert found.person("Ada Love") is None
    assert found.person("loveada_2") == found.people[1]


def test_nobody_is_said_to_have_handed_in_nothing_who_may_have(tmp_path: Path):
    found = roster(tmp_path, "id,name\n1,Ada Love\n2,Ada Love\n3,Bob Kay\n")
    students = ["Ada Love (20017)"]
    assert [person.id for person in found.missing(students)] == ["3"]
    assert [person.id for person in found.unclear(students)] == ["1", "2"]
    lines = list(csv.DictReader(csv_lines([], [], found)))
    assert [line["notes"] for line in lines] == ["handed in nothing"] * 3


def test_moodles_worksheet_tells_two_of_one_name_apart(tmp_path: Path):
    found = roster(tmp_path, WORKSHEET)
    assert found.person("Ada Love (20018)") == found.people[1]
    assert [person.number for person in found.missing(["Ada Love (20018)"])] == ["20017"]
    assert list(found.unclear(["Ada Love (20018)"])) == []


def test_the_student_whom_canvas_makes_up_is_nobody(tmp_path: Path):
    found = roster(tmp_path, CANVAS + '"Student, Test",1009,,6f3a,A,\n')
    assert [person.id for person in found.people] == ["1001", "1002"]


def test_the_next_assignments_worksheet_leaves_the_numbers_of_the_last_one_known(tmp_path: Path):
    first, second = roster(tmp_path, WORKSHEET), roster(tmp_path, WORKSHEET.replace("2001", "3001"))
    with Store(tmp_path / "results.db") as store:
        store.roster(first)
        store.roster(second)
        both = store.roster(second)
    for number, address in (("17", "ada"), ("18", "love")):
        for assignment in ("200", "300"):
            person = both.person(f"Ada Love ({assignment}{number})")
            assert person and person.email == f"{address}@example.org"
    assert both.people[0].number == "30017 20017", "however often it was read"
    assert both.person("Participant 30018") == both.person("Participant 20018") == both.people[1]


@pytest.mark.parametrize("word", ["1001", "Ada Love", "ada@example.org", "loveada_1001"])
def test_a_student_is_chosen_by_what_the_roster_says(tmp_path: Path, word: str):
    handed_in = {"loveada_1001", "kaybob_1002"}
    assert chosen([word], handed_in, roster(tmp_path, CANVAS)) == {"loveada_1001"}


def test_who_is_on_no_roster_is_chosen_by_the_files_name(tmp_path: Path):
    assert chosen(["Ada Love", "bob"], {"loveada_1001", "bob"}, Roster()) == {"Ada Love", "bob"}
    assert kept_roster(tmp_path).people == ()


@pytest.mark.parametrize("word", ["Participant 20017", "Participant (20017)", "Deelnemer (20017)"])
def test_moodles_number_says_who_it_is_where_names_are_hidden(tmp_path: Path, word: str):
    for text in (HIDDEN, WORKSHEET):
        found = roster(tmp_path, text)
        assert found.person(word) == found.people[0]
        assert [person.number for person in found.missing([word])] == ["20018"]


@pytest.mark.parametrize("student", ["anon_x9F2k", "Participant 3"])
def test_where_names_are_hidden_nobody_is_said_to_have_handed_in_nothing(tmp_path: Path, student: str):
    found = roster(tmp_path, CANVAS)
    assert list(found.missing([student])) == []
    assert list(found.unclear([student])) == list(found.people)
    assert list(found.strangers([student])) == [student]


def test_a_group_before_the_name_is_the_persons_own(tmp_path: Path):
    found = roster(tmp_path, 'id,name,groups\n1,Ada Love,"Group A, Lab-2"\n2,Jo Smith-Jones,B\n')
    assert found.person("Group A-Ada Love") == found.person("lab-2-Ada Love") == found.people[0]
    assert found.person("B-Jo Smith-Jones") == found.people[1]
    assert found.person("Group B-Ada Love") is None
    assert found.person("Mary-Ada Love") is None


def test_blackboards_names_do_not_say_where_an_id_begins(tmp_path: Path):
    found = roster(tmp_path, "id\nmax_müller\neva_müller\nzoe_null\n")
    assert found.person("null") == found.person("zoe_null") == found.people[2]
    assert found.person("müller") is None
    assert found.person("max_müller") == found.people[0]


def test_one_person_under_two_names_is_said(tmp_path: Path):
    def row(student: str, module: str) -> GradedSubmission:
        return GradedSubmission(student=student, module=module, exercises=(), seed=1)

    rows = [row("1001", "01_basic"), row("Ada Love", "02_robust"), row("Bob Kay", "01_basic")]
    lines = list(csv.DictReader(csv_lines(rows, [], roster(tmp_path, CANVAS))))
    assert [line["notes"] for line in lines] == ["", "by the roster, the same person as `1001`", ""]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x,y\n1,2\n", "has no column of ids"),
        ("", "has no column of ids"),
        ("id,name\n", "has no column of ids"),
        ("id,name\n ,Ada\n", "lists nobody"),
        ("id,name\nada,Ada\nada,Bob\n", "has `ada` twice"),
        ('id,name\nada,"A' + "a" * 200_000 + "\n", "is no table"),
        (b"id\n\xff\xfe\n", "isn't text in UTF-8"),
    ],
)
def test_what_is_no_class_list_is_said(tmp_path: Path, text: str | bytes, says: str):
    with pytest.raises(RosterError, match=says):
        roster(tmp_path, text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(RosterError, match="can't be read: No such file"):
        read_roster(tmp_path / "class.csv")


@pytest.mark.slow
def test_whoever_handed_nothing_in_is_a_row_also_the_next_time(root, notebook, tmp_path: Path, here):
    path = tmp_path / "in" / "loveada_1001" / MODULE / "exercises.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(root.notebook(MODULE, "exercises").read_bytes())
    out = tmp_path / "out"
    for known in (roster(tmp_path, CANVAS), None):
        grade(root, tmp_path / "in", out, executor=here, roster=known)
        rows = list(csv.DictReader((out / "grades.csv").open(encoding="utf-8-sig")))
        assert [(row["student"], row["name"], row["email"], row["section"]) for row in rows] == [
            ("loveada_1001", "Ada Love", "ada@example.org", "A"),
            ("1002", "Bob Kay", "bob@example.org", "B"),
        ]
        assert (rows[1]["total"], rows[1]["notes"]) == ("0", "handed in nothing")


@pytest.mark.slow
def test_students_that_nbgrader_knows_are_on_the_roster_and_its_export_spares_ours(
    root, tmp_path: Path, here
):
    path = tmp_path / "in" / "ada" / MODULE / "exercises.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(root.notebook(MODULE, "exercises").read_bytes())
    out = tmp_path / "out"
    grade(root, tmp_path / "in", out, executor=here)
    nbgrader(
        out, "db", "student", "add", "zoe", "--first-name=Zoe", "--last-name=Zett", "--email=z@example.org"
    )
    grade(root, tmp_path / "in", out, executor=here)
    ours = (out / "grades.csv").read_text("utf-8-sig")
    assert "zoe,Zoe Zett,z@example.org" in ours
    nbgrader(out, "export")
    assert (out / "grades.csv").read_text("utf-8-sig") == ours
    assert "zoe" in (out / "nbgrader-grades.csv").read_text()


def nbgrader(folder: Path, *words: str) -> None:
    """Run nbgrader's own command in a graded class's folder."""
    bin_folder = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    subprocess.run([bin_folder / "nbgrader", *words], cwd=folder, env=env, check=True, capture_output=True)

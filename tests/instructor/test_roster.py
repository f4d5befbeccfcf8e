"""Class lists of several systems: who they name, whose submissions those are, and what is wrong with a file."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.reports.export import csv_lines
from autograder.results.roster import Person, RosterError, from_text, read_roster
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
    ],
)
def test_a_class_list_is_read(tmp_path: Path, text: str, first: Person):
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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x,y\n1,2\n", "has no column of ids"),
        ("", "has no column of ids"),
        ("id,name\n", "has no column of ids"),
        ("id,name\n ,Ada\n", "lists nobody"),
        ("id\nada\nada\n", "has `ada` twice"),
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

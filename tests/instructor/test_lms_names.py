"""Downloads of Canvas, Moodle and Blackboard, as folders and as zips: whose work it is, and which attempt counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.submissions.inbox import open_inbox
from autograder.submissions.lms_names import LmsName, names_pattern, read_name
from tests.instructor.test_handed_in import DONE, EMPTY, MODULES, lay, notebook, read, zip_of

OTHER = notebook("x = 1", module="02_state")


def forms(tmp_path: Path, files: dict[str, str | bytes]) -> list[Path]:
    """Return the download as a folder, as a zip, and as a zip with a folder around it."""
    plain, wrapped = tmp_path / "plain.zip", tmp_path / "submissions.zip"
    plain.write_bytes(zip_of(files))
    wrapped.write_bytes(zip_of({f"submissions/{name}": content for name, content in files.items()}))
    return [lay(tmp_path / "folder", files), plain, wrapped]


def test_canvas(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "loveada_1001_90001_exercises.ipynb": DONE,
        "loveada_1001_90011_exercises-1.ipynb": OTHER,
        "hoppergrace_LATE_1002_90002_exercises.ipynb": DONE,
        "smithjo_1003_90003_exercises.ipynb": EMPTY,
        "smithjo_1004_90004_exercises.ipynb": DONE,
        "turingalan_1005_90005_homework.zip": zip_of({"01_basic/exercises.ipynb": DONE}),
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert set(found) == {
            ("loveada_1001", "01_basic"),
            ("loveada_1001", "02_state"),
            ("hoppergrace_1002", "01_basic"),
            ("smithjo_1003", "01_basic"),
            ("smithjo_1004", "01_basic"),
            ("turingalan_1005", "01_basic"),
        }
        assert found["smithjo_1003", "01_basic"][1] == EMPTY
        assert found["smithjo_1004", "01_basic"][1] == found["turingalan_1005", "01_basic"][1] == DONE
        assert found["hoppergrace_1002", "01_basic"][0].note == "Canvas says that it was late"
        assert not any(entry.problem for entry, _ in found.values())


def test_what_the_system_called_it_is_kept_for_the_way_back(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "loveada_1001_90001_exercises.ipynb": DONE,
        "loveada_1001_90011_exercises-1.ipynb": DONE,
        "turingalan_1005_90005_homework.zip": zip_of({"01_basic/exercises.ipynb": DONE}),
        "Ada Love_12_assignsubmission_file/sub/exercises.ipynb": DONE,
        "Bob Kay_13_assignsubmission_file/exercises.ipynb": "no notebook",
        "zoe/01_basic/exercises.ipynb": DONE,
    }
    for path in forms(tmp_path, files):
        assert {entry.file for entry, _ in read(path).values()} == {
            "loveada_1001_90011_exercises-1.ipynb",
            "turingalan_1005_90005_homework.zip/exercises.ipynb",
            "Ada Love_12_assignsubmission_file/sub/exercises.ipynb",
            "Bob Kay_13_assignsubmission_file/exercises.ipynb",
            "zoe/01_basic/exercises.ipynb",
        }


def test_of_two_uploads_to_canvas_the_later_one_counts_even_if_it_is_blank(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "loveada_1001_99999_exercises.ipynb": DONE,
        "loveada_1001_100001_exercises-1.ipynb": EMPTY,
    }
    for path in forms(tmp_path, files):
        ((entry, text),) = read(path).values()
        assert text == EMPTY
        assert (
            "newest attempt is graded; earlier ones were `loveada_1001_99999_exercises.ipynb`" in entry.note
        )


def test_moodle(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "Ada Love_123_assignsubmission_file_/exercises.ipynb": DONE,
        "Grace Hopper_124_assignsubmission_file_/exercises (1).ipynb": DONE,
        "Grace Hopper_124_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        "Alan Turing_125_assignsubmission_file_/homework.zip": zip_of({"01_basic/exercises.ipynb": DONE}),
        "Zoë Null_126_assignsubmission_file_exercises.ipynb": DONE,
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert {student for student, _ in found} == {"Ada Love", "Grace Hopper", "Alan Turing", "Zoë Null"}
        assert {text for _, text in found.values()} == {DONE}
        assert not any(entry.problem or entry.note for entry, _ in found.values())


def test_two_students_of_one_name_in_moodle_stay_two(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "Jo Smith_123_assignsubmission_file_/exercises.ipynb": DONE,
        "Jo Smith_124_assignsubmission_file_/exercises.ipynb": EMPTY,
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert found["Jo Smith (123)", "01_basic"][1] == DONE
        assert found["Jo Smith (124)", "01_basic"][1] == EMPTY
        assert "2 students have this name" in found["Jo Smith (123)", "01_basic"][0].note


def test_blackboard(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "Module 1_al1001_attempt_2026-11-01-10-00-00_exercises.ipynb": DONE,
        "Module 1_al1001_attempt_2026-11-01-10-00-00.txt": "Name: Ada",
        "Module 1_gh1002_attempt_2026-11-09-10-00-00_exercises.ipynb": EMPTY,
        "Module 1_gh1002_attempt_2026-11-10-10-00-00_exercises.ipynb": DONE,
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert set(found) == {("al1001", "01_basic"), ("gh1002", "01_basic")}
        entry, text = found["gh1002", "01_basic"]
        assert text == DONE
        assert entry.submitted
        assert entry.submitted.isoformat() == "2026-11-10T10:00:00+00:00"
        with open_inbox(path, MODULES) as inbox:
            assert inbox.strays == ()


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "ada_1001",
        "ada_lovelace_2",
        "01_basic",
        "Ada Love",
        "ada_attempt_2",
        "a_1_b_2.ipynb",
        "_1_2_x.ipynb",
    ],
)
def test_an_ordinary_name_is_the_students(name: str):
    assert read_name(name) is None


def test_a_pattern_of_ones_own(tmp_path: Path):
    pattern = names_pattern(r"hw1-(?P<student>\w+)-try(?P<attempt>\d+)-(?P<timestamp>[\d:T-]+)")
    files: dict[str, str | bytes] = {
        "hw1-ada-try9-2026-11-01T10:00.ipynb": EMPTY,
        "hw1-ada-try10-2026-11-02T10:00.ipynb": DONE,
        "hw1-bob-try1-soon.ipynb": DONE,
    }
    with open_inbox(lay(tmp_path / "class", files), MODULES, names=pattern) as inbox:
        ada, bob = inbox.entries
    assert (ada.student, ada.path.name) == ("ada", "hw1-ada-try10-2026-11-02T10:00.ipynb")
    assert ada.submitted
    assert ada.submitted.isoformat() == "2026-11-02T10:00:00+00:00"
    assert bob.student == "hw1-bob-try1-soon", "what doesn't fit is taken as it is"


def test_nbgraders_own_pattern_for_zip_collect():
    pattern = re.compile(r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)")
    found = read_name("ps1_bitdiddle_attempt_2016-01-30-15-00-00_problem1.ipynb", pattern)
    assert isinstance(found, LmsName)
    assert found.student == "bitdiddle"
    assert found.submitted
    assert found.submitted.isoformat() == "2016-01-30T15:00:00+00:00"


@pytest.mark.parametrize(("text", "why"), [("(", "no regular expression"), (r"(\w+)", "needs a group")])
def test_a_pattern_that_is_none_is_said(text: str, why: str):
    with pytest.raises(ValueError, match=why):
        names_pattern(text)


def test_a_time_in_a_name_that_is_none_is_a_note():
    found = read_name("M_ada_attempt_2026-13-45-10-00-00_x.ipynb")
    assert found
    assert found.submitted is None
    assert "nobody knows whether it was late" in found.note


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("anon_x9F2k_90001_exercises.ipynb", "anon_x9F2k"),
        ("LATE_anon_x9F2k_90001_exercises-1.ipynb", "anon_x9F2k"),
        ("anon_12345_90001_exercises.ipynb", "anon_12345"),
        ("red_team_1001_90001_exercises.ipynb", "red_team_1001"),
        ("Participant_20017_assignsubmission_file_", "Participant 20017"),
        ("Group A-Participant_20017_assignsubmission_file_", "Group A-Participant 20017"),
        ("Group A-Ada Love_20017_assignsubmission_file_", "Group A-Ada Love"),
        ("Red Team_77_assignsubmission_file", "Red Team"),
        ("Default group_assignsubmission_file", "Default group"),
        ("Übung 1_müller_attempt_2026-11-01-10-00-00_exercises.ipynb", "müller"),
        ("Übung_1_12345_attempt_2026-11-01-10-00-00_exercises.ipynb", "12345"),
        ("Übung_1_12345_attempt_2026-11-01-10-00-00_my work_2_3_x.ipynb", "12345"),
        ("Module 1_a.b@x.org_attempt_2026-11-01-10-00-00.txt", "a.b@x.org"),
    ],
)
def test_other_forms_that_they_have(name: str, student: str):
    found = read_name(name)
    assert found
    assert found.student == student


def test_where_a_system_hides_names_each_student_stays_one(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "anon_x9F2k_90001_exercises.ipynb": EMPTY,
        "LATE_anon_x9F2k_90011_exercises-1.ipynb": DONE,
        "anon_x9F2K_90002_exercises.ipynb": EMPTY,
        "Participant_20017_assignsubmission_file_/exercises.ipynb": DONE,
        "Participant_20018_assignsubmission_file_/exercises.ipynb": EMPTY,
    }
    for path in forms(tmp_path, files):
        found = {student: (entry, text) for (student, _), (entry, text) in read(path).items()}
        texts = {student: text for student, (_, text) in found.items()}
        assert texts == {
            "anon_x9F2k": DONE,
            "anon_x9F2K": EMPTY,
            "Participant 20017": DONE,
            "Participant 20018": EMPTY,
        }
        assert "was late" in found["anon_x9F2k"][0].note
        assert found["Participant 20017"][0].note == ""


def test_two_ids_with_one_end_in_blackboard_stay_two(tmp_path: Path):
    when = "attempt_2026-11-01-10-00-00"
    files: dict[str, str | bytes] = {
        f"Module 1_max_müller_{when}_exercises.ipynb": DONE,
        f"Module 1_eva_müller_{when}_exercises.ipynb": EMPTY,
        f"Module 1_eva_müller_{when}.txt": "Name: Eva",
        f"Module 1_zoe_{when}_exercises.ipynb": DONE,
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert {student: text for (student, _), (_, text) in found.items()} == {
            "max_müller": DONE,
            "eva_müller": EMPTY,
            "zoe": DONE,
        }
        assert "2 students have this name" in found["max_müller", "01_basic"][0].note


def test_whoever_handed_in_no_notebook_is_a_row_that_says_what_there_is(tmp_path: Path):
    when = "attempt_2026-11-01-10-00-00"
    files: dict[str, str | bytes] = {
        "loveada_1001_90001_notes.pdf": "x",
        "loveada_1001_90002_exercises.ipynb": DONE,
        "kaybob_LATE_1002_90003_notes.pdf": "x",
        "kaybob_LATE_1002_90004_more.docx": "x",
        "nullzoe_1003_text.html": "x",
        "turingalan_1004_90005_homework.zip": zip_of({"notes.txt": "x"}),
        "Eve Li_20_assignsubmission_onlinetext_/onlinetext.html": "x",
        "Finn Ng_21_assignsubmission_file_/notes.pdf": "x",
        "Gus Po_22_assignsubmission_onlinetext_/onlinetext.html": "x",
        "Gus Po_22_assignsubmission_file_/exercises.ipynb": DONE,
        f"Module 1_hana_{when}.txt": "x",
        "README.txt": "x",
    }
    for path in forms(tmp_path, files):
        with open_inbox(path, MODULES, module="01_basic") as inbox:
            problems = {entry.student: entry.problem for entry in inbox.entries}
            assert len(inbox.entries) == 8
            (stray,) = inbox.strays
        assert problems["loveada_1001"] == problems["Gus Po"] == ""
        assert problems["kaybob_1002"] == (
            "no notebook was handed in; there is:"
            " `kaybob_LATE_1002_90003_notes.pdf`, `kaybob_LATE_1002_90004_more.docx`"
        )
        for student in ("nullzoe_1003", "turingalan_1004", "Eve Li", "hana"):
            assert problems[student].startswith("no notebook was handed in; there is: ")
        assert "holds no exercises.ipynb" in problems["Finn Ng"]
        assert "`README.txt` is no notebook" in stray


@pytest.mark.parametrize("ending", ["json", "txt", "ipynb.json", "ipynb.txt", "IPYNB"])
def test_a_notebook_with_another_ending_is_one(tmp_path: Path, ending: str):
    files: dict[str, str | bytes] = {
        f"loveada_1001_90001_exercises.{ending}": DONE,
        f"Ada Love_12_assignsubmission_file_/exercises.{ending}": DONE,
        f"Module 1_al1001_attempt_2026-11-01-10-00-00_exercises.{ending}": DONE,
        "Module 1_al1001_attempt_2026-11-01-10-00-00.txt": "Name: Ada",
    }
    for path in forms(tmp_path, files):
        found = read(path)
        assert {student for student, _ in found} == {"loveada_1001", "Ada Love", "al1001"}
        assert all(text == DONE and not entry.problem for entry, text in found.values())


def test_an_autosave_that_was_handed_in_too_is_no_later_attempt(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "loveada_1001_90001_exercises.ipynb": EMPTY,
        "loveada_1001_90011_exercises-1.ipynb": DONE,
        "loveada_1001_90012_exercises-checkpoint.ipynb": EMPTY,
        "kaybob_1002_90002_exercises-checkpoint.ipynb": DONE,
    }
    blank = tmp_path / "blank.ipynb"
    blank.write_text(EMPTY)
    for path in forms(tmp_path, files):
        found = read(path, {"01_basic": blank})
        entry, text = found["loveada_1001", "01_basic"]
        assert text == DONE
        assert "earlier ones were `loveada_1001_90001_exercises.ipynb`" in entry.note
        assert "exercises-checkpoint.ipynb` (0 answers written)" in entry.note
        assert found["kaybob_1002", "01_basic"][1] == DONE


def test_what_a_mac_adds_is_nobodys(tmp_path: Path):
    files: dict[str, str | bytes] = {
        "loveada_1001_90001_exercises.ipynb": DONE,
        "._loveada_1001_90001_exercises.ipynb": b"\0\5\x16\7",
        ".DS_Store": b"\0",
        "Ada Love_12_assignsubmission_file_/exercises.ipynb": DONE,
        "Ada Love_12_assignsubmission_file_/._exercises.ipynb": b"\0\5\x16\7",
        "Ada Love_12_assignsubmission_file_/__MACOSX/._exercises.ipynb": b"\0\5\x16\7",
        "Ada Love_12_assignsubmission_file_/.ipynb_checkpoints/exercises-checkpoint.ipynb": EMPTY,
    }
    mac: dict[str, str | bytes] = {f"class/{name}": content for name, content in files.items()}
    mac |= {f"__MACOSX/class/._{name.rpartition('/')[2]}": b"\0" for name in files}
    packed = tmp_path / "class.zip"
    packed.write_bytes(zip_of(mac))
    for path in (*forms(tmp_path, files), packed):
        found = read(path)
        assert set(found) == {("loveada_1001", "01_basic"), ("Ada Love", "01_basic")}
        assert all(text == DONE and not entry.note for entry, text in found.values())

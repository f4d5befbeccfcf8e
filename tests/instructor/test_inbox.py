"""The inbox: every layout is read, and whatever is odd is one student's problem."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from autograder.submissions import student_folder, zip_archive
from autograder.submissions.entry import in_layout, student_id
from autograder.submissions.inbox import InboxError, open_inbox

MODULES = ["01_basic", "02_state"]
NOTEBOOK = '{"cells": [], "metadata": {"course": {"module": "01_basic"}}, "nbformat": 4, "nbformat_minor": 5}'


def put(path: Path, text: str = NOTEBOOK) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def entries(path: Path, module: str | None = None):
    with open_inbox(path, MODULES, module=module) as found:
        return {(entry.student, entry.module): entry for entry in found.entries}


def problem(path: Path, student: str, module: str = "01_basic") -> str:
    return entries(path)[student, module].problem


def test_nbgraders_layout(tmp_path: Path):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "ada" / "02_state" / "exercises.ipynb")
    put(tmp_path / "bob" / "01_basic" / "exercises.ipynb")
    assert set(entries(tmp_path)) == {("ada", "01_basic"), ("ada", "02_state"), ("bob", "01_basic")}
    assert not any(entry.problem for entry in entries(tmp_path).values())


def test_one_module_of_nbgraders_layout(tmp_path: Path):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "ada" / "02_state" / "exercises.ipynb")
    assert set(entries(tmp_path, "02_state")) == {("ada", "02_state")}


def test_flat_folder_reads_the_module_from_the_notebook(tmp_path: Path):
    put(tmp_path / "ada.ipynb")
    assert entries(tmp_path)["ada", "01_basic"].problem == ""


def test_flat_notebook_that_names_no_module(tmp_path: Path):
    put(tmp_path / "ada.ipynb", '{"cells": []}')
    assert "--module" in entries(tmp_path)["ada", ""].problem
    assert entries(tmp_path, "01_basic")["ada", "01_basic"].problem == ""


def test_flat_notebook_of_another_module(tmp_path: Path):
    put(tmp_path / "ada.ipynb")
    assert "of 01_basic" in entries(tmp_path, "02_state")["ada", "02_state"].problem


def test_notebook_in_a_students_folder_without_the_modules(tmp_path: Path):
    put(tmp_path / "ada" / "my homework.ipynb")
    assert entries(tmp_path)["ada", "01_basic"].problem == ""


def test_student_who_handed_in_something_else(tmp_path: Path):
    put(tmp_path / "ada" / "01_basic" / "solution.docx")
    put(tmp_path / "bob" / "notes.txt")
    put(tmp_path / "cleo.ipynb")
    assert "solution.docx" in problem(tmp_path, "ada")
    assert "holds no exercises.ipynb" in entries(tmp_path)["bob", ""].problem


def test_two_files_for_one_place_are_both_told(tmp_path: Path):
    put(tmp_path / "ada.ipynb")
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    found = entries(tmp_path)["ada", "01_basic"]
    assert found.problem == ""
    assert found.path.name == "exercises.ipynb"
    assert "2 files were handed in" in found.note
    assert "ada.ipynb" in found.note


def test_links_are_not_followed(tmp_path: Path):
    secret = put(tmp_path / "secret.ipynb")
    folder = tmp_path / "class"
    (folder / "ada" / "01_basic").mkdir(parents=True)
    (folder / "ada" / "01_basic" / "exercises.ipynb").symlink_to(secret)
    (folder / "bob").mkdir()
    (folder / "bob" / "01_basic").symlink_to(folder / "ada" / "01_basic")
    (folder / "cleo.ipynb").symlink_to(secret)
    assert "link" in problem(folder, "ada")
    assert "link" in problem(folder, "bob")
    assert "link" in entries(folder)["cleo", ""].problem


def test_a_pipe_does_not_hang_the_class(tmp_path: Path):
    os.mkfifo(tmp_path / "ada.ipynb")
    assert "device" in entries(tmp_path)["ada", ""].problem


def test_files_that_belong_to_nobody_are_told(tmp_path: Path):
    put(tmp_path / "ada.ipynb")
    put(tmp_path / "grades.xlsx")
    put(tmp_path / ".DS_Store")
    with open_inbox(tmp_path, MODULES) as found:
        assert len(found.strays) == 1
        assert "grades.xlsx" in found.strays[0]


def test_timestamp_of_nbgrader_is_read(tmp_path: Path):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "ada" / "01_basic" / "timestamp.txt", "2026-03-01 12:30:00.000000 UTC")
    put(tmp_path / "bob" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "bob" / "01_basic" / "timestamp.txt", "yesterday, I think")
    found = entries(tmp_path)
    assert found["ada", "01_basic"].submitted.isoformat() == "2026-03-01T12:30:00+00:00"
    assert found["bob", "01_basic"].submitted is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-12-02 10:00:00.123456 UTC", 10),
        ("2026-12-02 10:00:00.123456 CET", 9),
        ("2026-12-02 10:00:00.123456 EST", 15),
        ("2026-12-02 10:00:00 Europe/Berlin", 9),
        ("2026-12-02 10:00:00 +0100", 9),
        ("2026-12-02T10:00:00Z", 10),
        ("2026-12-02T10:00:00-05:00", 15),
        ("2026-12-02 10:00", 10),
        ("\ufeff2026-12-02 10:00:00 UTC\r\n", 10),
        ("Wed, 02 Dec 2026 10:00:00 GMT", 10),
        ("Wed, 02 Dec 2026 10:00:00 +0100", 9),
        ("12/02/2026 10:00 AM", 10),
    ],
)
def test_a_time_is_read_in_whatever_form_and_zone(tmp_path: Path, text: str, hour: int):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    (tmp_path / "ada" / "01_basic" / "timestamp.txt").write_bytes(text.encode())
    found = entries(tmp_path)["ada", "01_basic"]
    assert found.note == ""
    assert found.submitted.strftime("%Y-%m-%d %H:%M %Z") == f"2026-12-02 {hour:02}:00 UTC"


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-02 10:00:00 XYZ",
        "2026-12-02 10:00:00 /etc/passwd",
        "2026-12-02 10:00:00 ../UTC",
        "10",
        "Tuesday",
    ],
)
def test_a_zone_that_nobody_knows_is_never_taken_for_another(tmp_path: Path, text: str):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "ada" / "01_basic" / "timestamp.txt", text)
    found = entries(tmp_path)["ada", "01_basic"]
    assert found.submitted is None
    assert "nobody knows whether it was late" in found.note


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31 23:59:59-12:00", "soon", "\ud800"])
def test_a_time_that_is_none_is_a_note_and_stops_nobody(tmp_path: Path, when: str):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "bob" / "01_basic" / "exercises.ipynb")
    (tmp_path / "bob" / "01_basic" / "timestamp.txt").write_bytes(when.encode(errors="surrogatepass"))
    found = entries(tmp_path)
    assert (found["bob", "01_basic"].submitted, found["bob", "01_basic"].problem) == (None, "")
    assert "nobody knows whether it was late" in found["bob", "01_basic"].note
    assert found["ada", "01_basic"].note == ""


def test_a_timestamp_of_200_gb_is_not_read(tmp_path: Path):
    put(tmp_path / "bob" / "01_basic" / "exercises.ipynb")
    with (tmp_path / "bob" / "01_basic" / "timestamp.txt").open("wb") as file:
        file.truncate(200 << 30)
    assert "nobody knows" in entries(tmp_path)["bob", "01_basic"].note


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OverflowError("far"), MemoryError()]
)
def test_an_entry_that_cannot_be_looked_at_stops_nobody(tmp_path: Path, monkeypatch, error: Exception):
    put(tmp_path / "ada" / "01_basic" / "exercises.ipynb")
    put(tmp_path / "bob" / "01_basic" / "exercises.ipynb")

    def refuse(student: str, folder: Path):
        if student == "bob":
            raise error
        return in_layout(student, folder)

    monkeypatch.setattr(student_folder, "in_layout", refuse)
    found = entries(tmp_path)
    assert found["ada", "01_basic"].problem == ""
    assert f"cannot be read ({type(error).__name__}" in found["bob", ""].problem


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_nothing_to_grade_is_said(tmp_path: Path, path: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InboxError, match=path):
        entries(tmp_path / path)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("ada", "ada"),
        ("José García", "José García"),
        ("a.b-c_d@x.org", "a.b-c_d@x.org"),
        ("../evil", "%2E./evil".replace("/", "%2F")),
        ("*", "%2A"),
        ("a{b}[c]?", "a%7Bb%7D%5Bc%5D%3F"),
        ("-rf", "%2Drf"),
        ("a\nb", "a%0Ab"),
        ("100%", "100%25"),
        ("<b>", "%3Cb%3E"),
        ("caf\udce9", "caf%E9"),
    ],
)
def test_student_names_are_safe_for_files_and_patterns(name: str, wanted: str):
    assert student_id(name) == wanted


def test_long_names_stay_different():
    one, two = student_id("x" * 300 + "a"), student_id("x" * 300 + "b")
    assert one != two
    assert len(one) < 110


def zipped(path: Path, files: list[tuple[str | zipfile.ZipInfo, str]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files:
            bundle.writestr(name, text)
    return path


@pytest.mark.parametrize("prefix", ["", "class of 2026/"])
def test_zip_of_either_layout(tmp_path: Path, prefix: str):
    files = [(f"{prefix}ada/01_basic/exercises.ipynb", NOTEBOOK), (f"{prefix}bob.ipynb", NOTEBOOK)]
    path = zipped(tmp_path / "class.zip", [*files, (f"{prefix}cleo\\01_basic\\exercises.ipynb", NOTEBOOK)])
    found = entries(path)
    assert set(found) == {("ada", "01_basic"), ("bob", "01_basic"), ("cleo", "01_basic")}
    assert not any(entry.problem for entry in found.values())


def test_other_files_are_not_unpacked_but_their_student_is_seen(tmp_path: Path):
    path = zipped(
        tmp_path / "class.zip", [("ada/notes.docx", "x"), ("bob/01_basic/exercises.ipynb", NOTEBOOK)]
    )
    assert zip_archive.unpack(path, tmp_path / "out") == {}
    assert not (tmp_path / "out" / "ada" / "notes.docx").exists()
    assert "holds no exercises.ipynb" in entries(path)["ada", ""].problem


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_archive_is_said(tmp_path: Path, data: bytes):
    (tmp_path / "class.zip").write_bytes(data)
    with pytest.raises(InboxError, match=r"complete .zip|no submission"):
        entries(tmp_path / "class.zip")


def test_damage_in_one_file_is_its_students_problem(tmp_path: Path):
    path = zipped(
        tmp_path / "class.zip", [("ada/01_basic/exercises.ipynb", NOTEBOOK * 50), ("bob.ipynb", NOTEBOOK)]
    )
    data = bytearray(path.read_bytes())
    data[60:70] = b"\0" * 10
    path.write_bytes(data)
    assert "cannot be unpacked" in problem(path, "ada")
    assert problem(path, "bob") == ""


def test_with_what_a_mac_adds_each_student_has_room_for_themselves(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(zip_archive, "MAX_STUDENT", 3 * len(NOTEBOOK) // 2)
    files = [(f"class/{student}/exercises.ipynb", NOTEBOOK) for student in ("ada", "bob", "cleo")]
    path = zipped(tmp_path / "class.zip", [*files, ("__MACOSX/class/ada/._exercises.ipynb", "x")])
    found = entries(path)
    assert set(found) == {(student, "01_basic") for student in ("ada", "bob", "cleo")}
    assert not any(entry.problem for entry in found.values())


def test_a_class_in_an_archive_within_an_archive_is_said(tmp_path: Path):
    zipped(tmp_path / "canvas.zip", [("loveada_1001_90001_exercises.ipynb", NOTEBOOK)])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as bundle:
        bundle.write(tmp_path / "canvas.zip", "canvas.zip")
    with pytest.raises(InboxError, match=r"`canvas.zip` is an archive that isn't called after a student"):
        entries(tmp_path / "all.zip")


def test_names_longer_than_any_file_has_take_no_time(tmp_path: Path):
    long = ("a" * 20_000 + "_1" * 20_000 + ".txt", " " * 60_000 + ".json", "x_1" * 20_000)
    path = zipped(tmp_path / "class.zip", [("ada.ipynb", NOTEBOOK), *((name, "x") for name in long)])
    started = time.process_time()
    with open_inbox(path, MODULES) as found:
        assert [entry.student for entry in found.entries] == ["ada"]
    assert time.process_time() - started < 2

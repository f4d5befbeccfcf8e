"""What classes really hand in: wrapped and nested zips, clones, renamed folders, copies beside the original."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.submissions import student_folder, zip_archive
from autograder.submissions.entry import Entry
from autograder.submissions.inbox import open_inbox

MODULES = ["01_basic", "02_state"]
BLANK, WRITTEN = "raise NotImplementedError", "answer = 42"


def notebook(*answers: str, module: str = "01_basic") -> str:
    """Return an exercise notebook with one answer cell for each text."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "metadata": {"nbgrader": {"grade_id": f"e{number}_answer", "solution": True, "grade": False}},
            "source": answer,
            "outputs": [],
            "execution_count": None,
        }
        for number, answer in enumerate(answers or (BLANK, BLANK))
    ]
    kernel = {"kernelspec": {"name": "python3", "language": "python"}, "language_info": {"name": "python"}}
    metadata: dict[str, Any] = {**kernel, "course": {"module": module, "exercises": {}}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


LESSON = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
DONE, EMPTY = notebook(WRITTEN, WRITTEN), notebook()


@pytest.fixture
def blanks(tmp_path: Path) -> dict[str, Path]:
    """What was handed out."""
    path = tmp_path / "handout" / "exercises.ipynb"
    path.parent.mkdir()
    path.write_text(EMPTY)
    return {"01_basic": path}


def lay(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zip_of(files: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return file.getvalue()


def read(path: Path, blanks: dict[str, Path] | None = None) -> dict[tuple[str, str], tuple[Entry, str]]:
    """Return each entry, and what is in its file, by student and module."""
    with open_inbox(path, MODULES, blanks=blanks or {}) as found:
        return {
            (entry.student, entry.module): (entry, entry.path.read_text() if entry.path.is_file() else "")
            for entry in found.entries
        }


@pytest.mark.parametrize("students", [("ada",), ("ada", "bob", "cy")])
def test_a_flat_folder_and_its_zip_are_the_same_class(tmp_path: Path, students: tuple[str, ...]):
    folder = lay(tmp_path / "submissions", {f"{student}.ipynb": DONE for student in students})
    shutil.make_archive(str(tmp_path / "submissions"), "zip", tmp_path, "submissions")
    assert set(read(folder)) == {(student, "01_basic") for student in students}
    assert set(read(tmp_path / "submissions.zip")) == set(read(folder))


def test_a_zip_of_one_students_folder_is_that_student(tmp_path: Path):
    path = tmp_path / "class.zip"
    path.write_bytes(zip_of({"ada/exercises.ipynb": DONE}))
    assert set(read(path)) == {("ada", "01_basic")}


@pytest.mark.parametrize(
    "place",
    [
        "modules/01_basic/exercises.ipynb",  # a clone
        "langgraph-course/01_basic/exercises.ipynb",  # a workspace
        "repository-main/modules/01_basic/exercises.ipynb",  # a clone as a host's zip has it
        "01_basic (1)/exercises.ipynb",
        "01_Basic/exercises.ipynb",
        "01-basic/exercises.ipynb",
        "01_basic - Copy/exercises.ipynb",
        "01_basic/exercises (1).ipynb",
        "01_basic/exercises-Copy1.ipynb",
        "01_basic/exercises.new.ipynb",
        "01_basic/ada exercises.ipynb",
        "exercises (2).ipynb",
        "01_basic/exercises.ipynb.txt",
        "01_basic/exercises.ipynb (1).txt",
        "01_basic/exercises.json",
        "01_basic/Exercises.IPYNB",
        "exercises.ipynb.json",
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_notebook_is_found_wherever_it_ended_up(tmp_path: Path, place: str, packed: bool):
    files: dict[str, str | bytes] = {
        f"ada/{place}": DONE,
        "ada/README.md": "x",
        "ada/.git/exercises.ipynb": EMPTY,
        "ada/01_basic/.ipynb_checkpoints/exercises-checkpoint.ipynb": EMPTY,
        "bob/02_state/exercises.ipynb": notebook(module="02_state"),
    }
    path = lay(tmp_path / "class", files)
    if packed:
        path = tmp_path / "class.zip"
        path.write_bytes(zip_of(files))
    found = read(path)
    assert set(found) == {("ada", "01_basic"), ("bob", "02_state")}
    entry, text = found["ada", "01_basic"]
    assert entry.problem == ""
    assert text == DONE


def test_all_modules_of_a_clone_are_read_and_no_lesson_is(tmp_path: Path):
    files: dict[str, str | bytes] = {f"ada/modules/{name}/lesson.ipynb": LESSON for name in MODULES}
    files |= {f"ada/modules/{name}/exercises.ipynb": notebook(module=name) for name in MODULES}
    found = read(lay(tmp_path, files))
    assert set(found) == {("ada", name) for name in MODULES}
    assert not any(entry.problem or entry.note for entry, _ in found.values())


@pytest.mark.parametrize(
    ("blank", "done"),
    [
        ("01_basic/exercises.ipynb", "01_basic (1)/exercises.ipynb"),
        ("01_basic/exercises.ipynb", "01_basic/exercises (1).ipynb"),
        ("01_basic/exercises.ipynb", "01_basic/exercises-Copy1.ipynb"),
        ("01_basic/exercises.ipynb", "01_basic/exercises.new.ipynb"),
        ("exercises.ipynb", "exercises (1).ipynb"),
        ("01_basic/exercises (1).ipynb", "01_basic/exercises.ipynb"),
    ],
)
def test_of_several_the_written_one_is_graded_and_all_are_told(tmp_path: Path, blanks, blank: str, done: str):
    found = read(lay(tmp_path / "class", {f"ada/{blank}": EMPTY, f"ada/{done}": DONE}), blanks)
    ((entry, text),) = found.values()
    assert text == DONE
    assert entry.problem == ""
    assert f"{Path(done).name}` (2 answers written) is graded" in entry.note
    assert f"{Path(blank).name}` (0 answers written)" in entry.note


def test_of_two_that_are_written_alike_the_one_called_as_handed_out_is_graded(tmp_path: Path, blanks):
    files = {
        "ada/01_basic/exercises.ipynb": DONE,
        "ada/01_basic/exercises (1).ipynb": notebook(WRITTEN, "x = 1"),
    }
    ((_, text),) = read(lay(tmp_path / "class", files), blanks).values()
    assert text == DONE


def test_one_that_is_no_notebook_takes_nothing_from_the_one_that_is(tmp_path: Path, blanks):
    files = {"ada/01_basic/exercises.ipynb": "no json", "ada/01_basic/exercises (1).ipynb": EMPTY}
    ((entry, text),) = read(lay(tmp_path / "class", files), blanks).values()
    assert text == EMPTY
    assert "exercises.ipynb` (unreadable)" in entry.note


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip in a zip"])
def test_a_zip_that_a_student_handed_in_is_read(tmp_path: Path, packed: bool):
    inner = {
        "ada/homework.zip": zip_of({"01_basic/exercises.ipynb": DONE}),
        "bob/all of it.zip": zip_of({"course-main/modules/01_basic/exercises.ipynb": DONE}),
        "cy/work.zip": zip_of({"exercises.ipynb": DONE}),
        "dora/broken.zip": b"PK no zip",
        "eve/notes.zip": zip_of({"notes.txt": "x"}),
    }
    path = lay(tmp_path / "class", inner)
    if packed:
        path = tmp_path / "class.zip"
        path.write_bytes(zip_of(inner))
    found = read(path)
    for student in ("ada", "bob", "cy"):
        entry, text = found[student, "01_basic"]
        assert (entry.problem, text) == ("", DONE)
    assert "`broken.zip` can't be unpacked" in found["dora", ""][0].problem
    assert "holds no exercises.ipynb" in found["eve", ""][0].problem


def test_students_zips_have_the_room_of_one_student_and_are_not_opened_twice(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(zip_archive, "MAX_STUDENT", 3 * len(DONE))
    many = zip_of({f"{number}/exercises.ipynb": DONE for number in range(50)})
    deep = zip_of({"inner.zip": zip_of({"exercises.ipynb": DONE})})
    class_ = lay(tmp_path / "class", {"ada/many.zip": many, "bob/deep.zip": deep, "cy/exercises.ipynb": DONE})
    unpacked: list[Path] = []
    unpack = student_folder.Scratch.unpack

    def watched(self: student_folder.Scratch, archive: Path) -> Path:
        folder = unpack(self, archive)
        unpacked.extend(path for path in folder.rglob("*.ipynb"))
        return folder

    monkeypatch.setattr(student_folder.Scratch, "unpack", watched)
    found = read(class_)
    assert len(unpacked) <= 3
    assert found["cy", "01_basic"][0].problem == ""
    assert "holds no exercises.ipynb" in found["bob", ""][0].problem


def test_a_time_in_the_students_folder_counts(tmp_path: Path):
    files = {"ada/exercises.ipynb": DONE, "ada/timestamp.txt": "2026-12-02 10:00:00 UTC"}
    ((entry, _),) = read(lay(tmp_path, files)).values()
    assert entry.submitted
    assert entry.submitted.isoformat() == "2026-12-02T10:00:00+00:00"

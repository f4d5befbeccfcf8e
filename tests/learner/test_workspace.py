"""A learner's work is never overwritten."""

import json

import pytest

from course.errors import UsageError
from course.learner.start_page import files_for_learners
from course.learner.workspace import Workspace, lay_out

from .small_course import cell, notebook


def book(text, **output):
    code = cell("code", text)
    code.update(output)
    return notebook(code).encode()


@pytest.fixture
def mine(tmp_path):
    return Workspace(tmp_path / "mine")


def test_first_start_lays_everything_out(mine):
    assert lay_out(mine, {"01/a.ipynb": book("1"), "START.md": b"hello"}) == []
    assert (mine.path / "01" / "a.ipynb").read_bytes() == book("1")


def test_second_start_changes_nothing(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    before = (mine.path / "a.ipynb").stat().st_mtime_ns
    assert lay_out(mine, {"a.ipynb": book("1")}) == []
    assert (mine.path / "a.ipynb").stat().st_mtime_ns == before


def test_new_version_replaces_what_nobody_changed(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    assert lay_out(mine, {"a.ipynb": book("2")}) == []
    assert (mine.path / "a.ipynb").read_bytes() == book("2")


def test_running_a_notebook_is_no_change(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").write_bytes(book("1", execution_count=7))
    assert lay_out(mine, {"a.ipynb": book("2")}) == []
    assert (mine.path / "a.ipynb").read_bytes() == book("2")


def test_new_version_is_laid_beside_a_learners_work(mine):
    lay_out(mine, {"exercises.ipynb": book("1")})
    (mine.path / "exercises.ipynb").write_bytes(book("my answer"))
    (line,) = lay_out(mine, {"exercises.ipynb": book("2")})
    assert "exercises.new.ipynb" in line
    assert (mine.path / "exercises.ipynb").read_bytes() == book("my answer")
    assert (mine.path / "exercises.new.ipynb").read_bytes() == book("2")


def test_it_is_offered_once(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").write_bytes(book("my answer"))
    lay_out(mine, {"a.ipynb": book("2")})
    (mine.path / "a.new.ipynb").unlink()
    assert lay_out(mine, {"a.ipynb": book("2")}) == []
    assert not (mine.path / "a.new.ipynb").exists()


def test_work_in_the_offered_file_is_kept_too(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").write_bytes(book("mine"))
    lay_out(mine, {"a.ipynb": book("2")})
    (mine.path / "a.new.ipynb").write_bytes(book("mine again"))
    (line,) = lay_out(mine, {"a.ipynb": book("3")})
    assert "a.new-2.ipynb" in line
    assert (mine.path / "a.new.ipynb").read_bytes() == book("mine again")


def test_a_file_that_was_there_before_is_kept(mine):
    mine.path.mkdir()
    (mine.path / "a.ipynb").write_bytes(book("older than the course"))
    assert len(lay_out(mine, {"a.ipynb": book("1")})) == 1
    assert (mine.path / "a.ipynb").read_bytes() == book("older than the course")


def test_a_deleted_notebook_comes_back(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").unlink()
    lay_out(mine, {"a.ipynb": book("1")})
    assert (mine.path / "a.ipynb").is_file()


def test_without_its_memory_a_workspace_loses_no_work(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").write_bytes(book("mine"))
    (mine.path / ".course" / "laid_out.json").write_text("{damaged")
    lay_out(mine, {"a.ipynb": book("2")})
    assert (mine.path / "a.ipynb").read_bytes() == book("mine")
    assert (mine.path / ".course" / "laid_out.damaged.json").is_file()


def test_damaged_notebook_counts_as_work(mine):
    lay_out(mine, {"a.ipynb": book("1")})
    (mine.path / "a.ipynb").write_bytes(b"half a noteb")
    assert len(lay_out(mine, {"a.ipynb": book("2")})) == 1


def test_no_source_of_a_print_and_no_secret_is_handed_out(root):
    assert set(files_for_learners(root)) == {
        "START.ipynb",
        "01_numbers/lesson.ipynb",
        "01_numbers/exercises.ipynb",
    }


def test_verbs_outside_a_workspace_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_WORKSPACE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="course lab"):
        Workspace.find()


def test_a_notebook_finds_its_workspace_from_inside(workspace, monkeypatch):
    monkeypatch.delenv("COURSE_WORKSPACE")
    monkeypatch.chdir(workspace.path / "01_numbers")
    assert Workspace.around() == workspace


def test_laid_out_notebooks_are_whole(workspace):
    json.loads((workspace.path / "01_numbers" / "exercises.ipynb").read_bytes())

"""Attacks on what the grader removes: links and folders of other people in the places that it sweeps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import scratch
from autograder.sandbox.inside import cleanup
from autograder.sandbox.inside.cleanup import remove_tree


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    folder = tmp_path / "victim"
    (folder / "thesis").mkdir(parents=True)
    (folder / "thesis" / "chapter.tex").write_text("ten years")
    return folder


@pytest.fixture
def swept(tmp_path: Path, monkeypatch) -> Path:
    """The folder that is swept, in place of /dev/shm."""
    folder = tmp_path / "shm"
    folder.mkdir()
    monkeypatch.setattr(scratch, "places", lambda: [folder])
    return folder


def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def is_whole(victim: Path) -> bool:
    return (victim / "thesis" / "chapter.tex").read_text() == "ten years"


def test_what_a_killed_grader_left_is_removed(swept: Path):
    left = swept / f"course-{dead()}-grading-x" / "a" / "b"
    left.mkdir(parents=True)
    (left / "file").touch()
    scratch.sweep()
    assert list(swept.iterdir()) == []


def test_a_link_is_not_followed(swept: Path, victim: Path):
    (swept / f"course-{dead()}-x").symlink_to(victim)
    scratch.sweep()
    assert is_whole(victim)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_stays(swept: Path):
    theirs = swept / f"course-{dead()}-x"
    theirs.mkdir()
    (theirs / "file").touch()
    os.chown(theirs, 65534, 65534)
    scratch.sweep()
    assert (theirs / "file").exists()


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(swept: Path, victim: Path, monkeypatch):
    """The race: everything is listed, then the last folder is swapped for a link before its turn."""
    top = swept / f"course-{dead()}-x"
    for number in range(20):
        (top / f"d{number}" / "inner").mkdir(parents=True)
    names = [entry.name for entry in os.scandir(top)]
    flatten = cleanup.flatten

    def swap_first(folder: int, name: str, number):
        if name == names[0]:
            os.rename(top / names[-1], swept / "elsewhere")
            os.symlink(victim, top / names[-1])
        return flatten(folder, name, number)

    monkeypatch.setattr(cleanup, "flatten", swap_first)
    scratch.sweep()
    assert is_whole(victim)
    assert not top.exists()


def test_what_is_deep_or_closed_is_removed(tmp_path: Path):
    top = tmp_path / "top"
    top.mkdir()
    folder = os.open(top, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed").chmod(0)
    remove_tree(str(top))
    assert not top.exists()


@pytest.mark.parametrize("number", ["9" * 10, "9" * 200, "²", "٣", "-1", "1e9", "0x1", ""])
def test_a_number_that_no_process_has_stops_nobody(swept: Path, number: str):
    """Anybody can make such a folder there; once, the sweep of every grader on the machine ended with it."""
    (swept / f"course-{number}-x").mkdir()
    (swept / f"course-{dead()}-x").mkdir()
    scratch.sweep()
    assert [left.name for left in swept.iterdir()] == [f"course-{number}-x"]

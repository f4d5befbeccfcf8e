"""What a disk or a database does to a grading run is told in one line, and the next run goes on."""

from __future__ import annotations

import ast
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from autograder.grading import writer
from course.errors import CourseError, UsageError
from course.instructor.faults import told
from course.paths import Root
from tests.support import patience
from tests.support.grading import grade
from tests.support.tiny_course import MODULE


def no_room(path: Path) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def of_sqlalchemy(said: str) -> OperationalError:
    return OperationalError("INSERT INTO grade VALUES (?)", (1,), sqlite3.OperationalError(said))


class Invalid(ValueError):
    """As nbgrader's errors are: a ValueError, with a database's as its cause."""


def of_nbgrader(said: str) -> ValueError:
    error = Invalid(f"(sqlite3.OperationalError) {said}")
    error.__context__ = of_sqlalchemy(said)
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            no_room(Path("graded/x")),
            r"no room is left in `graded/x`: free some, then run the same command again",
        ),
        (OSError(errno.EROFS, "Read-only file system", "graded"), "`graded` can't be written to .*--out"),
        (PermissionError(errno.EACCES, "Permission denied", "graded"), "can't be written to"),
        (sqlite3.OperationalError("database or disk is full"), "no room is left in `out`"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "can't be written to"),
        (of_sqlalchemy("database is locked"), "locked by another program"),
        (of_nbgrader("database or disk is full"), "no room is left"),
        (of_sqlalchemy("server closed the connection unexpectedly"), "the gradebook was lost .server closed"),
    ],
)
def test_a_fault_of_the_machine_is_one_line(error: Exception, says: str):
    with pytest.raises(CourseError, match=says) as told_of, told(Path("out")):
        raise error
    assert "\n" not in str(told_of.value)


def test_a_fault_of_ours_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), told(Path("out")):
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError), told(Path("out")):
        Path("nowhere").read_bytes()
    with pytest.raises(CourseError) as raised, told(Path("out")):
        raise ValueError("tests that can't be used")
    assert not isinstance(raised.value, UsageError)


def test_a_disk_that_fills_up_amid_a_class_loses_nothing(root: Root, tmp_path: Path, monkeypatch):
    for name in ("ada", "bob", "eve"):
        (tmp_path / "in" / name / MODULE).mkdir(parents=True)
        shutil.copy(root.notebook(MODULE, "exercises"), tmp_path / "in" / name / MODULE)
    write, written = writer.replace_bytes, []

    def filling(path: Path, data: bytes) -> None:
        if len(written) == 3:  # two files a submission
            raise no_room(path)
        written.append(path)
        write(path, data)

    monkeypatch.setattr(writer, "replace_bytes", filling)
    with pytest.raises(CourseError, match="no room is left"), told(tmp_path / "out"):
        grade(root, tmp_path / "in", tmp_path / "out")
    monkeypatch.setattr(writer, "replace_bytes", write)
    again = grade(root, tmp_path / "in", tmp_path / "out")
    assert (again.unchanged, sorted(again.fresh)) == (1, ["bob", "eve"])


@pytest.mark.parametrize("module", ["course.cli.app", "typer.core"])
def test_ctrl_c_while_the_command_is_imported_is_one_line(module: str):
    meets = f"""
import builtins, os, signal, sys
real = builtins.__import__
def importing(name, *more):
    if name == {module!r}:
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *more)
builtins.__import__ = importing
sys.argv = ["course", "grade", "nowhere"]
from course.cli.entry import main
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", meets], capture_output=True, text=True, timeout=patience.seconds()
    )
    assert (ran.returncode, ran.stderr) == (130, "\nStopped.\n")


def test_nothing_is_imported_before_ctrl_c_is_one_line():
    """The command's script imports `main` outside of any `try`."""
    shows = "import sys; before = set(sys.modules); import course.cli.entry; print(set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", shows], capture_output=True, text=True, check=True)
    assert ast.literal_eval(ran.stdout) <= {"__future__", "course", "course.cli", "course.cli.entry"}

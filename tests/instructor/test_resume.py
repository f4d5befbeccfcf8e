"""Nothing is lost: graders that are killed, stopped, or started twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.grading.lock import Locked, locked
from course.authoring import sample_class
from course.paths import Root

from .conftest import FLAWS, MODULE, grade
from .dumps import everything

pytestmark = pytest.mark.slow

KILLS = 50  #: for each of two classes
REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory, notebook, source) -> Path:
    """A dozen students: right, wrong, blank, and no notebook at all."""
    folder = tmp_path_factory.mktemp("killed") / "submitted"
    unreadable = [flaw for flaw in FLAWS if flaw.name == "no_json"]
    for sample in list(sample_class.samples(notebook, source, unreadable))[:12]:
        sample_class.write(sample, folder, MODULE)
    return folder


def kill_over_and_over(
    root: Root, submitted: Path, before: Path, folder: Path, seed: int
) -> list[list[float]]:
    words = [sys.executable, "-m", "tests.instructor.killing", submitted, before, folder, KILLS, seed]
    done = subprocess.run(
        list(map(str, words)),
        cwd=REPOSITORY,
        env={**os.environ, "COURSE_ROOT": str(root.path)},
        capture_output=True,
        text=True,
        timeout=500,  # fifty starts, on a machine that has other tests to run
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_nothing_was_lost(folder: Path, moments: list[list[float]]) -> None:
    wanted = everything(folder / "undisturbed" / "out")
    assert sum(map(len, moments)) >= KILLS
    for number, kills in enumerate(moments):
        found = everything(folder / str(number) / "out")
        assert set(found) == set(wanted)
        assert {name for name in found if found[name] != wanted[name]} == set(), kills
        assert not list((folder / str(number) / "out").rglob("*.new"))


def test_a_class_is_graded_as_if_nobody_had_killed_the_grader(root: Root, submitted: Path, tmp_path: Path):
    moments = kill_over_and_over(root, submitted, tmp_path / "nothing", tmp_path, seed=1)
    print(f"{sum(map(len, moments))} kills in {len(moments)} folders")
    assert_nothing_was_lost(tmp_path, moments)


def test_a_class_is_graded_anew_as_if_nobody_had_killed_the_grader(
    root: Root, submitted: Path, tmp_path: Path, here
):
    """With marks by hand, and answers that have changed since."""
    second = tmp_path / "submitted"
    shutil.copytree(submitted, second)
    grade(root, second, tmp_path / "before", seed=7, executor=here)
    with nbgrader_api().Gradebook(f"sqlite:///{tmp_path / 'before' / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(MODULE):
            found = book.find_grade("why_it_forgot", "exercises", MODULE, submission.student.id)
            found.manual_score, found.needs_manual_grade = 1.5, False
        book.db.commit()
    for path in sorted(second.glob("*/*/exercises.ipynb"))[::2]:
        path.write_text(
            path.read_text().replace("return builder", "return 1 and builder").replace("forget", "lose")
        )
    moments = kill_over_and_over(root, second, tmp_path / "before", tmp_path, seed=2)
    assert_nothing_was_lost(tmp_path, moments)


def command(root: Root, folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "course"), "grade", *words],
        cwd=folder,
        env={**os.environ, "COURSE_ROOT": str(root.path), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def of_ours(pid: int) -> set[int]:
    """Return all processes below one."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        below.setdefault(int(words[1]), []).append(int(path.parent.name))
    found, waiting = set[int](), [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        found |= set(children)
        waiting += children
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_grader_leaves_nothing_running(root: Root, submitted: Path, tmp_path: Path):
    grader = command(root, tmp_path, str(submitted), "--out", "out", "--jobs", "2", "--seed", "7")
    assert grader.stderr
    for _ in range(3):
        assert "/12 " in grader.stderr.readline()
    processes = of_ours(grader.pid)
    assert len(processes) >= 4  # two that mark, and what they run submissions in
    grader.send_signal(signal.SIGKILL)
    grader.communicate(timeout=20)
    deadline = time.monotonic() + 5
    while any(map(alive, processes)):
        assert time.monotonic() < deadline, [p for p in processes if alive(p)]
        time.sleep(0.05)
    grader = command(root, tmp_path, str(submitted), "--out", "out", "--seed", "7")
    _, errors = grader.communicate(timeout=60)
    assert grader.returncode == 0, errors
    assert "unchanged since they were graded" in errors.splitlines()[0]
    grader = command(root, tmp_path, str(submitted), "--out", "undisturbed", "--seed", "7")
    grader.communicate(timeout=60)
    assert everything(tmp_path / "out") == everything(tmp_path / "undisturbed")


def test_a_second_grader_is_refused_and_told_why(root: Root, submitted: Path, tmp_path: Path):
    first = command(root, tmp_path, str(submitted), "--out", "out")
    lock: Any = tmp_path / "out" / ".lock"
    deadline = time.monotonic() + 20
    while not (lock.is_file() and lock.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second = command(root, tmp_path, str(submitted), "--out", "out")
    _, errors = second.communicate(timeout=30)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    assert second.returncode == 1
    assert f"in use by another grader (process {first.pid} on " in errors
    assert "since 20" in errors
    assert "Traceback" not in errors


def test_the_lock_is_free_when_its_holder_is_gone(tmp_path: Path):
    held = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from pathlib import Path\nfrom autograder.grading.lock import locked\n"
        f"with locked(Path({str(tmp_path / '.lock')!r})): print('held', flush=True); input()\n"
    )
    words = [sys.executable, "-c", held]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {other.pid} on "), locked(tmp_path / ".lock"):
            pass
        other.kill()
        other.wait()
    with locked(tmp_path / ".lock"), (tmp_path / ".lock").open() as file:
        assert json.load(file)["pid"] == os.getpid()

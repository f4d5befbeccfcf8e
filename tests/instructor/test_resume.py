"""Nothing is lost: graders that are killed, stopped, or started twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.grading.lock import Locked, locked
from course.authoring import sample_class
from course.paths import Root
from tests.support import patience, processes
from tests.support.grading import command, grade
from tests.support.tiny_course import FLAWS, MODULE

from .dumps import everything

pytestmark = [pytest.mark.slow, pytest.mark.together("kills")]

REPOSITORY = Path(__file__).parent.parent.parent
steps_of = pytest.mark.parametrize("which", ["kinds", pytest.param("steps", marks=pytest.mark.nightly)])
random_kills = pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.nightly)])


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory, notebook, source) -> Path:
    """A dozen students: right, wrong, blank, and no notebook at all."""
    folder = tmp_path_factory.mktemp("killed") / "submitted"
    unreadable = [flaw for flaw in FLAWS if flaw.name == "no_json"]
    for sample in list(sample_class.samples(notebook, source, unreadable))[:12]:
        sample_class.write(sample, folder, MODULE)
    return folder


@pytest.fixture(scope="module")
def few(submitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of them: what is written for the others is written by the same steps."""
    folder = tmp_path_factory.mktemp("few") / "submitted"
    for student in ("right", "flaw_no_json"):
        shutil.copytree(submitted / student, folder / student)
    return folder


def kill_over_and_over(
    root: Root, submitted: Path, before: Path, folder: Path, *how: object
) -> list[list[Any]]:
    """See `killing`; return where, or when, the graders were killed in each folder."""
    words = [sys.executable, "-m", "tests.instructor.killing", submitted, before, folder, *how]
    done = subprocess.run(
        list(map(str, words)),
        cwd=REPOSITORY,
        env={**os.environ, "COURSE_ROOT": str(root.path)},
        capture_output=True,
        text=True,
        timeout=patience.seconds(2 * patience.LONG),
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_nothing_was_lost(folder: Path, kills: list[list[Any]]) -> None:
    wanted = everything(folder / "undisturbed" / "out")
    for number, killed in enumerate(kills):
        found = everything(folder / str(number) / "out")
        assert set(found) == set(wanted)
        assert {name for name in found if found[name] != wanted[name]} == set(), killed
        assert not list((folder / str(number) / "out").rglob("*.new"))


def graded_before(root: Root, submitted: Path, folder: Path, here: Any) -> tuple[Path, Path]:
    """Grade a class, mark it by hand, and change answers; return what is handed in now, and the output folder."""
    second, out = folder / "submitted", folder / "before"
    shutil.copytree(submitted, second)
    grade(root, second, out, seed=7, executor=here)
    with nbgrader_api().Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(MODULE):
            found = book.find_grade("why_it_forgot", "exercises", MODULE, submission.student.id)
            found.manual_score, found.needs_manual_grade = 1.5, False
        book.db.commit()
    for path in sorted(second.glob("*/*/exercises.ipynb"), reverse=True)[::2]:
        path.write_text(
            path.read_text().replace("return builder", "return 1 and builder").replace("forget", "lose")
        )
    return second, out


STEPS = {
    "open .lock",
    "open .exercises.ipynb.new",
    "os.rename exercises.html",
    "half of os.rename exercises.html",
}
STEPS |= {"SQL COMMIT", "os.rename results.jsonl", "os.rename grades.csv"}


@steps_of
def test_a_grader_that_is_killed_at_any_step_loses_nothing(root: Root, few: Path, tmp_path: Path, which: str):
    steps = kill_over_and_over(root, few, tmp_path / "nothing", tmp_path, which)
    assert {step for [step] in steps} >= STEPS
    assert_nothing_was_lost(tmp_path, steps)


@pytest.mark.nightly
def test_so_it_does_when_a_class_is_graded_anew(root: Root, few: Path, tmp_path: Path, here):
    """With marks by hand, and answers that have changed since."""
    second, before = graded_before(root, few, tmp_path, here)
    steps = kill_over_and_over(root, second, before, tmp_path, "steps")
    assert {step for [step] in steps} >= STEPS - {"os.rename exercises.html"}
    assert_nothing_was_lost(tmp_path, steps)


@random_kills
def test_at_any_moment_neither(root: Root, submitted: Path, tmp_path: Path, kills: int):
    moments = kill_over_and_over(root, submitted, tmp_path / "nothing", tmp_path, kills, 1)
    assert sum(map(len, moments)) == kills
    assert_nothing_was_lost(tmp_path, moments)


@pytest.mark.nightly
@random_kills
def test_at_any_moment_of_a_run_anew_neither(root: Root, submitted: Path, tmp_path: Path, here, kills: int):
    second, before = graded_before(root, submitted, tmp_path, here)
    moments = kill_over_and_over(root, second, before, tmp_path, kills, 2)
    assert sum(map(len, moments)) == kills
    assert_nothing_was_lost(tmp_path, moments)


def test_a_killed_grader_leaves_nothing_running(root: Root, submitted: Path, tmp_path: Path):
    grader = command(root, tmp_path, "grade", str(submitted), "--out", "out", "--jobs", "2", "--seed", "7")
    assert grader.stderr
    for _ in range(3):
        assert "/12 " in grader.stderr.readline()
    below = processes.descendants(grader.pid)
    assert len(below) >= 4  # two that mark, and what they run submissions in
    grader.send_signal(signal.SIGKILL)
    grader.communicate(timeout=patience.seconds())
    processes.wait_until_ended(*below)
    grader = command(root, tmp_path, "grade", str(submitted), "--out", "out", "--seed", "7")
    _, errors = grader.communicate(timeout=patience.seconds())
    assert grader.returncode == 0, errors
    assert "unchanged since they were graded" in errors.splitlines()[0]
    grader = command(root, tmp_path, "grade", str(submitted), "--out", "undisturbed", "--seed", "7")
    grader.communicate(timeout=patience.seconds())
    assert everything(tmp_path / "out") == everything(tmp_path / "undisturbed")


def test_a_second_grader_is_refused_and_told_why(root: Root, submitted: Path, tmp_path: Path):
    first = command(root, tmp_path, "grade", str(submitted), "--out", "out")
    lock = tmp_path / "out" / ".lock"
    patience.wait_for(lambda: lock.is_file() and lock.read_text())
    second = command(root, tmp_path, "grade", str(submitted), "--out", "out")
    _, errors = second.communicate(timeout=patience.seconds())
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=patience.seconds())
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

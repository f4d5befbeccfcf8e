"""Stock nbgrader and we: equal scores on honest work, and its tools work on our gradebook."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import MODULE, Class

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parent.parent.parent
SCRIPTS = Path(sys.executable).parent
HONEST = (
    *("right", "partly_right", "flaw_raises_at_top", "alternative_compile_with_checkpointer_1"),
    *("near_miss_compile_with_checkpointer_1", "near_miss_read_thread_1"),
)
"""One of each kind: stock nbgrader takes 5 s for each."""


def nbgrader(folder: Path, *words: str, **env: str) -> str:
    """Run the real command, as an instructor would."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(SCRIPTS / "nbgrader"), *words],
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def scores(database: Path) -> dict[tuple[str, str], float | None]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{database}") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(MODULE)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_stock_autograde_gives_the_same_scores(graded: Class, root, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from course.cli import build_app

    folder = tmp_path / "stock"
    shutil.copytree(root.path, folder)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    monkeypatch.setenv("COURSE_ROOT", str(folder))
    CliRunner().invoke(build_app(), ["build", "--answers", str(folder / "build" / "answers")])
    honest = [graded.submissions / student for student in HONEST]
    for path in honest:
        shutil.copytree(path, folder / "build" / "submitted" / path.name)
    nbgrader(folder, "generate_assignment", MODULE, "--force")
    nbgrader(folder, "autograde", MODULE)
    stock = scores(folder / "build" / "gradebook.db")
    ours = scores(graded.out.gradebook)
    assert {student for student, _ in stock} == {path.name for path in honest}
    assert stock == {place: ours[place] for place in stock}


def test_stock_export_reads_our_gradebook(graded: Class, tmp_path):
    nbgrader(graded.out.path, "export", f"--to={tmp_path / 'stock.csv'}")
    with (tmp_path / "stock.csv").open(newline="") as file:
        stock = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert stock == {student: row.result.earned for student, row in graded.rows.items()}


def test_stock_generate_feedback_reads_our_notebooks(graded: Class, tmp_path):
    for student in ("near_miss_read_thread_1", "flaw_no_json"):
        options = ["--assignment", MODULE, "--student", student]
        nbgrader(
            graded.out.path,
            *("generate_feedback", *options),
            f"--CourseDirectory.feedback_directory={tmp_path / 'stock'}",
        )
        page = (tmp_path / "stock" / student / MODULE / "exercises.html").read_text()
        earned = graded.rows[student].result.earned
        assert f"(Score: {earned} / " in page


@pytest.fixture(scope="module")
def formgrader(graded: Class) -> Iterator[str]:
    """A real server with nbgrader's formgrader, in the folder that we wrote."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [f"--ServerApp.{name}" for name in ("token=", "password=", f"port={port}", "open_browser=False")]
    words += [
        "--ServerApp.disable_check_xsrf=True",
        "--ServerApp.allow_root=True",
        "--ServerApp.log_level=ERROR",
    ]
    extensions = "{'nbgrader.server_extensions.formgrader': True}"
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *words, f"--ServerApp.jpserver_extensions={extensions}"],
        cwd=graded.out.path,
        env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/formgrader"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                read(f"{base}/api/assignments")
                break
            except OSError:
                assert time.monotonic() < deadline, "formgrader did not start"
                time.sleep(0.3)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def submission_ids(base: str) -> dict[str, str]:
    found = json.loads(read(f"{base}/api/submitted_notebooks/{MODULE}/exercises"))
    return {submission["student"]: submission["id"] for submission in found}


def test_formgrader_shows_the_manual_question(graded: Class, formgrader: str):
    assignment = json.loads(read(f"{formgrader}/api/assignments"))[0]
    assert assignment["max_score"] == sum(column.points for column in graded.columns)
    found = json.loads(read(f"{formgrader}/api/submitted_notebooks/{MODULE}/exercises"))
    needs = {submission["student"] for submission in found if submission["needs_manual_grade"]}
    assert needs == {student for student, row in graded.rows.items() if row.manual[0].earned is None}
    page = read(f"{formgrader}/submissions/{submission_ids(formgrader)['right']}/")
    assert 'id="why_it_forgot"' in page
    exercise = graded.rows["right"].result.exercises[0]
    assert f"{exercise.points:g} of {exercise.points:g} points" in page


def test_a_grade_given_in_formgrader_reaches_our_feedback(graded: Class, formgrader: str, root):
    from autograder.grade import read_course
    from autograder.gradebook import Book
    from course.grading import materials

    submission = submission_ids(formgrader)["right"]
    grades = json.loads(read(f"{formgrader}/api/grades?submission_id={submission}"))
    grade = next(grade for grade in grades if grade["name"] == "why_it_forgot")
    body = json.dumps({"manual_score": 2.5, "extra_credit": 0}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{formgrader}/api/grade/{grade['id']}", data=body, method="PUT", headers=headers
    )
    urllib.request.urlopen(request, timeout=30).close()
    course = read_course(materials(root))
    with Book(graded.out.gradebook) as book:  # as the next `course grade` does
        book.add_module(course.handouts[MODULE], course.points[MODULE])
        marks = book.record(graded.rows["right"].result, {"why_it_forgot": "Something else."}, None)
    assert marks[0].earned == 2.5


@pytest.mark.browser
def test_no_script_of_a_learner_runs_in_formgrader(browser, graded: Class, formgrader: str):
    url = f"{formgrader}/submissions/{submission_ids(formgrader)['flaw_script_in_output']}/"
    page_file = graded.out.feedback / "flaw_script_in_output" / MODULE / "exercises.html"
    for address in (url, page_file.as_uri()):
        page = browser.new_page()
        page.goto(address)
        page.wait_for_timeout(300)
        assert "run by a learner" not in page.title()
        assert page.locator("iframe").count() == 0
        assert page.locator("[onerror]").count() == 0
        assert page.locator("a[href^='javascript' i]").count() == 0
        assert page.locator("body").is_visible()
        page.close()

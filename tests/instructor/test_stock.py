"""Stock nbgrader and we: equal scores, the same sandbox, and its tools work on our gradebook."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.sandbox.walls.tiers import UNISOLATED
from course.authoring import build, sample_class
from course.errors import CourseError
from course.paths import Root
from tests.support import patience
from tests.support.grading import Class
from tests.support.tiny_course import MODULE

pytestmark = [pytest.mark.slow, pytest.mark.together("class")]

REPOSITORY = Path(__file__).parent.parent.parent
SCRIPTS = Path(sys.executable).parent
NOT_READ = {"flaw_no_json", "flaw_half_characters", "flaw_other_language", "flaw_wrong_nbformat"}
"""Files that nbgrader itself reads otherwise than we, or not at all."""
LONG = {"flaw_infinite_loop", "flaw_sleeps"}
"""They run into a time limit, which is tested elsewhere: here they would take half a minute."""
EIGHT = {"right", "partly_right", "blank", "near_miss_read_thread_2", "near_miss_read_thread_3"}
EIGHT |= {"flaw_edited_test_cell", "flaw_exits_process"}
"""Who is graded by stock nbgrader in each run of the tests, and the canary; at night, all are."""

CANARY = """
from pathlib import Path
import os
def tried(what, *args):
    try:
        what(*args)
    except Exception as error:
        return type(error).__name__
    return "DONE"
course = Path({course!r})
print("gradebook", tried((course / "build" / "gradebook.db").read_bytes))
print("hidden", tried((course / "solutions" / "01_threads" / "read_thread" / "test_hidden.py").read_bytes))
print("others", tried((course / "build" / "submitted" / "right" / "01_threads" / "exercises.ipynb").read_bytes))
print("written", tried((course / "was_here").write_text, "x"))
print("signal", tried(os.kill, {pid}, 0))
"""


def nbgrader(folder: Path, *words: str, **env: str) -> str:
    """Run the real command, as an instructor would."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(SCRIPTS / "nbgrader"), *words],
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        text=True,
        timeout=patience.seconds(patience.LONG),
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


@pytest.fixture(scope="module", params=["eight", pytest.param("all", marks=pytest.mark.nightly)])
def stock(request, graded: Class, root, tmp_path_factory) -> Path:
    """A course with our configuration, in which stock nbgrader has graded the class, and a canary."""
    left_out = NOT_READ | LONG | (set(graded.rows) - EIGHT if request.param == "eight" else set())
    folder = tmp_path_factory.mktemp("stock") / "tiny"
    shutil.copytree(root.path, folder)
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    copy = Root(folder)
    for item, text in build.stale(build.answers(copy, folder / "build" / "answers")):
        build.write(item, text)
    for path in graded.submissions.iterdir():
        if path.name not in left_out:
            shutil.copytree(path, folder / "build" / "submitted" / path.name)
    notebook = json.loads((graded.submissions / "right" / MODULE / "exercises.ipynb").read_text())
    cell = {"cell_type": "code", "id": "canary", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(0, {**cell, "source": CANARY.format(course=str(folder), pid=os.getpid())})
    sample_class.write(
        sample_class.Sample(student="canary", says="", data=json.dumps(notebook).encode()),
        folder / "build" / "submitted",
        MODULE,
    )
    another = str(REPOSITORY)  # left in the environment: the folder that nbgrader works in must win
    nbgrader(folder, "generate_assignment", MODULE, "--force", COURSE_ROOT=another)
    nbgrader(folder, "autograde", MODULE, COURSE_ROOT=another)
    return folder


def test_stock_autograde_gives_the_same_scores(graded: Class, stock: Path):
    theirs, ours = scores(stock / "build" / "gradebook.db"), scores(graded.out.gradebook)
    students = {student for student, _ in theirs} - {"canary"}
    assert students == {path.name for path in (stock / "build" / "submitted").iterdir()} - {"canary"}
    assert len(students) >= 7
    assert theirs == {
        (student, name): ours[(student.replace("canary", "right"), name)] for student, name in theirs
    }


def test_a_submission_reaches_nothing_under_stock_autograde(stock: Path):
    notebook = json.loads(
        (stock / "build" / "autograded" / "canary" / MODULE / "exercises.ipynb").read_text()
    )
    said = dict(line.split() for line in "".join(notebook["cells"][0]["outputs"][0]["text"]).splitlines())
    assert set(said) == {"gradebook", "hidden", "others", "written", "signal"}
    assert "DONE" not in said.values()
    assert not (stock / "was_here").exists()


def test_the_canary_would_have_reached_it(stock: Path):
    source = CANARY.format(course=str(stock), pid=os.getpid())
    said = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    (stock / "was_here").unlink()
    assert said.split()[1::2] == ["DONE"] * 5


def test_without_a_sandbox_nothing_is_graded_unless_allowed(root, notebook, monkeypatch):
    import nbformat

    from course.instructor.nbgrader_steps import GradeInSandbox

    monkeypatch.setenv("COURSE_ROOT", str(root.path))
    monkeypatch.setattr("course.instructor.grade_class.find_tier", lambda: UNISOLATED)  # this machine has one
    about = {"nbgrader": {"student": "ada", "assignment": MODULE, "notebook": "exercises"}}
    with pytest.raises(CourseError, match="allow_unisolated = True"):
        GradeInSandbox().preprocess(nbformat.from_dict(notebook), about)
    graded, _ = GradeInSandbox(allow_unisolated=True).preprocess(nbformat.from_dict(notebook), about)
    verdicts = [
        cell.outputs[0].data["text/plain"] for cell in graded.cells if cell.source.startswith("check(")
    ]
    assert verdicts == ["0", "0"]


def test_outputs_that_claim_a_pass_count_for_nothing(stock: Path):
    path = stock / "build" / "submitted" / "blank" / MODULE / "exercises.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            data = {"text/plain": "3"}
            cell["outputs"] = [
                {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}
            ]
    path.write_text(json.dumps(notebook))
    nbgrader(stock, "autograde", MODULE, "--student", "blank", "--force", "--no-execute")
    found = scores(stock / "build" / "gradebook.db")
    assert {found["blank", name] for name in ("compile_with_checkpointer", "read_thread")} == {0}


def test_stock_feedback_of_a_stock_grade(graded: Class, stock: Path):
    student = "near_miss_read_thread_3"
    nbgrader(stock, "generate_feedback", "--assignment", MODULE, "--student", student)
    page = (stock / "build" / "feedback" / student / MODULE / "exercises.html").read_text()
    result = graded.rows[student]
    assert f"(Score: {result.earned} / " in page
    failed = [test for exercise in result.exercises for test in exercise.tests if not test.passed]
    assert failed and all(test.message[1:60] in page for test in failed)


@pytest.mark.nightly
def test_formgraders_autograde_button(graded: Class, stock: Path):
    database = stock / "build" / "gradebook.db"
    before = scores(database)
    with sqlite3.connect(database) as db:
        db.execute("UPDATE grade SET auto_score = 0")
    db.close()
    with serving(stock) as base:
        url = f"{base}/api/submission/{MODULE}/near_miss_read_thread_2/autograde"
        reply = urllib.request.urlopen(
            urllib.request.Request(url, b"", method="POST"), timeout=patience.seconds()
        )
        done = json.loads(reply.read())
    assert done["success"], f"{done['error']}\n{done['log']}"
    after = scores(database)
    assert {
        name: score for (student, name), score in after.items() if student == "near_miss_read_thread_2"
    } == {name: score for (student, name), score in before.items() if student == "near_miss_read_thread_2"}


def test_stock_export_reads_our_gradebook(graded: Class, tmp_path):
    nbgrader(graded.out.path, "export", f"--to={tmp_path / 'stock.csv'}")
    with (tmp_path / "stock.csv").open(newline="") as file:
        stock = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert stock == {student: row.auto_earned for student, row in graded.rows.items()}


@pytest.mark.nightly
def test_stock_generate_feedback_reads_our_notebooks(graded: Class, tmp_path):
    for student in ("near_miss_read_thread_1", "flaw_no_json"):
        options = ["--assignment", MODULE, "--student", student]
        nbgrader(
            graded.out.path,
            *("generate_feedback", *options),
            f"--CourseDirectory.feedback_directory={tmp_path / 'stock'}",
        )
        page = (tmp_path / "stock" / student / MODULE / "exercises.html").read_text()
        earned = graded.rows[student].auto_earned
        assert f"(Score: {earned} / " in page


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A real server with nbgrader's formgrader in a course's folder: its address."""
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
        cwd=folder,
        env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/formgrader"
    try:
        patience.wait_for(
            lambda: patience.answers(f"{base}/api/assignments"), lambda: "formgrader did not start"
        )
        yield base
    finally:
        server.terminate()
        server.wait(patience.seconds())


@pytest.fixture(scope="module")
def formgrader(graded: Class) -> Iterator[str]:
    """Formgrader in the folder that we wrote."""
    with serving(graded.out.path) as base:
        yield base


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=patience.seconds()) as reply:
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
    exercise = graded.rows["right"].exercises[0]
    assert f"{exercise.points:g} of {exercise.points:g} points" in page


def test_a_grade_given_in_formgrader_reaches_our_feedback(graded: Class, formgrader: str, root):
    from autograder.gradebook.gradebook import Gradebook
    from autograder.grading.class_run import read_course
    from course.instructor.grade_class import materials

    submission = submission_ids(formgrader)["right"]
    grades = json.loads(read(f"{formgrader}/api/grades?submission_id={submission}"))
    grade = next(grade for grade in grades if grade["name"] == "why_it_forgot")
    body = json.dumps({"manual_score": 2.5, "extra_credit": 0}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{formgrader}/api/grade/{grade['id']}", data=body, method="PUT", headers=headers
    )
    urllib.request.urlopen(request, timeout=patience.seconds()).close()
    course = read_course(materials(root))
    with Gradebook(graded.out.gradebook) as book:  # as the next `course grade` does
        book.add_module(course.handouts[MODULE], course.points[MODULE])
        marks = book.record(graded.rows["right"], {"why_it_forgot": "Something else."}, None)
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

"""The real `nbgrader` command on our notebooks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course.authoring import build
from course.paths import Root

from .tiny import MODULE, TINY, rebuild

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Root:
    """A tiny course that has our configuration, and its answers printed."""
    root = Root(tmp_path_factory.mktemp("stock") / "tiny")
    shutil.copytree(TINY, root.path)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root.path)
    rebuild(root)
    for item, text in build.stale(build.answers(root, root.path / "build" / "answers")):
        build.write(item, text)
    return root


@pytest.fixture(scope="module")
def before(root):
    """What `modules/` holds before nbgrader releases into it."""
    return everything_in(root.modules)


@pytest.fixture(scope="module")
def nbgrader(root, before):
    """The command, in a course whose assignment has been generated."""

    def run(*words):
        environment = {name: value for name, value in os.environ.items() if name != "COURSE_ROOT"}
        ended = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=root.path,
            env={**environment, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]

    run("generate_assignment", MODULE, "--force")
    return run


def everything_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hand_in(root, student, notebook):
    path = root.path / "build" / "submitted" / student / MODULE / "exercises.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook))


def filled_in(root, sources):
    notebook = json.loads(root.notebook(MODULE, "exercises").read_text())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = sources.get(name, cell["source"])
    return notebook


def test_stock_generate_assignment_makes_our_release_to_the_byte(root, before, nbgrader):
    assert everything_in(root.modules) == before


def test_stock_autograde_runs_our_tests_hidden_ones_too(root, nbgrader):
    answers = json.loads((root.path / "build" / "answers" / MODULE / "exercises.ipynb").read_text())
    right = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in answers["cells"]
        if "nbgrader" in cell["metadata"]
    }
    script = "Because.<script>alert(1)</script>"
    none_for_empty = (
        "def notes_of(graph, thread_id):\n"
        "    config = {'configurable': {'thread_id': thread_id}}\n"
        "    return graph.get_state(config).values.get('notes')"
    )
    hand_in(root, "ada", filled_in(root, {**right, "why_it_forgot": script}))
    hand_in(root, "bob", filled_in(root, {**right, "read_thread_answer": none_for_empty}))
    hand_in(root, "cy", filled_in(root, {}))
    nbgrader("autograde", MODULE)
    assert scores(root) == {
        "ada": {"compile_with_checkpointer": 3, "read_thread": 3},
        "bob": {"compile_with_checkpointer": 3, "read_thread": 2},
        "cy": {"compile_with_checkpointer": 0, "read_thread": 0},
    }
    nbgrader("generate_feedback", MODULE)
    page = (root.path / "build" / "feedback" / "ada" / MODULE / "exercises.html").read_text()
    assert "<script>alert(1)" not in page


def scores(root):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root.path / 'build' / 'gradebook.db'}", "langgraph-persistence") as book:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for grade in submission.notebooks[0].grades
                if grade.name != "why_it_forgot"
            }
            for submission in book.find_assignment(MODULE).submissions
        }

import pytest

from course.learner.workspace import Workspace, lay_out
from course.paths import Root

from .small_course import TESTS, cell, exercises, notebook


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A course of one module, with two exercises."""
    folder = tmp_path / "course"
    (folder / "modules" / "01_numbers").mkdir(parents=True)
    (folder / "autograder" / "graders" / "01_numbers").mkdir(parents=True)
    (folder / "modules" / "01_numbers" / "lesson.py").write_text("# %% [markdown]\n# # Numbers\n")
    (folder / "modules" / "01_numbers" / "lesson.ipynb").write_text(notebook(cell("markdown", "# Numbers")))
    (folder / "modules" / "01_numbers" / "exercises.ipynb").write_text(exercises())
    (folder / "autograder" / "graders" / "01_numbers" / "test_numbers.py").write_text(TESTS)
    monkeypatch.setenv("COURSE_ROOT", str(folder))
    return Root(folder)


@pytest.fixture
def workspace(root, tmp_path, monkeypatch):
    """A workspace in which that course is laid out."""
    from course.learner.start_page import files_for_learners

    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "mine"))
    workspace = Workspace(tmp_path / "mine")
    lay_out(workspace, files_for_learners(root))
    return workspace

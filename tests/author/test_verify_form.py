"""Each rule about forms and files: break the tiny course in one way, and see that rule and that line."""

from __future__ import annotations

import re
import shutil

import pytest

from course.authoring.verify import verify
from course.paths import Root

from .tiny import MODULE, change, line_of, rebuild

pytestmark = pytest.mark.usefixtures("without_running")


def found(root: Root) -> list[tuple[str, str, int]]:
    """The problems: code, path within the course, line."""
    return [
        (problem.code, str(problem.path.relative_to(root.path)), problem.line)
        for problem in verify(root).problems
    ]


SOURCE, PUBLIC, HIDDEN = (
    f"solutions/{MODULE}/exercises.py",
    f"autograder/graders/test_{MODULE}.py",
    f"solutions/{MODULE}/test_hidden.py",
)
READ_THREAD = '# %% exercise="read_thread"\n'
HINT = '# %% [markdown] exercise="read_thread" tags=["hint"]\n# `get_state` takes a config and returns a snapshot.\n'
NEAR_MISS = """# %% exercise="read_thread" tags=["near-miss"] says="not the whole state"
def notes_of(graph, thread_id):
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values
"""
ALTERNATIVE = """# %% exercise="read_thread" tags=["alternative"]
def notes_of(graph, thread_id):
    for snapshot in graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=1):
        return snapshot.values.get("notes", [])
    return []
"""


def test_the_tiny_course_holds(root):
    assert found(root) == []


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "at"),
    [
        pytest.param("E101", SOURCE, "# ## Read a thread", "# Read a thread", READ_THREAD, id="no H2"),
        pytest.param(
            "E101", SOURCE, READ_THREAD, "# %%\nx = 1\n\n" + READ_THREAD, READ_THREAD, id="prompt elsewhere"
        ),
        pytest.param("E102", SOURCE, HINT, "", READ_THREAD, id="two hints"),
        pytest.param(
            "E102",
            SOURCE,
            "# `get_state` takes a config and returns a snapshot.\n",
            "",
            READ_THREAD,
            id="empty hint",
        ),
        pytest.param(
            "E103",
            SOURCE,
            '    config = {"configurable": {"thread_id": thread_id}}\n'
            '    return graph.get_state(config).values.get("notes", [])\n',
            "",
            READ_THREAD,
            id="empty region",
        ),
        pytest.param(
            "E103",
            SOURCE,
            "# ### BEGIN SOLUTION\n# Its saver keeps checkpoints in the memory of the process. A saver that writes "
            "to a file would keep them.\n# ### END SOLUTION",
            "# Its saver.",
            '# %% [markdown] exercise="why_it_forgot" points=3\n',
            id="no region",
        ),
        pytest.param("E105", SOURCE, NEAR_MISS, "", READ_THREAD, id="two near misses"),
        pytest.param(
            "E105",
            SOURCE,
            ' says="not the whole state"',
            "",
            '# %% exercise="read_thread" tags=["near-miss"]\n',
            id="no says",
        ),
        pytest.param("E106", SOURCE, ALTERNATIVE, "", READ_THREAD, id="no alternative"),
        pytest.param(
            "E107",
            HIDDEN,
            'exercise("read_thread"',
            'exercise("compile_with_checkpointer"',
            '"""Hidden tests',
            id="no hidden test",
        ),
        pytest.param(
            "E107",
            PUBLIC,
            'exercise("read_thread"',
            'exercise("compile_with_checkpointer"',
            '"""Public tests',
            id="no public test",
        ),
        pytest.param(
            "E108",
            PUBLIC,
            '    """`notes_of` returns what a thread holds."""\n',
            "",
            "def test_reads_the_notes_of_a_thread",
            id="no title",
        ),
        pytest.param(
            "E108",
            HIDDEN,
            "A thread that never ran has no notes.",
            "`notes_of` returns what a thread holds.",
            "def test_a_thread_that_never_ran_is_empty",
            id="same title",
        ),
        pytest.param(
            "E109",
            HIDDEN,
            ', f"a thread that never ran gave {notes}: return an empty list for it"',
            "",
            "    assert notes == []\n",
            id="assert without a message",
        ),
        pytest.param(
            "E112",
            SOURCE,
            "from course import check, hint, timeline",
            "from course import timeline",
            "# %% [markdown]\n# # Exercises",
            id="no check",
        ),
        pytest.param("E114", PUBLIC, "Public tests of", "TODO: tests of", '"""TODO:', id="left to do"),
    ],
)
def test_a_broken_form_is_found(root, code, file, old, new, at):
    path = root.path / file
    change(path, old, new)
    rebuild(root)
    text = path.read_text()
    assert text.count(at) == 1 or code == "E112"
    assert found(root) == [(code, file, text[: text.index(at)].count("\n") + 1)]


def test_a_bad_name_is_found(root):
    for file in (SOURCE, PUBLIC, HIDDEN):
        change(root.path / file, '"read_thread"', '"ReadThread"')
    rebuild(root)
    lines = (root.path / SOURCE).read_text().splitlines()
    assert found(root) == [("E104", SOURCE, lines.index('# %% exercise="ReadThread"') + 1)]


def test_a_name_taken_in_another_module_is_found(root):
    for folder in (root.modules, root.solutions):
        shutil.copytree(folder / MODULE, folder / "02_more")
    shutil.copy(root.public_tests(MODULE), root.public_tests("02_more"))
    rebuild(root)
    assert {(code, path) for code, path, _ in found(root)} == {("E110", "solutions/02_more/exercises.py")}
    assert len(found(root)) == 3


def test_a_test_of_no_exercise_is_found(root):
    path = root.public_tests(MODULE)
    path.write_text(
        path.read_text()
        + '\n\n@pytest.mark.exercise("read_threads", points=1)\ndef test_more(submission):\n    """More."""\n'
    )
    assert found(root) == [("E111", PUBLIC, line_of(path, "def test_more"))]


@pytest.mark.parametrize(
    "stray",
    [
        f"modules/{MODULE}/Untitled.ipynb",
        f"solutions/{MODULE}/notes.md",
        "modules/chat.db",
        "autograder/graders/test_09_gone.py",
    ],
)
def test_a_stray_file_is_found(root, stray):
    (root.path / stray).write_text("")
    assert found(root) == [("E113", stray, 1)]


def test_tests_in_another_order_than_their_exercises_are_found(root):
    path = root.path / PUBLIC
    names = {"compile_with_checkpointer": "read_thread", "read_thread": "compile_with_checkpointer"}
    pieces = re.split(f'(?<=exercise\\(")({"|".join(names)})', path.read_text())
    path.write_text("".join(names.get(piece, piece) for piece in pieces))
    assert found(root) == [("E115", PUBLIC, line_of(path, "def test_reads_the_notes_of_a_thread"))]


def test_what_tools_leave_behind_is_no_stray_file(root):
    for folder in (f"modules/{MODULE}/.ipynb_checkpoints", f"solutions/{MODULE}/__pycache__"):
        (root.path / folder).mkdir()
    assert found(root) == []


def test_a_missing_lesson_is_found(root):
    root.lesson_source(MODULE).unlink()
    assert found(root) == [("E113", f"modules/{MODULE}/lesson.py", 1)]


@pytest.mark.parametrize(
    ("file", "old", "new", "at"),
    [
        (SOURCE, 'says="add the node"', 'say="add the node"', 'say="add the node"'),
        (SOURCE, 'tags=["near-miss"] says="add the node"', 'tags=["nearmiss"]', 'tags=["nearmiss"]'),
        (
            PUBLIC,
            '@pytest.mark.exercise("read_thread", points=2)\n',
            "",
            "def test_reads_the_notes_of_a_thread",
        ),
        (PUBLIC, "import pytest", "import", "import\n"),
    ],
)
def test_what_cannot_be_read_is_found(root, file, old, new, at):
    path = root.path / file
    change(path, old, new)
    text = path.read_text()
    assert found(root) == [("E100", file, text[: text.index(at)].count("\n") + 1)]


def test_a_stale_print_is_found(root):
    change(root.notebook(MODULE, "lesson"), "checkpoints", "checkpoint")
    assert found(root) == [("E301", f"modules/{MODULE}/lesson.ipynb", 1)]

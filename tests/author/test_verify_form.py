"""Each rule about forms and files: break the tiny course in one way, and see that rule and that line."""

from __future__ import annotations

import shutil

import pytest

from course.authoring.verify import verify
from course.paths import Root

from .tiny import (
    ANSWER,
    FIRST_CELLS,
    FOLDER,
    HIDDEN,
    HINTS,
    MODULE,
    MODULE_TEXT,
    PROMPT,
    PUBLIC,
    QUESTION,
    change,
    line_of,
    rebuild,
)

WRONG, RIGHT = f"{FOLDER}/wrong/all_of_the_state.py", f"{FOLDER}/right/history_of_one.py"

pytestmark = pytest.mark.usefixtures("without_running")


def found(root: Root) -> list[tuple[str, str, int]]:
    """The problems: code, path within the course, line."""
    return [
        (problem.code, str(problem.path.relative_to(root.path)), problem.line)
        for problem in verify(root).problems
    ]


def test_the_tiny_course_holds(root):
    assert found(root) == []


REGION = """\
    config = {"configurable": {"thread_id": thread_id}}
    return graph.get_state(config).values.get("notes", [])
"""
QUESTIONS_REGION = """\
### BEGIN SOLUTION
Its saver keeps checkpoints in the memory of the process. A saver that writes to a file would keep them.
### END SOLUTION
"""


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "at"),
    [
        pytest.param("E101", PROMPT, "## Read a thread", "Read a thread", "", id="no H2"),
        pytest.param("E102", HINTS, "\n---\n\n`get_state`", "\n`get_state`", "", id="two hints"),
        pytest.param(
            "E102", HINTS, "`get_state` takes a config and returns a snapshot.\n", "", "", id="empty hint"
        ),
        pytest.param("E103", ANSWER, REGION, "", "    ### BEGIN SOLUTION", id="empty region"),
        pytest.param("E103", QUESTION, QUESTIONS_REGION, "Its saver.", "", id="no region"),
        pytest.param("E105", WRONG, "# says: not the whole state\n", "", "", id="no says"),
        pytest.param("E105", WRONG, "# says: not the whole state\n", "# says:\n", "", id="empty says"),
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
            "E111",
            HIDDEN,
            "import pytest\n",
            "import pytest\n\nfrom test_compile_with_checkpointer import two_runs\n",
            "from test_compile",
            id="another exercise's tests",
        ),
        pytest.param(
            "E112",
            FIRST_CELLS,
            "from course import check, hint, timeline",
            "from course import timeline",
            "",
            id="no check",
        ),
        pytest.param("E114", PUBLIC, "Public tests of", "TODO: tests of", '"""TODO:', id="left to do"),
        pytest.param("E114", PROMPT, "`notes_of(", "TODO (", "TODO", id="left to do in a prompt"),
        pytest.param("E114", MODULE_TEXT, "Run a cell", "TODO", "TODO", id="left to do in the head"),
    ],
)
def test_a_broken_form_is_found(root, code, file, old, new, at):
    path = root.path / file
    change(path, old, new)
    rebuild(root)
    text = path.read_text()
    assert not at or text.count(at) == 1
    assert found(root) == [(code, file, text[: text.index(at)].count("\n") + 1)]


@pytest.mark.parametrize(
    ("code", "file", "where"),
    [
        ("E101", PROMPT, PROMPT),
        ("E102", HINTS, HINTS),
        ("E105", WRONG, ANSWER),
        ("E106", RIGHT, ANSWER),
        ("E107", HIDDEN, HIDDEN),
        ("E107", PUBLIC, PUBLIC),
    ],
)
def test_a_missing_file_is_found(root, code, file, where):
    (root.path / file).unlink()
    rebuild(root)
    assert found(root) == [(code, where, 1)]


def test_a_bad_name_is_found(root):
    root.exercise(MODULE, "read_thread").rename(root.exercise(MODULE, "readThread"))
    change(root.path / MODULE_TEXT, "- read_thread", "- readThread")
    root.public_test(MODULE, "read_thread").rename(root.public_test(MODULE, "readThread"))
    for path in (root.public_test(MODULE, "readThread"), root.hidden_test(MODULE, "readThread")):
        change(path, '"read_thread"', '"readThread"')
    rebuild(root)
    assert found(root) == [("E104", ANSWER.replace("read_thread", "readThread"), 1)]


def test_a_name_taken_in_another_module_is_found(root):
    for folder in (root.modules, root.solutions, root.graders):
        shutil.copytree(folder / MODULE, folder / "02_more")
    rebuild(root)
    problems = found(root)
    assert {code for code, _, _ in problems} == {"E110"}
    assert len(problems) == 6  # three names, in both modules
    [problem] = verify(root, names=["read_thread"], modules=["02_more"]).problems
    assert "taken in 01_threads too" in problem.message


def test_a_test_of_another_exercise_is_found(root):
    path = root.path / PUBLIC
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
        f"{FOLDER}/notes.md",
        f"{FOLDER}/answer.ipynb",
        f"{FOLDER}/wrong/notes.md",
        f"{FOLDER}/right/an-answer.py",
        f"solutions/{MODULE}/why_it_forgot/hints.md",
        "modules/chat.db",
        "solutions/notes.md",
        "autograder/graders/test_01_threads.py",
        f"autograder/graders/{MODULE}/test_of_nothing.py",
        f"autograder/graders/{MODULE}/test_why_it_forgot.py",
    ],
)
def test_a_stray_file_is_found(root, stray):
    (root.path / stray).write_text("x = 1\n")
    assert found(root) == [("E113", stray, 1)]


def test_the_page_of_further_topics_is_no_stray_file(root):
    (root.modules / "more.py").write_text("# %% [markdown]\n# # More\n")
    assert found(root) == []


def test_a_stray_file_in_its_folder_fails_an_exercise_and_no_other(root):
    (root.path / FOLDER / "notes.md").write_text("")
    assert [each.code for each in verify(root, names=["read_thread"]).problems] == ["E113"]
    assert verify(root, names=["compile_with_checkpointer"]).problems == ()


@pytest.mark.parametrize(
    "stray",
    [f"modules/{MODULE}/chat.db", "modules/chat.db", f"autograder/graders/{MODULE}/test_of_nothing.py"],
)
def test_a_stray_file_in_a_shared_folder_fails_each_exercise_of_the_module(root, stray):
    (root.path / stray).write_text("x = 1\n")
    assert [each.code for each in verify(root, names=["compile_with_checkpointer"]).problems] == ["E113"]


def test_what_is_left_to_do_in_its_lesson_fails_an_exercise(root):
    change(root.lesson_source(MODULE), "# %%", "# TODO\n# %%")
    problems = verify(root, names=["compile_with_checkpointer"]).problems
    assert "E114" in {each.code for each in problems}


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
        (ANSWER, "### END SOLUTION", "the end", "    ### BEGIN"),
        (WRONG, "def notes_of", "# %% [above]\ndef notes_of", "# %% [above]"),
        (MODULE_TEXT, "- read_thread\n", "", "## Order"),
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


RULES = """
1. The second run sees the first.
2. Nothing else is kept.

```python
3. no_rule()
```
"""


def with_rules(root, marks: str, prompt: str = RULES):
    """Give the exercise a role, so that the rules about rules apply."""
    change(root.path / MODULE_TEXT, "- read_thread", "- read_thread (core, 20 minutes)")
    path = root.path / PROMPT
    path.write_text(path.read_text() + prompt)
    change(root.path / PUBLIC, "points=", f"{marks}points=")
    rebuild(root)


def test_each_rule_of_a_prompt_has_a_test(root):
    with_rules(root, "rules=(1, 2), ")
    assert found(root) == []


def test_a_rule_that_no_test_looks_at_is_found(root):
    with_rules(root, "rules=1, ")
    assert found(root) == [("E115", PROMPT, line_of(root.path / PROMPT, "2. Nothing else"))]


def test_a_test_of_a_rule_that_there_is_not_is_found(root):
    with_rules(root, "rules=(1, 2, 3), ")
    assert {(code, file) for code, file, _ in found(root)} == {("E115", PUBLIC)}


def test_a_prompt_without_rules_is_found(root):
    with_rules(root, "", prompt="")
    assert found(root) == [("E115", PROMPT, 1)]


def test_a_long_prompt_is_found_and_fine_print_and_code_do_not_count(root):
    extra = "<details>\n" + "fine " * 300 + "\n</details>\n```\n" + "code " * 300 + "\n```\n"
    with_rules(root, "rules=(1, 2), ", prompt=RULES + extra)
    assert found(root) == []
    (root.path / PROMPT).write_text((root.path / PROMPT).read_text() + "word " * 200)
    rebuild(root)
    assert found(root) == [("E116", PROMPT, 1)]

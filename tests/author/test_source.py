from __future__ import annotations

import pytest

from course.authoring.answers import read_wrong
from course.authoring.exercise_source import read_module
from course.authoring.test_marks import bare_asserts, module_tests
from course.errors import SourceError
from course.learner.catalogue import entries

from .tiny import (
    ANSWER,
    FIRST_CELLS,
    FOLDER,
    HIDDEN,
    MODULE,
    MODULE_TEXT,
    PUBLIC,
    QUESTION,
    change,
    line_of,
    rebuild,
)


def test_an_exercise_has_all_that_belongs_to_it(root):
    source = read_module(root, MODULE)
    assert source.title == "Exercises: threads"
    assert [each.name for each in source.exercises] == [
        "compile_with_checkpointer",
        "read_thread",
        "why_it_forgot",
    ]
    first = source.exercises[0]
    assert first.title == "Compile with a checkpointer"
    assert first.prompt.startswith("## Compile with a checkpointer\n\n`build_graph()` returns")
    assert first.answer.startswith("def build_graph():") and "### BEGIN SOLUTION" in first.answer
    assert len(first.hints) == 3 and first.hints[1] == "`compile()` takes a `checkpointer`."
    assert {miss.path.stem: miss.says for miss in first.near_misses} == {
        "no_checkpointer": "pass checkpointer= to compile()",
        "node_is_silent": "add the node",
        "not_compiled": "compiled graph",
    }
    assert all(miss.code.startswith("def build_graph") for miss in first.near_misses)
    assert first.alternatives[0].code.startswith("SAVER = InMemorySaver()")
    assert first.manual_points is None


def test_a_question_has_its_points_and_model_answer(root):
    question = read_module(root, MODULE).exercises[2]
    assert question.manual_points == 3
    assert question.title == "Why it forgot"
    assert question.answer.startswith("### BEGIN SOLUTION\nIts saver keeps checkpoints in the memory")


def test_the_order_is_the_lists(root):
    change(root.path / MODULE_TEXT, "- read_thread\n", "")
    change(
        root.path / MODULE_TEXT, "- compile_with_checkpointer", "- read_thread\n- compile_with_checkpointer"
    )
    names = [each.name for each in read_module(root, MODULE).exercises]
    assert names == ["read_thread", "compile_with_checkpointer", "why_it_forgot"]


def test_the_list_is_not_printed(root):
    head = read_module(root, MODULE).cells[0].text
    assert head.startswith("# Exercises: threads") and "Order" not in head and "read_thread" not in head


def test_role_and_minutes_are_shown_under_the_title_and_kept_for_learners(root):
    change(root.path / MODULE_TEXT, "- read_thread", "- read_thread (core, 25 minutes)")
    source = read_module(root, MODULE)
    first, second, _ = (each.place for each in source.exercises)
    assert (first.role, first.minutes, second.role, second.minutes) == ("", 0, "core", 25)
    assert "## Read a thread\n\n*Core · 25 minutes*\n" in "".join(cell.text for cell in source.cells)
    rebuild(root)
    known = entries(root)
    assert (known["read_thread"].role, known["read_thread"].minutes) == ("core", 25)
    assert known["compile_with_checkpointer"].role == ""


@pytest.mark.parametrize("said", ["(core)", "(core, soon)", "(main, 25 minutes)", "core"])
def test_a_role_that_is_none_is_found_with_its_line(root, said):
    change(root.path / MODULE_TEXT, "- read_thread", f"- read_thread {said}")
    with pytest.raises(SourceError) as raised:
        read_module(root, MODULE)
    assert raised.value.line == line_of(root.path / MODULE_TEXT, "- read_thread")


def test_plain_cells_keep_their_tags_and_lose_jupytexts_own(root):
    change(root.path / FIRST_CELLS, "# %%\nclass State", '# %% tags=["keep"]\nclass State')
    cell = read_module(root, MODULE).cells[2]
    assert dict(cell.metadata) == {"tags": ["keep"]}


def test_a_wrong_answer_is_added_by_dropping_one_file(root):
    before = read_module(root, MODULE).exercises[1].near_misses
    path = root.path / FOLDER / "wrong" / "newest_first.py"
    path.write_text("# says: oldest first\ndef notes_of(graph, thread_id):\n    return []\n")
    after = read_module(root, MODULE).exercises[1].near_misses
    assert [miss for miss in after if miss not in before] == [read_wrong(path)]
    assert read_wrong(path).says == "oldest first"


def test_an_answer_may_need_cells_around_it(tmp_path):
    path = tmp_path / "helper.py"
    path.write_text("# says: x\n# %% [before]\nimport json\n\n# %% [answer]\na = 1\n# %% [after]\na = 2\n")
    found = read_wrong(path)
    assert (found.says, found.before, found.code, found.after) == ("x", "import json", "a = 1", "a = 2")


def test_what_stands_above_the_first_section_is_the_answer(tmp_path):
    path = tmp_path / "helper.py"
    path.write_text("a = 1\n# %% [after]\na = 2\n")
    found = read_wrong(path)
    assert (found.says, found.before, found.code, found.after) == ("", "", "a = 1", "a = 2")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# says: x\na = 1\n# %% [below]\n", 3),
        ("# says: x\na = 1\n# %% [answer]\na = 2\n", 3),
        ("# says: x\n# %%\na = 1\n", 2),
        ("# says: x\n", 1),
    ],
)
def test_an_answer_in_another_form_is_a_source_error(tmp_path, text, line):
    path = tmp_path / "helper.py"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        read_wrong(path)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "says"),
    [
        pytest.param(
            ANSWER,
            "    ### END SOLUTION\n",
            "    # the end\n",
            "    ### BEGIN SOLUTION",
            "this solution region has no `### END SOLUTION`",
            id="region never closed",
        ),
        pytest.param(
            ANSWER,
            '    """Return the notes of a thread."""\n',
            "    ### END SOLUTION\n",
            "    ### END SOLUTION\n    ### BEGIN SOLUTION",
            "without `### BEGIN SOLUTION` above it",
            id="region never opened",
        ),
        pytest.param(
            FIRST_CELLS,
            "    notes: Annotated[list[str], operator.add]",
            "    ### BEGIN SOLUTION\n    notes: Annotated[list[str], operator.add]\n    ### END SOLUTION",
            "# %%\nclass State",
            "only an answer has one",
            id="region in another cell",
        ),
        pytest.param(
            QUESTION,
            "points: 3\n\n",
            "",
            "### BEGIN",
            "begin with `points: 3`",
            id="question without points",
        ),
        pytest.param(MODULE_TEXT, "# Exercises", "Exercises", "Exercises", "no title", id="no title"),
        pytest.param(
            MODULE_TEXT, "## Order of the exercises", "## Order", "# Exercises", "doesn't list", id="no list"
        ),
        pytest.param(
            MODULE_TEXT,
            "- read_thread",
            "- read_threads",
            "- read_threads",
            f"there is no folder `read_threads`: take it out, or run `course new {MODULE} read_threads`",
            id="name without folder",
        ),
        pytest.param(
            MODULE_TEXT,
            "- read_thread\n",
            "",
            "## Order of the exercises",
            "the folder `read_thread` isn't listed: add `- read_thread` where it belongs",
            id="folder without name",
        ),
        pytest.param(
            MODULE_TEXT,
            "- why_it_forgot",
            "- read_thread\n- why_it_forgot",
            "- read_thread\n- why",
            "listed twice",
            id="name twice",
        ),
        pytest.param(
            MODULE_TEXT, "- read_thread", "* read thread", "* read thread", "no list item", id="no item"
        ),
    ],
)
def test_a_form_error_names_its_line(root, file, old, new, at, says):
    path = root.path / file
    change(path, old, new)
    with pytest.raises(SourceError) as caught:
        read_module(root, MODULE)
    line = path.read_text()[: path.read_text().index(at)].count("\n") + 1
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("file", [MODULE_TEXT, FIRST_CELLS, ANSWER])
def test_a_missing_file_is_a_source_error(root, file):
    (root.path / file).unlink()
    with pytest.raises(SourceError, match="this file is missing"):
        read_module(root, MODULE)


def test_a_magic_is_no_marker(root):
    change(root.path / FIRST_CELLS, "# %%\nclass State", "# %%\n# %%writefile x.py\nclass State")
    assert read_module(root, MODULE).cells[2].text.startswith("%%writefile x.py")


def test_tests_are_read_without_being_imported(root):
    path = root.path / HIDDEN
    path.write_text("import nothing_of_that_name\n" + path.read_text())
    tests = module_tests(root, MODULE)
    assert [(each.exercise, each.points, each.hidden) for each in tests] == [
        ("compile_with_checkpointer", 2.0, False),
        ("read_thread", 2.0, False),
        ("compile_with_checkpointer", 1.0, True),
        ("read_thread", 1.0, True),
    ]
    assert tests[1].title == "`notes_of` returns what a thread holds."


@pytest.mark.parametrize(
    "mark", ['("read_thread")', "(points=2)", '("read_thread", points=0)', "(NAME, points=2)"]
)
def test_a_mark_that_says_too_little_is_a_source_error(root, mark):
    path = root.path / PUBLIC
    change(path, '("read_thread", points=2)', mark)
    with pytest.raises(SourceError, match="does not say what it is worth") as caught:
        module_tests(root, MODULE)
    assert caught.value.line == line_of(path, "def test_reads_the_notes_of_a_thread")


def test_asserts_without_a_message_are_found_in_helpers_too(tmp_path):
    path = tmp_path / "test_x.py"
    path.write_text('def help():\n    assert 1\n\n\ndef test_x():\n    assert 1, "said"\n')
    assert bare_asserts(path) == [2]

from __future__ import annotations

import pytest

from course.authoring.exercise_source import read_module
from course.authoring.test_marks import bare_asserts, module_tests
from course.errors import SourceError

from .tiny import MODULE, change, line_of


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
    assert [miss.says for miss in first.near_misses] == [
        "pass checkpointer= to compile()",
        "add the node",
        "compiled graph",
    ]
    assert first.alternatives[0].code.startswith("SAVER = InMemorySaver()")
    assert first.manual_points is None


def test_lines_are_those_of_the_markers(root):
    path = root.exercises_source(MODULE)
    exercise = read_module(root, MODULE).exercises[1]
    assert path.read_text().splitlines()[exercise.line - 1] == '# %% exercise="read_thread"'
    assert exercise.near_misses[1].line == line_of(path, 'says="of the thread it is given"')


def test_a_question_has_its_points_and_model_answer(root):
    question = read_module(root, MODULE).exercises[2]
    assert question.manual_points == 3
    assert question.title == "Why it forgot"
    assert "keeps checkpoints in the memory" in question.answer


def test_plain_cells_keep_their_tags_and_lose_jupytexts_own(root):
    change(root.exercises_source(MODULE), "# %%\nclass State", '# %% tags=["keep"]\nclass State')
    cell = read_module(root, MODULE).cells[2]
    assert dict(cell.metadata) == {"tags": ["keep"]}


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        pytest.param(
            'tags=["near-miss"] says="add the node"',
            'tags=["near-mis"] says="add the node"',
            'says="add the node"',
            'a code cell of an exercise has no tags or tags=["near-miss"] or tags=["alternative"]',
            id="unknown tag",
        ),
        pytest.param(
            '.get("notes", [])\n    ### END SOLUTION',
            '.get("notes", [])\n    # the end',
            "### BEGIN SOLUTION\n    config",
            "this solution region has no `### END SOLUTION`",
            id="region never closed",
        ),
        pytest.param(
            '    """Return the notes of a thread."""\n',
            "    ### END SOLUTION\n",
            "    ### END SOLUTION\n    ### BEGIN SOLUTION\n    config",
            "without `### BEGIN SOLUTION` above it",
            id="region never opened",
        ),
        pytest.param(
            "# %%\nclass State(TypedDict):\n",
            '# %% says="hm"\nclass State(TypedDict):\n',
            '# %% says="hm"',
            "has says but no exercise",
            id="says without exercise",
        ),
        pytest.param(
            "    notes: Annotated[list[str], operator.add]",
            "    ### BEGIN SOLUTION\n    notes: Annotated[list[str], operator.add]\n    ### END SOLUTION",
            "# %%\nclass State",
            "has a solution region but no exercise",
            id="region without exercise",
        ),
        pytest.param(
            'exercise="compile_with_checkpointer" tags=["alternative"]',
            'exercise="compile_with_a_checkpointer" tags=["alternative"]',
            'exercise="compile_with_a_checkpointer"',
            "`compile_with_a_checkpointer`, which has no answer cell",
            id="owner missing",
        ),
        pytest.param(
            'exercise="read_thread" tags=["alternative"]',
            'exercise="read_thread"',
            '# %% exercise="read_thread"\ndef notes_of(graph, thread_id):\n    for',
            "a second answer for `read_thread`",
            id="two answers",
        ),
        pytest.param(
            'exercise="why_it_forgot" points=3',
            'exercise="why_it_forgot"',
            'exercise="why_it_forgot"',
            "has `points=N`",
            id="question without points",
        ),
        pytest.param(
            "# # Exercises: threads",
            "# Exercises: threads",
            "# %% [markdown]\n# Exercises",
            "no title",
            id="no title",
        ),
    ],
)
def test_a_form_error_names_its_line(root, old, new, at, says):
    path = root.exercises_source(MODULE)
    change(path, old, new)
    with pytest.raises(SourceError) as caught:
        read_module(root, MODULE)
    line = path.read_text()[: path.read_text().index(at)].count("\n") + 1
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_missing_file_is_a_source_error(root):
    root.exercises_source(MODULE).unlink()
    with pytest.raises(SourceError, match="this file is missing"):
        read_module(root, MODULE)


def test_a_magic_is_no_marker(root):
    change(root.exercises_source(MODULE), "# %%\nclass State", "# %%\n# %%writefile x.py\nclass State")
    assert read_module(root, MODULE).cells[2].text.startswith("%%writefile x.py")


def test_tests_are_read_without_being_imported(root):
    root.hidden_tests(MODULE).write_text(
        "import nothing_of_that_name\n" + root.hidden_tests(MODULE).read_text()
    )
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
    path = root.public_tests(MODULE)
    change(path, '("read_thread", points=2)', mark)
    with pytest.raises(SourceError, match="does not say what it is worth") as caught:
        module_tests(root, MODULE)
    assert caught.value.line == line_of(path, "def test_reads_the_notes_of_a_thread")


def test_asserts_without_a_message_are_found_in_helpers_too(tmp_path):
    path = tmp_path / "test_x.py"
    path.write_text('def help():\n    assert 1\n\n\ndef test_x():\n    assert 1, "said"\n')
    assert bare_asserts(path) == [2]

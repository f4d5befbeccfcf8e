"""Each rule about behaviour: break an answer or a test in one way, and see that rule and that line."""

from __future__ import annotations

import pytest

from course.authoring.verify import verify

from .tiny import ANSWER, FOLDER, HIDDEN, PUBLIC, change, rebuild

pytestmark = pytest.mark.usefixtures("on_one_bench")

WRONG, RIGHT = f"{FOLDER}/wrong", f"{FOLDER}/right/history_of_one.py"


def test_the_tiny_course_holds(root):
    report = verify(root, names=["read_thread"], jobs=1)
    assert report.problems == ()
    assert report.counts == {"exercises": 1, "tests": 2, "near misses": 3, "alternatives": 1, "lessons": 0}


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "where", "says"),
    [
        pytest.param(
            "E200",
            PUBLIC,
            "points=2)\ndef test_reads_the_notes_of_a_thread(submission):",
            'points=2)\n@pytest.mark.parametrize("n", [1, 2])\ndef test_reads_the_notes_of_a_thread(submission, n):',
            PUBLIC,
            "pytest collects 3 tests for 5 points, the printer counts 2 for 3",
            id="parametrized",
        ),
        pytest.param(
            "E201",
            HIDDEN,
            '    return notes_of(builder.compile(checkpointer=InMemorySaver()), "never ran")',
            "    try:\n"
            '        return notes_of(builder.compile(checkpointer=InMemorySaver()), "never ran")\n'
            "    except NotImplementedError:\n"
            '        return ["blank"]',
            ANSWER,
            "“A thread that never ran has no notes.” ends as “failed: a thread that never ran gave ['blank']",
            id="blank fails for another reason",
        ),
        pytest.param(
            "E202",
            ANSWER,
            '    return graph.get_state(config).values.get("notes", [])\n    ### END',
            "    return list(graph.get_state(config).values)\n    ### END",
            ANSWER,
            "“`notes_of` returns what a thread holds.” fails on our own solution (failed: `notes_of` returned",
            id="wrong solution",
        ),
        pytest.param(
            "E203",
            PUBLIC,
            "def read_one(notes_of, thread_id, note):",
            "def read_one(notes_of, build_graph, thread_id, note):\n    build_graph()",
            ANSWER,
            "fails on our solution when all other answers are blank (not written: ",
            id="test that needs another answer",
        ),
        pytest.param(
            "E204",
            HIDDEN,
            "    assert notes == [], f",
            "    assert notes in (None, []), f",
            f"{WRONG}/none_when_empty.py",
            "this near miss gets full marks",
            id="near miss with full marks",
        ),
        pytest.param(
            "E204",
            PUBLIC,
            "return the notes, not the whole state",
            "return the notes",
            f"{WRONG}/all_of_the_state.py",
            "this near miss is not told “not the whole state” but “failed: `notes_of` returned a dict",
            id="near miss told something else",
        ),
        pytest.param(
            "E204",
            f"{WRONG}/all_of_the_state.py",
            "def notes_of(",
            "def note_of(",
            f"{WRONG}/all_of_the_state.py",
            "this near miss lacks a name that the tests use: is it misspelt?",
            id="near miss that defines nothing",
        ),
        pytest.param(
            "E205",
            RIGHT,
            "limit=1):\n        return snapshot.values.get",
            "limit=1):\n        return snapshot.metadata.get",
            RIGHT,
            "fails on this alternative (failed: ",
            id="alternative refused",
        ),
    ],
)
def test_a_broken_behaviour_is_found(root, code, file, old, new, where, says):
    change(root.path / file, old, new)
    rebuild(root)
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path, each.line) for each in problems] == [(code, root.path / where, 1)]
    assert says in problems[0].message
    assert problems[0].exercise == "read_thread"


def test_tests_that_cannot_be_collected_are_one_problem(root):
    change(root.path / PUBLIC, "import pytest", "import pytest\nimport nothing_of_that_name")
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path) for each in problems] == [("E200", root.path / PUBLIC)]
    assert problems[0].message == (
        "the tests cannot be collected: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    )


def test_a_wrong_answer_dropped_in_is_tried_with_the_cells_around_it(root):
    path = root.path / WRONG / "with_a_helper.py"
    path.write_text(
        "# %% [before]\n"
        "def values(graph, thread_id):\n"
        '    return graph.get_state({"configurable": {"thread_id": thread_id}}).values\n'
        "# %% [answer]\n"
        "def notes_of(graph, thread_id):\n"
        '    return values(graph, thread_id).get("notes", [])\n'
        "# %% [after]\n"
        "right_answer, notes_of = notes_of, lambda graph, thread_id: None\n"
    )
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path) for each in problems] == [("E105", path)]  # wrong, by the cell below it
    path.write_text("# says: of the thread it is given\n" + path.read_text().split("# %% [after]")[0])
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path) for each in problems] == [("E204", path)]
    assert "gets full marks" in problems[0].message  # with the helper of the cell above it


def test_a_wrong_answer_that_is_no_python_proves_nothing(root):
    path = root.path / WRONG / "slip_of_the_pen.py"
    path.write_text("# says: anything\ndef notes_of(graph, thread_id:\n    return []\n")
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path, each.line) for each in problems] == [("E100", path, 2)]
    assert "this is no Python" in problems[0].message


def test_what_depends_on_the_inputs_is_found_by_more_draws(root):
    """A test that looks at every other draw only, at a wrong answer that it should catch each time."""
    (root.path / WRONG / "by_luck.py").write_text(
        "# says: of the thread it is given\n"
        "def notes_of(graph, thread_id):\n"
        '    config = {"configurable": {"thread_id": thread_id}}\n'
        '    return graph.get_state(config).values.get("notes", []) and ["lucky"]\n'
    )
    draws = root.path / "draws.txt"
    draws.touch()
    lucky = f"""    from pathlib import Path
    draws = Path({str(draws)!r})
    if notes == ["lucky"]:
        draws.write_text(draws.read_text() + "x")
        if len(draws.read_text()) % 2:
            return
"""
    first = "    assert not isinstance(notes, dict)"
    change(root.path / PUBLIC, first, lucky + first)
    problems = verify(root, names=["read_thread"], jobs=1, draws=4).problems
    assert [each.code for each in problems] == ["E204"]
    assert "in 2 of 4 draws" in problems[0].message


def test_nothing_follows_from_a_solution_that_fails(root):
    wrong = "    return list(graph.get_state(config).values)\n    ### END"
    change(
        root.path / ANSWER, '    return graph.get_state(config).values.get("notes", [])\n    ### END', wrong
    )
    rebuild(root)
    applied = verify(root, names=["read_thread"], jobs=1).applied
    assert "E202" in applied and not applied & {"E203", "E204", "E205"}

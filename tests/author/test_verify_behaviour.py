"""Each rule about behaviour: break an answer or a test in one way, and see that rule and that line."""

from __future__ import annotations

import pytest

from course.authoring.verify import verify

from .tiny import MODULE, change, rebuild

pytestmark = pytest.mark.usefixtures("on_one_bench")

SOURCE, PUBLIC, HIDDEN = (
    f"solutions/{MODULE}/exercises.py",
    f"autograder/graders/test_{MODULE}.py",
    f"solutions/{MODULE}/test_hidden.py",
)
ANSWER = '# %% exercise="read_thread"\n'
ALTERNATIVE = '# %% exercise="read_thread" tags=["alternative"]'


def test_the_tiny_course_holds(root):
    report = verify(root, names=["read_thread"], jobs=1)
    assert report.problems == ()
    assert report.counts == {"exercises": 1, "tests": 2, "near misses": 3, "alternatives": 1, "lessons": 0}


@pytest.mark.parametrize(
    ("code", "file", "old", "new", "at", "says"),
    [
        pytest.param(
            "E200",
            PUBLIC,
            "points=2)\ndef test_reads_the_notes_of_a_thread(submission):",
            'points=2)\n@pytest.mark.parametrize("n", [1, 2])\ndef test_reads_the_notes_of_a_thread(submission, n):',
            ANSWER,
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
            SOURCE,
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
            '# %% exercise="read_thread" tags=["near-miss"] says="a thread that never ran"',
            "this near miss gets full marks",
            id="near miss with full marks",
        ),
        pytest.param(
            "E204",
            PUBLIC,
            "return the notes, not the whole state",
            "return the notes",
            '# %% exercise="read_thread" tags=["near-miss"] says="not the whole state"',
            "this near miss is not told “not the whole state” but “failed: `notes_of` returned a dict",
            id="near miss told something else",
        ),
        pytest.param(
            "E205",
            SOURCE,
            "limit=1):\n        return snapshot.values.get",
            "limit=1):\n        return snapshot.metadata.get",
            ALTERNATIVE,
            "fails on this alternative (failed: ",
            id="alternative refused",
        ),
    ],
)
def test_a_broken_behaviour_is_found(root, code, file, old, new, at, says):
    change(root.path / file, old, new)
    rebuild(root)
    problems = verify(root, names=["read_thread"], jobs=1).problems
    source = (root.path / SOURCE).read_text()
    line = source[: source.index(at)].count("\n") + 1
    assert [(each.code, each.path, each.line) for each in problems] == [(code, root.path / SOURCE, line)]
    assert says in problems[0].message
    assert problems[0].exercise == "read_thread"


def test_tests_that_cannot_be_collected_are_one_problem(root):
    change(root.public_tests(MODULE), "import pytest", "import pytest\nimport nothing_of_that_name")
    problems = verify(root, names=["read_thread"], jobs=1).problems
    assert [(each.code, each.path) for each in problems] == [("E200", root.public_tests(MODULE))]
    assert problems[0].message == (
        "the tests cannot be collected: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    )

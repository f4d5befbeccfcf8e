"""The judge's open session."""

import sys
from pathlib import PurePosixPath
from types import ModuleType, SimpleNamespace

import pytest

from autograder.testing.judge import Judge

TEST = '''import pytest
@pytest.mark.exercise("x", points=2, timeout=3)
def test_a(submission):
    """{title}"""
'''


def test_two_courses_with_files_of_one_name_do_not_mix(tmp_path):
    titles = []
    for title in ("first", "second"):
        for path in (tmp_path / title / "test_m.py", tmp_path / title / "h" / "test_hidden.py"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(TEST.format(title=f"{title} {path.stem}"))
        with Judge([tmp_path / title / "test_m.py", tmp_path / title / "h" / "test_hidden.py"]) as judge:
            titles += [(test.title, test.hidden) for test in judge.exercises["x"]]
    assert titles == [
        ("first test_m", False),
        ("first test_hidden", True),
        ("second test_m", False),
        ("second test_hidden", True),
    ]


def test_a_mark_says_what_a_test_is_worth(tmp_path):
    path = tmp_path / "test_m.py"
    path.write_text(TEST.format(title="Counts."))
    with Judge([path]) as judge:
        (info,) = judge.exercises["x"]
    assert (info.points, info.timeout, info.restarts, info.line) == (2, 3, False, 2)


@pytest.mark.parametrize("broken", ["import nothing_of_this_name", "def test_a(submission):\n    '''t'''"])
def test_a_file_that_cannot_be_used_is_named(tmp_path, broken):
    path = tmp_path / "test_broken.py"
    path.write_text(broken)
    with pytest.raises(ValueError, match="test_broken"):
        Judge([path])


def test_the_line_of_a_test_is_the_one_that_an_editor_shows(tmp_path):
    path = tmp_path / "test_broken.py"
    path.write_text("# one\n# two\ndef test_a(submission):\n    't'\n")
    with pytest.raises(ValueError, match=r"test_broken\.py:3: give `test_a`"):
        Judge([path])


def test_missing_hidden_tests_are_simply_not_there(tmp_path):
    path = tmp_path / "test_m.py"
    path.write_text(TEST.format(title="t"))
    with Judge([path, tmp_path / "test_hidden.py"]) as judge:
        assert len(judge.exercises["x"]) == 1


SHARED = """from common import POINTS
import pytest
@pytest.mark.exercise("x", points=POINTS)
def test_{word}(submission):
    '''{word}'''
"""


def _module(folder, points):
    """Tests of a module that share `common`, and whose hidden ones need the public ones."""
    public, hidden = folder / "graders" / "test_x.py", folder / "x" / "test_hidden.py"
    for path in (public, hidden):
        path.parent.mkdir(parents=True)
    (folder / "graders" / "common.py").write_text(f"POINTS = {points}\n")
    public.write_text(SHARED.format(word="public") + "DOUBLE = 2 * POINTS\n")
    hidden.write_text(
        "from test_x import DOUBLE\n" + SHARED.format(word="hidden").replace("=POINTS", "=DOUBLE")
    )
    return [public, folder / "graders" / "common.py", hidden]


def test_tests_share_what_is_in_common_and_each_module_has_its_own(tmp_path):
    found = []
    for points in (1, 3):
        with Judge(_module(tmp_path / str(points), points)) as judge:
            found += [(test.title, test.points, test.hidden) for test in judge.exercises["x"]]
    assert found == [("public", 1, False), ("hidden", 2, True), ("public", 3, False), ("hidden", 6, True)]


def test_names_that_tests_import_mean_afterwards_what_they_did(tmp_path, monkeypatch):
    mine = ModuleType("common")
    monkeypatch.setitem(sys.modules, "common", mine)
    before, path = set(sys.modules), list(sys.path)
    with Judge(_module(tmp_path, 1)) as judge:
        assert len(judge.exercises["x"]) == 2
    assert sys.modules["common"] is mine
    assert sys.path == path
    assert not {"test_x", "test_hidden"} & (set(sys.modules) - before)


STUMBLES = '''import pytest
def probe():
    """A probe."""
@pytest.mark.exercise("x", points=2)
def test_a(submission):
    """Draws more than there is."""
    {first}
    {then}
'''


TOLD = SimpleNamespace(folder=PurePosixPath("/work"), ask=lambda question: {"kind": "value", "value": 7})
OBSERVE, SAMPLE = "submission.observe(probe)", "submission.rng.sample(range(2), 3)"


@pytest.mark.parametrize(("first", "then"), [("", SAMPLE), (OBSERVE, "nothing_of_this_name")])
def test_a_test_that_stumbles_whatever_it_was_given_is_no_verdict(tmp_path, first, then):
    path = tmp_path / "test_m.py"
    path.write_text(STUMBLES.format(first=first, then=then))
    with Judge([path]) as judge, pytest.raises((ValueError, NameError), match=r"population|nothing_of"):
        judge.run("x", TOLD, seed=1)


def test_a_test_that_stumbles_over_what_it_was_given_is_one(tmp_path):
    path = tmp_path / "test_m.py"
    path.write_text(STUMBLES.format(first=OBSERVE, then=SAMPLE))
    with Judge([path]) as judge:
        (test,) = judge.run("x", TOLD, seed=1).tests
    assert test.message.startswith("your code gave back 7")

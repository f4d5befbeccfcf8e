"""Which exercises a change of the tests concerns: those that reach what was changed, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading.fingerprint import fingerprints

PUBLIC = '''
"""Public tests."""
import pytest
from helpers import draw

LIMIT = 3
NAMES: list[str] = ["ada"]
NAMES.append("bob")


@pytest.fixture
def world():
    return {}


def probe(build):
    return build()


def shared(value):
    return value < LIMIT


@pytest.mark.exercise("one", points=2)
def test_one(submission):
    """One."""
    assert shared(submission.observe(probe))


@pytest.mark.exercise("two", points=1)
def test_two(submission, world):
    """Two."""
    assert draw(world)
'''
HIDDEN = '''
import pytest
from autograder.graders.test_public import probe as look, shared


@pytest.mark.exercise("one", points=1)
def test_hidden_one(submission):
    """Hidden."""
    assert submission.observe(look)


@pytest.mark.exercise("three", points=1)
def test_three(submission):
    """Three."""
    assert shared(1)
'''


def concerned(folder: Path, *edits: tuple[str, str], of: str = PUBLIC) -> set[str]:
    """Return the exercises whose prints change with an edit of the public or the hidden tests."""
    changed = of
    for old, new in edits:
        assert old in changed
        changed = changed.replace(old, new)
    texts = {PUBLIC: PUBLIC, HIDDEN: HIDDEN, of: changed}
    before, after = prints(folder, PUBLIC, HIDDEN), prints(folder, texts[PUBLIC], texts[HIDDEN])
    assert set(before) == {"one", "two", "three"}
    return {name for name, found in before.items() if after.get(name) != found}


def prints(folder: Path, public: str, hidden: str) -> dict[str, str]:
    (folder / "test_public.py").write_text(public)
    (folder / "test_hidden.py").write_text(hidden)
    return fingerprints([folder / "test_public.py", folder / "test_hidden.py"])


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('"""Two."""', '"""Second."""', {"two"}),
        ("assert draw(world)", "assert draw(world) == 1", {"two"}),
        ('"two", points=1', '"two", points=2', {"two"}),
        ("return {}", "return {1: 2}", {"two"}),
        ("from helpers import draw", "from others import draw", {"two"}),
        ("return build()", "return build(1)", {"one"}),
        ("LIMIT = 3", "LIMIT = 4", {"one", "three"}),
        ('NAMES.append("bob")', 'NAMES.append("eve")', {"one", "two", "three"}),
    ],
)
def test_a_change_concerns_what_reaches_it(tmp_path: Path, old: str, new: str, names: set[str]):
    assert concerned(tmp_path, (old, new)) == names


def test_a_hidden_test_concerns_its_exercise(tmp_path: Path):
    assert concerned(tmp_path, ("assert shared(1)", "assert shared(2)"), of=HIDDEN) == {"three"}


def test_a_new_test_concerns_its_exercise(tmp_path: Path):
    new = '\n\n@pytest.mark.exercise("two")\ndef test_more(submission):\n    """More."""\n'
    assert concerned(tmp_path, ("assert draw(world)\n", f"assert draw(world)\n{new}")) == {"two"}


def test_a_test_of_no_exercise_concerns_all(tmp_path: Path):
    unmarked = "\n\ndef test_more(submission):\n    assert 1\n"
    assert concerned(tmp_path, ("assert draw(world)\n", f"assert draw(world)\n{unmarked}")) == {
        "one",
        "two",
        "three",
    }


def test_layout_and_comments_concern_nobody(tmp_path: Path):
    assert concerned(tmp_path, ("LIMIT = 3", "# at most\nLIMIT   =  3"), ('"""Public tests."""', "")) == set()


def test_a_file_taken_as_a_whole_counts_as_a_whole(tmp_path: Path):
    hidden = "import pytest\nfrom autograder.graders import test_public as t\n\n\n"
    hidden += '@pytest.mark.exercise("one")\ndef test_it(submission):\n    assert t.shared(1)\n'
    before = prints(tmp_path, PUBLIC, hidden)["one"]
    assert prints(tmp_path, PUBLIC.replace("return {}", "return []"), hidden)["one"] != before

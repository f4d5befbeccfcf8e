"""Lessons are executed side by side, and one that raises is located as if it were alone."""

import json
import textwrap

import pytest

from course.errors import SourceError
from course.paths import Root
from course.site.executing import executed_lessons

pytestmark = [pytest.mark.slow, pytest.mark.alone]

WAITS = """
    import pathlib, time

    shared = pathlib.Path({shared!r})
    (shared / {mine!r}).touch()
    while not (shared / {other!r}).exists():
        time.sleep(0.02)
    {last}
"""


@pytest.fixture(autouse=True)
def a_cache_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "caches"))


def two_lessons(path, *lasts):
    """Write two lessons, each of which waits until the other has begun, and then does its last thing."""
    (path / "shared").mkdir()
    names = ["01_one", "02_two"]
    for name, other, last in zip(names, reversed(names), lasts, strict=True):
        source = textwrap.dedent(WAITS).format(shared=str(path / "shared"), mine=name, other=other, last=last)
        cell = {"cell_type": "code", "id": "waits", "source": source.strip(), "metadata": {}, "outputs": []}
        (path / "modules" / name).mkdir(parents=True)
        (path / "modules" / name / "lesson.py").write_text(f"# %%\n{source.strip()}\n")
        book = {
            "cells": [cell | {"execution_count": None}],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (path / "modules" / name / "lesson.ipynb").write_text(json.dumps(book))
    return Root(path), names


def test_two_lessons_are_executed_at_the_same_time_and_kept(tmp_path):
    root, names = two_lessons(tmp_path, "print('one')", "print('two')")

    first, second = executed_lessons(root, names)

    shown = [json.loads(path.read_bytes())["cells"][0]["outputs"][0]["text"] for path in (first, second)]
    assert [str.join("", each).strip() for each in shown] == ["one", "two"]
    changed = {path: path.stat().st_mtime_ns for path in (first, second)}
    assert {path: path.stat().st_mtime_ns for path in executed_lessons(root, names)} == changed


def test_a_lesson_that_raises_is_located_in_its_source(tmp_path):
    root, names = two_lessons(tmp_path, "print('one')", "1 / 0")

    with pytest.raises(SourceError, match=r"02_two/lesson\.py:2: the cell raised ZeroDivisionError"):
        list(executed_lessons(root, names))

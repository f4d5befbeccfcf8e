"""The form of lesson 01: what every lesson owes its reader. That it runs is checked by `course verify`."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

LESSON = Path(__file__).parents[2] / "modules/01_basic/lesson.py"


@cache
def cells() -> list[tuple[str, str]]:
    """Split the percent file into (kind, text) pairs; markdown without its comment marks."""
    parts = re.split(r"^# %%( \[markdown\])?\n", LESSON.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [
        ("markdown", re.sub(r"^# ?", "", text, flags=re.MULTILINE)) if mark else ("code", text.strip("\n"))
        for mark, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def code() -> list[str]:
    return [text for kind, text in cells() if kind == "code"]


def prose() -> list[str]:
    return [text for kind, text in cells() if kind == "markdown"]


def test_the_file_is_whole():
    assert len(cells()) > 50
    assert prose()[0].startswith("# Threads and checkpoints\n")


@pytest.mark.parametrize("number", range(len(code())))
def test_a_cell_is_short(number: int):
    lines = [line for line in code()[number].splitlines() if line.strip()]
    assert 0 < len(lines) < 20, code()[number]


def test_no_cell_writes_beside_the_notebook():
    assert "os.chdir(tempfile.mkdtemp())" in code()[0]
    assert not re.search(r"/tmp|/home|/work", LESSON.read_text("utf-8"))


def test_the_failure_comes_before_any_heading():
    kinds = [kind for kind, _ in cells()]
    first_heading = next(i for i, (_, text) in enumerate(cells()) if text.startswith("## "))
    assert kinds[:first_heading].count("code") >= 4
    assert any("kill()" in text for _, text in cells()[:first_heading])


def test_surprises_are_asked_before_they_are_shown():
    asked = [i for i, (_, text) in enumerate(cells()) if "> **Predict.**" in text]
    assert len(asked) >= 10
    assert all(cells()[i + 1][0] == "code" for i in asked)


def test_it_ends_with_what_to_remember_the_mistakes_and_links():
    end = prose()[-1]
    remember, mistakes, links = re.split(r"^## .*\n", end, flags=re.MULTILINE)[1:]
    assert len(re.findall(r"^\d\. ", remember, flags=re.MULTILINE)) == 5
    assert mistakes.count("\n|") >= 6
    for target in (
        "exercises.ipynb",
        "02 robust",
        "https://docs.langchain.com/oss/python/langgraph/persistence",
    ):
        assert target in links


def test_the_lesson_does_not_hold_an_answer():
    text = "\n".join(code())
    assert "Lock(" not in text, "the lock of a thread is the learner's to build"
    assert "as_node" not in text


def test_it_says_nothing_empty():
    empty = ("in this section", "in this module", "let's", "simply", "powerful", "dive into", "!\n", "! ")
    found = [word for word in empty for text in prose() if word in text.lower()]
    assert not found


def test_names_are_defined_before_they_are_used():
    """Every name that a cell reads at its top level is a builtin, an import or an earlier cell's."""
    known = set(dir(__builtins__)) | set(__builtins__ if isinstance(__builtins__, dict) else ())
    for text in code():
        if text.startswith("# %%writefile"):
            continue
        tree = ast.parse(text)
        bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        bound |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        bound |= {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        bound |= {alias.asname or alias.name.split(".")[0] for n in imports for alias in n.names}
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert used <= known | bound, f"{used - known - bound} in:\n{text}"
        known |= bound

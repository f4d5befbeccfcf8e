"""The form of every lesson: what each owes its reader. That it runs is checked by `course verify`."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache

import pytest

from course.paths import Root

ROOT = Root.find()
every_lesson = pytest.mark.parametrize("module", ROOT.module_names())


@cache
def cells(module: str) -> list[tuple[str, str]]:
    """Split the percent file into (kind, text) pairs; markdown without its comment marks."""
    text = ROOT.lesson_source(module).read_text("utf-8")
    parts = re.split(r"^# %%( \[markdown\])?[^\n]*\n", text, flags=re.MULTILINE)[1:]
    return [
        ("markdown", re.sub(r"^# ?", "", text, flags=re.MULTILINE)) if mark else ("code", text.strip("\n"))
        for mark, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def code(module: str) -> list[str]:
    return [text for kind, text in cells(module) if kind == "code"]


def prose(module: str) -> list[str]:
    return [text for kind, text in cells(module) if kind == "markdown"]


@every_lesson
def test_the_file_is_whole(module: str):
    assert len(cells(module)) > 50
    assert re.match(r"# \w.*\n", prose(module)[0])


@every_lesson
def test_cells_are_short(module: str):
    long = [text for text in code(module) if len([line for line in text.splitlines() if line.strip()]) >= 20]
    assert not long, long[0]


@every_lesson
def test_no_cell_writes_beside_the_notebook(module: str):
    assert "os.chdir(tempfile.mkdtemp())" in code(module)[0]
    assert not re.search(r"/tmp\b|/home|/work\b", ROOT.lesson_source(module).read_text("utf-8"))


@every_lesson
def test_the_failure_comes_before_any_heading(module: str):
    kinds = [kind for kind, _ in cells(module)]
    first_heading = next(i for i, (_, text) in enumerate(cells(module)) if text.startswith("## "))
    assert kinds[:first_heading].count("code") >= 3


@every_lesson
def test_surprises_are_asked_before_they_are_shown(module: str):
    asked = [i for i, (_, text) in enumerate(cells(module)) if "> **Predict.**" in text]
    assert len(asked) >= 6
    assert all(cells(module)[i + 1][0] == "code" for i in asked)


@every_lesson
def test_it_ends_with_what_to_remember_the_mistakes_and_links(module: str):
    remember, mistakes, links = re.split(r"^## .*\n", prose(module)[-1], flags=re.MULTILINE)[1:]
    assert len(re.findall(r"^\d\. ", remember, flags=re.MULTILINE)) == 5
    assert mistakes.count("\n|") >= 6
    assert "exercises.ipynb" in links
    assert "https://docs.langchain.com/oss/python/langgraph/" in links


@every_lesson
def test_it_names_the_module_after_it(module: str):
    names = ROOT.module_names()
    after = names[names.index(module) + 1 :]
    links = prose(module)[-1]
    assert not after or f"../{after[0]}/lesson.ipynb" in links


@every_lesson
def test_it_says_nothing_empty(module: str):
    empty = ("in this section", "in this module", "let's", "simply", "powerful", "dive into", "!\n", "! ")
    spoken = [re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL).lower() for text in prose(module)]
    found = [word for word in empty for text in spoken if word in text]
    assert not found


@every_lesson
def test_names_are_defined_before_they_are_used(module: str):
    """Every name that a cell reads is a builtin, an import, or bound in it or in an earlier cell."""
    known = {*dir(builtins), "__file__", "get_ipython"}
    for text in code(module):
        if text.startswith("# %%writefile"):
            continue
        tree = ast.parse("\n".join(line for line in text.splitlines() if not line.startswith("# %")))
        bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        bound |= {n.name for n in ast.walk(tree) if isinstance(n, kinds)}
        bound |= {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        bound |= {alias.asname or alias.name.split(".")[0] for n in imports for alias in n.names}
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert used <= known | bound, f"{used - known - bound} in:\n{text}"
        known |= bound


WITHIN_LIMITS = ("01_basic", "03_people")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("module", WITHIN_LIMITS)
def test_it_is_short_enough_to_read_in_one_sitting(module: str):
    text = "\n".join(prose(module))
    lines = "\n".join([*code(module), *FENCED.findall(text)]).splitlines()
    assert len(FENCED.sub("", text).split()) <= 3000
    assert len([line for line in lines if line.strip()]) <= 300
    assert text.count("> **Predict.**") <= 8
    assert not [line for cell in code(module) for line in cell.splitlines() if len(line) > 75]


@pytest.mark.parametrize("module", WITHIN_LIMITS)
def test_each_section_ends_with_a_decision(module: str):
    sections = re.split(r"^## ", "\n".join(prose(module)), flags=re.MULTILINE)[1:-3]
    for section in sections:
        last = re.split(r"\n\n+", section.strip())[-1]
        assert last.startswith("**Decide.**"), section.splitlines()[0]


def test_lesson_01_does_not_hold_an_answer():
    text = "\n".join(code("01_basic"))
    assert "Lock(" not in text, "the lock of a thread is the learner's to build"
    assert "as_node" not in text

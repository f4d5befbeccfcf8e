"""Reads what tests declare of themselves (exercise, points, title) without importing them.

The printer needs the points, and importing a test file would import LangGraph. `course verify` compares
what is read here with what pytest collects.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.errors import SourceError
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSource:
    """One test function as it is written."""

    __test__ = False  # pytest: this is no test class

    function: str
    exercise: str
    points: float
    rules: tuple[int, ...]  #: the prompt's numbered rules that it looks at
    title: str  #: the docstring's first paragraph on one line; empty when there is none
    hidden: bool
    path: Path
    line: int


def module_tests(root: Root, module: str) -> tuple[TestSource, ...]:
    """All tests of a module, public ones first."""
    hidden = sorted((root.solutions / module).glob("*/test_hidden.py"))
    return tuple(
        test
        for paths, is_hidden in ((root.public_tests(module), False), (hidden, True))
        for path in paths
        for test in read_tests(path, hidden=is_hidden)
    )


def read_tests(path: Path, *, hidden: bool) -> Iterator[TestSource]:
    """Read the tests of one file.

    Raises:
        SourceError: when a test has no readable mark, or the file is no Python.
    """
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError as error:
        raise SourceError(path, error.lineno or 1, f"this is no Python: {error.msg}") from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield _test(path, node, hidden=hidden)


def imported(path: Path) -> list[tuple[str, int]]:
    """Return the modules that a file takes names from, with their lines."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return [(node.module or "", node.lineno) for node in nodes if isinstance(node, ast.ImportFrom)]


def bare_asserts(path: Path) -> list[int]:
    """Lines of asserts that say nothing to the learner when they fail."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return sorted(node.lineno for node in nodes if isinstance(node, ast.Assert) and node.msg is None)


def _test(path: Path, node: ast.FunctionDef, *, hidden: bool) -> TestSource:
    exercise, points, rules = _mark(path, node)
    return TestSource(
        function=node.name,
        exercise=exercise,
        points=points,
        rules=rules,
        title=" ".join((ast.get_docstring(node) or "").split("\n\n")[0].split()),
        hidden=hidden,
        path=path,
        line=node.lineno,
    )


def _mark(path: Path, node: ast.FunctionDef) -> tuple[str, float, tuple[int, ...]]:
    """Read `@pytest.mark.exercise("NAME", points=N, rules=(1, 2))`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.exercise":
            keywords = {keyword.arg: keyword.value for keyword in decorator.keywords}
            try:
                name = ast.literal_eval(decorator.args[0])
                points = ast.literal_eval(keywords["points"])
                rules = ast.literal_eval(keywords["rules"]) if "rules" in keywords else ()
            except (IndexError, KeyError, ValueError):
                break
            if isinstance(rules, tuple) and not all(isinstance(rule, int) for rule in rules):
                break
            if isinstance(name, str) and isinstance(points, int | float) and points > 0:
                return name, float(points), rules if isinstance(rules, tuple) else (rules,)
    advice = 'mark it `@pytest.mark.exercise("NAME", points=N, rules=(1,))`, with N above 0'
    raise SourceError(path, node.lineno, f"`{node.name}` does not say what it is worth: {advice}")

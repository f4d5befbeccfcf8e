"""Checks documentation: every public module, class and function of both packages says what it's for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import course
from course.checklist.findings import Finding, Findings

_PACKAGES = {"Support agent": "support_agent", "Pipeline": "data_pipeline"}
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documents(folder: Path | None = None) -> Findings:
    """Count what has a docstring, and name what hasn't."""
    folder = folder or Path(course.__file__).parent
    for system, package in _PACKAGES.items():
        found = list(public_of(folder / package))
        silent = [place for place, node in found if not ast.get_docstring(node)]
        yield system
        yield Finding(f"{len(found)} public names, {len(silent)} without a docstring", not silent)
        yield from (f"    {place}" for place in silent)
        lines = {
            path.name: len(path.read_text("utf-8").splitlines()) for path in (folder / package).glob("*.py")
        }
        longest = max(lines, key=lines.__getitem__)
        yield Finding(f"the longest file has {lines[longest]} lines: {longest}", lines[longest] <= 80)


def public_of(package: Path) -> Iterator[tuple[str, _Documented]]:
    """Yield each public module, class, function and method, with where it is."""
    for path in sorted(package.glob("*.py")):
        module = ast.parse(path.read_text("utf-8"))
        yield path.name, module
        for node in module.body:
            yield from _below(path.name, node)
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for method in node.body:
                    yield from _below(f"{path.name}: {node.name}", method)


def _below(where: str, node: ast.stmt) -> Iterator[tuple[str, _Documented]]:
    """Yield a public class or function; a protocol's methods are only types."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith(
        "_"
    ):
        return
    only_typed = len(node.body) == 1 and ast.unparse(node.body[0]) == "..."
    if not only_typed:
        yield f"{where}: {node.name}", node

"""Tells which exercises a change of the tests concerns: by a hash of what each one's verdicts rest on.

That is what its tests reach, by name, in the module's own test files: helpers, probes, constants, fixtures.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Place = tuple[str, str]
"""A module-level name: the stem of its file, and the name."""

FOR_ALL = ""
"""The name under which stands what has none: it counts for every exercise."""

TESTS = ("test", "Test", "pytestmark")
"""How names of tests begin, and of what marks tests. One that says no exercise counts for all."""


@dataclass(frozen=True, slots=True)
class Part:
    """A statement at module level: what it says, and what names it uses."""

    text: str
    uses: frozenset[Place]
    exercises: frozenset[str]  #: whose test it is


def fingerprints(paths: Sequence[Path]) -> dict[str, str]:
    """Return a hash for each exercise that has tests in `paths`.

    Too much may be taken in (a local variable that is called as a helper), never too little.
    """
    found = [path for path in paths if path.is_file()]
    parts: defaultdict[Place, list[Part]] = defaultdict(list)
    stems = {path.stem for path in found}
    for path in found:
        for name, part in _parts(path, stems):
            parts[path.stem, name].append(part)
    roots: defaultdict[str, set[Place]] = defaultdict(set)
    for place, defined in parts.items():
        for exercise in {exercise for part in defined for exercise in part.exercises}:
            roots[exercise].add(place)
    common = [(path.stem, FOR_ALL) for path in found]
    return {name: _hashed(_closure([*places, *common], parts), parts) for name, places in roots.items()}


def _parts(path: Path, stems: set[str]) -> Iterator[tuple[str, Part]]:
    """Yield each module-level statement of a file under each name that it binds."""
    for node in ast.parse(path.read_text("utf-8"), str(path)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node, stems)
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        exercises = frozenset(_exercises(node))
        part = Part(ast.dump(node), frozenset((path.stem, name) for name in _names(node)), exercises)
        bound = [*_bound(node)]
        if not bound or (not exercises and any(name.startswith(TESTS) for name in bound)):
            bound = [FOR_ALL]
        for name in bound:
            yield name, part


def _imported(node: ast.Import | ast.ImportFrom, stems: set[str]) -> Iterator[tuple[str, Part]]:
    """Yield each name of an import, linked to where it comes from if that is one of the test files."""
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        text, stem = f"{module} {alias.name} {alias.asname}", module.rpartition(".")[2]
        uses = {(stem, alias.name)} if stem in stems else set[Place]()
        if (whole := alias.name.rpartition(".")[2]) in stems:
            uses = {(whole, "*")}
        name = FOR_ALL if alias.name == "*" else (alias.asname or alias.name).partition(".")[0]
        yield name, Part(text, frozenset(uses), frozenset())


def _bound(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign(targets=targets):
            yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def _names(node: ast.AST) -> Iterator[str]:
    """Every word that could mean something of its module: fixtures are named by arguments and by strings."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=word) | ast.arg(arg=word) | ast.Constant(value=str(word)):
                yield word
            case _:
                pass


def _exercises(node: ast.stmt) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(attr="exercise"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case _:
                pass


def _closure(roots: Iterable[Place], parts: Mapping[Place, list[Part]]) -> set[Place]:
    reached: set[Place] = set()
    waiting = [*roots]
    while waiting:
        place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        if place[1] == "*":  # all of that file
            waiting += [other for other in parts if other[0] == place[0]]
        waiting += [use for part in parts.get(place, []) for use in part.uses]
    return reached


def _hashed(reached: set[Place], parts: Mapping[Place, list[Part]]) -> str:
    texts = [f"{place}\n{part.text}" for place in sorted(reached) for part in parts.get(place, [])]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()

"""Keeps in `solutions/proved.txt` which exercises `course verify` has proved, each with a fingerprint.

As long as its fingerprint is the kept one, an exercise need not be tried again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from course.authoring.exercise_source import IGNORED, read_order
from course.paths import Root

PROVED = "proved.txt"
_HEAD = "# Written by `course verify`: the exercises that it proved, each with a hash of its files.\n"
_SYSTEMS = ("support_agent", "data_pipeline")  #: packages whose finished pieces a module's exercises build on
_LINE = re.compile(r"(\w+) ([0-9a-f]+)")


def unproved(root: Root) -> list[str]:
    """Return the exercises that have changed since they were proved, in teaching order."""
    kept = _read(root)
    return [name for module, name in _exercises(root) if kept.get(name) != fingerprint(root, module, name)]


def record(root: Root, names: Iterable[str]) -> list[str]:
    """Keep the fingerprints of exercises that hold, and drop those that are gone; return what is new."""
    before, proved = _read(root), set(names)
    found: dict[str, str] = {}
    for module, name in _exercises(root):
        if name in proved:
            found[name] = fingerprint(root, module, name)
        elif name in before:
            found[name] = before[name]
    if found != before:
        lines = (f"{name} {value}\n" for name, value in sorted(found.items()))
        (root.solutions / PROVED).write_text(_HEAD + "".join(lines), "utf-8")
    return [name for name, value in found.items() if before.get(name) != value]


def fingerprint(root: Root, module: str, name: str) -> str:
    """Return a hash of what an exercise's proof rests on: its folder, its tests, and what they import."""
    folder = root.exercise(module, name)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not IGNORED & set(path.parts)]
    shared = [root.public_test(module, name), root.common_tests(module), root.first_cells(module)]
    given = shared[-1].read_text("utf-8") if shared[-1].is_file() else ""
    for system in _SYSTEMS:
        shared += sorted((root.path / "course" / system).glob("*.py")) if f"course.{system}" in given else []
    digest = hashlib.sha256()
    for path in (*files, *shared):
        known_as = str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{known_as} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _exercises(root: Root) -> Iterator[tuple[str, str]]:
    """Yield each exercise that tests grade, with its module."""
    for module in root.module_names():
        path: Path = root.module_text(module)
        for name in read_order(path) if path.is_file() else ():
            if (root.exercise(module, name) / "answer.py").is_file():
                yield module, name


def _read(root: Root) -> dict[str, str]:
    path = root.solutions / PROVED
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    # Whatever else is there (marks of a merge, say) proves nothing.
    return {match[1]: match[2] for line in lines if (match := _LINE.fullmatch(line))}

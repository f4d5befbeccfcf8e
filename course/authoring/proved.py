"""Keeps in `solutions/proved.txt` which exercises `course verify` has proved, each with a fingerprint.

As long as its fingerprint is the kept one, an exercise need not be tried again. Beside it stands how often
each answer was graded, each time with other inputs: the more, the less a verdict can rest on the draw.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.authoring.exercise_source import IGNORED, read_order
from course.paths import Root

PROVED = "proved.txt"
_HEAD = "# Written by `course verify`: each exercise that it proved, a hash of its files, the draws.\n"
_SYSTEMS = ("support_agent", "data_pipeline")  #: packages whose finished pieces a module's exercises build on
_LINE = re.compile(r"(\w+) ([0-9a-f]+)(?: ([1-9]\d{0,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is kept of an exercise that held."""

    fingerprint: str
    draws: int = 1  #: how often each answer was graded, each time with other inputs


def unproved(root: Root, draws: int = 1) -> list[str]:
    """Return the exercises that aren't proved as they are now with so many draws, in teaching order."""
    kept = _read(root)
    wanted = ((name, fingerprint(root, module, name)) for module, name in _exercises(root))
    return [
        name
        for name, now in wanted
        if name not in kept or kept[name].fingerprint != now or kept[name].draws < draws
    ]


def record(root: Root, names: Iterable[str], draws: int = 1) -> list[str]:
    """Keep what is known of exercises that hold, and drop those that are gone; return what is new.

    An exercise that was proved before with more draws, and hasn't changed, keeps their number.
    """
    before, proved = _read(root), set(names)
    found: dict[str, Proof] = {}
    for module, name in _exercises(root):
        known = before.get(name)
        if name in proved:
            now = fingerprint(root, module, name)
            most = known.draws if known and known.fingerprint == now else 1
            found[name] = Proof(fingerprint=now, draws=max(draws, most))
        elif known:
            found[name] = known
    if found != before:
        lines = (f"{name} {proof.fingerprint} {proof.draws}\n" for name, proof in sorted(found.items()))
        (root.solutions / PROVED).write_text(_HEAD + "".join(lines), "utf-8")
    return [name for name, proof in found.items() if before.get(name) != proof]


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


def _read(root: Root) -> dict[str, Proof]:
    path = root.solutions / PROVED
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    # Whatever else is there (marks of a merge, say) proves nothing.
    return {
        match[1]: Proof(fingerprint=match[2], draws=int(match[3] or 1))
        for line in lines
        if (match := _LINE.fullmatch(line))
    }

"""Finds the notebooks in what one student handed in: layouts, copies, and archives of their own.

Learners hand in a module's folder, their whole workspace, a clone of a repository, a zip of any of these, and
browsers and file managers rename what they copy. All of it is looked through, a few folders deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.submissions import zip_archive
from autograder.submissions.entry import NOTEBOOK, Entry, flat, in_layout, module_named_in, regular, timestamp
from autograder.submissions.file_names import is_litter, is_notebook, plain_stem
from autograder.submissions.safe_read import inert

DEEP = 3  #: folders below the student's: a clone's, its `modules`, a module's
INNER_ENTRIES = 5_000  #: a clone has some hundred files


@dataclass(slots=True, kw_only=True)
class Scratch:
    """Where students' own archives are unpacked, and how much of them still may be, over the whole class."""

    folder: Path
    left: int = zip_archive.MAX_TOTAL
    count: int = 0

    def unpack(self, archive: Path) -> Path:
        """Unpack a student's archive.

        Raises:
            ArchiveError: it's none, or holds too much.
        """
        self.count += 1
        folder = self.folder / str(self.count)
        room = min(self.left, zip_archive.MAX_STUDENT)
        zip_archive.unpack(archive, folder, room=room, entries=INNER_ENTRIES, inner=True)
        self.left -= sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return folder


def module_called(name: str, modules: Sequence[str]) -> str:
    """Return the module that a folder's name stands for, as `01-Basic (1)` for `01_basic`; empty for none."""
    if name in modules:
        return name
    plain = re.sub(r"[\s-]+", "_", plain_stem(name))
    return plain if plain in modules else ""


def work_of(
    student: str, folder: Path, modules: Sequence[str], module: str | None, scratch: Scratch
) -> list[Entry]:
    """Return every notebook of a student: several of one module are several entries.

    `module` is what notebooks belong to that don't say so.
    """
    found = [*_search(student, folder, modules, module, scratch, DEEP)]
    return [entry for entry in found if entry.module and not entry.problem] or found


def _search(
    student: str, folder: Path, modules: Sequence[str], module: str | None, scratch: Scratch, deep: int
) -> Iterator[Entry]:
    when, note = timestamp(folder)
    for path in sorted(folder.iterdir()):
        if is_litter(path.name):
            continue
        if named := module_called(path.name, modules):
            yield from _of_module(student, path, named)
        elif is_notebook(path.name) and plain_stem(path.name) != "lesson":
            yield replace(flat(student, path, modules, module), submitted=when, note=note)
        elif path.suffix.lower() == ".zip" and scratch.folder not in path.parents:
            yield from archive_of(student, path, modules, module, scratch)
        elif deep and path.is_dir() and not path.is_symlink():
            yield from _search(student, path, modules, module, scratch, deep - 1)


def _of_module(student: str, folder: Path, module: str) -> Iterator[Entry]:
    """Yield what a module's folder holds: its notebook, and copies or renamed ones of it."""
    first = replace(in_layout(student, folder), module=module)
    others = [*_copies(folder, module)]
    if not others or (folder / NOTEBOOK).exists():
        yield first
    for path in others:
        yield regular(replace(first, path=path, problem=""))


def _copies(folder: Path, module: str) -> Iterator[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(path for path in folder.iterdir() if is_notebook(path.name)):
        if path.name == NOTEBOOK or path.is_symlink() or not path.is_file():
            continue
        if plain_stem(path.name) == "exercises" or module_named_in(path) == module:
            yield path


def archive_of(
    student: str, path: Path, modules: Sequence[str], module: str | None, scratch: Scratch
) -> Iterator[Entry]:
    """Yield what an archive of a student's holds."""
    try:
        folder = scratch.unpack(path)
    except zip_archive.ArchiveError:
        why = f"`{inert(path.name)}` can't be unpacked: hand in the notebook itself"
        yield Entry(student=student, module=module or "", path=path, problem=why)
        return
    found = [*_search(student, folder, modules, module, scratch, DEEP)] if folder.is_dir() else []
    yield from (entry for entry in found if entry.module)

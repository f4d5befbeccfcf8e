"""Finds the submissions of a class, in any layout: nbgrader, flat folder or zip.

Whatever is odd about one submission becomes that submission's problem, and the others are graded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath

from autograder.submissions import zip_archive
from autograder.submissions.entry import NOTEBOOK, Entry, flat, in_layout, student_id
from autograder.submissions.safe_read import inert


class InboxError(Exception):
    """Nothing can be graded. Its text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """All submissions of a class, by student."""

    entries: tuple[Entry, ...]
    strays: tuple[str, ...] = ()  #: what belongs to no student: told, not graded


@contextmanager
def open_inbox(path: Path, modules: Sequence[str], *, module: str | None = None) -> Generator[Inbox]:
    """Read the submissions at `path`: a folder in nbgrader's layout, a flat one, or a zip of either.

    `module` is what flat notebooks belong to that do not say so; of nbgrader's layout, only it is graded.

    Raises:
        InboxError: when there is no such folder or archive, or nothing in it.
    """
    if path.is_dir():
        yield _filled(_inbox(path, {}, modules, module), path)
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
            try:
                refused = zip_archive.unpack(path, Path(folder))
            except zip_archive.ArchiveError as error:
                raise InboxError(str(error)) from error
            yield _filled(_inbox(Path(folder), refused, modules, module), path)
    else:
        raise InboxError(f"no folder and no .zip at `{path}`: name where the submissions are")


def _filled(inbox: Inbox, path: Path) -> Inbox:
    if not inbox.entries:
        raise InboxError(f"no submission in `{path}`: expected STUDENT/01_basic/{NOTEBOOK}, or STUDENT.ipynb")
    return inbox


def _inbox(root: Path, refused: dict[str, str], modules: Sequence[str], module: str | None) -> Inbox:
    base = _unwrapped(root, modules)
    strays: list[str] = []
    found = [*_claims(base, modules, module, strays)]
    for name, reason in refused.items():
        parts = PurePosixPath(name).parts[len(base.relative_to(root).parts) :]
        if ".." in parts or not parts or PurePosixPath(name).is_absolute():
            strays.append(f"`{ascii(name)[1:-1]}` {reason}")
        else:
            which = next((part for part in parts[1:] if part in modules), module or "")
            student = student_id(PurePosixPath(parts[0]).stem if len(parts) == 1 else parts[0])
            found.append(
                Entry(
                    student=student,
                    module=which,
                    path=root / name,
                    problem=f"`{inert(PurePosixPath(name).name)}` {reason}",
                )
            )
    return Inbox(entries=tuple(_settled(found)), strays=tuple(strays))


def _unwrapped(root: Path, modules: Sequence[str]) -> Path:
    """Step into the one folder that some tools put around an archive's contents."""
    inside = [path for path in root.iterdir() if not _ignored(path)]
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
        below = [path for path in inside[0].iterdir() if path.is_dir() and not _ignored(path)]
        if below and not any(path.name in modules for path in below):
            return inside[0]
    return root


def _ignored(path: Path) -> bool:
    return path.name.startswith((".", "__MACOSX"))


def _claims(base: Path, modules: Sequence[str], module: str | None, strays: list[str]) -> Iterator[Entry]:
    for path in sorted(base.iterdir()):
        if _ignored(path):
            continue
        try:
            yield from [*_claim(path, modules, module, strays)]
        except (OSError, ValueError, OverflowError, MemoryError) as error:  # theirs alone: the class goes on
            why = f"cannot be read ({type(error).__name__}: {inert(str(error), 120)})"
            yield Entry(student=student_id(path.stem), module=module or "", path=path, problem=why)


def _claim(path: Path, modules: Sequence[str], module: str | None, strays: list[str]) -> Iterator[Entry]:
    """Yield what one student handed in, if it is a student's at all."""
    if path.is_dir() and not path.is_symlink():
        yield from _of_student(path, modules, module)
    elif path.suffix == ".ipynb" or path.is_symlink():
        yield flat(student_id(path.stem), path, modules, module)
    else:
        strays.append(f"`{ascii(path.name)[1:-1]}` is no notebook and no student's folder")


def _of_student(folder: Path, modules: Sequence[str], module: str | None) -> Iterator[Entry]:
    student, found = student_id(folder.name), False
    for path in sorted(folder.iterdir()):
        if path.name in modules:
            found = True
            if module in {None, path.name}:
                yield in_layout(student, path)
        elif path.suffix == ".ipynb":
            found = True
            yield flat(student, path, modules, module)
    if not found:
        problem = f"holds no {NOTEBOOK}, and no folder of a module ({', '.join(modules)})"
        yield Entry(student=student, module=module or "", path=folder, problem=problem)


def _settled(found: Iterable[Entry]) -> Iterator[Entry]:
    """One entry for each student and module; two files for one place count as none."""

    def place(entry: Entry) -> tuple[str, str]:
        return entry.student, entry.module

    for _, group in groupby(sorted(found, key=place), place):
        entries = list(group)
        names = ", ".join(f"`{inert(entry.path.name)}`" for entry in entries)
        odd = "; ".join(entry.problem for entry in entries if entry.problem)
        if len(entries) > 1 and not odd:
            odd = f"{len(entries)} files were handed in for it ({names}): leave the one that counts"
        yield replace(entries[0], problem=odd) if odd else entries[0]

"""Finds the submissions of a class, in any layout: nbgrader, flat folder or zip.

Whatever is odd about one submission becomes that submission's problem, and the others are graded.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path, PurePath, PurePosixPath
from types import MappingProxyType

from autograder.submissions import zip_archive
from autograder.submissions.choose_one import choose
from autograder.submissions.entry import NOTEBOOK, Entry, flat, student_id
from autograder.submissions.file_names import is_notebook, plain_stem, stem
from autograder.submissions.lms_names import LmsName, read_name
from autograder.submissions.safe_read import inert
from autograder.submissions.student_folder import (
    Scratch,
    archive_of,
    ignored,
    module_called,
    work_of,
)


class InboxError(Exception):
    """Nothing can be graded. Its text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """All submissions of a class, by student."""

    entries: tuple[Entry, ...]
    strays: tuple[str, ...] = ()  #: what belongs to no student: told, not graded

    aside: tuple[Entry, ...] = ()  #: what was handed in by students who weren't asked for

    def of(self, students: Collection[str]) -> Inbox:
        """Return the inbox with these students' work alone.

        Raises:
            InboxError: one of them handed in nothing.
        """
        known = {entry.student for entry in self.entries}
        for student in students:
            if student not in known:
                near = get_close_matches(student, known, n=1)
                offer = f": did you mean `{near[0]}`?" if near else ""
                raise InboxError(f"no submission of `{inert(student)}`{offer}")
        chosen = tuple(entry for entry in self.entries if entry.student in students)
        aside = tuple(entry for entry in self.entries if entry.student not in students)
        return replace(self, entries=chosen, aside=aside)

    @property
    def modules(self) -> set[str]:
        """What was handed in of any student."""
        return {entry.module for entry in self.entries}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What an inbox is read with."""

    modules: Sequence[str]
    module: str | None
    blanks: Mapping[str, Path]
    scratch: Scratch
    names: re.Pattern[str] | None

    def named(self, path: PurePath, *, folder: bool) -> LmsName:
        """Return what a name says; by itself, it is the student's."""
        found = read_name(path.name, self.names)
        return found or LmsName(student=path.name if folder else stem(path.name))


@contextmanager
def open_inbox(
    path: Path,
    modules: Sequence[str],
    *,
    module: str | None = None,
    blanks: Mapping[str, Path] = MappingProxyType({}),
    names: re.Pattern[str] | None = None,
) -> Generator[Inbox]:
    """Read the submissions at `path`: a folder in nbgrader's layout, a flat one, or a zip of either.

    `module` is what flat notebooks belong to that do not say so; of nbgrader's layout, only it is graded.
    `blanks` are the notebooks that were handed out: they tell which of several copies has answers in it.
    `names` reads file and folder names in a form that we don't know.

    Raises:
        InboxError: when there is no such folder or archive, or nothing in it.
    """
    if not path.is_dir() and not path.is_file():
        raise InboxError(f"no folder and no .zip at `{path}`: name where the submissions are")
    with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
        reader = _Reader(
            modules=modules,
            module=module,
            blanks=blanks,
            names=names,
            scratch=Scratch(folder=Path(folder, "of students")),
        )
        if path.is_dir():
            yield _filled(_inbox(path, {}, reader), path)
            return
        unpacked = Path(folder, "of the class")
        unpacked.mkdir()
        try:
            refused = zip_archive.unpack(path, unpacked)
        except zip_archive.ArchiveError as error:
            raise InboxError(str(error)) from error
        yield _filled(_inbox(unpacked, refused, reader, path.stem), path)


def _filled(inbox: Inbox, path: Path) -> Inbox:
    if not inbox.entries:
        raise InboxError(f"no submission in `{path}`: expected STUDENT/01_basic/{NOTEBOOK}, or STUDENT.ipynb")
    return inbox


def _inbox(root: Path, refused: dict[str, str], reader: _Reader, archive: str | None = None) -> Inbox:
    modules, module = reader.modules, reader.module
    base = _unwrapped(root, modules, archive)
    strays: list[str] = []
    found = [*_claims(base, reader, strays)]
    for name, reason in refused.items():
        parts = PurePosixPath(name).parts[len(base.relative_to(root).parts) :]
        if ".." in parts or not parts or PurePosixPath(name).is_absolute():
            strays.append(f"`{ascii(name)[1:-1]}` {reason}")
        else:
            which = next((part for part in parts[1:] if part in modules), module or "")
            student = student_id(reader.named(PurePosixPath(parts[0]), folder=len(parts) > 1).student)
            found.append(
                Entry(
                    student=student,
                    module=which,
                    path=root / name,
                    problem=f"`{inert(PurePosixPath(name).name)}` {reason}",
                    file="/".join(parts),
                )
            )
    return Inbox(entries=tuple(_settled(found, reader.blanks)), strays=tuple(strays))


def _unwrapped(root: Path, modules: Sequence[str], archive: str | None) -> Path:
    """Step into the one folder that some tools put around an archive's contents."""
    inside = [path for path in root.iterdir() if not ignored(path)]
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
        below = [path for path in inside[0].iterdir() if not ignored(path)]
        if any(path.name == "modules" or module_called(path.name, modules) for path in below):
            return root  # one student's work, or a clone of it
        flat_class = archive and _are_of_a_class(below, wrapped=inside[0].name == archive)
        if any(path.is_dir() for path in below) or flat_class:
            return inside[0]
    return root


def _are_of_a_class(paths: Sequence[Path], *, wrapped: bool) -> bool:
    """Whether notebooks are called after students: a student's own keep the name that we gave them.

    A single one may be either. It's a class's where its folder is `wrapped` by an archive of the same name.
    """
    names = [plain_stem(path.name) for path in paths if is_notebook(path.name)]
    return len(names) > (0 if wrapped else 1) and "exercises" not in names


def _claims(base: Path, reader: _Reader, strays: list[str]) -> Iterator[Entry]:
    for path in sorted(base.iterdir()):
        if ignored(path) or "_assignsubmission_onlinetext" in path.name:  # the text field beside the upload
            continue
        try:
            yield from [*_claim(path, reader, strays)]
        except (OSError, ValueError, OverflowError, MemoryError) as error:  # theirs alone: the class goes on
            why = f"cannot be read ({type(error).__name__}: {inert(str(error), 120)})"
            student, module = student_id(path.stem), reader.module or ""
            yield Entry(student=student, module=module, path=path, problem=why, file=path.name)


def _claim(path: Path, reader: _Reader, strays: list[str]) -> Iterator[Entry]:
    """Yield what one student handed in, if it is a student's at all."""
    folder = path.is_dir() and not path.is_symlink()
    named = reader.named(path, folder=folder)
    student, known = student_id(named.student), read_name(path.name, reader.names) is not None
    found: Iterable[Entry] = ()
    if folder:
        found = _of_student(student, path, reader)
    elif is_notebook(path.name) or path.is_symlink():
        found = [flat(student, path, reader.modules, reader.module)]
    elif path.suffix == ".zip" and known:
        found = archive_of(student, path, reader.modules, reader.module, reader.scratch)
    elif not known:
        strays.append(f"`{ascii(path.name)[1:-1]}` is no notebook and no student's folder")
    for entry in found:
        yield replace(
            entry,
            attempt=named.attempt,
            number=named.number,
            submitted=entry.submitted or named.submitted,
            note="; ".join(filter(None, (entry.note, named.note))),
            file=_from_claim(entry.path, path),
        )


def _from_claim(path: Path, claim: Path) -> str:
    """Return a notebook's path from what the student handed in; from within an archive, just its name."""
    inside = path.is_relative_to(claim)
    return str(PurePosixPath(claim.name, path.relative_to(claim) if inside else path.name))


def _of_student(student: str, folder: Path, reader: _Reader) -> Iterator[Entry]:
    modules, module = reader.modules, reader.module
    found = work_of(student, folder, modules, module, reader.scratch)
    yield from (entry for entry in found if module in {None, entry.module})
    if not found:
        problem = f"holds no {NOTEBOOK}, and no folder of a module ({', '.join(modules)})"
        yield Entry(student=student, module=module or "", path=folder, problem=problem)


def _apart(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Keep students of one name apart: in one download of Moodle's, each has a number of their own."""
    numbers = sorted({entry.number for entry in entries})
    if len(numbers) == 1:
        yield entries
        return
    for number in numbers:
        note = f"{len(numbers)} students have this name: the number tells them apart"
        mine = [entry for entry in entries if entry.number == number]
        yield [
            replace(
                e, student=student_id(f"{e.student} ({number})"), note="; ".join(filter(None, (e.note, note)))
            )
            for e in mine
        ]


def _settled(found: Iterable[Entry], blanks: Mapping[str, Path]) -> Iterator[Entry]:
    """One entry for each student and module."""

    def place(entry: Entry) -> tuple[str, str]:
        return entry.student, entry.module

    for _, group in groupby(sorted(found, key=place), place):
        for theirs in _apart(list(group)):
            yield choose(theirs, blanks)

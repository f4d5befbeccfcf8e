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
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from autograder.submissions import zip_archive
from autograder.submissions.entry import NOTEBOOK, Entry, flat, student_id
from autograder.submissions.file_names import is_litter, is_notebook
from autograder.submissions.lms_names import read_name
from autograder.submissions.reader import LeftOver, Reader, with_name
from autograder.submissions.safe_read import inert
from autograder.submissions.settle import settled
from autograder.submissions.student_folder import Scratch, archive_of, work_of
from autograder.submissions.unwrap import unwrapped


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
class _Packed:
    """What an archive held besides notebooks."""

    stem: str
    refused: Mapping[str, str]
    others: Sequence[str]


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
        reader = Reader(
            modules=modules,
            module=module,
            blanks=blanks,
            names=names,
            scratch=Scratch(folder=Path(folder, "of students")),
        )
        if path.is_dir():
            yield _filled(_inbox(path, reader), path)
            return
        unpacked = Path(folder, "of the class")
        unpacked.mkdir()
        others: list[str] = []
        try:
            refused = zip_archive.unpack(path, unpacked, others=others)
        except zip_archive.ArchiveError as error:
            raise InboxError(str(error)) from error
        packed = _Packed(stem=path.stem, refused=refused, others=others)
        yield _filled(_inbox(unpacked, reader, packed), path)


def _filled(inbox: Inbox, path: Path) -> Inbox:
    if not inbox.entries:
        found = f" ({inbox.strays[0]})" if inbox.strays else ""
        raise InboxError(
            f"no submission in `{path}`{found}: expected STUDENT/01_basic/{NOTEBOOK}, or STUDENT.ipynb"
        )
    return inbox


def _inbox(root: Path, reader: Reader, packed: _Packed | None = None) -> Inbox:
    base = unwrapped(root, reader.modules, packed.stem if packed else None)
    left = LeftOver()
    found = [*_claims(base, reader, left)]
    if packed:
        around = len(base.relative_to(root).parts)
        found += _refused(packed.refused, root, around, reader, left)
        for name in packed.others:
            parts = PurePosixPath(name).parts[around:]
            if len(parts) == 1 and not is_litter(parts[0]):
                left.put(root / name, reader)
    entries = settled(found, left.others, reader.blanks)
    return Inbox(entries=tuple(entries), strays=tuple(left.strays))


def _refused(
    refused: Mapping[str, str], root: Path, around: int, reader: Reader, left: LeftOver
) -> Iterator[Entry]:
    """Yield what an archive held that wasn't unpacked; `around` are the folders around the students'."""
    for name, reason in refused.items():
        parts = PurePosixPath(name).parts[around:]
        if ".." in parts or not parts or PurePosixPath(name).is_absolute():
            left.strays.append(f"`{ascii(name)[1:-1]}` {reason}")
            continue
        claim = root.joinpath(*PurePosixPath(name).parts[: around + 1])
        named = reader.named(claim, folder=len(parts) > 1)
        which = next((part for part in parts[1:] if part in reader.modules), reader.module or "")
        problem = f"`{inert(PurePosixPath(name).name)}` {reason}"
        entry = Entry(student=student_id(named.student), module=which, path=root / name, problem=problem)
        yield with_name(entry, named, claim)


def _claims(base: Path, reader: Reader, left: LeftOver) -> Iterator[Entry]:
    for path in sorted(base.iterdir()):
        if is_litter(path.name):
            continue
        try:
            yield from [*_claim(path, reader, left)]
        except (OSError, ValueError, OverflowError, MemoryError) as error:  # theirs alone: the class goes on
            why = f"cannot be read ({type(error).__name__}: {inert(str(error), 120)})"
            student, module = student_id(path.stem), reader.module or ""
            yield Entry(student=student, module=module, path=path, problem=why, file=path.name)


def _claim(path: Path, reader: Reader, left: LeftOver) -> Iterator[Entry]:
    """Yield what one student handed in, if it is a student's at all."""
    folder = path.is_dir() and not path.is_symlink()
    named = reader.named(path, folder=folder)
    student, known = student_id(named.student), read_name(path.name, reader.names) is not None
    found: Iterable[Entry] = ()
    if "_assignsubmission_onlinetext" in path.name:  # the text field beside the upload
        left.put(path, reader)
        return
    if folder:
        found = _of_student(student, path, reader)
    elif is_notebook(path.name) or path.is_symlink():
        found = [flat(student, path, reader.modules, reader.module)]
    elif path.suffix.lower() == ".zip" and known:
        found = [*archive_of(student, path, reader.modules, reader.module, reader.scratch)]
    if not found and not folder:
        left.put(path, reader)
    for entry in found:
        yield with_name(entry, named, path)


def _of_student(student: str, folder: Path, reader: Reader) -> Iterator[Entry]:
    modules, module = reader.modules, reader.module
    found = work_of(student, folder, modules, module, reader.scratch)
    yield from (entry for entry in found if module in {None, entry.module})
    if not found:
        problem = f"holds no {NOTEBOOK}, and no folder of a module ({', '.join(modules)})"
        yield Entry(student=student, module=module or "", path=folder, problem=problem)

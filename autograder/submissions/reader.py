"""Reads whose a file of the inbox is, and keeps what's no notebook: that may be a student's all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PurePosixPath

from autograder.submissions.entry import Entry, student_id
from autograder.submissions.file_names import stem
from autograder.submissions.lms_names import LmsName, read_name
from autograder.submissions.student_folder import Scratch

STRAY = "is no notebook and no student's folder"
STRAY_ZIP = "is an archive that isn't called after a student (grade it by itself, or unpack it)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
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


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What is no notebook: some of it is a student's all the same."""

    others: list[Entry] = field(default_factory=list[Entry])
    strays: list[str] = field(default_factory=list[str])

    def put(self, path: Path, reader: Reader) -> None:
        named = read_name(path.name, reader.names)
        if named is None:
            why = STRAY_ZIP if path.suffix.lower() == ".zip" else STRAY
            self.strays.append(f"`{ascii(path.name)[1:-1]}` {why}")
            return
        entry = Entry(student=student_id(named.student), module=reader.module or "", path=path)
        self.others.append(with_name(entry, named, path))


def with_name(entry: Entry, named: LmsName, claim: Path) -> Entry:
    """Return an entry with what the name of its file or folder, the `claim`, says."""
    return replace(
        entry,
        attempt=named.attempt,
        apart=named.apart,
        submitted=entry.submitted or named.submitted,
        note="; ".join(filter(None, (entry.note, named.note))),
        file=_from_claim(entry.path, claim),
    )


def _from_claim(path: Path, claim: Path) -> str:
    """Return a notebook's path from what the student handed in; from within an archive, just its name."""
    inside = path.is_relative_to(claim)
    return str(PurePosixPath(claim.name, path.relative_to(claim) if inside else path.name))

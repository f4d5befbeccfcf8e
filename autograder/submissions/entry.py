"""Describes one file of the inbox: student, module, time, and what is odd about it."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.submissions import zip_archive
from autograder.submissions.safe_read import Unreadable, as_object, inert, read_bytes, read_object, read_start
from autograder.submissions.times import read_time

NOTEBOOK = "exercises.ipynb"
TIMESTAMP = "timestamp.txt"
SECRET = "submission_secret.txt"  #: of nbgrader's exchange, beside a notebook: whose the feedback is
MAX_ID = 100  #: bytes of a student's name, which names folders too


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One notebook of one student, or what is in its place."""

    student: str
    module: str  #: empty when nothing says which
    path: Path
    problem: str = ""  #: why it cannot be graded; empty when it can
    note: str = ""  #: what is odd about it, though it can be graded
    submitted: datetime | None = (
        None  #: by `timestamp.txt` or the name: a file's own time says when it was copied
    )
    attempt: str = ""  #: as the name has it; a later one sorts behind
    apart: str = ""  #: what the student is called where two have one name
    file: str = ""  #: its path in the inbox, from the student's own file or folder on


def student_id(name: str) -> str:
    """Return `name` if files, URLs and nbgrader's patterns can bear it, else an escaped form of it."""
    name = unicodedata.normalize("NFC", name)
    plain = "".join(c if c.isalnum() or c in " ._-@()'+" else _escaped(c) for c in name)
    if plain[:1] in {".", "-", " "}:
        plain = _escaped(plain[0]) + plain[1:]
    if len(plain.encode()) > MAX_ID:
        plain = plain.encode()[: MAX_ID - 10].decode(errors="ignore") + "~" + _digest(name)
    return plain


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode(errors="surrogateescape"))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:8]


def in_layout(student: str, folder: Path) -> Entry:
    """Read what a student's folder of one module holds."""
    submitted, note = timestamp(folder)
    entry = Entry(student=student, module=folder.name, path=folder / NOTEBOOK, submitted=submitted, note=note)
    if folder.is_symlink() or not folder.is_dir():
        return replace(entry, path=folder, problem="the module's folder is a link or a file")
    if not entry.path.exists() and not entry.path.is_symlink():
        there = (
            ", ".join(inert(name) for name in sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
        )
        return replace(entry, problem=f"no {NOTEBOOK} was handed in; there is: {there}")
    return regular(entry)


def flat(student: str, path: Path, modules: Sequence[str], module: str | None) -> Entry:
    """Read a notebook that says itself which module it belongs to, or else belongs to `module`."""
    entry = regular(Entry(student=student, module=module or "", path=path))
    if entry.problem:
        return entry
    named = module_named_in(path)
    if named in modules:
        if module not in {None, named}:
            return replace(entry, problem=f"is a notebook of {named}, not of {module}")
        return replace(entry, module=named)
    if module is None:
        return replace(entry, problem="does not say which module it belongs to: give `--module`")
    return entry


def regular(entry: Entry) -> Entry:
    """Return the entry, with what's wrong with its file as a file."""
    if entry.path.is_symlink() or not entry.path.is_file():
        return replace(
            entry, problem="is a link, a folder or a device, not a file: hand in the notebook itself"
        )
    if entry.path.stat().st_size > zip_archive.MAX_FILE:
        return replace(entry, problem="is larger than 20 MB: hand it in without its outputs")
    return entry


def module_named_in(path: Path) -> str:
    """Return the module that a notebook says it belongs to; empty where it says nothing."""
    try:
        metadata = as_object(read_object(path.name, read_bytes(path)).get("metadata"))
        return str(as_object(metadata.get("course")).get("module"))
    except Unreadable:
        return ""


def timestamp(folder: Path) -> tuple[datetime | None, str]:
    """Read when it was handed in, and what is wrong with the file that says so."""
    path = folder / TIMESTAMP
    if not path.exists() and not path.is_symlink():
        return None, ""
    try:
        return read_time(read_start(path, 64).decode()), ""
    except (Unreadable, ValueError):
        return None, f"its {TIMESTAMP} cannot be read, so nobody knows whether it was late"

"""Unpacks a zip of submissions: notebooks only, each below a cap, nothing outside its folder.

What an archive claims about itself is not believed: names, sizes and kinds come from whoever made it. Only
sizes are of use: `zipfile` gives no more of a file than is claimed, so a claim below the cap bounds the work.
"""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile

from autograder.submissions.file_names import is_litter, is_notebook

MAX_ENTRIES = 200_000
MAX_DIRECTORY = 32 << 20  #: bytes of the archive's list of what it holds
MAX_FILE = 20 << 20  #: bytes of one notebook
MAX_STUDENT = 100 << 20  #: bytes of all notebooks of one student: nobody takes the room of the class
MAX_TOTAL = 2 << 30  #: bytes of all notebooks
DEPTH = 6  #: a folder around all, a student's, a clone's `modules`, a module's, the notebook: nothing below


class ArchiveError(Exception):
    """The archive as a whole cannot be used. Its text says why, and what to do."""


class _Wary(io.FileIO):
    """An archive's bytes. `zipfile` reads the list of what it holds at once: not when that is too long."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise ArchiveError(f"`{self.name}` holds too many files: take out what is no submission")
        return super().read(-1 if size is None else size) or b""


def unpack(
    archive: Path,
    folder: Path,
    *,
    room: int = MAX_TOTAL,
    entries: int = MAX_ENTRIES,
    inner: bool = False,
    others: list[str] | None = None,
) -> dict[str, str]:
    """Write the notebooks of `archive` below `folder`; return what was refused: name -> why.

    Args:
        archive: the file.
        folder: a new one.
        room: so many bytes may be unpacked in all.
        entries: so many files the archive may list.
        inner: whether it comes from within another one: archives in it are then left alone.
        others: gets the names of the files that were left alone.

    Raises:
        ArchiveError: when it is no zip file, or holds too many files.
    """
    try:
        with _Wary(archive) as file, zipfile.ZipFile(file) as bundle:
            return dict(_unpack(bundle, folder, room, entries, inner, [] if others is None else others))
    except _BAD as error:
        raise ArchiveError(
            f"`{archive}` cannot be unpacked ({error}): is it a complete .zip file? A folder will do, too"
        ) from error


# What zipfile and the decompressor below it raise over bytes that are not what they seem.
_BAD = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)


def _unpack(
    bundle: zipfile.ZipFile, folder: Path, room_left: int, most: int, inner: bool, others: list[str]
) -> Iterator[tuple[str, str]]:
    entries = bundle.infolist()
    if len(entries) > most:
        raise ArchiveError(
            f"`{bundle.filename}` holds {len(entries):,} files: take out what is no submission"
        )
    places = Counter(_place(PurePosixPath(_plain(entry))) for entry in entries if not entry.is_dir())
    tops = {place.split("/")[0] for place in places if not is_litter(place)}
    room = _Room(left=room_left, wrapped=len(tops) == 1)
    for entry in entries:
        path = PurePosixPath(_plain(entry))
        wanted = _is_wanted(entry, path, inner)
        reason = _misplaced(entry, path) or (
            _refusal(entry, places[_place(path)], room.of(path)) if wanted else ""
        )
        try:
            if not reason:
                _make_folder(folder, path if entry.is_dir() else path.parent)
            if not reason and wanted:
                room.take(path, entry.file_size)
                _write(bundle, entry, folder / path)
            elif not reason and not entry.is_dir():
                others.append(_plain(entry))
        except _BAD as error:
            reason = f"cannot be unpacked ({error}): zip it again"
        if reason:
            yield _plain(entry), reason


@dataclass(slots=True)
class _Room:
    """How much may still be unpacked, by student and in all."""

    wrapped: bool  #: a folder stands around all of them
    left: int
    spent: Counter[str] = field(default_factory=Counter[str])

    def of(self, path: PurePosixPath) -> int:
        return min(MAX_FILE, MAX_STUDENT - self.spent[self._student(path)], self.left)

    def take(self, path: PurePosixPath, size: int) -> None:
        self.spent[self._student(path)] += size
        self.left -= size

    def _student(self, path: PurePosixPath) -> str:
        return "/".join(path.parts[: 2 if self.wrapped else 1])


def _plain(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/").rstrip("/")  # some Windows tools write backslashes


def _place(path: PurePosixPath) -> str:
    """Where it lies on any system: some take `Ada` and `ada`, or two ways to write an `é`, for one."""
    return unicodedata.normalize("NFC", str(path).casefold())


def _is_wanted(entry: zipfile.ZipInfo, path: PurePosixPath, inner: bool) -> bool:
    """A learner's own zip is, too, unless we're in one: some systems zip a class of zips."""
    archive = path.suffix.lower() == ".zip" and not inner
    named = is_notebook(path.name) or path.name == "timestamp.txt" or archive
    return named and not entry.is_dir() and len(path.parts) <= DEPTH


def _misplaced(entry: zipfile.ZipInfo, path: PurePosixPath) -> str:
    odd = not path.parts or path.is_absolute() or ".." in path.parts or not entry.filename.isprintable()
    if odd or ":" in path.parts[0]:  # a drive of Windows
        return "leads out of its folder, or has a name that no file should have"
    return ""


def _refusal(entry: zipfile.ZipInfo, count: int, limit: int) -> str:
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0):
        return "is a link or a device, not a file: hand in the notebook itself"
    if count > 1:
        return f"stands in the archive {count} times: which one counts is not ours to guess"
    if entry.flag_bits & 1:
        return "is encrypted: hand it in without a password"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return (
            "is packed in an unusual way: zip it with the tools of your system"  # others read without a cap
        )
    if entry.file_size > limit:
        return "unpacks to more than it may: hand in a notebook without its outputs"
    return ""


def _make_folder(folder: Path, path: PurePosixPath) -> None:
    """Make folders of other files, too, so that their student is not lost."""
    folder.joinpath(*path.parts[: DEPTH - 1]).mkdir(parents=True, exist_ok=True)


def _write(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    with bundle.open(entry) as source:
        target.write_bytes(source.read(entry.file_size + 1))  # without a number, it would unpack all at once

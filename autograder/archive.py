"""Unpacks a zip of submissions: notebooks only, each below a cap, nothing outside its folder.

What an archive claims about itself is not believed: names, sizes and kinds come from whoever made it.
"""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MAX_ENTRIES = 200_000
MAX_FILE = 20 << 20  #: bytes of one notebook
MAX_TOTAL = 2 << 30  #: bytes of all of them


class ArchiveError(Exception):
    """The archive as a whole cannot be used. Its text says why, and what to do."""


def unpack(archive: Path, folder: Path) -> dict[str, str]:
    """Write the notebooks of `archive` below `folder`; return what was refused: name -> why.

    Raises:
        ArchiveError: when it is no zip file, or holds too many files.
    """
    try:
        with zipfile.ZipFile(archive) as bundle:
            return dict(_unpack(bundle, folder))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise ArchiveError(
            f"`{archive}` cannot be unpacked ({error}): is it a complete .zip file?"
        ) from error


def _unpack(bundle: zipfile.ZipFile, folder: Path) -> Iterator[tuple[str, str]]:
    entries = bundle.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveError(
            f"`{bundle.filename}` holds {len(entries):,} files: take out what is no submission"
        )
    names = Counter(_plain(entry.filename) for entry in entries if not entry.is_dir())
    left = MAX_TOTAL
    for entry in entries:
        name = _plain(entry.filename)
        if reason := _refusal(entry, name, names[name]):
            yield name, reason
            continue
        try:
            left -= _write(bundle, entry, folder / name, min(MAX_FILE, left))
        except _TooLarge:
            yield name, "unpacks to more than it may: hand in a notebook without its outputs"
        except _DAMAGED as error:
            yield name, f"cannot be unpacked ({error}): zip it again"


# What zipfile and the decompressors below it raise over bytes that are not what they seem.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, ValueError, RuntimeError, EOFError)


class _TooLarge(Exception):
    pass


def _plain(name: str) -> str:
    return name.replace("\\", "/").rstrip("/")  # some Windows tools write backslashes


def _refusal(entry: zipfile.ZipInfo, name: str, count: int) -> str:
    path = PurePosixPath(name)
    mode = entry.external_attr >> 16
    odd = not path.parts or path.is_absolute() or ".." in path.parts or not name.isprintable()
    if odd or ":" in path.parts[0]:  # a drive of Windows
        return "leads out of its folder, or has a name that no file should have"
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
        return "is a link or a device, not a file: hand in the notebook itself"
    if not entry.is_dir() and count > 1:
        return f"stands in the archive {count} times: which one counts is not ours to guess"
    if entry.flag_bits & 1:
        return "is encrypted: hand it in without a password"
    return ""


def _write(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, limit: int) -> int:
    """Write one notebook; folders of other files are made, so that their student is not lost."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if entry.is_dir():
        target.mkdir(exist_ok=True)
        return 0
    if target.suffix != ".ipynb" and target.name != "timestamp.txt":
        return 0
    with bundle.open(entry) as source:
        data = source.read(limit + 1)
    if len(data) > limit:
        raise _TooLarge
    target.write_bytes(data)
    return len(data)

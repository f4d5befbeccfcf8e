"""Takes files out of a folder in which learners' code may do what it likes meanwhile.

Nothing is opened where it lies: a file is copied out first, so that it cannot change while it is read, be a
pipe that never ends, or be a link to something else.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

FILE_LIMIT = 256 << 20  #: bytes of a file that a test will open, and of all copies that one test has made


def copy_out(root: int, parts: Sequence[str], target: Path, room: int = FILE_LIMIT) -> int:
    """Copy an ordinary file below the folder of a descriptor; no part of its path may be a link.

    Its holes stay holes: a file that takes nothing on the learner's side takes nothing here.

    Returns:
        How many bytes were written, at most `room`.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is a link, no ordinary file, or too large.
    """
    source = open_plain(root, parts)
    with os.fdopen(source, "rb") as file, target.open("wb") as copy:
        status = os.fstat(source)
        if status.st_size > FILE_LIMIT:
            raise OSError("too large")
        copy.truncate(status.st_size)  # it may still grow: what comes later isn't copied
        written = 0
        for start, end in _filled(source, status.st_size):
            written += end - start
            if written > room:
                raise OSError("no room for a copy")
            file.seek(start)
            copy.seek(start)
            while start < end and (chunk := file.read(min(end - start, 1 << 20))):
                start += copy.write(chunk)
    return written


def _filled(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield from where to where a file holds bytes; between them are holes."""
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError:  # there is a hole from here to its end
            return
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        if start < end:
            yield start, end


def open_plain(root: int, parts: Sequence[str]) -> int:
    """Open an ordinary file below the folder of a descriptor, and return its own.

    Raises:
        FileNotFoundError: there is none.
        OSError: it's no ordinary file, or a part of its path is a link.
    """
    here = os.dup(root)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        source = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise OSError("no ordinary file")
    return source

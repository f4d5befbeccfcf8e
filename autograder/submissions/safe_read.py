"""Reads an untrusted file: no links, no pipes, bounded in bytes and in JSON values.

Between a look at a path and its opening, another file may have come there. So what was opened is looked at.
"""

from __future__ import annotations

import json
import os
import stat
import unicodedata
from pathlib import Path
from typing import Any

from autograder.sandbox.channel import json_size

SIZE_LIMIT = 20 << 20  #: bytes; an exercises notebook has some 30 kB
PARTS_LIMIT = 150_000  #: brackets and commas: a value of three bytes takes a hundred once it is read


class Unreadable(Exception):
    """The file is no notebook that can be graded. The text says why, to the learner and the instructor."""


def read_bytes(path: Path) -> bytes:
    """Read an untrusted file.

    Raises:
        Unreadable: it is too large, no ordinary file, or cannot be read.
    """
    data = read_start(path, SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise Unreadable(f"`{inert(path.name)}` is larger than {SIZE_LIMIT >> 20} MB: clear its outputs")
    return data


def read_start(path: Path, most: int) -> bytes:
    """Read the first bytes of an untrusted file, which may claim to be of any size.

    Raises:
        Unreadable: it is no ordinary file, or cannot be read.
    """
    name = inert(path.name)
    try:
        if path.is_symlink():
            raise Unreadable(f"`{name}` is no ordinary file")
        with open(path, "rb", opener=_opened) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(f"`{name}` is no ordinary file")
            return file.read(min(status.st_size + 1, most))
    except IsADirectoryError:
        raise Unreadable(f"`{name}` is no ordinary file") from None
    except OSError as error:
        raise Unreadable(f"`{name}` cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL in its name
        raise Unreadable(f"`{name}` cannot be read: no file has such a name") from None


def _opened(path: str, flags: int) -> int:
    """Open without following a link, and without waiting for a pipe's other end. Windows has neither."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def read_object(name: str, data: bytes) -> dict[str, Any]:
    """Return the JSON object that `data` holds; an empty one for any other JSON. `name` is for messages.

    Raises:
        Unreadable: it is no JSON in UTF-8 or UTF-16, or holds more values than a notebook has.
    """
    try:
        data = _utf8(data)
        if json_size(data) > PARTS_LIMIT:
            raise Unreadable(f"`{name}` holds too many values: clear its outputs and hand it in again")
        return as_object(json.loads(data.decode()))
    except (ValueError, RecursionError):
        raise Unreadable(f"`{name}` is no JSON: save it in JupyterLab and hand it in again") from None


def _utf8(data: bytes) -> bytes:
    """Return a file's text in UTF-8: a Windows shell writes UTF-16, and some editors a mark first."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def as_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def inert(name: str, limit: int = 60) -> str:
    """Return a name that a learner gave as it may stand in a message: one short line, no markup, no codes."""
    return "".join(c if _is_plain(c) else "?" for c in name[:limit])


def _is_plain(char: str) -> bool:
    return char in " ._-@()'+%," or unicodedata.category(char)[0] in "LNM"

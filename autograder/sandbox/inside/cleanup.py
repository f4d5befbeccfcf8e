"""Deletes whatever learners' code left behind, however deep or unreadable it is, and follows no link."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager


def remove_tree(path: str, *, owner: int | None = None) -> None:
    """Remove a folder with all that is in it; what cannot be removed stays.

    Folders are held by descriptors and nothing is reached by a path, so whoever swaps one for a link while
    this runs gains nothing. `shutil.rmtree` calls itself for each level, and ends at a thousand. Here every
    folder is first moved to the top, so that none is ever more than one below it.

    Args:
        path: the folder. A link or a file in its place is left alone.
        owner: leave it alone, too, unless this user owns it.
    """
    with _opened(path) as top:
        if top is None or (owner is not None and os.fstat(top).st_uid != owner):
            return
        number = itertools.count()
        while folders := [entry.name for entry in _listed(top) if entry.is_dir(follow_symlinks=False)]:
            gone = [flatten(top, folder, number) for folder in folders]
            if not any(gone):  # no headway: it is not ours to remove
                return
        for entry in _listed(top):
            _unlink(entry.name, top)
    with contextlib.suppress(OSError):
        os.rmdir(path)


def flatten(top: int, name: str, number: Iterator[int]) -> bool:
    """Move the folders of a folder to the top, and remove the rest; tell whether it is gone."""
    with _opened(name, top) as folder:
        if folder is not None:
            for entry in _listed(folder):
                if entry.is_dir(follow_symlinks=False):
                    moved = f".removed-{os.getpid()}-{next(number)}"
                    with contextlib.suppress(OSError):
                        os.rename(entry.name, moved, src_dir_fd=folder, dst_dir_fd=top)
                else:
                    _unlink(entry.name, folder)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=top)
    try:
        os.stat(name, dir_fd=top, follow_symlinks=False)
    except OSError:
        return True
    return False


@contextmanager
def _opened(name: str, parent: int | None = None) -> Generator[int | None]:
    """Open a folder, which may have been made so that it cannot be listed; none for a link or a file."""
    folder = _open(name, os.O_RDONLY, parent)
    if folder is None and (held := _open(name, os.O_PATH, parent)) is not None:
        with contextlib.suppress(OSError):
            os.chmod(f"/proc/self/fd/{held}", 0o700)
        os.close(held)
        folder = _open(name, os.O_RDONLY, parent)
    try:
        if folder is not None:
            with contextlib.suppress(OSError):
                os.fchmod(folder, 0o700)
        yield folder
    finally:
        if folder is not None:
            os.close(folder)


def _open(name: str, how: int, parent: int | None) -> int | None:
    with contextlib.suppress(OSError):
        return os.open(name, how | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    return None


def _listed(folder: int) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        yield from list(found)


def _unlink(name: str, folder: int) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)

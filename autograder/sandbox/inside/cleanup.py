"""Deletes whatever learners' code left behind, however deep or unreadable it is."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator


def remove_tree(path: str) -> None:
    """Remove a folder, with all that is in it; what cannot be removed stays. Its owner must be dead.

    `shutil.rmtree` calls itself for each level, and ends at a thousand. Here every folder is first moved to
    the top, so that no path is ever longer than two names.
    """
    number = itertools.count()
    while folders := [entry.path for entry in _listed(path) if entry.is_dir(follow_symlinks=False)]:
        for folder in folders:
            for entry in _listed(folder):
                if entry.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        os.rename(entry.path, f"{path}/.removed-{os.getpid()}-{next(number)}")
                else:
                    _unlink(entry.path)
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if all(os.path.exists(folder) for folder in folders):  # no headway: it is not ours to remove
            return
    for entry in _listed(path):
        _unlink(entry.path)
    with contextlib.suppress(OSError):
        os.rmdir(path)


def _listed(path: str) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError):
        os.chmod(path, 0o700)  # it may have been made so that it cannot be listed
        with os.scandir(path) as found:
            yield from list(found)


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)

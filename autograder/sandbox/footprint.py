"""Counts what learners' code has written, where no file system of its own bounds that: in tier B."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox.limits import Limits
from autograder.sandbox.outcomes import OutOfDisk

DEEPEST = 50  #: folders in one another; each costs a descriptor to look into


def check_footprint(root: int, pidfd: int, limits: Limits) -> None:
    """Count the files below a folder, and those that the process has open though they have been removed.

    Raises:
        OutOfDisk: there is too much, or what cannot be counted.
    """
    count, size = 0, 0
    for sizes in (*_removed(root, pidfd), *_below(root, limits.files)):
        count, size = count + 1, size + sizes
    if size > limits.disk_bytes:
        raise OutOfDisk(f"your code wrote more than {limits.disk_bytes >> 20} MB of files")
    if count > limits.files:
        raise OutOfDisk(f"your code made more than {limits.files} files")


def _below(root: int, most: int) -> Iterator[int]:
    """The size of each file and folder. Ends after some more than `most`: that is too many already."""
    count = 0
    for path, folders, files, here in os.fwalk(".", dir_fd=root, onerror=_refuse):
        count += len(folders) + len(files)
        if path.count("/") > DEEPEST:
            raise OutOfDisk(f"your code made more than {DEEPEST} folders inside one another")
        for name in (*folders, *files):
            with contextlib.suppress(OSError):
                yield os.stat(name, dir_fd=here, follow_symlinks=False).st_blocks * 512
        if count > most:
            return


def _refuse(error: OSError) -> None:
    """Refuse a folder that cannot be looked into: who knows what is there."""
    if not isinstance(error, FileNotFoundError):
        raise OutOfDisk("your code made a folder that cannot be listed") from error


def _removed(root: int, pidfd: int) -> Iterator[int]:
    """The size of each file that is open, or mapped into memory, and has no name any more."""
    status = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    pid = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Pid:"))
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for entry in descriptors:
            with contextlib.suppress(OSError):
                found = entry.stat()
                if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                    yield found.st_blocks * 512
    with contextlib.suppress(OSError):
        yield from _mapped(Path("/proc", str(pid)), str(Path(f"/proc/self/fd/{root}").readlink()))


def _mapped(process: Path, folder: str) -> Iterator[int]:
    """The size of each file of a folder that is mapped and was removed: such a file needs no descriptor."""
    for line in (process / "maps").read_text(errors="replace").splitlines():
        if line.endswith(" (deleted)") and f" {folder}/" in line:
            place = line.split(maxsplit=1)[0]
            try:
                yield (process / "map_files" / place).stat().st_blocks * 512
            except OSError:  # only root may look there: then as much as is mapped
                start, end = place.split("-")
                yield int(end, 16) - int(start, 16)

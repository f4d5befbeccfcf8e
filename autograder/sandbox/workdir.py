"""Handles a submission's workdir from the trusted side: its files, its size, its server.

Nothing in it is opened where it lies: a file is copied out first, so that it cannot change while it is read,
be a pipe that never ends, or be a link to something else.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from autograder.sandbox.http_server import App, Server
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.outcomes import OutOfDisk
from autograder.sandbox.scratch import scratch_folder

FILE_LIMIT = 256 << 20  #: bytes of a file that a test will open, and of all copies that one test has made
READ_LIMIT = 64 << 10  #: bytes of a file that goes into a message
BESIDE = ("-wal", "-journal")  #: what SQLite keeps beside a database; its `-shm` is made anew from these

NO_OTHER_FILE = bytes(16)
"""Goes to the end of a journal. There SQLite looks for the name of another file, which it deletes after use:
any file of the grader's, if learners' code may choose the name."""

DEEPEST = 50  #: folders in one another; each costs a descriptor to look into


def check_footprint(root: int, pidfd: int, limits: Limits) -> None:
    """Count the files below a folder, and those that the process has open though they have been removed.

    Raises:
        OutOfDisk: there is too much, or what cannot be counted.
    """
    count, size = 0, 0
    for sizes in (*_removed(pidfd), *_below(root, limits.files)):
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


def _removed(pidfd: int) -> Iterator[int]:
    """The size of each file that is open and has no name any more."""
    status = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    pid = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Pid:"))
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for entry in descriptors:
            with contextlib.suppress(OSError):
                found = entry.stat()
                if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                    yield found.st_blocks * 512


class Workdir:
    """One submission's scratch folder. Close it after use.

    Attributes:
        folder: what learners' code calls it.
        limits: what the processes in it may use.
    """

    def __init__(
        self,
        name: str,
        folder: PurePosixPath,
        needs: Needs,
        descriptors: Sequence[int],
        *,
        port: int | None,
        limits: Limits,
        walls: bool,
    ) -> None:
        self.name, self.folder, self.needs, self.limits, self._walls = name, folder, needs, limits, walls
        self._root = descriptors[0]
        self._desk: Path | None = None  #: where copies are
        self._copied_for, self._room = folder, FILE_LIMIT
        self.server: Server | None = None
        if needs.server:
            listener = (
                socket.socket(fileno=descriptors[1]) if walls else socket.create_server(("127.0.0.1", 0))
            )
            self.server = Server(listener, port)
        self.port = self.server.port if self.server else None

    def watch(self, pidfd: int) -> None:
        """Count what the process has written, where no file system of its own bounds it.

        Raises:
            OutOfDisk: there is too much.
        """
        if not self._walls:
            check_footprint(self._root, pidfd, self.limits)

    def fetch(self, folder: PurePosixPath, name: str) -> Path:
        """Copy a file, with what SQLite keeps beside it, to where only the judge is; return its path there.

        Raises:
            FileNotFoundError: there is none.
            OSError: it is a link, no ordinary file, or too large.
        """
        if self._desk is None or folder != self._copied_for:  # a test is over: its copies are in the way
            self._remove_copies()
            self._desk, self._copied_for, self._room = scratch_folder("evidence-"), folder, FILE_LIMIT
        target = Path(tempfile.mkdtemp(dir=self._desk)) / PurePosixPath(name).name
        parts = folder.relative_to(self.folder).parts + PurePosixPath(name).parts
        self._room -= copy_out(self._root, parts, target, self._room)
        for ending in BESIDE:
            beside = target.with_name(target.name + ending)
            with contextlib.suppress(FileNotFoundError):
                self._room -= copy_out(self._root, (*parts[:-1], parts[-1] + ending), beside, self._room)
                with beside.open("ab") as file:
                    file.write(NO_OTHER_FILE)
        return target

    def read(self, name: str) -> str:
        """Return the beginning of a small file, for a message; nothing where there is no such file."""
        with contextlib.suppress(OSError), os.fdopen(open_plain(self._root, name.split("/")), "rb") as file:
            return file.read(READ_LIMIT).decode(errors="replace")
        return ""

    def _remove_copies(self) -> None:
        if self._desk:
            shutil.rmtree(self._desk, ignore_errors=True)

    def serve(self, app: App) -> Server:
        """Have the server that learners' code can reach answer with `app`; return it."""
        assert self.server, "the exercise's mark must say that it needs a server"
        self.server.serve(app)
        return self.server

    def close(self) -> None:
        """Give back what belongs to the trusted side."""
        os.close(self._root)
        if self.server:
            self.server.close()
        self._remove_copies()


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

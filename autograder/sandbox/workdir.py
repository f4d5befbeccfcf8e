"""Handles a submission's workdir from the trusted side: its files, its size, its server."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autograder.sandbox import left_files
from autograder.sandbox.footprint import check_footprint
from autograder.sandbox.http_server import App, Server
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.scratch import scratch_folder

READ_LIMIT = 64 << 10  #: bytes of a file that goes into a message
BESIDE = ("-wal", "-journal")  #: what SQLite keeps beside a database; its `-shm` is made anew from these

NO_OTHER_FILE = bytes(16)
"""Goes to the end of a journal. There SQLite looks for the name of another file, which it deletes after use:
any file of the grader's, if learners' code may choose the name."""


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
        self._copied_for, self._room = folder, left_files.FILE_LIMIT
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
            self._desk, self._copied_for, self._room = (
                scratch_folder("evidence-"),
                folder,
                left_files.FILE_LIMIT,
            )
        target = Path(tempfile.mkdtemp(dir=self._desk)) / PurePosixPath(name).name
        parts = folder.relative_to(self.folder).parts + PurePosixPath(name).parts
        self._room -= left_files.copy_out(self._root, parts, target, self._room)
        for ending in BESIDE:
            beside = target.with_name(target.name + ending)
            with contextlib.suppress(FileNotFoundError):
                self._room -= left_files.copy_out(
                    self._root, (*parts[:-1], parts[-1] + ending), beside, self._room
                )
                with beside.open("ab") as file:
                    file.write(NO_OTHER_FILE)
        return target

    def read(self, name: str) -> str:
        """Return the beginning of a small file, for a message; nothing where there is no such file."""
        with (
            contextlib.suppress(OSError),
            os.fdopen(left_files.open_plain(self._root, name.split("/")), "rb") as file,
        ):
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

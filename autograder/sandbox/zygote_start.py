"""Starts a zygote: as a new process behind bubblewrap, or as a fork of one that is warm already."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from autograder.sandbox.pidfds import pid_of, readable
from autograder.sandbox.walls import bubblewrap

LOG = "zygote.log"  #: in its scratch folder
NO_AUTHORITY = Path(__file__).parent / "inside" / "no_authority.pem"
"""Whom learners' code may trust on the network: nobody, for there is none.

Each client of httpx reads the whole file. With the usual hundred and fifty authorities that takes 25 ms, and
a notebook may make hundreds of clients.
"""
END_SECONDS = 5.0  #: that a fork gets to be gone in, after SIGKILL


class Start(Protocol):
    """A zygote that has been started, and may not be ready yet.

    Attributes:
        log: what it prints to.
    """

    log: Path

    @property
    def control(self) -> socket.socket:
        """The line to it."""
        ...

    def pid(self, seconds: float) -> int:
        """Return its process, which all learners' processes of this zygote end with.

        Raises:
            OSError, ValueError: it has ended, or isn't there within so many seconds.
        """
        ...

    def said(self) -> str:
        """Return the end of what it has printed."""
        ...

    def end(self) -> None:
        """Kill it with all its children, and wait until it is gone."""
        ...


class NewZygote:
    """A new process: it imports everything itself, which takes 2 s.

    Args:
        walls: the words before its command: control group and bubblewrap.
        scratch: the folder that it is started in.
        environment: all that it gets of one.
    """

    def __init__(self, walls: Sequence[str], scratch: Path, environment: Mapping[str, str]) -> None:
        self.control, inner = control_line()
        self.log = scratch / LOG
        with inner, self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *walls,
                    sys.executable,
                    "-m",
                    "autograder.sandbox.inside.zygote_server",
                    str(inner.fileno()),
                ],
                pass_fds=[inner.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=scratch,
                env=dict(environment),
                start_new_session=True,
            )

    def pid(self, seconds: float = 0.0) -> int:
        return self._process.pid

    def said(self) -> str:
        return _end_of(self.log)

    def end(self) -> None:
        self.control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class BranchedZygote:
    """A fork of a warm zygote, as good as one that has just been started. It takes hundredths of a second.

    Args:
        control: the line to it.
        log: what the zygote that forks it prints to, and so its own, too.
    """

    def __init__(self, control: socket.socket, log: Path) -> None:
        self.control, self.log = control, log
        self._pidfd: int | None = None

    def pid(self, seconds: float) -> int:
        if self._pidfd is None:
            self.control.settimeout(seconds)
            _, descriptors, _, _ = socket.recv_fds(self.control, 64, 1)
            if not descriptors:
                raise ConnectionError("the zygote that was to fork it has ended")
            self._pidfd = descriptors[0]
        return pid_of(self._pidfd)

    def let_go(self) -> None:
        """Leave it to a fork of this process."""
        self.control.close()

    def said(self) -> str:
        return _end_of(self.log)

    def end(self) -> None:
        self.control.close()  # where it isn't forked yet, it ends of that
        if self._pidfd is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            readable(self._pidfd, END_SECONDS)
            os.close(self._pidfd)
            self._pidfd = None


def environment(workdirs: str, outer: Mapping[str, str], *, walled: bool) -> dict[str, str]:
    """Return the variables that a zygote is started with: `outer`, and nothing else of the grader's."""
    return {
        **outer,
        **({"SSL_CERT_FILE": str(NO_AUTHORITY)} if walled else {}),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(bubblewrap.PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": f"{workdirs}/ipython",
        "MALLOC_ARENA_MAX": "2",  # else each thread reserves address space of its own
        "SQLITE_TMPDIR": ".",  # for `vacuum`: SQLite doesn't see that tier B lets it write nowhere else
        "LANGSMITH_TRACING": "false",
        "COURSE_GRADING": "1",
    }


def control_line() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a line to a zygote: ours, and its own."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _end_of(log: Path) -> str:
    with contextlib.suppress(OSError):
        return log.read_bytes()[-1500:].decode(errors="replace")
    return ""

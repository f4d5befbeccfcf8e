"""Watches a forked kernel from the server, whose child it isn't."""

from __future__ import annotations

import os
import select
import signal
import socket
from contextlib import suppress


class Forked:
    """A forked kernel, with as much of `subprocess.Popen` as Jupyter's provisioner uses of it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int, lifeline: socket.socket) -> None:
        self.pid, self._pidfd = pid, pidfd
        self._lifeline = lifeline  # the kernel ends when this closes: when the server ends, however it does

    def poll(self) -> int | None:
        """Return `None` while it runs, else 0: only its parent, the zygote, could know the exit code."""
        return 0 if self._ended(0) else None

    def wait(self) -> int:
        """Wait for its end."""
        self._ended(None)
        return 0

    def _ended(self, milliseconds: int | None) -> bool:
        poll = select.poll()  # `select.select` knows no descriptor above 1023: a big server has them
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(milliseconds))

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def __del__(self) -> None:
        os.close(self._pidfd)

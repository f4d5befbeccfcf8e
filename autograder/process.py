"""A process with a learner's cells run in it, seen from the trusted side: asked, killed, started again.

What it sends is input like any other: capped in size, read as JSON only, and believed only if it
carries the random token of the call that it answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from autograder.outcomes import Killed, Tampered, TimedOut

REPLY_LIMIT = 8 << 20  #: bytes of one reply


class Forks(Protocol):
    """What starts processes: the zygote."""

    scratch: Path

    def fork(self, folder: Path) -> tuple[socket.socket, int]:
        """Start one in `folder`; return the channel to it and a pidfd of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """What running one cell gave."""

    outputs: list[dict[str, Any]]  #: as nbformat has them
    execution_count: int | None = None
    failure: dict[str, Any] | None = None  #: what the cell raised, as `probing.describe` tells it
    ended: TimedOut | Killed | Tampered | None = None  #: how the cell ended the process, if it did


class Process:
    """A process with a learner's cells run in it. It can be asked, killed, and started again."""

    def __init__(self, zygote: Forks, cells: list[str], *, cell_seconds: float) -> None:
        self._zygote, self._cells, self._cell_seconds = zygote, cells, cell_seconds
        self.folder = Path(tempfile.mkdtemp(prefix="submission-", dir=zygote.scratch))
        self.runs: dict[int, CellRun] = {}
        self._channel: socket.socket | None = None
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        return self._channel is not None

    def restart(self) -> None:
        """SIGKILL the process if it lives; start another and run the cells again.

        A cell that ends the process, or does not end itself, is left out from then on.
        """
        self.kill()
        self._channel, self._pidfd = self._zygote.fork(self.folder)
        for index, source in enumerate(self._cells):
            if (last := self.runs.get(index)) and last.ended:
                continue
            try:
                self.runs[index] = self._run_cell(source)
            except (TimedOut, Killed, Tampered) as ended:
                self.runs[index] = CellRun(outputs=[], ended=ended)
                self.restart()
                return

    def _run_cell(self, source: str) -> CellRun:
        reply = self._call(self._cell_seconds, op="cell", source=source)
        try:
            return CellRun(**reply)
        except TypeError:
            self.kill()
            raise Tampered("a cell sent something that is no reply") from None

    def ask(
        self,
        source: str,
        name: str,
        kwargs: Mapping[str, Any],
        *,
        folder: Path,
        seconds: float,
        kill_before: str | None = None,
    ) -> dict[str, Any]:
        """Run a probe in the process; return its reply as `inside.probing.run_probe` made it.

        Raises:
            TimedOut, Killed, Tampered: the process is gone then; `restart` makes another.
        """
        if not self.alive:
            self.restart()
        call = {"source": source, "name": name, "kwargs": dict(kwargs), "folder": str(folder)}
        reply = self._call(seconds, op="probe", kill_before=kill_before, **call)
        if reply.get("kind") == "reached":
            self.kill()
        return reply

    def _call(self, seconds: float, **call: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
        """Send a call and wait for its reply; whatever goes wrong, the process is dead afterwards."""
        token = secrets.token_hex(16)
        deadline = time.monotonic() + seconds
        try:
            message = json.dumps({"token": token, **call}).encode()
            self._write(struct.pack("!I", len(message)) + message, deadline)
            (size,) = struct.unpack("!I", self._read(4, deadline))
            if size > REPLY_LIMIT:
                raise Tampered(f"what came back has more than {REPLY_LIMIT >> 20} MB: return less")
            reply = json.loads(self._read(size, deadline))
        except (TimedOut, Killed, Tampered):
            self.kill()
            raise
        except (ValueError, RecursionError) as error:
            self.kill()
            raise Tampered("what came back is no JSON: the process wrote to the grader's channel") from error
        if not isinstance(reply, dict) or reply.pop("token", None) != token:
            self.kill()
            raise Tampered("what came back does not answer what was asked")
        return reply

    def _write(self, data: bytes, deadline: float) -> None:
        channel = self._open()
        channel.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            channel.sendall(data)
        except TimeoutError:
            raise TimedOut("your process stopped reading") from None
        except OSError:
            raise Killed("your process had ended before it was asked") from None

    def _read(self, size: int, deadline: float) -> bytes:
        channel, data = self._open(), bytearray()
        while len(data) < size:
            ready, _, _ = select.select([channel], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimedOut("your code did not come back in time: is there a loop that never ends?")
            try:
                chunk = channel.recv(min(size - len(data), 1 << 16))
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise Killed("your code ended its process: does it call `exit`, or use too much CPU time?")
            data += chunk
        return bytes(data)

    def _open(self) -> socket.socket:
        if self._channel is None:
            raise Killed("your process had ended before it was asked")
        return self._channel

    def kill(self) -> None:
        """SIGKILL the process, and wait until it is gone."""
        if self._channel is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        select.select([self._pidfd], [], [], 5)
        os.close(self._pidfd)
        self._channel.close()
        self._channel = None

    def close(self) -> None:
        """End the process, and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

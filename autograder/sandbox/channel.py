"""Calls a graded process over a socket, and believes only replies that carry the token of the call.

What comes back is input like any other: capped in size, read as JSON only, and refused unless it carries
the random token of the call. A reply prepared in advance cannot know it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from autograder.sandbox.outcomes import Killed, Tampered, TimedOut
from autograder.sandbox.pidfds import readable
from autograder.sandbox.stalled import SHARE, CallStalled
from autograder.sandbox.time_up import ENDLESS

REPLY_LIMIT = 8 << 20  #: bytes of one reply
WATCH_SECONDS = 0.25
PARTS_LIMIT = 500_000  #: brackets and commas: a list of two bytes takes sixty once it is read

_SHAPE: Mapping[str, tuple[type, ...]] = {
    "outputs": (list,),
    "execution_count": (int, type(None)),
    "failure": (dict, type(None)),
}


def json_size(data: bytes) -> int:
    """Count brackets and commas, which bound how many values JSON will hold once it is read."""
    return sum(data.count(mark) for mark in (b"{", b"[", b","))


def parsed(data: bytes) -> Any:  # noqa: ANN401 — JSON
    """Return the JSON value that `data` holds.

    Raises:
        ValueError: it is none, or holds too many values.
        RecursionError: it is nested too deeply.
    """
    if json_size(data) > PARTS_LIMIT:
        raise ValueError("too many values")
    value = json.loads(data)
    if b"\\ud" in data.lower():  # it may hold half a character, which no file, page or database takes
        value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def is_cell_reply(reply: Mapping[str, Any]) -> bool:
    """Whether it is what a cell that was run gives back, and no more than that."""
    same = reply.keys() == _SHAPE.keys()
    return same and all(isinstance(reply[name], kinds) for name, kinds in _SHAPE.items())


class Channel:
    """A socket to a graded process, and a pidfd of it: a number that cannot be taken over by another.

    Attributes:
        open: whether the process can be called.
        stalled: how many seconds its calls have missed in all, because others had the processors.
    """

    def __init__(self, sock: socket.socket, pidfd: int, watch: Callable[[int], None] | None = None) -> None:
        self._socket, self._pidfd, self._watch = sock, pidfd, watch
        self._stalled: CallStalled | None = None  # of the call that is being made
        self.stalled = 0.0
        self.open = True
        self._striking = threading.Lock()

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """Return the two ends of a new line: ours, and the graded process's."""
        return socket.socketpair()

    def call(self, seconds: float, **call: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
        """Send a call and return its reply.

        Raises:
            TimedOut, Killed, Tampered: it did not answer, or not this; or `watch`, which is called four times
                a second and after each reply, found that it does what it may not. The process has been
                killed then.
        """
        token, self._stalled = secrets.token_hex(16), None
        try:
            reply = self._exchange({"token": token, "seconds": seconds, **call}, time.monotonic() + seconds)
            if not isinstance(reply, dict) or reply.pop("token", None) != token:
                raise Tampered("what came back does not answer what was asked")
        except (ValueError, RecursionError):
            self.kill()
            raise Tampered("what came back is no JSON: the process wrote to the grader's channel") from None
        except (TimedOut, Killed, Tampered) as ended:
            if isinstance(ended, TimedOut) and self._stalled:
                ended.slowed = self._stalled.seconds > SHARE * seconds
            self.kill()
            raise
        finally:
            self.stalled += self._stalled.seconds if self._stalled else 0.0
        return reply

    def _exchange(self, call: dict[str, Any], deadline: float) -> Any:  # noqa: ANN401 — whatever it sent
        message = json.dumps(call).encode()
        self._write(struct.pack("!I", len(message)) + message, deadline)
        (size,) = struct.unpack("!I", self._read(4, deadline))
        if size > REPLY_LIMIT:
            raise Tampered(f"what came back has more than {REPLY_LIMIT >> 20} MB: return less")
        reply = self._read(size, deadline)
        if self._watch:
            self._watch(self._pidfd)  # a quick call, too, is looked at once
        return parsed(reply)

    def _write(self, data: bytes, deadline: float) -> None:
        self._socket.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise TimedOut("your process stopped reading") from None
        except OSError:
            raise Killed("your process had ended before it was asked") from None

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(deadline)
            chunk = b""
            with contextlib.suppress(ConnectionError):
                chunk = self._socket.recv(min(size - len(data), 1 << 16))
            if not chunk:
                raise Killed(
                    "your code ended its process: does it call `exit`, use too much CPU time, "
                    "or close a connection that one of its threads still uses?"
                )
            data += chunk
        return bytes(data)

    def _wait(self, deadline: float) -> None:
        """Wait until there is something to read."""
        while True:
            left = max(0.0, deadline - time.monotonic())
            most = min(left, WATCH_SECONDS)
            ready = readable(self._socket.fileno(), most)
            if ready:
                return
            if self._watch:
                self._watch(self._pidfd)
            if self._stalled:
                self._stalled.look()
            if most == left:
                raise TimedOut(f"your code did not come back in time: {ENDLESS}")
            self._stalled = self._stalled or CallStalled(self._pidfd)  # most calls are over by now

    def strike(self) -> None:
        """SIGKILL the process, from any thread: a call that waits for its reply raises `Killed`."""
        with self._striking, contextlib.suppress(OSError):  # it is gone already
            if self.open:  # else the number may be another process's by now
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL the process, and wait until it is gone."""
        if not self.open:
            return
        self.strike()
        with self._striking:
            self.open = False
        readable(self._pidfd, 5)
        os.close(self._pidfd)
        self._socket.close()

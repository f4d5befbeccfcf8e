"""Asks the process that reads learners' databases, and starts another when that one has come to harm."""

from __future__ import annotations

import io
import os
import pickle
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from autograder.testing.evidence.rows import plain_classes

REPLY_LIMIT = 64 << 20  #: bytes
WAIT_SECONDS = 60.0  #: it ends by itself after some seconds of processor time: this is for a hang without any
HEAD = struct.Struct("!cI")  #: what kind of reply, and how long it is
VALUE, SENTENCE, REASON = b"=", b"!", b"?"  #: a value; a text for the learner; why nothing could be read


_ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parents[3]),
    "MALLOC_ARENA_MAX": "2",
    "RUST_BACKTRACE": "0",  # a library that finds no memory would wait for ever to say where
}
_THEIRS = {
    -signal.SIGPROF: b"it takes too long",
    -signal.SIGABRT: b"it holds too much",  # so libraries end a process where there's no memory left
}
"""How a process ends because of what it reads; any other end is a failure of ours."""


class ReaderDied(Exception):
    """The process that reads evidence ended twice, and not for having read too much: a failure of ours."""


class Reader:
    """A process that reads databases. It ends when this one does."""

    def __init__(self) -> None:
        self._socket, inner = socket.socketpair()
        with inner:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.testing.evidence.reading", str(inner.fileno())],
                pass_fds=[inner.fileno()],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ENVIRONMENT},
                start_new_session=True,  # so that Ctrl-C in a notebook or terminal isn't for it
            )

    def ask(self, request: bytes) -> tuple[bytes, bytes] | None:
        """Send a request; return the kind and the bytes of the reply, or nothing if the process ended."""
        try:
            self._socket.sendall(struct.pack("!I", len(request)) + request)
            kind, size = HEAD.unpack(self._read(HEAD.size))
            return (kind, self._read(size)) if size <= REPLY_LIMIT else None
        except OSError:
            return None

    def _read(self, size: int) -> bytes:
        data = bytearray()
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while len(data) < size:
            if not poll.poll(WAIT_SECONDS * 1000) or not (
                chunk := self._socket.recv(min(size - len(data), 1 << 20))
            ):
                raise ConnectionError
            data += chunk
        return bytes(data)

    def close(self) -> int:
        """End the process, if it hasn't ended; return its exit code."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(0.2)  # it may be ending just now, and tell why
        self._process.kill()
        return self._process.wait()


class _Readers:
    """The reader of this process, for one question at a time. A fork of this process starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: Reader | None = None

    def exchange(self, request: bytes) -> tuple[bytes, bytes]:
        """Ask; return the kind and the bytes of the reply.

        Raises:
            ReaderDied: there was no reply, twice.
        """
        with self._lock:
            code = 0
            for _ in range(2):
                reader = self._reader = self._reader or Reader()
                if reply := reader.ask(request):
                    return reply
                self._reader, code = None, reader.close()
                if code == -signal.SIGPROF:
                    break
            if code in _THEIRS:
                return REASON, _THEIRS[code]
        raise ReaderDied(f"the process that reads databases ended (exit code {code})")


@cache
def _readers(_pid: int) -> _Readers:
    return _Readers()


def ask(what: str, path: Path, *given: str) -> Any:  # noqa: ANN401 — what `reading`'s function of this name returns
    """Call a function of `reading` on a database.

    Raises:
        AssertionError: the database isn't what it should be; the text is for the learner.
        ReaderDied: see there.
    """
    kind, data = _readers(os.getpid()).exchange("\0".join((what, str(path), *given)).encode())
    if kind != VALUE:
        said = data.decode(errors="replace")
        raise AssertionError(said if kind == SENTENCE else f"`{path.name}` can't be read: {said}")
    try:
        return _Plain(io.BytesIO(data)).load()
    except Exception as error:
        raise AssertionError(f"`{path.name}` holds a value that no saver writes ({error})") from None


class _Plain(pickle.Unpickler):
    """Builds nothing but values of plain classes: the reader has met what it reads, and isn't believed."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        if (module, name) not in plain_classes():
            raise ValueError(f"of class `{name}`")
        return super().find_class(module, name)

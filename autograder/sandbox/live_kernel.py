"""Observes learners' code in their own kernel, for `check()`: the same probes, in a live namespace."""

from __future__ import annotations

import asyncio
import json
import linecache
import os
import shutil
import signal
import socket
import threading
import traceback
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Any

from autograder.sandbox.http_server import App, Server
from autograder.sandbox.inside.probe import run_probe
from autograder.sandbox.probes import Probe, ProbeTarget
from autograder.sandbox.scratch import scratch_folder
from autograder.sandbox.time_up import Frame, timed_out


class _TimeUp(BaseException):
    """Raised inside code that runs too long. No `except Exception` of a learner's catches it."""


class LiveNamespace:
    """A namespace to observe, with a scratch folder. Close it after use."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self._scratch = scratch_folder("check-")
        self.folder = PurePosixPath(self._scratch)
        self._server: Server | None = None

    def ask(self, question: Probe) -> dict[str, Any]:
        """Run a probe; its arguments go through JSON, as they do on the way to another process.

        Raises:
            TimedOut: it took longer than it may. The kernel is whole.
        """
        name, seconds = question.name, question.seconds
        assert question.kill_before is None, f"{name}: mark the test restarts=True, a kernel cannot be killed"
        kwargs = json.loads(json.dumps(dict(question.kwargs)))
        try:
            with _working_in(question.folder), _as_in_a_script(), _time_limit(seconds):
                return run_probe(question.source, name, kwargs, self.namespace)
        except _TimeUp as up:
            raise timed_out(_frames(up), linecache.getline, f"within {seconds:g} s") from None

    def restart(self) -> None:
        """Refuse: nobody's kernel is killed under them."""
        raise AssertionError("the live kernel cannot be restarted; mark the test restarts=True")

    def twin(self, *, bare: bool = False) -> AbstractContextManager[ProbeTarget]:
        """Refuse: there is one kernel."""
        raise AssertionError("there is one live kernel; mark the test restarts=True")

    def kill(self) -> None:
        """Refuse, for the same reason."""
        self.restart()

    def fetch(self, folder: PurePosixPath, name: str) -> Path:
        """Return a file of the scratch folder where it lies: it is the learner's own machine.

        Raises:
            FileNotFoundError: there is none.
        """
        path = Path(folder, name)
        path.stat()
        return path

    def serve(self, app: App) -> Server:
        """Have a server in this kernel answer with `app`; return it."""
        self._server = self._server or Server(socket.create_server(("127.0.0.1", 0)))
        self._server.serve(app)
        return self._server

    def close(self) -> None:
        """Remove the scratch folder, and end the server."""
        if self._server:
            self._server.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _frames(error: BaseException) -> list[Frame]:
    """Return where it was raised, the innermost first, without our own way there."""
    found = traceback.extract_tb(error.__traceback__)
    frames = [Frame(file=f.filename, line=f.lineno or 0, function=f.name) for f in reversed(found)]
    return [frame for frame in frames if frame.file != __file__]  # `ring` is the innermost


@contextmanager
def _working_in(folder: PurePosixPath) -> Generator[None]:
    before = Path.cwd()
    Path(folder).mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _as_in_a_script() -> Generator[None]:
    """Hide the kernel's event loop, which waits for the cell that this runs in.

    A graded process has no loop, so `asyncio.run` works there. Here it would say that one is running already,
    and an answer that's right would fail.
    """
    loop = asyncio._get_running_loop()  # both are documented, for whoever writes loops
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        if loop:
            asyncio.set_event_loop(loop)  # `asyncio.run` leaves none


@contextmanager
def _time_limit(seconds: float) -> Generator[None]:
    """Raise `_TimeUp` in the main thread after `seconds`, again and again until it gets through.

    Without SIGALRM (Windows, or another thread) there is no limit: the learner can interrupt the kernel.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

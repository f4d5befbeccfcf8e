"""Several markers at once, each in a process of its own, so that none can take the class along."""

from __future__ import annotations

import multiprocessing
import queue
import signal
import threading
from collections.abc import Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn

from autograder.entry import Entry
from autograder.marking import Marked, Marker, Material

_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks


def mark_all(
    entries: Sequence[Entry], materials: Sequence[Material], *, seed: int, jobs: int
) -> Generator[Marked]:
    """Mark all entries, `jobs` at a time, and yield each as soon as it is done."""
    if jobs == 1:
        with Marker(materials, seed=seed) as marker:
            for entry in entries:
                yield marker.mark(entry)
        return
    todo: queue.SimpleQueue[Entry] = queue.SimpleQueue()
    done: queue.SimpleQueue[Marked | BaseException] = queue.SimpleQueue()
    for entry in entries:
        todo.put(entry)
    helpers = [Helper(materials, seed) for _ in range(jobs)]
    for helper in helpers:
        threading.Thread(target=_tend, args=(helper, todo, done), daemon=True).start()
    try:
        for _ in entries:
            marked = done.get()
            if isinstance(marked, BaseException):
                raise marked
            yield marked
    finally:
        for helper in helpers:
            helper.close()


def _tend(
    helper: Helper, todo: queue.SimpleQueue[Entry], done: queue.SimpleQueue[Marked | BaseException]
) -> None:
    """Give a helper one entry after the other until there are no more, or it is closed."""
    with suppress(queue.Empty):
        while not helper.closed:
            entry = todo.get_nowait()
            try:
                done.put(helper.mark(entry))
            except BaseException as error:
                done.put(error)
                return


class Helper:
    """A marker in another process. When that dies, its submission is told so, and another is started."""

    def __init__(self, materials: Sequence[Material], seed: int) -> None:
        self._materials, self._seed, self.closed = tuple(materials), seed, False
        self._start()

    def _start(self) -> None:
        self._pipe, inner = _SPAWN.Pipe()
        self._process = _SPAWN.Process(
            target=_serve, args=(inner, self._materials, self._seed), name="marker", daemon=False
        )
        self._process.start()
        inner.close()  # else the pipe would not end with the process

    def mark(self, entry: Entry) -> Marked:
        """Have one entry marked."""
        try:
            return self._ask(entry, "")
        except (EOFError, OSError) as error:
            if self.closed:
                raise
            self._end()
            self._start()
            failure = (
                f"the grading process died while it graded this ({type(error).__name__}): grade it alone"
            )
            return self._ask(entry, failure)

    def _ask(self, entry: Entry, failure: str) -> Marked:
        self._pipe.send((entry, failure))
        answer: Marked | Exception = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """End the process, and with it what it runs."""
        self.closed = True
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, materials: Sequence[Material], seed: int) -> None:
    """Mark what comes through the pipe until it closes. Runs in the other process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    signal.signal(signal.SIGTERM, _leave)
    try:
        with Marker(materials, seed=seed) as marker:
            while True:
                pipe.send(marker.mark(*pipe.recv()))
    except (EOFError, BrokenPipeError):
        return
    except Exception as error:  # tests that cannot be loaded: every entry would meet the same
        pipe.recv()
        pipe.send(RuntimeError(str(error)))


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit

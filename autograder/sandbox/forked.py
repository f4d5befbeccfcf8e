"""Forks a process in a scratch folder, calls it, and finds out why it ended if it does."""

from __future__ import annotations

import contextlib
from typing import Any, Protocol

from autograder.sandbox.channel import Channel
from autograder.sandbox.limits import Limits, Needs
from autograder.sandbox.outcomes import Killed, OutOfMemory
from autograder.sandbox.workdir import Workdir
from autograder.sandbox.zygote_process import ZygoteDied


class Forks(Protocol):
    """What starts processes: the zygote."""

    limits: Limits

    def open_workdir(self, needs: Needs) -> Workdir: ...
    def close_workdir(self, workdir: Workdir) -> None: ...
    def fork(self, workdir: Workdir) -> Channel: ...
    def restart(self) -> None: ...
    def check(self) -> None: ...
    def out_of_memory(self) -> int: ...


class ForkedProcess:
    """One process, and the scratch folder that it shares with those before and after it. Close it after use.

    Attributes:
        zygote: what forks it.
        needs: what it was given beyond the usual.
    """

    def __init__(self, zygote: Forks, needs: Needs, first: ForkedProcess | None = None) -> None:
        """`first`: whose scratch folder it shares, and which outlives it."""
        self.zygote, self.needs, self._first = zygote, needs, first
        self._workdir = first.workdir if first else None
        self._channel: Channel | None = None
        self._stalled = 0.0  # by those before
        self._lost = zygote.out_of_memory()  # by what ran before
        self._filled_memory = False

    @property
    def workdir(self) -> Workdir:
        """Its scratch folder as the trusted side sees it; another one after a restart of the zygote."""
        self._workdir = self._workdir or self._opened()
        return self._workdir

    def _opened(self) -> Workdir:
        try:
            return self.zygote.open_workdir(self.needs)
        except ZygoteDied:
            self.zygote.restart()
            return self.zygote.open_workdir(self.needs)

    @property
    def lives(self) -> bool:
        """Whether it can be called."""
        return self._channel is not None and self._channel.open

    @property
    def stalled(self) -> float:
        """The seconds that it, and those before it, have missed because others had the processors."""
        return self._stalled + (self._channel.stalled if self._channel else 0.0)

    def start(self) -> None:
        """SIGKILL the process if it lives, and fork another in the same scratch folder."""
        self.end()
        try:
            channel = self.zygote.fork(self.workdir)
        except ZygoteDied:  # its workdirs are gone with it: what this submission had written is, too
            if not self._filled_memory:
                raise
            if self._first:
                raise Killed("the other process is gone, and with it the folder that they share") from None
            self.workdir.close()
            self._workdir = self._opened()
            channel = self.zygote.fork(self._workdir)
        self._stalled, self._channel = self.stalled, channel

    def call(self, seconds: float, **call: Any) -> dict[str, Any]:  # noqa: ANN401 — JSON
        """Send it a call and return its reply.

        Raises:
            TimedOut, Killed, OutOfMemory, Tampered: it's gone then.
            ZygoteDied: it's gone through no fault of its own.
        """
        assert self._channel
        try:
            return self._channel.call(seconds, **call)
        except Killed:
            if self.zygote.out_of_memory() > self._lost:
                self._lost, self._filled_memory = self.zygote.out_of_memory(), True
                raise OutOfMemory("your code asked for more memory than a submission may use") from None
            self.zygote.check()  # if that has died, it wasn't the learner's code that ended this process
            raise

    def strike(self) -> None:
        """SIGKILL it, from any thread; a call that waits for its reply raises `Killed`."""
        if self._channel and self._channel.open:
            self._channel.strike()

    def end(self) -> None:
        """SIGKILL it, and wait until it is gone."""
        if self._channel:
            self._channel.kill()

    def close(self) -> None:
        """End it, and remove its files, unless it shares them."""
        self.end()
        if self._workdir and not self._first:
            with contextlib.suppress(ZygoteDied):
                self.zygote.close_workdir(self._workdir)

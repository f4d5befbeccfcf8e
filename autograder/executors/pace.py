"""Decides how many submissions to grade at a time: as many as processors and memory carry."""

from __future__ import annotations

import time

from autograder.sandbox.machine import Machine

LOOK_SECONDS = 0.25  #: between two looks at the machine
SPARE = 0.15  #: of the processors; if more of them is idle, more submissions are begun
BUSY = 0.03  #: if no more than this is idle, fewer are


class Pace:
    """A number of submissions, which follows what is measured while they are graded.

    Most submissions wait: for a node that sleeps, for a backend that hangs. What waits leaves a processor to
    another. What computes leaves it to nobody, and makes no room.

    Attributes:
        at_a_time: how many to grade at a time now.

    Args:
        machine: what is measured.
        at_most: the number's upper bound.
        bytes_each: the memory that one submission may use: all must fit, even if each uses all of it.
    """

    def __init__(self, machine: Machine, *, at_most: int, bytes_each: int) -> None:
        self._machine, self._bytes_each = machine, bytes_each
        fit = max(1, machine.free_bytes() // bytes_each)
        self._most = max(1, min(at_most, fit))
        self._least = min(self._most, max(1, int(machine.processors)))
        self.at_a_time = self._least
        self._looked = 0.0

    def share(self, lanes: int, running: int) -> int:
        """Return how many of so many processes each of so many submissions may have: all must fit."""
        return max(1, min(lanes, self._machine.free_bytes() // self._bytes_each) // running)

    def begin(self) -> None:
        """Begin to measure."""
        self._looked = time.monotonic()
        self._machine.idle_processors()

    def look(self, running: int) -> None:
        """Set the number anew, if it's time to; so many are being graded."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked, idle = now, self._machine.idle_processors() / self._machine.processors
        room = self._machine.free_bytes() // self._bytes_each
        if room < 1:
            self.at_a_time = max(1, running - 1)  # until there is some again
        elif idle < BUSY:
            self.at_a_time = max(self._least, self.at_a_time - 1)
        elif idle > SPARE and running >= self.at_a_time:
            fit = running * idle / (1 - idle) if idle < 1 else running  # if others are as these
            self.at_a_time += min(max(1, int(fit / 2)), running, room)
        self.at_a_time = min(self.at_a_time, self._most)

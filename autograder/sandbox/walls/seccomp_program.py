"""Builds one seccomp program, rule by rule, with libseccomp.

A program sees the words of a call in full, 64 bits each, of which the kernel often reads the lower 32 only.
So a word is compared by its lower half: a comparison of its full value could be evaded.
"""

from __future__ import annotations

import errno
from typing import Any

LOW = 0xFFFFFFFF
_AS_A_TREE = 2  #: how libseccomp looks a call up; the other way is one call after the other


class Program:
    """A seccomp program in the making: it refuses what no rule of it allows."""

    def __init__(self) -> None:
        import pyseccomp

        self._seccomp: Any = pyseccomp
        self._rules: Any = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
        self._rules.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, _AS_A_TREE)

    def allow(self, call: str | int, *conditions: object) -> None:
        """Allow a call where all `conditions` hold."""
        self._add(self._seccomp.ALLOW, call, conditions)

    def unknown(self, call: str | int) -> None:
        """Say that this kernel has no such call: libraries have another way then."""
        self._add(self._seccomp.ERRNO(errno.ENOSYS), call, ())

    def pretend(self, call: str, *conditions: object) -> None:
        """Do nothing, and say that it was done: an error of 0 is none."""
        self._add(self._seccomp.ERRNO(0), call, conditions)

    def kill(self, call: str, *conditions: object) -> None:
        """End the process that makes this call."""
        self._add(self._seccomp.KILL_PROCESS, call, conditions)

    def _add(self, action: int, call: str | int, conditions: tuple[object, ...]) -> None:
        try:
            number = self._number(call) if isinstance(call, str) else call
        except (OSError, ValueError, RuntimeError):  # not every processor has every call
            return
        self._rules.add_rule(action, number, *conditions)

    def _number(self, name: str) -> int:
        return self._seccomp.resolve_syscall(self._seccomp.Arch.NATIVE, name)

    def equal(self, place: int, value: int, mask: int = LOW) -> object:
        """Whether the word at a place has this value, in the bits of the mask."""
        return self._seccomp.Arg(place, self._seccomp.MASKED_EQ, mask, value)

    def nothing(self, place: int) -> object:
        """Whether the word at a place is 0 in full, as where no address is given."""
        return self._seccomp.Arg(place, self._seccomp.EQ, 0)

    def something(self, place: int) -> object:
        """Whether the word at a place is not 0."""
        return self._seccomp.Arg(place, self._seccomp.NE, 0)

    def other(self, place: int, value: int) -> object:
        """Whether the word at a place is another in full: no wall may rest on that."""
        return self._seccomp.Arg(place, self._seccomp.NE, value)

    def hexadecimal(self) -> str:
        """Return the program as the kernel takes it."""
        import tempfile

        with tempfile.TemporaryFile() as file:
            self._rules.export_bpf(file)
            file.seek(0)
            return file.read().hex()

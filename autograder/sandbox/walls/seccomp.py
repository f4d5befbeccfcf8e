"""Compiles the seccomp filters: which system calls learners' code may not make.

They are compiled here, on the trusted side: inside there is no libseccomp to be found. What LangGraph,
SQLite, threads and asyncio need is allowed; what could reach another process or the machine is refused with
EPERM, so that honest code which tries it sees a `PermissionError` and not a dead process.

A program sees the words of a call in full, 64 bits each, of which the kernel often reads the lower 32 only.
So a word is compared by a range or by its lower half, never by its full value: that could be evaded.
"""

from __future__ import annotations

import errno
import fcntl
import socket
from functools import cache
from typing import Any

from autograder.sandbox.inside.confine import OWN_PID
from autograder.sandbox.limits import Needs
from autograder.sandbox.walls.refused_calls import (
    FOR_ALL,
    MARKS,
    MODES,
    NEW_CALLS,
    NEW_NAMESPACES,
    SET_TIMES,
    SLOWS_OTHERS,
)
from autograder.sandbox.walls.tiers import Tier

_THREAD = 0x10000  # CLONE_THREAD
_FAST_OPEN = 0x20000000  # MSG_FASTOPEN: connects without a `connect`, which Landlock then does not see
_TCP = 6
_KINDS_OF_SOCKET = 0xF
_TERMINAL, _TERMINAL_END = 0x5401, 0x545F  # what is asked of terminals and of descriptors in general
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put words into a terminal
_TELLS_OTHERS = (fcntl.F_SETOWN, 15, 10, fcntl.F_NOTIFY)  # F_SETOWN_EX, F_SETSIG: a signal when data comes
_HOLDS_UP_OTHERS = (fcntl.F_SETLEASE, fcntl.F_GETLEASE)  # whoever opens the file waits, up to 45 s
_SET_DEATH_SIGNAL = 1
_LOW = 0xFFFFFFFF


def program_for(tier: Tier, needs: Needs) -> str:
    """Return the program for a tier, in hexadecimal; none, and no need of libseccomp, without walls.

    Raises:
        OSError: there is no libseccomp on this machine.
    """
    return "" if tier.name == "none" else compiled(needs, own_processes=tier.name == "A")


@cache
def compiled(needs: Needs, *, own_processes: bool) -> str:
    """Return the program for what an exercise needs, in hexadecimal. It takes 5 ms to make one.

    `own_processes`: there are namespaces, so that no signal can reach anybody else, and no file of others.

    Raises:
        OSError: there is no libseccomp on this machine.
    """
    program = Program()
    for name in FOR_ALL:
        program.deny(name)
    for name in SLOWS_OTHERS:
        program.pretend(name)
    for number in NEW_CALLS:
        program.deny(number, error=errno.ENOSYS)
    _processes(program, needs)
    _sockets(program, needs)
    _signals(program, own=not own_processes or not needs.processes)
    if own_processes:  # the first process of a namespace is deaf to its own SIGKILL
        program.kill("kill", program.equal(0, 1), program.equal(1, 9))
    else:
        _marks(program)
    _asked_of_descriptors(program)
    return program.hexadecimal()


class Program:
    """A seccomp program in the making: allows what no rule of it refuses."""

    def __init__(self) -> None:
        import pyseccomp

        self._seccomp: Any = pyseccomp
        self._rules: Any = pyseccomp.SyscallFilter(pyseccomp.ALLOW)

    def deny(self, call: str | int, *conditions: object, error: int = errno.EPERM) -> None:
        """Refuse a call where all `conditions` hold."""
        self._add(self._seccomp.ERRNO(error), call, conditions)

    def pretend(self, call: str, *conditions: object) -> None:
        """Do nothing where all `conditions` hold, and say that it was done: an error of 0 is none."""
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

    def equal(self, place: int, value: int, mask: int = _LOW) -> object:
        return self._seccomp.Arg(place, self._seccomp.MASKED_EQ, mask, value)

    def other(self, place: int, value: int) -> object:
        return self._seccomp.Arg(place, self._seccomp.NE, value)

    def above(self, place: int, value: int) -> object:
        return self._seccomp.Arg(place, self._seccomp.GT, value)

    def below(self, place: int, value: int) -> object:
        return self._seccomp.Arg(place, self._seccomp.LT, value)

    def hexadecimal(self) -> str:
        import tempfile

        with tempfile.TemporaryFile() as file:
            self._rules.export_bpf(file)
            file.seek(0)
            return file.read().hex()


def _processes(program: Program, needs: Needs) -> None:
    program.deny("clone3", error=errno.ENOSYS)  # its flags are out of sight; `clone` is used then
    for flag in NEW_NAMESPACES:
        program.deny("clone", program.equal(0, flag, mask=flag))
    if not needs.processes:
        program.deny("clone", program.equal(0, 0, mask=_THREAD))
        for name in ("fork", "vfork", "execve", "execveat"):
            program.deny(name)
    # In tier B it ends with the zygote because it asked for that, which it may not take back.
    program.deny("prctl", program.equal(0, _SET_DEATH_SIGNAL))


def _sockets(program: Program, needs: Needs) -> None:
    """Allow a pair of streams, for event loops; with a server, TCP connections, and nobody to wait for."""
    others = [kind for kind in range(_KINDS_OF_SOCKET + 1) if kind != socket.SOCK_STREAM]
    program.deny("socketpair", program.other(0, int(socket.AF_UNIX)))
    for kind in others:  # one of a pair of datagram sockets can still write to any address
        program.deny("socketpair", program.equal(1, kind, mask=_KINDS_OF_SOCKET))
    for name in ("bind", "listen", "accept", "accept4"):
        program.deny(name)
    program.deny("sendto", program.other(4, 0))
    for name, place in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        program.deny(name, program.equal(place, _FAST_OPEN, mask=_FAST_OPEN))
    if not needs.server:
        program.deny("socket")
        program.deny("connect")
        if not needs.processes:  # descriptors under way in a socket hold files that nobody can count
            program.deny("sendmsg")
            program.deny("sendmmsg")
        return
    program.deny("socket", program.other(0, int(socket.AF_INET)))
    for kind in others:
        program.deny("socket", program.equal(1, kind, mask=_KINDS_OF_SOCKET))
    program.deny("socket", program.above(2, _TCP))  # MPTCP is a stream too, and none to Landlock
    for protocol in range(1, _TCP):
        program.deny("socket", program.equal(2, protocol))


def _signals(program: Program, *, own: bool) -> None:
    if own:
        here = int.from_bytes(OWN_PID, "little")
        for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            program.deny(name, program.other(0, here))
    for name in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        program.deny(name, program.other(0, 0))
    for place in (0, 1):
        program.deny("setpriority", program.other(place, 0))
    for command in (*_TELLS_OTHERS, *_HOLDS_UP_OTHERS):
        program.deny("fcntl", program.equal(1, command))


def _marks(program: Program) -> None:
    """Let nobody change modes, times and owners: Landlock lets that pass, on any file of the same user's."""
    for name in MODES:
        program.pretend(name)
    for name, error in MARKS.items():
        program.deny(name, error=error)
    program.pretend(SET_TIMES, program.other(2, 0))
    program.deny(SET_TIMES, program.below(2, 1))


def _asked_of_descriptors(program: Program) -> None:
    program.deny("ioctl", program.below(1, _TERMINAL))
    program.deny("ioctl", program.above(1, _TERMINAL_END))
    for request in (_TIOCSTI, _TIOCLINUX):
        program.deny("ioctl", program.equal(1, request))

"""Compiles the seccomp filters: which system calls learners' code may make, and how.

They are compiled here, on the trusted side: inside there is no libseccomp to be found. What LangGraph,
SQLite, threads and asyncio need is listed in `allowed_calls`; all else is refused with EPERM, so that honest
code which tries it sees a `PermissionError` and not a dead process.
"""

from __future__ import annotations

import signal
import socket
from functools import cache

from autograder.sandbox.inside.confine import OWN_PID
from autograder.sandbox.limits import Needs
from autograder.sandbox.walls import allowed_calls as calls
from autograder.sandbox.walls.seccomp_program import Program
from autograder.sandbox.walls.tiers import Tier

_THREAD = 0x10000  # CLONE_THREAD
_NEW_NAMESPACES = 0x7E020000
_FAST_OPEN = 0x20000000  # MSG_FASTOPEN: connects without a `connect`, which Landlock then does not see
_KIND_OF_SOCKET = 0xF
_ANY_TCP = (0, 6)  # MPTCP is a stream too, and none to Landlock
_FIRST = 1  # of a namespace


def program_for(tier: Tier, needs: Needs) -> str:
    """Return the program for a tier, in hexadecimal; none, and no need of libseccomp, without walls.

    Raises:
        OSError: there is no libseccomp on this machine.
    """
    return "" if tier.name == "none" else compiled(needs, own_processes=tier.name == "A")


@cache
def compiled(needs: Needs, *, own_processes: bool) -> str:
    """Return the program for what an exercise needs, in hexadecimal. It takes some milliseconds to make one.

    `own_processes`: there are namespaces, so that no signal can reach anybody else, and no file of others.

    Raises:
        OSError: there is no libseccomp on this machine.
    """
    program = Program()
    for call in (*calls.ALLOWED, *calls.NEW_AND_ALLOWED):
        program.allow(call)
    for number in calls.NEW_AND_UNKNOWN:
        program.unknown(number)
    for name in calls.SLOWS_OTHERS:
        program.pretend(name)
    _processes(program, needs)
    _sockets(program, needs)
    _signals(program, own_processes=own_processes, may_start=needs.processes)
    _marks(program, own_files=own_processes)
    _commands(program)
    return program.hexadecimal()


def _processes(program: Program, needs: Needs) -> None:
    """Allow threads; with processes, also those. None of them in a namespace of its own."""
    if needs.processes:
        program.allow("clone", program.equal(0, 0, mask=_NEW_NAMESPACES))
        for name in calls.PROGRAMS:
            program.allow(name)
    else:
        bits = _NEW_NAMESPACES | _THREAD
        program.allow("clone", program.equal(0, _THREAD, mask=bits))


def _sockets(program: Program, needs: Needs) -> None:
    """Allow a pair of streams, for event loops; with a server, TCP connections, and nobody to wait for."""
    stream = program.equal(1, int(socket.SOCK_STREAM), mask=_KIND_OF_SOCKET)
    # One of a pair of datagram sockets could still write to any address.
    program.allow("socketpair", program.equal(0, int(socket.AF_UNIX)), stream)
    program.allow("sendto", program.nothing(4), program.equal(3, 0, mask=_FAST_OPEN))
    if (
        needs.server or needs.processes
    ):  # else files could be under way in a socket, where nobody can count them
        program.allow("sendmsg", program.equal(2, 0, mask=_FAST_OPEN))
        program.allow("sendmmsg", program.equal(3, 0, mask=_FAST_OPEN))
    if needs.server:
        program.allow("connect")
        for protocol in _ANY_TCP:
            program.allow("socket", program.equal(0, int(socket.AF_INET)), stream, program.equal(2, protocol))


def _signals(program: Program, *, own_processes: bool, may_start: bool) -> None:
    """Allow signals to oneself, and where processes may be started in a namespace, to those."""
    here = int.from_bytes(OWN_PID, "little")
    anybody = own_processes and may_start
    to_whom = () if anybody else (program.equal(0, here),)
    for name in ("tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        program.allow(name, *to_whom)
    if not own_processes:
        program.allow("kill", *to_whom)
        return
    # The first process of a namespace is deaf to its own SIGKILL: then the kernel ends it for this call.
    program.kill("kill", program.equal(0, _FIRST), program.equal(1, signal.SIGKILL))
    if anybody:
        program.allow("kill", program.other(0, _FIRST))
    program.allow("kill", program.equal(0, _FIRST), program.other(1, signal.SIGKILL))


def _marks(program: Program, *, own_files: bool) -> None:
    """Allow changes of modes, owners and times, unless files of others could be reached by them."""
    if own_files:
        for name in (*calls.MODES, *calls.OWNERS, *calls.TIMES, calls.SET_TIMES):
            program.allow(name)
        return
    for name in calls.MODES:
        program.pretend(name)
    program.pretend(calls.SET_TIMES, program.something(2))  # `shutil.copy2` gives times


def _commands(program: Program) -> None:
    """Allow what has many meanings in those that are known to be harmless."""
    for name in calls.ON_ONESELF:
        program.allow(name, program.equal(0, 0))
    program.allow("setpriority", program.equal(0, 0), program.equal(1, 0))
    for name, place, known in (
        ("fcntl", 1, calls.DESCRIPTOR_COMMANDS),
        ("fcntl64", 1, calls.DESCRIPTOR_COMMANDS),
        ("ioctl", 1, calls.DEVICE_COMMANDS),
        ("prctl", 0, calls.PROCESS_OPTIONS),
    ):
        for command in known:
            program.allow(name, program.equal(place, command))

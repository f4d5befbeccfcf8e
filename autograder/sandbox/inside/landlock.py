"""Restricts files, TCP and signals with Landlock, from inside the process itself.

Written against the kernel's documentation (userspace-api/landlock). What the running kernel's version of it
does not know is left out: the first handles files, the fourth TCP, the sixth signals and abstract sockets.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from autograder.sandbox.inside import syscalls

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH, _PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, DEVICE_CALLS = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_FOLDER
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE_CALLS
_BIND_TCP, _CONNECT_TCP = 1, 2
_SOCKETS_AND_SIGNALS = 3


def version() -> int:
    """Return the version that the running kernel has; 0 for none."""
    try:
        return syscalls.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def restrict(
    readable: Iterable[str], writable: Iterable[str], files: Iterable[str], port: int | None
) -> None:
    """Allow from now on to read below `readable`, all below `writable`, and to read and write `files`.

    Paths that are not there are left out. Of the network, only a TCP connection to `port` is allowed.
    """
    abi = version()
    every = (1 << 13) - 1
    every |= sum(right for since, right in ((2, 1 << 13), (3, TRUNCATE), (5, DEVICE_CALLS)) if abi >= since)
    network = _BIND_TCP | _CONNECT_TCP if abi >= 4 else 0
    rules = struct.pack("QQQ", every, network, _SOCKETS_AND_SIGNALS if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = syscalls.syscall(_CREATE, rules, ctypes.c_size_t(size), ctypes.c_uint32(0))
    for paths, rights in (
        (readable, READ),
        (writable, every & ~EXECUTE),
        (files, (READ_FILE | WRITE_FILE | TRUNCATE) & every),
    ):
        for path in paths:
            _allow(ruleset, path, rights)
    if port is not None and network:
        rule = struct.pack("QQ", _CONNECT_TCP, port)
        syscalls.syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PORT), rule, ctypes.c_uint32(0))
    syscalls.no_new_privileges()
    syscalls.syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        syscalls.syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)

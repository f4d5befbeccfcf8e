"""Makes the system calls that Python lacks: namespaces, mounts, privileges, seccomp.

`os.unshare` and `os.setns` came with Python 3.12. Every function raises `OSError` where the kernel refuses.
"""

from __future__ import annotations

import ctypes
import os
import struct

NEW_MOUNTS, NEW_UTS, NEW_IPC = 0x20000, 0x4000000, 0x8000000
NEW_USERS, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC, BIND = 1, 2, 4, 8, 4096

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _DROP_FROM_BOUNDS, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 24, 38
_SECCOMP_FILTER = 2
_CAPABILITIES_V3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _done(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *words: object) -> int:
    """Make a system call that the C library has no name for."""
    return _done(_libc.syscall(ctypes.c_long(number), *words), f"system call {number}")


def unshare(kinds: int) -> None:
    """Leave the namespaces of these kinds for new ones. With `NEW_PIDS`, the next fork does."""
    _done(_libc.unshare(ctypes.c_int(kinds)), "unshare")


def enter(descriptor: int, kind: int) -> None:
    """Enter the namespace of a descriptor."""
    _done(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str | None, flags: int = 0, options: str | None = None) -> None:
    """Mount a file system, or bind one folder over another."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    result = _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _done(result, f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away as soon as nobody uses it."""
    _done(_libc.umount2(os.fsencode(target), ctypes.c_int(2)), f"unmount {target}")


def _prctl(option: int, value: int, more: object = 0) -> None:
    zero = ctypes.c_ulong(0)
    pointer = more if not isinstance(more, int) else ctypes.c_ulong(more)
    _done(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), pointer, zero, zero), f"prctl {option}")


def die_with_parent(signal: int) -> None:
    """Have the kernel send `signal` when the parent ends. A change of the user undoes it."""
    _prctl(_SET_DEATH_SIGNAL, signal)


def no_new_privileges() -> None:
    """Let no program that is run gain what this process does not have."""
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)


def bound_capabilities() -> None:
    """Give up the right to ever have a capability again, through whatever program is run."""
    for number in range(64):
        try:
            _prctl(_DROP_FROM_BOUNDS, number)
        except OSError:  # past the last that this kernel knows, or without the right to: then none are had
            break


def clear_capabilities() -> None:
    """Give up every capability."""
    _done(_libc.capset(struct.pack("Ii", _CAPABILITIES_V3, 0), bytes(24)), "capset")


def readable_by_itself() -> None:
    """Let the process read its own `/proc/self` after a change of the user, which forbids that."""
    _prctl(_SET_DUMPABLE, 1)


def install_filter(program: bytes) -> None:
    """Have the kernel run a seccomp program before each system call, in this process and below."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _prctl(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.create_string_buffer(header, len(header)))

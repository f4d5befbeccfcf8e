"""Tests the sandbox from inside, before a zygote reports that it is ready."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable

from autograder.sandbox.inside.confine import Settings

LANDLOCK_ALONE = 4  #: the version that may stand for the file system's walls in tier B


def examine(settings: Settings, folder: str, disk_bytes: int, landlock: int) -> dict[str, str]:
    """Return what is wrong with each layer; nothing (an empty text) where it holds.

    `landlock` is the version that the kernel has; behind the walls, nobody may ask any more.
    """
    checks: dict[str, Callable[[], str]] = {
        "seccomp": lambda: _no_call("fork", os.fork) or _no_call("socket", socket.socket) or _no_signal(),
        "landlock": lambda: _new_enough(settings.tier, landlock),
        "files": lambda: _closed(settings.canary) or _not_writable(["/", *settings.readable]),
        "privileges": _no_privileges,
        "limits": _limited,
    }
    if settings.tier == "A":
        checks |= {"namespaces": _alone, "scratch": lambda: _small(folder, disk_bytes)}
    return {name: _result(check) for name, check in checks.items()}


def _result(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _new_enough(tier: str, landlock: int) -> str:
    """Before its fourth version Landlock let a file be cut to nothing, and any TCP connection be made."""
    if not landlock:
        return "this kernel has none"
    enough = tier == "A" or landlock >= LANDLOCK_ALONE
    return "" if enough else f"this kernel has version {landlock}, and {LANDLOCK_ALONE} is needed"


def _no_call(name: str, call: Callable[[], object]) -> str:
    try:
        if call() == 0:  # a fork: we are its child
            os._exit(0)
    except PermissionError:
        return ""
    return f"`{name}` was allowed"


def _no_signal() -> str:
    try:
        os.kill(os.getppid() or 2, 0)
    except PermissionError:
        return ""
    except ProcessLookupError:
        return "a signal to another process was let through"
    return "the parent could be killed"


def _closed(path: str) -> str:
    try:
        with open(path, "rb"):
            return "a file of the grader's could be read"
    except OSError:
        return ""


def _not_writable(folders: list[str]) -> str:
    for folder in folders:
        try:
            os.close(os.open(f"{folder}/.course-trial", os.O_CREAT | os.O_WRONLY))
        except OSError:
            continue
        return f"{folder} could be written to"
    return ""


def _no_privileges() -> str:
    with open("/proc/self/status") as file:
        status = {name: value.strip() for name, _, value in (line.partition(":") for line in file)}
    none = "0" * 16
    wanted = {"CapEff": none, "CapPrm": none, "NoNewPrivs": "1", "Seccomp": "2"}
    if os.getuid() == 0:  # whom a program that is run would give what is within these bounds
        wanted["CapBnd"] = none
    return ", ".join(f"{name} is {status.get(name)}" for name in wanted if status.get(name) != wanted[name])


def _limited() -> str:
    unlimited = [
        name
        for name in ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
        if resource.getrlimit(getattr(resource, name))[1] == resource.RLIM_INFINITY
    ]
    return f"no limit on {', '.join(unlimited)}" if unlimited else ""


def _alone() -> str:
    # The folder itself cannot be listed where Landlock stands; whether a path is there can be asked.
    others = [number for number in range(2, 1000) if os.path.exists(f"/proc/{number}")]
    return "" if os.getpid() == 1 and not others else f"processes can be seen: {os.getpid()}, {others[:3]}"


def _small(folder: str, disk_bytes: int) -> str:
    found = os.statvfs(folder)
    size = found.f_frsize * found.f_blocks
    return "" if size <= disk_bytes + (1 << 20) else f"the scratch folder holds {size >> 20} MB"

"""Confines a forked child, layer by layer, before it runs any learners' code.

The order matters: what makes a wall needs rights that the next wall takes away.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.inside import landlock, syscalls
from autograder.sandbox.inside.mounted_workdirs import MountedWorkdir

HOME = "/learner"
"""Where a submission sees its workdir in tier A."""

WORKDIRS_BYTES = 1 << 20
"""Size of the file system that the workdirs' own are mounted in."""

CHANNEL = 3  #: the descriptor of the line to the trusted side; there is no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a zygote is told at its start."""

    tier: str  #: A, B or none
    workdirs: str  #: the folder that holds them
    first_user: int  #: of the users that are this zygote's alone
    readable: list[str]  #: what learners' code may read, besides its workdir
    preload: list[str]  #: modules to import before the first fork
    canary: str  #: a file that no learners' code may read: the self-test tries to
    filter: str  #: the seccomp program of the self-test, in hexadecimal


def confine(settings: Settings, workdir: MountedWorkdir, request: dict[str, Any]) -> str:
    """Put this process behind its walls; return the folder to work in."""
    folder = workdir.path
    if settings.tier == "A":
        folder = _own_namespaces(settings, workdir)
    os.chdir(folder)
    os.environ["HOME"], os.environ["TMPDIR"] = folder, f"{folder}/tmp"
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # the first to go when memory runs out
    limit(request["limits"], threads=settings.tier == "A")
    if settings.tier == "none":
        return folder
    syscalls.bound_capabilities()
    if workdir.user is not None:
        os.setgroups([])
        os.setresgid(workdir.user, workdir.user, workdir.user)
        os.setresuid(workdir.user, workdir.user, workdir.user)
        syscalls.readable_by_itself()
    syscalls.clear_capabilities()
    syscalls.die_with_parent(signal.SIGKILL)
    syscalls.no_new_privileges()
    if landlock.version():
        writable = [folder, "/tmp", "/dev/shm"] if settings.tier == "A" else [folder]
        files = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
        landlock.restrict([*settings.readable, "/proc/self"], writable, files, request["port"])
    # The program allows signals to one process: this one, whose number is known only now.
    here = os.getpid().to_bytes(4, "little")
    syscalls.install_filter(bytes.fromhex(request["filter"]).replace(OWN_PID, here))
    return folder


OWN_PID = bytes.fromhex("ad5ead5e")
"""Stands in a seccomp program for the number of the process that it will be installed in."""


def only_channel(channel: int) -> None:
    """Close every descriptor but the line to the trusted side; what is printed past Python goes nowhere."""
    os.dup2(channel, CHANNEL)
    os.closerange(CHANNEL + 1, 1 << 20)
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)


def _own_namespaces(settings: Settings, workdir: MountedWorkdir) -> str:
    """Leave the zygote's view of the machine: own processes, own network, no workdir but one's own."""
    if workdir.network is not None:
        syscalls.enter(workdir.network, syscalls.NEW_NETWORK)
        os.close(workdir.network)
    syscalls.unshare(syscalls.NEW_MOUNTS | syscalls.NEW_IPC | syscalls.NEW_UTS)
    closed = syscalls.NO_SETUID | syscalls.NO_DEVICES | syscalls.NO_EXEC
    syscalls.mount("proc", "/proc", "proc", closed)
    syscalls.mount(workdir.path, HOME, None, syscalls.BIND)
    for shared in ("/tmp", "/dev/shm"):
        # A course that lies in /tmp would be hidden; then only `TMPDIR` can be written to.
        if not any(path.startswith(f"{shared}/") for path in settings.readable):
            syscalls.mount(f"{workdir.path}/tmp", shared, None, syscalls.BIND)
    syscalls.mount("tmpfs", settings.workdirs, "tmpfs", closed | syscalls.READ_ONLY, "size=4k")
    return HOME


def limit(limits: dict[str, Any], *, threads: bool) -> None:
    """Bound what this process can use; threads only where they do not count with the user's others."""
    cpu = limits["cpu_seconds"]
    for which, most in (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
        *([(resource.RLIMIT_NPROC, limits["processes"])] if threads else []),
    ):
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))

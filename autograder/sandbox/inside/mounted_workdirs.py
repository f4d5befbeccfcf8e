"""Makes workdirs for submissions: each has a size of its own and, where one needs it, a network.

A workdir outlives the processes that run in it: what a killed process wrote is there for the next.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from autograder.sandbox.inside import syscalls
from autograder.sandbox.inside.cleanup import remove_tree

USERS = 64  #: how many a zygote has: where it is root, each workdir's processes get a user of their own
IN_SMALL_MAP = 60_000  #: where the users begin if there are no more than some 65,000, as in many containers

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # ioctl, of linux/sockios.h


@dataclass(slots=True)
class MountedWorkdir:
    """One submission's scratch folder."""

    path: str
    user: int | None = None
    network: int | None = None  #: descriptor of its network namespace


@dataclass(slots=True)
class Workdirs:
    """All workdirs of a zygote, by name. Where `walls`, each is a file system in memory."""

    folder: str
    walls: bool
    first_user: int
    made: int = 0
    all: dict[str, MountedWorkdir] = field(default_factory=dict[str, MountedWorkdir])

    def open(self, request: dict[str, Any]) -> tuple[list[int], int | None]:
        """Make a workdir; return descriptors of its folder and, on request, of a listening socket; its port.

        The caller closes them.
        """
        name = request["workdir"]
        workdir = MountedWorkdir(path=f"{self.folder}/{name}")
        first = usable_users(self.first_user) if self.walls and os.getuid() == 0 else None
        if first is not None:
            workdir.user = first + self.made % USERS
        self.made += 1
        os.mkdir(workdir.path, 0o700)
        if self.walls:
            owner = workdir.user if workdir.user is not None else 0
            options = f"mode=0700,uid={owner},gid={owner}"
            options += f",size={request['disk_bytes']},nr_inodes={request['files']}"
            flags = syscalls.NO_SETUID | syscalls.NO_DEVICES | syscalls.NO_EXEC
            syscalls.mount("tmpfs", workdir.path, "tmpfs", flags, options)
        os.mkdir(f"{workdir.path}/tmp", 0o700)
        if workdir.user is not None:
            os.chown(f"{workdir.path}/tmp", workdir.user, workdir.user)
        descriptors, port = [os.open(workdir.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)], None
        if self.walls and request["server"]:
            workdir.network, listener = private_network()
            port = listener.getsockname()[1]
            descriptors.append(listener.detach())
        self.all[name] = workdir
        return descriptors, port

    def close(self, name: str) -> None:
        """Remove a workdir with all that is in it."""
        workdir = self.all.pop(name)
        if workdir.network is not None:
            os.close(workdir.network)
        if self.walls:
            syscalls.unmount(workdir.path)
        remove_tree(workdir.path)


def usable_users(first: int) -> int | None:
    """Return where this zygote's users begin; none in a user namespace of one: there is nobody to become."""
    with open("/proc/self/uid_map") as file:
        _, _, count = file.read().split()[:3]
    return next((start for start in (first, IN_SMALL_MAP) if start + USERS <= int(count)), None)


def private_network() -> tuple[int, socket.socket]:
    """Make a network of which nothing leads out, with one socket that listens in it.

    The socket is for the trusted side: whoever accepts on it serves that network from wherever it is.
    """
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        syscalls.unshare(syscalls.NEW_NETWORK)
        _bring_up()
        listener = socket.create_server(("127.0.0.1", 0))
        return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC), listener
    finally:
        syscalls.enter(home, syscalls.NEW_NETWORK)
        os.close(home)


def _bring_up() -> None:
    """Switch the loopback interface on: in a new network it is off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        wanted = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, _GET_FLAGS, wanted))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14s", b"lo", flags | _UP, b""))

"""Builds the bubblewrap command of tier A: libraries, read-only, and nothing else of the machine.

Inside there are system libraries, this interpreter and the course's packages, all read-only: no home, no
solutions, no gradebook, no other process, no network.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.sandbox.inside.confine import HOME, WORKDIRS_BYTES

WORKDIRS = "/workdirs"  #: where the zygote keeps the workdirs in tier A
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/mime.types",
)
PACKAGE = Path(__file__).resolve().parents[2]
PACKAGES = (PACKAGE.name, "course", "timetravel")  #: public, all of them: hidden tests lie elsewhere


def check_secrets() -> None:
    """Make sure that what learners' code may read does not hold this course's answers and hidden tests.

    Raises:
        RuntimeError: it would: the clone lies in a system folder, or inside the interpreter's.
    """
    secrets = PACKAGE.parent / "solutions"
    for path in readable():
        if secrets.is_dir() and secrets.is_relative_to(path):
            raise RuntimeError(
                f"{secrets} would be open to learners' code, which may read all of {path}: move the course"
            )


@cache
def readable() -> tuple[str, ...]:
    """Every path that learners' code may read: shortest first, so that none hides another."""
    interpreter = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]}
    packages = {str(PACKAGE.parent / name) for name in PACKAGES}
    wanted = {*SYSTEM, *interpreter, *packages}
    return tuple(sorted((p for p in wanted if os.path.exists(p)), key=len))  # noqa: PTH110 — plain strings


def command() -> list[str]:
    """Return the words that go before the zygote's command."""
    words = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-add", "ALL"]
    if os.getuid() != 0:  # without rights outside: rights of its own in a namespace of its own
        words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", WORKDIRS, HOME):
        words += _folder(PurePosixPath(folder))
    words += ["--size", str(WORKDIRS_BYTES), "--tmpfs", WORKDIRS]
    for path in readable():
        words += [*_folder(PurePosixPath(path).parent), "--ro-bind", path, path]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]


def _folder(path: PurePosixPath) -> list[str]:
    """Make a folder and those above it, for all to enter: bubblewrap itself makes them for root alone."""
    words: list[str] = []
    for part in (*reversed(path.parents), path):
        if str(part) != "/" and not any(str(part).startswith(f"{done}/") for done in SYSTEM):
            words += ["--perms", "0755", "--dir", str(part)]
    return words

"""Puts the zygote, and so all learners' code, into a bubblewrap sandbox where the machine can.

Inside there are system libraries, this interpreter, the two packages, and the scratch folder: no home,
no solutions, no gradebook, no other process, no network.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

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
PACKAGE = Path(__file__).resolve().parent


@functools.cache
def available() -> bool:
    """Whether bubblewrap works here: tried for real, since user namespaces may be forbidden."""
    if not shutil.which("bwrap"):
        return False
    trial = [*command(Path("/tmp")), sys.executable, "-c", "import langgraph"]
    return subprocess.run(trial, capture_output=True, timeout=60, check=False).returncode == 0


def command(scratch: Path) -> list[str]:
    """Return the words that go before a command to run it in the sandbox, with `scratch` writable."""
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in _readable():
        words += ["--ro-bind", path, path]
    return [*words, "--bind", str(scratch), str(scratch), "--chdir", str(scratch), "--"]


def _readable() -> list[str]:
    """Every path that learners' code may read: shortest first, so that none hides another."""
    interpreter = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]}
    packages = {str(PACKAGE), str(PACKAGE.parent / "course")}
    wanted = {*SYSTEM, *interpreter, *packages}
    return sorted((p for p in wanted if os.path.exists(p)), key=len)  # noqa: PTH110 — plain strings

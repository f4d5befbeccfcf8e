"""Defines tiers and layers of the sandbox, and what to install for a layer that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TierName = Literal["A", "B", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One wall: whether it stands, and if not, why, and what gets it."""

    name: str
    what: str
    fault: str = ""  #: empty where it holds
    remedy: str = ""

    @property
    def holds(self) -> bool:
        return not self.fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What surrounds learners' code in a run: A every layer, B what works without namespaces."""

    name: TierName
    layers: tuple[Layer, ...] = ()


UNISOLATED = Tier(name="none")
"""No walls: for one's own code, in one's own kernel's company."""

WHAT = {
    "namespaces": "own processes, own files, no network",
    "scratch": "a scratch folder of a fixed size",
    "seccomp": "no new process, no socket, no signal to others",
    "landlock": "a list of the files that may be touched",
    "files": "nothing of the grader's can be read or written",
    "privileges": "no rights, and no way to get any",
    "limits": "bounds on time, memory, files",
    "cgroup": "one bound on the memory of all processes together",
}
BUBBLEWRAP = "apt-get install bubblewrap  (or your system's package of that name)"
REMEDIES = {
    "namespaces": "sysctl -w kernel.unprivileged_userns_clone=1"
    " kernel.apparmor_restrict_unprivileged_userns=0  (in a container: run it with --privileged)",
    "scratch": "comes with the namespaces",
    "seccomp": "apt-get install libseccomp2",
    "landlock": "Linux 6.7 or newer, with `landlock` in the kernel's `lsm=` list",
    "cgroup": "run as root, or: systemd-run --user --scope -p Delegate=yes course grade …",
}
OPTIONAL = {"landlock", "cgroup"}  #: in tier A, a second wall behind the first

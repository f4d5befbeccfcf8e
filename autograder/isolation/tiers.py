"""Which walls this machine can put around learners' code: tried for real, at the start of each run."""

from __future__ import annotations

import platform
import shutil
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


def find_tier() -> Tier:
    """Return the best tier that works here, with what is known of each layer."""
    if platform.system() != "Linux":
        fault = f"{platform.system()} has none of this"
        remedy = "use Linux, WSL2 or a container"
        layers = [Layer(name=n, what=w, fault=fault, remedy=remedy) for n, w in WHAT.items()]
        return Tier(name="none", layers=tuple(layers))
    faults = _faults("A") if shutil.which("bwrap") else {"namespaces": "bubblewrap is not installed"}
    name: TierName = "A"
    if any(fault for layer, fault in faults.items() if layer not in OPTIONAL):
        first = faults.get("namespaces") or next(fault for fault in faults.values() if fault)
        faults = {**_faults("B"), "namespaces": first, "scratch": "needs namespaces"}
        broken = {layer for layer, fault in faults.items() if fault} - {"namespaces", "scratch", "cgroup"}
        name = "none" if broken else "B"
    return Tier(name=name, layers=tuple(_layer(n, w, faults.get(n, "")) for n, w in WHAT.items()))


def _faults(name: TierName) -> dict[str, str]:
    """Put the walls up for a child that does nothing but try them."""
    from autograder.isolation import cgroup
    from autograder.limits import Limits
    from autograder.worker import Zygote

    group = cgroup.make(Limits())
    if group:
        group.close()
    missing = "" if group else "not allowed for this user"
    try:
        with Zygote(tier=Tier(name=name), bare=True) as zygote:
            return {**zygote.wait_until_ready(), "cgroup": missing}
    except OSError as error:
        return {"seccomp": str(error), "cgroup": missing}
    except RuntimeError as error:
        return {"namespaces" if name == "A" else "limits": str(error), "cgroup": missing}


def _layer(name: str, what: str, fault: str) -> Layer:
    remedy = REMEDIES.get(name, "") if fault else ""
    if name == "namespaces" and not shutil.which("bwrap"):
        remedy = BUBBLEWRAP
    return Layer(name=name, what=what, fault=fault, remedy=remedy)

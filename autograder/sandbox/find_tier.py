"""Finds the strongest sandbox that works on this machine by trying every layer."""

from __future__ import annotations

import platform
import shutil

from autograder.sandbox.limits import Limits
from autograder.sandbox.walls import cgroup
from autograder.sandbox.walls.tiers import BUBBLEWRAP, OPTIONAL, REMEDIES, WHAT, Layer, Tier, TierName
from autograder.sandbox.zygote_client import ZygoteClient


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
    group = cgroup.make(Limits())
    if group:
        group.close()
    missing = "" if group else "not allowed for this user"
    try:
        with ZygoteClient(tier=Tier(name=name), bare=True) as zygote:
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

"""What of a machine decides verdicts: it has to be the same on all that grade one class."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from autograder.isolation.tiers import Tier, TierName, find_tier
from autograder.keys import OURS, PACKAGES, digest, engine, looks

STRENGTH: tuple[TierName, ...] = ("none", "B", "A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine that grades, or asks others to."""

    host: str
    versions: Mapping[str, str]
    tier: Tier  #: the walls that it puts around learners' code


def this_machine(tier: Tier | None = None) -> Machine:
    """Look at this machine. The walls are tried, which takes a second, unless they are given."""
    return Machine(host=platform.node(), versions=_versions(), tier=tier or find_tier())


def mismatch(wanted: Machine, found: Machine) -> str:
    """Say why `found` must not grade for `wanted`; nothing if it may."""
    faults = [
        f"{name} {found.versions.get(name)} there and {ours} here"
        for name, ours in wanted.versions.items()
        if found.versions.get(name) != ours
    ]
    if STRENGTH.index(found.tier.name) < STRENGTH.index(wanted.tier.name):
        faults.append(f"walls of tier {found.tier.name} there and {wanted.tier.name} here")
    return f"{found.host} cannot grade for {wanted.host}: {'; '.join(faults)}" if faults else ""


def _versions() -> dict[str, str]:
    graders = [digest([path.read_text("utf-8")]) for path in sorted((OURS / "graders").rglob("*.py"))]
    grader = digest([engine(), looks(), *graders])
    packages = {name: version(name) for name in PACKAGES}
    return {"Python": platform.python_version(), **packages, "the course": grader[:12]}

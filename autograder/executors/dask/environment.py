"""Compares the packages and sandboxes of Dask workers, so that all of them grade alike."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from autograder.grading.keys import OURS, PACKAGES, digest, engine, looks
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.walls.tiers import Tier, TierName

STRENGTH: tuple[TierName, ...] = ("none", "B", "A")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEnvironment:
    """One machine that grades, or asks others to."""

    host: str
    versions: Mapping[str, str]
    tier: Tier  #: the walls that it puts around learners' code


def this_machine(tier: Tier | None = None) -> WorkerEnvironment:
    """Look at this machine. The walls are tried, which takes a second, unless they are given."""
    return WorkerEnvironment(host=platform.node(), versions=_versions(), tier=tier or find_tier())


def mismatch(wanted: WorkerEnvironment, found: WorkerEnvironment) -> str:
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

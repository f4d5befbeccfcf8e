"""What a check returns: sentences that hold or don't, and lines that only show something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a system, and whether it holds."""

    says: str
    holds: bool


Findings = Iterator[Finding | str]
"""What a check yields: findings, and figures as text."""


def told(findings: Iterable[Finding | str]) -> bool:
    """Print findings as they come, and return whether all of them hold."""
    failed = 0
    for found in findings:
        if isinstance(found, str):
            print(found, flush=True)
            continue
        failed += not found.holds
        print("✓" if found.holds else "✗", found.says, flush=True)
    if failed:
        print(f"\n{failed} of these {'does' if failed == 1 else 'do'}n't hold: don't deploy.")
    return not failed

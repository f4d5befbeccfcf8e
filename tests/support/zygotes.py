"""Zygotes for tests: each is a fork of one that is warm already, since a start from nothing takes 2 s."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.sandbox.zygote_start import BranchedZygote


class WarmZygotes:
    """Starts one zygote a tier, when it is first asked for, and forks all others from it. Close it after use."""

    def __init__(self) -> None:
        self._firsts: dict[str, ZygoteClient] = {}
        self._opened = ExitStack()

    def start(self, *, tier: Tier, branch: BranchedZygote | None = None, **how: Any) -> ZygoteClient:
        """Return what `ZygoteClient` does, only sooner."""
        if branch is None and tier.name not in self._firsts:
            self._firsts[tier.name] = self._opened.enter_context(ZygoteClient(tier=tier))
        return ZygoteClient(tier=tier, branch=branch or self._firsts[tier.name].branch(), **how)

    def close(self) -> None:
        self._opened.close()

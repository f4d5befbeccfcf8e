"""Adds up how long the course takes: all of its core path, and the short way for who has ten hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.learner.outline import Module

BEFORE_CAPSTONES = 7  #: the last two modules build whole systems, an hour an exercise


def core_minutes(module: Module) -> int:
    """Return the minutes of a module's lesson, its warm-up and its core exercises."""
    return module.minutes + sum(each.minutes for each in module.exercises if each.role != "further")


def core_hours(modules: Iterable[Module]) -> int:
    """Return the hours of the core path, rounded: all minutes are estimates."""
    return round(sum(map(core_minutes, modules)) / 60)


def short_minutes(modules: Iterable[Module]) -> int:
    """Return the minutes of the short way: up to the capstones, with the shortest core exercise of each."""
    return sum(map(_short, list(modules)[:BEFORE_CAPSTONES]))


def _short(module: Module) -> int:
    by_role = {role: [e.minutes for e in module.exercises if e.role == role] for role in ("warm-up", "core")}
    return module.minutes + sum(by_role["warm-up"]) + min(by_role["core"], default=0)

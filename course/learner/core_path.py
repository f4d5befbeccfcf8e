"""Adds up how long the course takes: its core path, through every module, and all that is core."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.learner.catalogue import CatalogueEntry
    from course.learner.outline import Module


def on_core_path(exercises: Iterable[CatalogueEntry]) -> tuple[CatalogueEntry, ...]:
    """Return what the core path solves: of each module the warm-up, and the shortest core exercise."""
    each = tuple(exercises)
    shortest: dict[str, CatalogueEntry] = {}
    for entry in sorted((e for e in each if e.role == "core"), key=lambda e: e.minutes):
        shortest.setdefault(entry.module, entry)
    return tuple(e for e in each if e.role == "warm-up" or e is shortest.get(e.module))


def core_path_minutes(module: Module) -> int:
    """Return the minutes of a module on the core path: what is core in its lesson, and two exercises."""
    return module.core_minutes + sum(e.minutes for e in on_core_path(module.exercises))


def core_path_hours(modules: Iterable[Module]) -> int:
    """Return the hours of the core path, rounded: all minutes are estimates."""
    return round(sum(map(core_path_minutes, modules)) / 60)


def all_core_minutes(module: Module) -> int:
    """Return the minutes of a module's whole lesson, its warm-up and all its core exercises."""
    return module.minutes + sum(each.minutes for each in module.exercises if each.role != "further")


def all_core_hours(modules: Iterable[Module]) -> int:
    """Return the hours of all lessons, warm-ups and core exercises, rounded."""
    return round(sum(map(all_core_minutes, modules)) / 60)

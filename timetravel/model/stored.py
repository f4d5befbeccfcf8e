"""Represents stored objects without building the classes that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that was stored: the class it had, and what it would be built from."""

    module: str
    name: str
    value: Any  #: keyword arguments as a dict, positional ones as a list, or the one argument


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that cannot or must not be read, with the reason."""

    reason: str

"""Gives each process a `hash` of its own, as each run of an interpreter has one.

A program that is started anew hashes texts in another way, so a key that `hash` made doesn't survive it.
Here, a start is a fork of one process, which chose its way of hashing once; such a key would seem to last.
"""

from __future__ import annotations

import os
from builtins import hash as shared
from collections.abc import Callable
from numbers import Number


def own_hash() -> Callable[[object], int]:
    """Return a `hash` that no other process has: of anything but numbers, which hash alike everywhere."""
    salt = os.urandom(8)

    def hash(obj: object, /) -> int:
        return shared(obj) if _alike_everywhere(obj) else shared((salt, obj))

    return hash


def _alike_everywhere(obj: object) -> bool:
    parts = obj if isinstance(obj, tuple | frozenset) else ()
    return isinstance(obj, Number) or (bool(parts) and all(map(_alike_everywhere, parts)))

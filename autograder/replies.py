"""What a graded process says, before anybody believes it: read as JSON, bounded, and of the right shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autograder.untrusted import parts

PARTS_LIMIT = 500_000  #: brackets and commas: a list of two bytes takes sixty once it is read

_SHAPE: Mapping[str, tuple[type, ...]] = {
    "outputs": (list,),
    "execution_count": (int, type(None)),
    "failure": (dict, type(None)),
}


def parsed(data: bytes) -> Any:  # noqa: ANN401 — JSON
    """Return the JSON value that `data` holds.

    Raises:
        ValueError: it is none, or holds too many values.
        RecursionError: it is nested too deeply.
    """
    if parts(data) > PARTS_LIMIT:
        raise ValueError("too many values")
    value = json.loads(data)
    if b"\\ud" in data.lower():  # it may hold half a character, which no file, page or database takes
        value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def is_cell_reply(reply: Mapping[str, Any]) -> bool:
    """Whether it is what a cell that was run gives back, and no more than that."""
    same = reply.keys() == _SHAPE.keys()
    return same and all(isinstance(reply[name], kinds) for name, kinds in _SHAPE.items())

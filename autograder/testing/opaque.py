"""Stands for a value that JSON has no form for, so that a test's message shows it as Python would."""

from __future__ import annotations

from typing import Any, cast

from autograder.sandbox.inside.probe import REPR, TYPE


class Opaque:
    """A value of the learner's that isn't JSON: a range, a set, an object. It equals nothing but itself.

    Attributes:
        type: the name of its class.
    """

    __slots__ = ("_text", "type")

    def __init__(self, type: str, text: str) -> None:
        self.type, self._text = type, text

    def __repr__(self) -> str:
        return self._text


def revived(value: Any) -> Any:  # noqa: ANN401 — JSON
    """Return a probe's value with what isn't JSON put back as `Opaque`s."""
    if isinstance(value, list):
        return [revived(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    known = cast("dict[str, Any]", value)
    if known.keys() == {TYPE, REPR}:
        return Opaque(str(known[TYPE]), str(known[REPR]))
    return {key: revived(item) for key, item in known.items()}

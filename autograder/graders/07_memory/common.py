"""What the tests of several exercises share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo", "mia", "ned")
THINGS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")


def texts_in(value: Any) -> Iterable[str]:
    """Yield each text in a value: strings, contents of messages, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from texts_in(part)
    else:
        # A message has its text in `content`, LangGraph's `Overwrite` what it writes in `value`.
        yield from texts_in(getattr(value, "content", None) or getattr(value, "value", None) or ())

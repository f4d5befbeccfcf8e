"""Splits a stored value into brackets and named parts, for the difference view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

from timetravel.model.changes import repr_of
from timetravel.model.messages import lines, message_of
from timetravel.model.stored import Stored
from timetravel.model.values import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A value with named parts. `shown` is its text where that says more than the parts: a chat message's."""

    opening: str
    items: dict[str, Any]
    shown: str = ""


def items_of(value: Any) -> list[Any] | None:  # noqa: ANN401 — any value
    """The items of a list or a tuple; None for anything else."""
    return list(cast("list[Any]", value)) if type(value) in (list, tuple) else None


def parts_of(value: Any, limit: int) -> Parts | None:  # noqa: ANN401 — any value
    """The named parts of a dict, a message, a model or a stored object; None for anything else."""
    try:
        return _message(value, limit) or _parts(value)
    except Exception:  # a learner's class may raise wherever it is asked: then it is one piece of text
        return None


def _message(value: Any, limit: int) -> Parts | None:  # noqa: ANN401
    message = message_of(value)
    if message is None:
        return None
    known = value.value if isinstance(value, Stored) else vars(value)
    told = {name: item for name, item in known.items() if item not in (None, "", [], {}, False)}
    shown = clean("\n".join(lines(message, limit)), keep="\n")
    return Parts(opening=f"{message.role}(", items=told, shown=shown)


def _parts(value: Any) -> Parts | None:  # noqa: ANN401
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return Parts(opening="{", items={clean(repr_of(key)): item for key, item in pairs})
    if isinstance(value, Stored) and isinstance(value.value, Mapping):
        named = cast("Mapping[Any, Any]", value.value)
        return Parts(opening=f"{clean(value.name)}(", items={clean(str(k)): v for k, v in named.items()})
    kind = type(value)
    if is_dataclass(value) and "__repr__" not in kind.__dict__:
        names = [field.name for field in fields(value) if field.repr]
    elif "pydantic" in {base.__module__.partition(".")[0] for base in kind.__mro__}:
        known = cast("Mapping[str, Any]", getattr(kind, "model_fields", {}))
        names = [name for name in known if name in vars(value)]  # a field may be newer than the value
    else:
        return None
    return Parts(opening=f"{kind.__name__}(", items={name: getattr(value, name) for name in names})

"""What a notebook imports: `from course import check, hint, timeline, chat_model`.

Each name is loaded when it is first used, so that a notebook pays only for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.checking import check
    from course.hints import hint
    from course.model import chat_model
    from course.timetravel import timeline

__all__ = ["chat_model", "check", "hint", "timeline"]

# No submodule bears the name of a function: importing it would put the module in the function's place.
_HOME = {"check": "checking", "hint": "hints", "timeline": "timetravel", "chat_model": "model"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — four different types
    if name not in _HOME:
        raise AttributeError(f"module `course` has no `{name}`; it offers {', '.join(__all__)}")
    return getattr(import_module(f"course.{_HOME[name]}"), name)

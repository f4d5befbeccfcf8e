"""What a notebook imports: `from course import check, hint, timeline, chat_model, overview`.

Each name is loaded when it is first used, so that a notebook pays only for what it needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing`'s own takes longer to import than all of this: Ctrl-C could come in between
if TYPE_CHECKING:
    from typing import Any

    from course.learner.chat_model import chat_model
    from course.learner.check import check
    from course.learner.hints import hint
    from course.learner.overview import overview
    from timetravel import timeline

__all__ = ["chat_model", "check", "hint", "overview", "timeline"]

# No submodule of `course` itself may bear one of these names: importing it would take the function's place.
_HOME = {
    "chat_model": "course.learner.chat_model",
    "check": "course.learner.check",
    "hint": "course.learner.hints",
    "overview": "course.learner.overview",
    "timeline": "timetravel",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — four different types
    if name not in _HOME:
        raise AttributeError(f"module `course` has no `{name}`; it offers {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)

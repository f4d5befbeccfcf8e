"""Makes a timeline in JupyterLab interactive, with a widget that works on the page's HTML.

The cell's output is the same HTML as everywhere, so what is saved with the notebook reads well when the
kernel is gone, and a program that runs notebooks saves no widget. In a front end that has widgets, the script
of this one finds that HTML by the name in `data-live` and adds the fork form to it.
"""

from __future__ import annotations

import secrets
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from timetravel.draw import html
from timetravel.errors import TimelineError, WrongUse
from timetravel.live import fork, rerun
from timetravel.live.fork import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_shown: dict[str, tuple[str, list[Any]]] = {}
"""The widgets of each cell's last run, with the id of the request that ran it."""


def attach(source: Source) -> str:
    """Open a widget for a timeline to be shown; return its name, empty where nobody would see it."""
    parent = _request()
    cell = str(parent.get("metadata", {}).get("cellId") or "")
    if not cell:  # a terminal, nbconvert, papermill, nbval: what runs a notebook for nobody names no cell
        return ""
    request = str(parent.get("header", {}).get("msg_id"))
    earlier, widgets = _shown.get(cell, ("", []))
    if earlier != request:
        for widget in widgets:
            widget.close()
        _shown[cell] = request, (widgets := [])
    name = f"lgtl-{secrets.token_hex(6)}"
    widgets.append(_widget_class()(source, name))
    return name


def answer(source: Source, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the page asks for: show what can be edited or answered at a checkpoint, or run with it."""
    space = str(asked.get("ns") or "")
    there = source.inside(space) if space else source
    id_ = str(asked["id"])
    try:
        if asked.get("do") == "form":
            return {"form": _FORMS[str(asked.get("kind") or "state")](there, id_)}
        before = _newest(there)
        error = _done(there, id_, asked)
    except TimelineError as refused:
        return {"error": str(refused)}
    found = source.read()
    # Ids grow with time: what is greater than the newest one was made just now.
    made = (step.checkpoint_id for own, step in found.walk() if own.namespace == space)
    new = min((id_ for id_ in made if id_ > before), default="")
    return {"html": html.fragment(found, name), "new": new, "error": error}


def _newest(source: Source) -> str:
    return str(source.graph.get_state(source.config).config["configurable"].get("checkpoint_id") or "")


_FORMS = {"state": fork.form, "input": rerun.input_form, "answer": rerun.answer_form}


def _done(there: Source, id_: str, asked: Mapping[str, Any]) -> str:
    """Run what was asked for; return how it failed, where there may be something new to draw all the same."""
    edits = asked.get("edits") or {}
    if asked.get("do") == "fork":
        made = fork.fork(there, id_, edits, asked.get("as_node"))
        return _failure(lambda: fork.run(there, made)) if asked.get("run") else ""
    if asked.get("do") == "input":
        return _failure(lambda: rerun.run_input(there, id_, edits))
    return _failure(lambda: rerun.run_answers(there, id_, edits))


def _failure(run: Callable[[], None]) -> str:
    try:
        run()
    except WrongUse:  # nothing was run
        raise
    except TimelineError as failed:
        return str(failed)
    return ""


def _request() -> dict[str, Any]:
    """The message that the kernel is at work on; empty outside a kernel."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    kernel = getattr(shell, "kernel", None)
    return cast("dict[str, Any]", kernel.get_parent() or {}) if kernel else {}


@cache
def _widget_class() -> type[Any]:
    """The widget's class, made late: its libraries take 0.3 s to import."""
    import anywidget
    import ipywidgets
    from traitlets import Unicode

    class Live(anywidget.AnyWidget):  # pyright: ignore[reportUntypedBaseClass]
        _esm = html.module("live.js")
        name = Unicode().tag(sync=True)

        def __init__(self, source: Source, name: str) -> None:
            super().__init__(name=name)
            self._source = source
            self.on_msg(self._asked)

        def _asked(self, _widget: object, asked: dict[str, Any], _buffers: object) -> None:
            self.send({"n": asked.get("n"), **answer(self._source, self.name, asked)})

    ipywidgets.register_comm_target()  # the page asks it for its widgets when it is loaded again
    return Live

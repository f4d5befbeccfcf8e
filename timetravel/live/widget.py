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
from timetravel.errors import TimelineError
from timetravel.live import fork
from timetravel.live.fork import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Do what the page asks for: the choices for a fork, or the fork itself."""
    try:
        if asked.get("do") == "form":
            return {"form": fork.form(source, str(asked["id"]))}
        made = fork.fork(source, str(asked["id"]), asked["edits"], asked.get("as_node"))
    except TimelineError as error:
        return {"error": str(error)}
    error = ""
    if asked.get("run"):
        try:
            fork.run(source, made)
        except TimelineError as failed:
            error = str(failed)
    from timetravel.draw.html import fragment

    new = str(made["configurable"]["checkpoint_id"])
    return {"html": fragment(source.read(), name), "new": new, "error": error}


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

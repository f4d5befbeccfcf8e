"""Implements `timeline(graph, config)` and the `Timeline` that a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timetravel.model.history import History
from timetravel.read.source import read, source_of

if TYPE_CHECKING:
    from rich.text import Text

    from timetravel.live.fork import Source


@dataclass(frozen=True, slots=True, repr=False)
class Timeline:
    """The checkpoint history of one thread, ready to be shown.

    As the last expression of a notebook's cell it is a piece of a page; printed, it is a tree of text. Both
    read from top to bottom as the run went, and branches lie to the right. On the page, pick `A` and `B`
    beside any two checkpoints to see how their states differ, and choose a branch to follow. In JupyterLab,
    where the timeline was drawn from a graph, open a checkpoint to fork from it: edit its state, write it as
    a node, and run. A fork is a new branch; nothing that is there is changed.

    Attributes:
        history: the history itself; its `steps`, oldest first, have `values`, `changes`, `written`, `tasks`,
            `next`.
        source: the graph and config it was read from; none for a database or snapshots.
    """

    history: History
    source: Source | None = None

    def __repr__(self) -> str:
        from timetravel.draw.text import plain

        return plain(self.history)

    def __rich__(self) -> Text:
        from timetravel.draw.text import coloured

        return coloured(self.history)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from timetravel.draw.html import fragment

        return {"text/html": fragment(self.history, self._live()), "text/plain": repr(self)}

    def _live(self) -> str:
        """The name of its widget, where there is a graph to fork on and somebody to look."""
        if self.source is None:
            return ""
        from timetravel.live.widget import attach

        return attach(self.source)

    def __len__(self) -> int:
        return len(self.history.steps)

    def to_html(self) -> str:
        """Return the timeline as a fragment of HTML.

        Returns:
            One line of HTML with its own style sheet and script, and nothing loaded from elsewhere. Every
            value in it is escaped. Without the script it shows all but the differences.
        """
        from timetravel.draw.html import fragment

        return fragment(self.history)

    def to_html_page(self) -> str:
        """Return the timeline as a whole page, to be written to a file.

        Example:
            ```python
            Path("thread.html").write_text(timeline(graph, config).to_html_page())
            ```
        """
        from timetravel.draw.html import page

        return page(self.history)

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON values; what JSON does not know is text."""
        from timetravel.draw.json import history_json

        return history_json(self.history)


def timeline(
    graph: Any,  # noqa: ANN401 — a compiled graph, a path, or snapshots
    config: Mapping[str, Any] | str | None = None,
    *,
    limit: int | None = None,
) -> Timeline:
    """Draw the checkpoint history of a thread as a tree.

    Drawing runs nothing and writes nothing: a timeline can be drawn at any moment, also of a thread that
    failed, waits for an answer, or belongs to another process.

    Args:
        graph: a graph compiled with a checkpointer. Or the path of a SQLite database that a `SqliteSaver`
            wrote, which is read without any of its classes. Or the snapshots of
            `graph.aget_state_history(config)` in a list, for a saver that answers only to `await`.
        config: the config that the graph was run with, `{"configurable": {"thread_id": "…"}}`; a plain
            thread id will do. With `checkpoint_ns` in it, the history of that subgraph. May be left out for
            a database with one thread, and for snapshots.
        limit: draw only that many checkpoints, the newest.

    Returns:
        A `Timeline`, which shows itself in a notebook and prints as text.

    Raises:
        TimelineError: there is no checkpointer, no such file or no such thread, or the saver is asynchronous;
            the text says what to do.

    Example:
        ```python
        graph = builder.compile(checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "trip"}}
        graph.invoke({"notes": ["pack"]}, config)
        timeline(graph, config)
        ```
    """
    return Timeline(read(graph, config, limit), source_of(graph, config, limit))

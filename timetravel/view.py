"""Implements `timeline(graph, config)` and the `Timeline` that a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timetravel.model.history import History
from timetravel.model.values import clean
from timetravel.model.words import standing
from timetravel.read.source import read, source_of

if TYPE_CHECKING:
    from rich.text import Text

    from timetravel.read.source import Source
    from timetravel.read.thread import Thread


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


@dataclass(frozen=True, slots=True, repr=False)
class Threads:
    """The threads of a database, ready to be shown: with how each stands, and a field to search them."""

    threads: list[Thread]
    where: str

    def __len__(self) -> int:
        return len(self.threads)

    def __repr__(self) -> str:
        lines = [f"{clean(one.thread_id)}: {standing(one.status)}" for one in self.threads[:_SHOWN]]
        rest = len(self) - _SHOWN
        return "\n".join([*lines, *([f"… and {rest:,} more"] if rest > 0 else [])])

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return the list as a fragment of HTML, with its own style sheet and script."""
        from timetravel.draw.index import fragment

        return fragment(self.threads, self.where)

    def to_html_page(self) -> str:
        """Return the list as a whole page."""
        from timetravel.draw.index import page

        return page(self.threads, self.where)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the list as JSON values."""
        return [asdict(thread) for thread in self.threads]


_SHOWN = 20


def threads(where: str | Path, *, find: str = "") -> Threads:
    """List the threads of a database, the one written last first.

    Args:
        where: the path of a SQLite database that a `SqliteSaver` wrote, or the address of a Postgres
            database, `postgresql://…`. It is only read.
        find: only threads with this text in their id, status, metadata or newest state.

    Returns:
        `Threads`, which show themselves in a notebook: status, user and last activity of each.

    Raises:
        TimelineError: there is no such database; the text says what to do.
    """
    from timetravel.read.apart import list_threads
    from timetravel.read.open import list_name

    return Threads(list_threads(where, find), list_name(where))


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
            wrote, or the address of a Postgres database, `postgresql://…`, which are read without any of
            their classes. Or the snapshots of
            `graph.aget_state_history(config)` in a list, for a saver that answers only to `await`.
        config: the config that the graph was run with, `{"configurable": {"thread_id": "…"}}`; a plain
            thread id will do. With `checkpoint_ns` in it, the history of that subgraph. May be left out for
            a database with one thread, and for snapshots.
        limit: draw only that many checkpoints, the newest; 2,000 unless you say otherwise.

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

"""What lessons and exercises need around a graph and don't teach: vectors in SQLite, an embedder, a plot.

`from course.stage import NAME`; each name is loaded when it is first used.

- `connect(path)`: a SQLite connection for SqliteSaver or SqliteStore, on which search by meaning works.
- `embed(texts)`, `DIMS`: a small local embedder. No key, no download; the same text gives the same vector.
- `clerk`, `find_order`: a scripted clerk for `chat_model`, who calls the tool once for each order.
- `broken(messages)`: would a provider refuse this input?
- `overhear(model)`: the list of all inputs that a chat model is sent from now on.
- `postgres()`: the URI of an empty database on a real PostgreSQL with pgvector, started from a package.
- `traces(word)`: the rows and files in this folder's databases that hold a word.
- `tried(call, *args)`: what a call returns, or its error in words.
- `plot(title, series)`: a line chart that follows the page's light or dark colours.
- `World()`: an order service and a bank on a local HTTP server, with a book of every call.
- `measured(durations)`, `quantile(q, *histograms)`: a Prometheus histogram, and a percentile guessed from it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.stage.cast import broken, clerk, find_order
    from course.stage.embedder import DIMS, embed
    from course.stage.evidence import traces, tried
    from course.stage.overheard import overhear
    from course.stage.percentile import measured, quantile
    from course.stage.plotting import plot
    from course.stage.postgres_server import postgres
    from course.stage.refunds import World
    from course.stage.vectors import VecConn, connect

__all__ = [
    "DIMS",
    "VecConn",
    "World",
    "broken",
    "clerk",
    "connect",
    "embed",
    "find_order",
    "measured",
    "overhear",
    "plot",
    "postgres",
    "quantile",
    "traces",
    "tried",
]

# No submodule may bear one of these names: importing it would take the function's place.
_HOME = {
    "DIMS": "embedder",
    "VecConn": "vectors",
    "World": "refunds",
    "broken": "cast",
    "clerk": "cast",
    "connect": "vectors",
    "embed": "embedder",
    "find_order": "cast",
    "measured": "percentile",
    "overhear": "overheard",
    "plot": "plotting",
    "postgres": "postgres_server",
    "quantile": "percentile",
    "traces": "evidence",
    "tried": "evidence",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — functions, a class and a number
    if name not in _HOME:
        raise AttributeError(f"module `course.stage` has no `{name}`; it offers {', '.join(__all__)}")
    return getattr(import_module(f"course.stage.{_HOME[name]}"), name)

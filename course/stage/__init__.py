"""What lessons and exercises need around a graph and don't teach: vectors in SQLite, an embedder, a plot.

`from course.stage import NAME`; each name is loaded when it is first used.

- `connect(path)`: a SQLite connection for SqliteSaver or SqliteStore, on which search by meaning works.
- `embed(texts)`, `DIMS`: a small local embedder. No key, no download; the same text gives the same vector.
- `Desk(file, thread_id)`, `elsewhere(file, given)`: a file's `graph` in another process, which may be killed.
- `bank(line)`, `bank_book()`: a bank that does what it's told, and its book.
- `order_clerk`: a scripted clerk who names the order number in what he is sent.
- `clerk`, `find_order`, `remember`: a scripted clerk for `chat_model`, and the tools it calls.
- `Provider()`: a payment provider over HTTP, which answers by a plan and keeps books.
- `flowers`: the shop of lesson 06, which sends parcels for real: `build`, `clerk`, `parcels`.
- `broken(messages)`: would a provider refuse this input?
- `Mailbox()`: a local HTTP server that keeps what is posted to it: what a tracer would send.
- `whole_file(module)`: a module's source, behind a click.
- `overhear(model)`: the list of all inputs that a chat model is sent from now on.
- `postgres()`: the URI of an empty database on a real PostgreSQL with pgvector, started from a package.
- `busy_at_step_1(saver_class)`, `die(how)`: a disk that's busy at step 1, and the end of a process.
- `night`: lesson 05's night of parcels: `build`, and `play`, which runs it in processes that die.
- `each_in_a_process(run, cases)`: `run(*case)` in processes of their own, which may die.
- `conformance(saver_class)`: what LangGraph's conformance suite says of a saver; await it.
- `outcome(call, *args)`: whether a call works, awaited if it has to be; await it.
- `traces(word)`: the rows and files in this folder's databases that hold a word.
- `tried(call, *args)`: what a call returns, or its error in words.
- `plot(title, series)`: a line chart that follows the page's light or dark colours.
- `World()`: an order service and a bank on a local HTTP server, with a book of every call.
- `shops`: nodes that call a `Provider`, for lesson 02, and what retry policies make of them.
- `jobs`: a job in a process that dies at a chosen moment: `build`, `killed`, `has_run`.
- `paying`: an agent whose tool charges, under a key of your choice: `agent`, `cashier`.
- `breakers`: two circuit breakers that count in the wrong place.
- `lookups`: one node that may be cached, for lesson 04: `build`, `requests_from`.
- `branches`: many branches at once: `build`, and `met`, which says how many ran together.
- `operators`: runs the refund desk in processes, and reads what they leave: `desk`, `log_lines` and more.
- `measured(durations)`, `quantile(q, *histograms)`: a Prometheus histogram, and a percentile guessed from it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.stage.bad_night import busy_at_step_1, die, each_in_a_process
    from course.stage.bank_counter import bank, bank_book
    from course.stage.cast import broken, clerk, find_order, order_clerk, remember
    from course.stage.embedder import DIMS, embed
    from course.stage.evidence import conformance, outcome, traces, tried
    from course.stage.mailbox import Mailbox
    from course.stage.overheard import overhear
    from course.stage.payments import Provider
    from course.stage.percentile import measured, quantile
    from course.stage.plotting import plot
    from course.stage.postgres_server import postgres
    from course.stage.processes import Desk, elsewhere
    from course.stage.refunds import World
    from course.stage.vectors import VecConn, connect
    from course.stage.whole_files import whole_file

__all__ = [
    "DIMS",
    "Desk",
    "Mailbox",
    "Provider",
    "VecConn",
    "World",
    "bank",
    "bank_book",
    "broken",
    "busy_at_step_1",
    "clerk",
    "conformance",
    "connect",
    "die",
    "each_in_a_process",
    "elsewhere",
    "embed",
    "find_order",
    "measured",
    "order_clerk",
    "outcome",
    "overhear",
    "plot",
    "postgres",
    "quantile",
    "remember",
    "traces",
    "tried",
    "whole_file",
]

# No submodule may bear one of these names: importing it would take the function's place.
_HOME = {
    "DIMS": "embedder",
    "Desk": "processes",
    "Mailbox": "mailbox",
    "Provider": "payments",
    "VecConn": "vectors",
    "World": "refunds",
    "bank": "bank_counter",
    "bank_book": "bank_counter",
    "broken": "cast",
    "busy_at_step_1": "bad_night",
    "clerk": "cast",
    "conformance": "evidence",
    "connect": "vectors",
    "die": "bad_night",
    "each_in_a_process": "bad_night",
    "elsewhere": "processes",
    "embed": "embedder",
    "find_order": "cast",
    "measured": "percentile",
    "order_clerk": "cast",
    "outcome": "evidence",
    "overhear": "overheard",
    "plot": "plotting",
    "postgres": "postgres_server",
    "quantile": "percentile",
    "remember": "cast",
    "traces": "evidence",
    "tried": "evidence",
    "whole_file": "whole_files",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 — functions, a class and a number
    if name not in _HOME:
        raise AttributeError(f"module `course.stage` has no `{name}`; it offers {', '.join(__all__)}")
    return getattr(import_module(f"course.stage.{_HOME[name]}"), name)

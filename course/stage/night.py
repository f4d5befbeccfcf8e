"""Works through parcels at night, with the disk busy at step 1, until the process ends in `pack`."""

from __future__ import annotations

import operator
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from course.stage.bad_night import busy_at_step_1, die, each_in_a_process

THREAD: RunnableConfig = {"configurable": {"thread_id": "night"}}


class Night(TypedDict):
    """What was done tonight."""

    done: Annotated[list[str], operator.add]


def build(
    saver: BaseCheckpointSaver[Any], in_pack: Callable[[], None] = lambda: None
) -> CompiledStateGraph[Night, Any, Any, Any]:
    """Compile four nodes in a row; each writes into a ledger that it begins."""

    def work(name: str) -> tuple[str, Callable[[Night], Night]]:
        def node(state: Night) -> Night:
            with Path("ledger.txt").open("a") as ledger:
                print(name, file=ledger)
            if name == "pack":
                in_pack()
            return {"done": [name]}

        return name, node

    steps: Any = [work(name) for name in ("load", "price", "pack", "ship")]
    graph = StateGraph(Night).add_sequence(steps)
    return graph.add_edge(START, "load").compile(checkpointer=saver)


def run(mode: str, how: str, path: str) -> None:
    """Play one bad night with a durability mode, and die in `pack` by `"exception"` or a signal."""
    saver: Any = busy_at_step_1(SqliteSaver)
    slow = saver(sqlite3.connect(path, check_same_thread=False))
    durability = cast("Literal['sync', 'async', 'exit']", mode)
    build(slow, partial(die, how)).invoke({"done": []}, THREAD, durability=durability)


def play(*cases: Sequence[str]) -> int:
    """Play nights in processes that die of them, all at once; return the exit status of a single one."""
    words = [":".join(case) for case in cases]
    command = [sys.executable, "-m", "course.stage.night", *words]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    _cases = [(mode, how, path) for mode, how, path in (word.split(":") for word in sys.argv[1:])]
    if len(_cases) == 1:
        run(*_cases[0])
    each_in_a_process(run, _cases)

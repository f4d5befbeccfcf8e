"""Runs a job of three nodes in a process that dies at a chosen moment, and keeps a ledger of what has run."""

from __future__ import annotations

import operator
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph


class Job(TypedDict):
    """The job's name, and the nodes that have run."""

    log: Annotated[list[str], operator.add]


def step(name: str) -> tuple[str, Callable[[Job], Job]]:
    """Make a node that writes to the ledger that it has run, and may die right after that."""

    def node(state: Job) -> Job:
        with Path(f"{state['log'][0]}.ledger").open("a") as ledger:
            ledger.write(f"{name} ")
        if name == os.environ.get("KILLED_AT"):
            os.kill(os.getpid(), 9)
        return {"log": [name]}

    return name, node


def build(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Job, Any, Any, Any]:
    """Compile the job: pick, pack, send."""
    nodes: Any = [step("pick"), step("pack"), step("send")]
    builder = StateGraph(Job).add_sequence(nodes)
    return builder.add_edge(START, "pick").compile(checkpointer=saver)


class DyingSaver(SqliteSaver):
    """Dies just before it writes the checkpoint of step `KILLED_AT`, once the results before it are saved."""

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        if str(metadata.get("step")) == os.environ["KILLED_AT"]:
            while metadata.get("source") == "loop" and not self._results(config):
                time.sleep(0.01)
            os.kill(os.getpid(), 9)
        return super().put(config, checkpoint, metadata, new_versions)

    def _results(self, config: RunnableConfig) -> object:
        found = self.get_tuple(config)
        return found and found.pending_writes


def open_saver(kind: type[SqliteSaver] = SqliteSaver) -> SqliteSaver:
    """Open `jobs.db`."""
    return kind(sqlite3.connect("jobs.db", check_same_thread=False))


def has_run(name: str) -> str:
    """Read from a job's ledger which nodes have run."""
    ledger = Path(f"{name}.ledger")
    return ledger.read_text() if ledger.exists() else "nothing"


def killed(name: str, at: str) -> int:
    """Run a job in a process that is killed in a node, or before a step is saved; return its exit status."""
    command = [sys.executable, "-m", "course.stage.jobs", name]
    return subprocess.run(command, env=os.environ | {"KILLED_AT": at}).returncode


if __name__ == "__main__":
    [_name] = sys.argv[1:]
    _config: RunnableConfig = {"configurable": {"thread_id": _name}}
    build(open_saver(DyingSaver)).invoke({"log": [_name]}, _config, durability="sync")

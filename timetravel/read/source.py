"""Reads a timeline from a graph, a database or snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from timetravel.errors import WrongUse
from timetravel.model.history import History
from timetravel.model.nest import nest
from timetravel.model.tree import build
from timetravel.read.open import Where, shown
from timetravel.read.settle import settled

MOST = 2_000
"""Checkpoints that are drawn where no limit is given: more make a page slow to open."""

Config = Mapping[str, Any] | str | None
"""A config, a bare thread id, or neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a timeline was read from, so that it can be written to and read again."""

    graph: Any
    config: Mapping[str, Any]
    limit: int | None

    def read(self) -> History:
        """The history as it is now."""
        return read(self.graph, self.config, self.limit)

    def inside(self, namespace: str) -> Source:
        """The same thread in one of its subgraphs."""
        within = {**_configurable(self.config), "checkpoint_ns": namespace}
        return replace(self, config={**self.config, "configurable": within})


def read(source: Any, config: Config, limit: int | None) -> History:  # noqa: ANN401
    """Read a history. See `timeline` for what the arguments may be."""
    if limit is not None and limit < 1:
        raise WrongUse(f"`limit={limit}` leaves nothing to draw: give 1 or more, or leave it out")
    limit = limit or MOST
    if isinstance(source, str | Path):
        return _from_database(source, config, limit)
    if isinstance(source, list | tuple):
        return _from_snapshots(cast("Sequence[Any]", source), config, limit)
    if not hasattr(source, "get_state_history"):
        advice = "give it a compiled graph: `builder.compile(checkpointer=…)`"
        raise WrongUse(f"`timeline` cannot read a {type(source).__name__}; {advice}")
    return _from_graph(source, config, limit)


def source_of(graph: Any, config: Config, limit: int | None) -> Source | None:  # noqa: ANN401
    """The graph to fork on, where there is one; a database and snapshots are only looked at."""
    if not hasattr(graph, "update_state"):
        return None
    whole: Mapping[str, Any] = config if isinstance(config, Mapping) else {}
    thread_id, namespace = _thread(config)
    inside = {**_configurable(config), "thread_id": thread_id, "checkpoint_ns": namespace}
    inside.pop("checkpoint_id", None)
    return Source(graph=graph, config={**whole, "configurable": inside}, limit=limit)


def _from_graph(graph: Any, config: Config, limit: int | None) -> History:  # noqa: ANN401
    from timetravel.read.snapshots import from_graph

    thread_id, namespace = _thread(config)
    if thread_id is None:
        example = 'timeline(graph, {"configurable": {"thread_id": "…"}})'
        raise WrongUse(f"which thread? give the config that the graph was run with: `{example}`")
    whole = {"configurable": {**_configurable(config), "thread_id": thread_id, "checkpoint_ns": namespace}}
    whole["configurable"].pop("checkpoint_id", None)  # with it, the history would be that one checkpoint

    def once() -> History:
        records = from_graph(graph, whole, None if limit is None else limit + 1)
        return nest(records, thread_id=thread_id, namespace=next(iter(records)), limit=limit)

    return settled(once)


def _from_snapshots(snapshots: Sequence[Any], config: Config, limit: int | None) -> History:
    from timetravel.read.snapshots import from_snapshots

    thread_id, namespace = _thread(config or (snapshots[0].config if snapshots else None))
    return build(from_snapshots(snapshots), thread_id=thread_id or "", namespace=namespace, limit=limit)


def _from_database(where: Where, config: Config, limit: int | None) -> History:
    from timetravel.read.apart import list_threads, read_history

    thread_id, namespace = _thread(config)
    if thread_id is None:
        known = [thread.thread_id for thread in list_threads(where)]
        if len(known) != 1:
            some = ", ".join(f"`{name}`" for name in known[:5])
            advice = f"name one of them: {some}" if known else "run a graph on it first"
            raise WrongUse(f"{shown(where)} holds {len(known)} threads; {advice}")
        thread_id = known[0]
    return read_history(where, thread_id, namespace, limit)


def _thread(config: Config) -> tuple[str | None, str]:
    if config is None or isinstance(config, str):
        return config, ""
    found = _configurable(config)
    thread_id = found.get("thread_id")
    return None if thread_id is None else str(thread_id), str(found.get("checkpoint_ns") or "")


def _configurable(config: Config) -> Mapping[str, Any]:
    if not isinstance(config, Mapping):
        return {}
    return cast("Mapping[str, Any]", config.get("configurable") or {})

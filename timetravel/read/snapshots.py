"""Reads a thread's records from a compiled graph's state history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from timetravel.errors import TimelineError, WrongUse
from timetravel.model.history import Record, Task

_ASYNC = """this checkpointer answers only to async calls from here, and `timeline` asks without `await`. \
Read the history first:
    timeline([state async for state in graph.aget_state_history(config)])"""


def from_graph(graph: Any, config: Mapping[str, Any], limit: int | None) -> dict[str, list[Record]]:  # noqa: ANN401
    """Read a thread's records, oldest first, by namespace: those of the config's, and of all subgraphs below.

    Raises:
        WrongUse: when the graph has no checkpointer.
        TimelineError: when the saver is asynchronous, or the history cannot be read at all.
    """
    found = _of_one(graph, config, limit)
    known = set(found)
    queue = [record for some in found.values() for record in some]
    while queue:
        for task in queue.pop().tasks:
            # A subgraph that keeps its state from run to run has one namespace for all: its node's name.
            names = {task.namespace, (task.namespace or "").rpartition(":")[0]}
            if task.namespace is None or names & known:
                continue
            known.add(task.namespace)
            inside = {**_configurable(config), "checkpoint_ns": task.namespace}
            for space, records in _of_one(graph, {**config, "configurable": inside}, None).items():
                if space not in found and records:
                    known.add(space)
                    found[space] = records
                    queue += records
    return found


def _of_one(graph: Any, config: Mapping[str, Any], limit: int | None) -> dict[str, list[Record]]:  # noqa: ANN401
    asked = str(_configurable(config).get("checkpoint_ns") or "")
    try:
        snapshots = list(graph.get_state_history(config, limit=limit))
    except ValueError as error:
        if "No checkpointer" in str(error):
            raise WrongUse(
                "this graph has no checkpointer, so its runs leave no history: "
                "compile it with `checkpointer=`, run it, then draw its timeline"
            ) from error
        return {asked: _raw(graph, config, limit, error)}
    except Exception as error:
        if _is_async(error):
            raise TimelineError(_ASYNC) from error
        return {asked: _raw(graph, config, limit, error)}
    stored = _configurable(snapshots[0].config).get("checkpoint_ns") if snapshots else None
    return {asked if asked == "" or stored is None else str(stored): from_snapshots(snapshots)}


def from_snapshots(snapshots: Sequence[Any]) -> list[Record]:
    """Turn `StateSnapshot`s, newest first as LangGraph lists them, into records, oldest first."""
    return [_record(snapshot) for snapshot in reversed(snapshots)]


def _is_async(error: Exception) -> bool:
    return isinstance(error, NotImplementedError) or "ynchronous calls to" in str(error)


def _raw(graph: Any, config: Mapping[str, Any], limit: int | None, error: Exception) -> list[Record]:  # noqa: ANN401
    """Read the saver itself: a state that its own schema rejects makes the graph's history raise."""
    from timetravel.read.checkpoints import Raw, record

    try:
        tuples = list(graph.checkpointer.list(config, limit=limit))
    except Exception:
        raise TimelineError(f"the history cannot be read: {type(error).__name__}: {error}") from error
    raws = [
        Raw(
            checkpoint_id=_id(saved.config) or "",
            parent_id=_id(saved.parent_config),
            metadata=saved.metadata or {},
            checkpoint=saved.checkpoint,
            writes=tuple((task, "", channel, value) for task, channel, value in saved.pending_writes or ()),
        )
        for saved in reversed(tuples)
    ]
    return [record(raw) for raw in raws]


def _record(snapshot: Any) -> Record:  # noqa: ANN401 — a StateSnapshot; its import takes two seconds
    metadata: Mapping[str, Any] = snapshot.metadata or {}
    source = str(metadata.get("source", "loop"))
    tasks = tuple(_tasks(snapshot.tasks))
    given = next((task.result for task in tasks if task.name == "__start__"), None)
    values = snapshot.values
    return Record(
        checkpoint_id=_id(snapshot.config) or "",
        parent_id=_id(snapshot.parent_config),
        step=metadata.get("step"),
        source=source,
        created_at=str(snapshot.created_at or ""),
        values=cast("Mapping[str, Any]", values) if isinstance(values, Mapping) else _lone(values),
        tasks=tasks,
        given=given if source == "input" else None,
        metadata=metadata,
    )


def _lone(value: Any) -> dict[str, Any]:  # noqa: ANN401
    """The state of a functional API workflow is one value, and before its first end none."""
    return {} if value is None else {"__end__": value}


def _tasks(tasks: Iterable[Any]) -> Iterable[Task]:
    for task in tasks:
        yield Task(
            id=str(task.id),
            name=str(task.name),
            finished=task.result is not None,
            result=task.result,
            error=None if task.error is None else str(task.error),
            interrupts=tuple(question.value for question in task.interrupts),
            namespace=_namespace(task.state),
        )


def _namespace(state: Any) -> str | None:  # noqa: ANN401 — a config, a StateSnapshot or None
    config = state if isinstance(state, Mapping) or state is None else state.config
    return None if config is None else str(_configurable(config).get("checkpoint_ns") or "") or None


def _id(config: Any) -> str | None:  # noqa: ANN401
    found = _configurable(config).get("checkpoint_id")
    return str(found) if found else None


def _configurable(config: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return cast("Mapping[str, Any]", (config or {}).get("configurable") or {})

"""Forks a thread: writes a corrected checkpoint beside an old one, and runs on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from timetravel.errors import TimelineError, WrongUse
from timetravel.live.editing import edited, offered
from timetravel.model.changes import same
from timetravel.model.values import clean, clip
from timetravel.read.source import Source

_HIDDEN = ("__", "branch:", "join:", "start:")


RUN_FAILED = "forked, and the run then failed: "


def form(source: Source, checkpoint_id: str) -> dict[str, Any]:
    """What can be chosen for a fork from a checkpoint: its channels as JSON, and the nodes to write as."""
    values = _values(snapshot(source, checkpoint_id))
    empty = {name: "" for name in _channels(source) if name not in values}
    return {
        "channels": [
            *({"name": name, "json": offered(value)} for name, value in values.items()),
            *({"name": name, "json": text} for name, text in empty.items()),
        ],
        "nodes": [name for name in _inner(source).nodes if not name.startswith("__")] + ["__start__"],
        "run": not _namespace(source),  # a subgraph runs where its graph does
    }


def fork(source: Source, checkpoint_id: str, edits: Mapping[str, str], as_node: str | None) -> dict[str, Any]:
    """Write the fork; return its config. Channels that are not in `edits` stay as they are.

    Raises:
        TimelineError: when an edit cannot be read, or LangGraph refuses it; then nothing was written.
    """
    values = _values(snapshot(source, checkpoint_id))
    update: dict[str, Any] = {}
    for name, text in edits.items():
        if not text.strip():
            continue
        if name in values and offered(values[name]) is None:
            raise WrongUse(f"`{name}` cannot be edited as JSON")
        value = edited(text, values.get(name), name)
        if name not in values or not same(value, values[name]):
            update[name] = _becomes(source, name, value)
    try:
        made = source.graph.update_state(at(source, checkpoint_id), update or None, as_node=as_node or None)
    except Exception as error:
        raise TimelineError(f"not forked: {one_line(error)}") from error
    return {**source.config, "configurable": {**_configurable(source), **made["configurable"]}}


def run(source: Source, config: Mapping[str, Any]) -> None:
    """Let the graph go on from a fork, to its end, its next question or its error.

    Raises:
        TimelineError: when a node raises; the new branch then ends there.
    """
    invoke(source, None, config, RUN_FAILED)


def invoke(source: Source, given: Any, config: Mapping[str, Any], failed: str) -> None:  # noqa: ANN401
    """Run the graph; what it raises becomes one line that begins with `failed`."""
    try:
        source.graph.invoke(given, config)
    except (Exception, KeyboardInterrupt) as error:
        raise TimelineError(f"{failed}{one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """An error as a reader wants it: its type, and the first line of what it says."""
    said = str(error).strip().partition("\n")[0]
    return clip(clean(f"{type(error).__name__}: {said}" if said else type(error).__name__), 300)


def snapshot(source: Source, checkpoint_id: str) -> Any:  # noqa: ANN401 — a StateSnapshot
    """The state at a checkpoint.

    Raises:
        TimelineError: when it cannot be read, or is gone.
    """
    try:
        found = source.graph.get_state(at(source, checkpoint_id))
    except Exception as error:
        raise TimelineError(f"this checkpoint cannot be read: {one_line(error)}") from error
    if found.created_at is None:
        raise TimelineError("this checkpoint is not in the database any more: draw the timeline again")
    return found


def _values(found: Any) -> Mapping[str, Any]:  # noqa: ANN401 — a StateSnapshot
    if not isinstance(found.values, Mapping):
        raise TimelineError(
            "the state of this workflow is one value without channels: it cannot be edited here"
        )
    return cast("Mapping[str, Any]", found.values)


def _becomes(source: Source, name: str, value: Any) -> Any:  # noqa: ANN401
    """An update after which the channel holds `value`: past its reducer, where it has one."""
    from langgraph.channels.binop import BinaryOperatorAggregate
    from langgraph.channels.delta import DeltaChannel
    from langgraph.types import Overwrite

    channel = _inner(source).channels.get(name)
    return Overwrite(value) if isinstance(channel, BinaryOperatorAggregate | DeltaChannel) else value


def _channels(source: Source) -> list[str]:
    return [name for name in _inner(source).channels if not name.startswith(_HIDDEN)]


def _inner(source: Source) -> Any:  # noqa: ANN401
    """The graph that the timeline is of: the whole one, or by its namespace a subgraph."""
    path = "|".join(part.partition(":")[0] for part in _namespace(source).split("|"))
    if not path:
        return source.graph
    return dict(source.graph.get_subgraphs(namespace=path, recurse=True)).get(path, source.graph)


def _namespace(source: Source) -> str:
    return str(_configurable(source).get("checkpoint_ns") or "")


def _configurable(source: Source) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", source.config.get("configurable") or {})


def at(source: Source, checkpoint_id: str) -> dict[str, Any]:
    """The config of a checkpoint."""
    return {**source.config, "configurable": {**_configurable(source), "checkpoint_id": checkpoint_id}}

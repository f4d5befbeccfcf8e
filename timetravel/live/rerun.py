"""Runs a thread again with another input, and answers its open questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from timetravel.errors import WrongUse
from timetravel.live.editing import edited, offered
from timetravel.live.fork import at, invoke, one_line, snapshot
from timetravel.model.values import full
from timetravel.read.source import Source

_WHOLE = "input"  # the name of an input that is one value


def input_form(source: Source, checkpoint_id: str) -> dict[str, Any]:
    """What a run was given, each part of it as JSON, and the parts that it might have been given."""
    given = _given(source, checkpoint_id)
    if not isinstance(given, Mapping):
        return {"channels": [{"name": _WHOLE, "json": offered(given)}]}
    parts = {str(name): offered(value) for name, value in cast("Mapping[str, Any]", given).items()}
    more = {name: "" for name in _input_channels(source) if name not in parts}
    return {"channels": [{"name": name, "json": text} for name, text in {**parts, **more}.items()]}


def run_input(source: Source, checkpoint_id: str, edits: Mapping[str, str]) -> None:
    """Begin a new branch with an edited input, from the state before that input, and run it.

    Raises:
        TimelineError: when an edit cannot be read, or a node raises.
    """
    given = _edited_input(_given(source, checkpoint_id), edits)
    parent = snapshot(source, checkpoint_id).parent_config
    # A thread's first input has nothing before it: its own checkpoint holds the empty state.
    start = cast("dict[str, Any]", parent["configurable"])["checkpoint_id"] if parent else checkpoint_id
    invoke(source, given, at(source, str(start)), "the run with this input failed: ")


def _edited_input(given: Any, edits: Mapping[str, str]) -> Any:  # noqa: ANN401
    if not isinstance(given, Mapping):
        return edited(edits[_WHOLE], given, _WHOLE) if edits.get(_WHOLE, "").strip() else given
    made = dict(cast("Mapping[str, Any]", given))
    for name, text in edits.items():
        if text.strip():
            made[name] = edited(text, made.get(name), name)
        else:
            made.pop(name, None)
    return made


def _given(source: Source, checkpoint_id: str) -> Any:  # noqa: ANN401
    tasks = snapshot(source, checkpoint_id).tasks
    found = [task.result for task in tasks if task.name == "__start__" and task.result is not None]
    if found:
        return found[0]
    saved = source.graph.checkpointer.get_tuple(at(source, checkpoint_id))
    values = cast("Mapping[str, Any]", saved.checkpoint["channel_values"] if saved else {})
    if "__start__" not in values:
        raise WrongUse("the input of this run is not in the database, so it cannot be edited")
    return values["__start__"]


def _input_channels(source: Source) -> list[str]:
    """The channels that a graph takes as input; none for a workflow, whose input is one value."""
    builder = getattr(source.graph, "builder", None)
    schemas = cast("Mapping[Any, Mapping[str, Any]]", getattr(builder, "schemas", {}))
    return [str(name) for name in schemas.get(getattr(builder, "input_schema", None), {})]


def answer_form(source: Source, checkpoint_id: str) -> dict[str, Any]:
    """The open questions at a checkpoint: the id of each, the node that asks, and what it asks."""
    tasks = snapshot(source, checkpoint_id).tasks
    asked = [(task, question) for task in tasks if task.result is None for question in task.interrupts]
    if not asked:
        raise WrongUse("no question is open at this checkpoint: draw the timeline again")
    return {
        "questions": [
            {"id": str(question.id), "node": str(task.name), "text": full(question.value, 4000)}
            for task, question in asked
        ]
    }


def run_answers(source: Source, checkpoint_id: str, answers: Mapping[str, str]) -> None:
    """Answer open questions and run on; what has no answer stays open.

    An answer that is not JSON is taken as text, unless it begins like JSON.

    Raises:
        TimelineError: when no answer was given, one cannot be read, or a node raises.
    """
    from langgraph.types import Command

    given = {id_: _answer(text) for id_, text in answers.items() if text.strip()}
    if not given:
        raise WrongUse("no answer was given: write one below a question")
    invoke(
        source, Command(resume=given), _resuming(source, checkpoint_id), "the run after the answer failed: "
    )


def _resuming(source: Source, checkpoint_id: str) -> Mapping[str, Any]:
    """The thread's own config at its head, so that the run goes on there; else that of the checkpoint."""
    newest = source.graph.get_state(source.config).config["configurable"].get("checkpoint_id")
    return source.config if newest == checkpoint_id else at(source, checkpoint_id)


def _answer(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except ValueError as error:
        if text.strip()[0] in '{["':
            raise WrongUse(f"this answer begins like JSON, but is none: {one_line(error)}") from error
        return text.strip()

"""The night as a graph: plan a chunk, work on its parts at once, plan the next one; report at the end."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import Command, Overwrite, Send

from course.data_pipeline.orders import Part, cut
from course.data_pipeline.worker import Done, Work


class Night(TypedDict, total=False):
    """All that a checkpoint holds: where the night is, and what it has counted. No record, and no price."""

    path: str
    cursor: int  #: the byte after the running chunk
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]
    bad_places: Annotated[list[str], operator.add]  #: of the running chunk only


class TooManyBad(Exception):
    """So many lines of one chunk are bad that the file must be wrong: a person has to look at it."""


def build_night(
    work: Work,
    parts: int = 4,
    size: int = 25,
    most_bad: float = 1.0,
    report: Callable[[int, int], object] = lambda ok, bad: None,
) -> StateGraph[Night, Any, Any, Any]:
    """Build the graph. `parts` parts of `size` lines are a chunk: all that a kill can cost.

    Keep `parts` at or below the number of threads that LangGraph uses, `min(32, CPUs + 4)`: nodes share them
    with the writer of checkpoints. A chunk with more than the share `most_bad` of bad lines stops the night.
    """

    def plan(state: Night) -> Command[Literal["part", "report"]]:
        bad = state.get("bad_places", [])
        if len(bad) > most_bad * parts * size:
            raise TooManyBad(f"{len(bad)} lines before byte {state.get('cursor')}, {bad[0]} is the first")
        chunk = cut(state.get("path", ""), state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="report")
        update = {"cursor": chunk[-1]["end"], "bad_places": Overwrite([])}
        return Command(update=update, goto=[Send("part", part) for part in chunk])

    def part(state: Part) -> Done:
        return work(state)

    def tell(state: Night) -> Night:
        report(state.get("ok", 0), state.get("bad", 0))
        return {}

    builder = StateGraph(Night).add_node(plan).add_node(part).add_node("report", tell)
    return builder.add_edge(START, "plan").add_edge("part", "plan")

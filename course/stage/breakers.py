"""Two circuit breakers that count in the wrong place: in a thread's state, and in a global variable.

`python -m course.stage.breakers URL` is a worker with the second one, which serves four customers.
"""

from __future__ import annotations

import sys
from typing import Any, TypedDict

import httpx
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph


class Question(TypedDict, total=False):
    """What became of a question, and how often asking has failed."""

    failures: int
    outcome: str


def in_state(url: str) -> CompiledStateGraph[Question, Any, Any, Any]:
    """Compile a node that stops asking after two failures, which it counts in the state."""

    def guarded(state: Question) -> Question:
        failures = state.get("failures", 0)
        if failures >= 2:
            return {"outcome": "refused"}
        if httpx.post(url).is_error:
            return {"outcome": "failed", "failures": failures + 1}
        return {"outcome": "answered", "failures": 0}

    graph = StateGraph(Question).add_node(guarded).add_edge(START, "guarded")
    return graph.compile(checkpointer=InMemorySaver())


failed = 0


def in_a_global(url: str) -> str:
    """Ask, unless the last two questions of this process failed; say what became of it."""
    global failed
    if failed >= 2:
        return "refused"
    failed = failed + 1 if httpx.post(url).is_error else 0
    return "failed" if failed else "answered"


if __name__ == "__main__":
    print(*(in_a_global(sys.argv[1]) for _ in range(4)))

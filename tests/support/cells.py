"""Answers to the two exercises of `data/public.py`, right ones and others."""

from autograder.grading.cells import CodeCell

IMPORTS = """\
import operator, sqlite3
from typing import Annotated, TypedDict
from langgraph.graph import START, StateGraph
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

class State(TypedDict):
    notes: Annotated[list, operator.add]
"""
REMEMBER = """\
def build_graph():
    graph = StateGraph(State)
    graph.add_node("see", lambda state: {"notes": ["seen"]})
    graph.add_edge(START, "see")
    return graph.compile(checkpointer=InMemorySaver())
"""
SURVIVE = """\
def open_graph(db):
    graph = StateGraph(State)
    graph.add_node("early", lambda state: {"notes": ["early"]})
    graph.add_node("late", lambda state: {"notes": ["late"]})
    graph.add_edge(START, "early")
    graph.add_edge("early", "late")
    saver = SqliteSaver(sqlite3.connect(db, check_same_thread=False))
    return graph.compile(checkpointer=saver)
"""


def notebook(remember: str = REMEMBER, survive: str = SURVIVE) -> list[CodeCell]:
    return [
        CodeCell(source=IMPORTS),
        CodeCell(source=remember, exercise="remember"),
        CodeCell(source=survive, exercise="survive"),
    ]

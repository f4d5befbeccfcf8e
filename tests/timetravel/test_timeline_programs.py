"""A program that runs a notebook gets the drawing and saves no widget; a front end that names its cells gets one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

CODE = """
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from course import timeline

builder = StateGraph(MessagesState).add_node("a", lambda state: {"messages": "hi"}).add_edge(START, "a")
graph = builder.compile(checkpointer=InMemorySaver())
config = {"configurable": {"thread_id": "1"}}
graph.invoke({"messages": "hello"}, config)
timeline(graph, config)
"""


def run(tmp_path: Path, *codes: str) -> Any:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    NotebookClient(made, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    return made


def test_a_program_saves_no_widget(tmp_path: Path) -> None:
    ran = run(tmp_path, CODE)
    (output,) = ran.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "data-live=" not in output.data["text/html"] and "widgets" not in ran.metadata


def test_a_cell_that_is_run_again_closes_the_widget_of_its_last_run(tmp_path: Path) -> None:
    again = """
from timetravel.live import widget
import ipywidgets
kernel = get_ipython().kernel
parent = kernel.get_parent()
widget._request = lambda: {"metadata": {"cellId": "c1"}, "header": {"msg_id": request}}
drawn = timeline(graph, config)
count = lambda: sum(type(one).__name__ == "Live" for one in ipywidgets.widgets.widget._instances.values())
seen = []
for request in ("first", "first", "second"):
    html = drawn._repr_mimebundle_()["text/html"]
    seen.append(count())
print(seen, 'data-live="lgtl-' in html)
"""
    ran = run(tmp_path, CODE, again)
    assert ran.cells[1].outputs[0].text == "[1, 2, 1] True\n"

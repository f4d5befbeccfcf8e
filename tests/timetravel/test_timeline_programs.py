"""A program that runs a notebook gets the drawing and saves no widget; a front end that names its cells gets one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.client import KernelClient
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from tests.support import patience

pytestmark = [pytest.mark.slow, pytest.mark.alone]

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
    NotebookClient(
        made, timeout=round(patience.seconds(patience.LONG)), resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    return made


def test_a_program_saves_no_widget(tmp_path: Path) -> None:
    ran = run(tmp_path, CODE)
    (output,) = ran.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "data-live=" not in output.data["text/html"] and "widgets" not in ran.metadata


@pytest.fixture
def front_end(tmp_path: Path) -> Iterator[KernelClient]:
    """A kernel, and a front end that is connected to it."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run_cell(client: KernelClient, code: str, cell: str = "") -> list[dict[str, Any]]:
    """Run a cell as JupyterLab does, which says which one it is; return what the kernel said of it."""
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    request = client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
    client.shell_channel.send(request)
    said: list[dict[str, Any]] = []
    while True:
        message = client.get_iopub_msg(timeout=patience.seconds())
        if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
            said.append(message)
            assert message["msg_type"] != "error", message["content"]
            if message["content"].get("execution_state") == "idle":
                return said


def widgets(said: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Return which of our widgets were opened, and which were closed."""
    opened = {
        message["content"]["comm_id"]
        for message in said
        if message["msg_type"] == "comm_open"
        and message["content"]["data"]["state"].get("_model_module") == "anywidget"
    }
    return opened, {m["content"]["comm_id"] for m in said if m["msg_type"] == "comm_close"}


def test_a_cell_that_is_run_again_closes_the_widgets_of_its_last_run(front_end: KernelClient) -> None:
    run_cell(front_end, CODE.replace("timeline(graph", "drawn = timeline(graph"))
    first = run_cell(front_end, "display(drawn, drawn)", cell="c1")
    shown = [m["content"]["data"] for m in first if m["msg_type"] == "display_data"]
    assert ['data-live="lgtl-' in data["text/html"] for data in shown] == [True, True]
    opened, closed = widgets(first)
    assert (len(opened), closed) == (2, set())
    again, closed = widgets(run_cell(front_end, "display(drawn)", cell="c1"))
    assert len(again) == 1
    assert closed >= opened and not closed & again

"""A timeline in JupyterLab: fork with an edit, see the branch appear, and find it drawn when the kernel is gone."""

import json
import sqlite3

import pytest
from playwright.sync_api import expect

from tests.support.notebooks import notebook

pytestmark = [pytest.mark.browser, pytest.mark.alone]

GRAPH = """
import operator, sqlite3
from typing import Annotated, TypedDict
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from course import timeline

class State(TypedDict):
    log: Annotated[list[str], operator.add]
    x: int

def a(state): return {"log": ["a"], "x": 1}

def b(state):
    if state["x"] > 100:
        raise ValueError("too <b>big</b>")
    return {"log": ["b"], "x": state["x"] + 1}

builder = StateGraph(State).add_sequence([a, b]).add_edge(START, "a")
graph = builder.compile(checkpointer=SqliteSaver(sqlite3.connect("fork.db", check_same_thread=False)))
config = {"configurable": {"thread_id": "live"}}
graph.invoke({"log": ["in"]}, config)
timeline(graph, config)
"""


@pytest.fixture
def drawn(lab, open_page):
    """A notebook in which a timeline was just drawn: the page, the timeline, the workspace."""
    return draw(lab, open_page, GRAPH)


def draw(lab, open_page, code):
    address, workspace = lab
    (workspace / "fork.db").unlink(missing_ok=True)
    (workspace / "fork.ipynb").write_text(notebook(code))
    server, _, token = address.partition("/lab/tree/")
    page = open_page(f"{server}/lab/tree/fork.ipynb?{token.partition('?')[2]}&reset", height=1300)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    panel.locator(".cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    timeline = panel.locator(".lgtl")
    expect(timeline).to_be_visible()
    return page, timeline, workspace


def rows(workspace):
    connection = sqlite3.connect(workspace / "fork.db")
    found = [
        row for table in ("checkpoints", "writes") for row in connection.execute(f"SELECT * FROM {table}")
    ]
    connection.close()
    return found


def open_form(timeline, row):
    place = timeline.locator(".lgtl-r").nth(row)
    place.locator("> details > summary").click()
    place.get_by_role("button", name="Fork from here").click()
    form = place.locator("form")
    expect(form).to_be_visible()
    return form


def test_a_fork_appears_in_place_and_the_old_rows_stay(drawn):
    page, timeline, workspace = drawn
    before = rows(workspace)
    form = open_form(timeline, 2)
    form.locator("textarea[name=x]").fill("40")
    form.get_by_role("button", name="Fork and run").click()
    expect(timeline.locator(".lgtl-r")).to_have_count(6)
    expect(timeline.locator(".lgtl-r").last).to_contain_text("x 40 → 41")
    expect(timeline.get_by_role("status")).to_contain_text("Forked: the new branch begins with step 2")
    expect(timeline.get_by_label("Branch")).to_be_visible()
    after = rows(workspace)
    assert [row for row in after if row in before] == before and len(after) > len(before)

    # The new drawing is live too: an error is one line, and text.
    form = open_form(timeline, 4)
    form.locator("textarea[name=x]").fill("{")
    form.get_by_role("button", name="Fork", exact=True).click()
    expect(timeline.get_by_role("alert")).to_contain_text("`x` is no JSON")
    form.locator("textarea[name=x]").fill("500")
    form.get_by_role("combobox").select_option("a")
    form.get_by_role("button", name="Fork and run").click()
    expect(timeline.get_by_role("alert")).to_have_text(
        "forked, and the run then failed: ValueError: too <b>big</b>",
    )
    expect(timeline.locator(".lgtl-r")).to_have_count(7)

    # JupyterLab leaves the arrow keys to the pickers, and Enter to what opens.
    timeline.locator("input[value=A]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert timeline.locator("input:checked").get_attribute("aria-label").startswith("A: step 0")
    timeline.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(timeline.locator(".lgtl-b").first).to_be_visible()


@pytest.mark.nightly
def test_the_page_loaded_again_finds_its_widget_and_without_a_kernel_its_drawing(drawn):
    page, timeline, workspace = drawn
    page.keyboard.press("Control+s")
    page.wait_for_timeout(2000)
    page.reload()
    expect(timeline).to_be_visible()
    form = open_form(timeline, 2)
    form.get_by_role("button", name="Fork", exact=True).click()
    expect(timeline.locator(".lgtl-r")).to_have_count(5)

    saved = json.loads((workspace / "fork.ipynb").read_text())
    (output,) = saved["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"} and "widgets" not in saved["metadata"]

    page.evaluate(
        """async () => { const base = document.baseURI.split('/lab')[0]; const token = JSON.parse(
        document.getElementById('jupyter-config-data').textContent).token;
        const ask = (route, method) => fetch(`${base}/api/${route}`, { method, headers: { Authorization: `token ${token}` } });
        for (const one of await (await ask('sessions', 'GET')).json())
            if (one.path === 'fork.ipynb') await ask(`sessions/${one.id}`, 'DELETE') }"""
    )
    page.reload()
    expect(timeline).to_be_visible()
    timeline.locator("input[value=A]").first.check()
    timeline.locator("input[value=B]").last.check()
    expect(timeline.locator(".lgtl-d")).to_contain_text("log")
    assert "not found" not in page.locator(".jp-OutputArea").first.inner_text()


ASKING = """
from typing import TypedDict
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from course import timeline

class Order(TypedDict, total=False):
    amount: int
    answer: str

def look(state): return {"amount": state["amount"] * 2}
def ask(state): return {"answer": interrupt({"question": f"Refund <b>{state['amount']}</b> EUR?"})}
def done(state): return {}

inner = StateGraph(Order).add_node(ask).add_edge(START, "ask").compile()
builder = StateGraph(Order).add_node(look).add_node("human", inner).add_node(done)
builder.add_edge(START, "look").add_edge("look", "human").add_edge("human", "done")
graph = builder.compile(checkpointer=InMemorySaver())
config = {"configurable": {"thread_id": "asking"}}
graph.invoke({"amount": 15}, config)
timeline(graph, config)
"""


def test_a_question_is_answered_and_an_input_run_again(lab, open_page):
    page, timeline, _ = draw(lab, open_page, ASKING)
    place = timeline.locator(".lgtl-rows > .lgtl-r").last
    place.locator("> details > summary").click()
    place.get_by_role("button", name="Answer").click()
    form = place.locator("form")
    expect(form).to_contain_text("Refund <b>30</b> EUR?")
    form.locator("textarea").fill("yes")
    form.get_by_role("button", name="Answer and run").click()
    expect(timeline.get_by_role("status")).to_contain_text("The run went on with step 2")
    expect(timeline.locator(".lgtl-rows > .lgtl-r").last).to_contain_text("finished")

    place = timeline.locator(".lgtl-rows > .lgtl-r").first
    place.locator("> details > summary").click()
    expect(place.get_by_role("button", name="Fork from here")).to_have_count(0)
    place.get_by_role("button", name="Run with another input").click()
    place.locator("form textarea[name=amount]").fill("70")
    place.get_by_role("button", name="Run with this input").click()
    expect(timeline.get_by_role("status")).to_contain_text("Forked: the new branch begins with")
    expect(timeline.locator(".lgtl-rows > .lgtl-r").last).to_contain_text("Refund <b>140</b> EUR?")

    # The subgraph that asks is below its step, and can be forked there, but not answered.
    fold = timeline.locator(".lgtl-ns").last
    fold.locator("> summary").click()
    row = fold.locator(".lgtl-r").last
    row.locator("> details > summary").click()
    expect(row.get_by_role("button", name="Fork from here")).to_be_visible()
    expect(row.get_by_role("button", name="Answer")).to_have_count(0)
    assert page.locator(".lgtl b:not([class])").count() == 0

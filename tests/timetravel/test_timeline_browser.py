"""A timeline in a real browser: by keyboard, on a phone, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from timeline_graphs import chain, failed, forked, thread

from timetravel import timeline

pytestmark = [pytest.mark.browser, pytest.mark.alone]

CONTRAST = """() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
      return x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
  const paper = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c) && c != 'transparent') return c } };
  const bad = [];
  for (const e of document.querySelectorAll('.lgtl *:not(style)')) {
    if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(paper(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) bad.push(e.className + ': ' + e.textContent.slice(0, 30));
  }
  return bad }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_keyboard_on_a_phone(browser: Any, tmp_path: Path, scheme: Any) -> None:
    graph = failed()
    graph.update_state(thread("error"), {"log": ["long" * 200, {"key" * 60: "value" * 60}]}, as_node="a")
    page_file = tmp_path / "page.html"
    page_file.write_text(timeline(graph, thread("error")).to_html_page(), "utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
    page.goto(page_file.as_uri())
    page.locator(".lgtl-js").wait_for()  # it wakes when it's seen
    for stop in ("A: step −1", "B: step −1", None):  # the pickers are one stop each, however many rows
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert stop is None or stop in name
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    first = page.locator(".lgtl-r > details").first
    assert first.evaluate("e => e.open")
    page.keyboard.press("Tab")  # on to what is inside: the whole state
    page.keyboard.press("Space")
    assert first.locator("details").evaluate("e => e.open")
    page.locator("details").evaluate_all("all => all.forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    sticking_out = "all => all.filter(e => e.getBoundingClientRect().right > 361).length"
    assert page.locator(".lgtl *:not(.lgtl-vh)").evaluate_all(sticking_out) == 0
    assert page.evaluate(CONTRAST) == []
    page.close()


@pytest.mark.parametrize(
    ("host", "scheme", "expected"),
    [
        ('<body data-jp-theme-light="false">', "light", "dark"),
        ('<body data-jp-theme-light="true">', "dark", "light"),
        ('<body data-md-color-scheme="slate">', "light", "dark"),
        ('<body data-md-color-scheme="default">', "dark", "light"),
        ("<body>", "dark", "dark"),
    ],
)
def test_the_host_decides_on_light_or_dark(browser: Any, host: str, scheme: Any, expected: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.set_content(f"{host}{timeline(forked(), thread('forks')).to_html()}</body>")
    paper = page.locator(".lgtl").evaluate("e => getComputedStyle(e).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[expected]
    page.close()


def test_an_empty_thread_is_a_calm_sentence(browser: Any) -> None:
    page = browser.new_page()
    page.set_content(timeline(chain(lambda_node), thread("new")).to_html())
    assert "no checkpoints yet" in page.locator(".lgtl").inner_text()
    page.close()


def lambda_node(state: Any) -> Any:
    return {}

"""What a reader meets on the pages of the course: outcomes to predict, answers to wait for, code that fits, paper."""

import re
from itertools import pairwise

import pytest

from course.paths import Root

pytestmark = [pytest.mark.browser, pytest.mark.alone]

MODULES = Root.find().module_names()
OUTCOME = "details.outcome"
DRAWN = "parts => parts.map(part => part.getBoundingClientRect().height)"


@pytest.fixture
def at(site, built_site):
    """Where a page is, by its source's name."""

    def address(name):
        return f"{site}/{name}.html" if (built_site / f"{name}.html").is_file() else f"{site}/{name}/"

    return address


def test_what_happens_can_be_asked_for_without_a_script(site, open_page):
    page = open_page(f"{site}/modules/{MODULES[0]}/", java_script_enabled=False)
    outcome = page.locator(OUTCOME).first
    assert not outcome.locator("code").is_visible()
    outcome.locator("summary").click()
    assert outcome.locator("code").is_visible()


def test_one_switch_opens_all_and_is_remembered(site, open_page):
    page = open_page(f"{site}/modules/{MODULES[0]}/")
    switch = page.get_by_role("switch")
    for address in (page.url, f"{site}/modules/{MODULES[1]}/"):
        page.goto(address)
        switch.set_checked(True)
        assert page.locator(f"{OUTCOME}:not([open])").count() == 0
    page.goto(f"{site}/modules/{MODULES[0]}/")
    assert switch.is_checked() and page.locator(f"{OUTCOME}:not([open])").count() == 0
    switch.set_checked(False)
    assert page.locator(f"{OUTCOME}[open]").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_on_paper_every_outcome_is_open_and_no_answer_is(site, at, open_page, script):
    page = open_page(f"{site}/modules/{MODULES[0]}/", java_script_enabled=script)
    page.emulate_media(media="print")
    assert min(page.locator(f"{OUTCOME} > .output").evaluate_all(DRAWN)) > 0
    page.goto(at(f"modules/{MODULES[0]}/exercises"))
    assert max(page.locator("details > :not(summary)").evaluate_all(DRAWN)) == 0


def test_an_answer_is_one_click_further_away_than_a_hint(at, open_page):
    page = open_page(at(f"modules/{MODULES[0]}/exercises"))
    page.locator("details.question > summary").first.click()
    assert page.locator("details.question > :not(summary)").first.is_visible()
    page.locator("details.answers > summary").first.click()
    answer = page.locator("details.success").first
    assert answer.is_visible() and not answer.locator("code").first.is_visible()
    answer.locator("summary").click()
    assert answer.locator("code").first.is_visible()


def test_search_for_retry_leads_to_the_lesson(site, open_page):
    page = open_page(f"{site}/")
    page.locator("input[name=query]").click()
    page.keyboard.type("retry")
    page.wait_for_timeout(2000)  # the results of half a word come first, and give way to the whole one's
    addresses = page.locator(".md-search-result__link").evaluate_all("all => all.map(one => one.href)")
    assert re.search(r"/modules/02_robust/(index\.html)?(\?|#|$)", addresses[0])


def test_no_answer_can_be_searched_for(searched):
    texts = [entry["text"] for entry in searched]
    assert len(texts) > 100
    assert not [
        text for text in texts if "orked answer" in text and "<pre>" in text and "Another right" in text
    ]


def test_code_is_copied_as_it_is(site, open_page):
    page = open_page(f"{site}/modules/{MODULES[0]}/", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator(".highlight:not(.output)").nth(1)
    code = block.locator("code").evaluate("code => code.textContent")
    block.get_by_title("Copy to clipboard").click()
    block.get_by_title("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == code
    selected = block.locator("code").evaluate(
        "code => { getSelection().selectAllChildren(code); return getSelection().toString(); }"
    )
    assert code.count("\n") > 5 and selected.rstrip() == code.rstrip()


def test_a_link_into_a_page_leads_to_its_place(site, open_page):
    """Although what is above it has not been laid out."""
    page = open_page(f"{site}/modules/{MODULES[-1]}/", width=390)
    name = page.locator("article h2").nth(6).get_attribute("id")
    page = open_page(f"{site}/modules/{MODULES[-1]}/#{name}", width=390)
    page.wait_for_function(f"Math.abs(document.getElementById('{name}').getBoundingClientRect().top) < 200")
    assert page.evaluate("scrollY") > 3000


@pytest.mark.parametrize("width", [1280, 390])
def test_pitfalls_links_stand_on_lines_of_their_own(at, open_page, width):
    page = open_page(at("pitfalls"), width=width)
    cells = page.locator("article td").evaluate_all("""cells => cells.map(cell =>
      [...cell.querySelectorAll('a')].map(link => link.getBoundingClientRect())
        .map(box => [box.top, box.bottom]))""")
    several = [boxes for boxes in cells if len(boxes) > 1]
    assert several
    for boxes in several:
        assert all(above[1] <= below[0] + 6 for above, below in pairwise(boxes))


def test_tables_have_a_margin_on_a_phone(at, open_page):
    page = open_page(at("pitfalls"), width=390)
    cells = page.locator("article td:first-child")
    assert min(cells.evaluate_all("all => all.map(cell => cell.getBoundingClientRect().left)")) >= 12


def test_the_timelines_page_shows_a_timeline(at, open_page):
    page = open_page(at("timeline"))
    page.locator(".lgtl details summary").first.click()
    assert page.locator(".lgtl details").first.get_by_text("'lisbon'").last.is_visible()

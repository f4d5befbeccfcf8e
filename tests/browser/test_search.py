"""What a search finds first: the lesson's section that teaches the word, not pages that use it."""

import re

import pytest
from playwright.sync_api import expect

from tests.support import patience

pytestmark = [pytest.mark.browser, pytest.mark.alone]

WORDS = {
    "retry": "02_robust",
    "RetryPolicy": "02_robust",
    "timeout": "02_robust",
    "interrupt": "03_people",
    "durability": "05_checkpointing",
    "fork": "06_time_travel",
}


def test_a_search_finds_the_lessons_section_first(site, searched, open_page):
    texts = {entry["location"]: entry["title"] + entry["text"] for entry in searched}
    page = open_page(f"{site}/")
    for word, module in WORDS.items():
        patience.wait_for(lambda word=word: finds(page, word))
        # The page comes first, its best sections right below it.
        links = page.locator(".md-search-result__item").first.locator(".md-search-result__link")
        expect(links.nth(0)).to_have_attribute("href", re.compile(f"modules/{module}/index.html"))
        expect(links.nth(1)).to_have_attribute("href", re.compile(f"modules/{module}/index.html.*#"))
        section = links.nth(1).get_attribute("href").partition("#")[2]
        stem = re.match("[A-Z]?[a-z]+", word)[0].lower()[:5]
        assert stem in texts[f"modules/{module}/index.html#{section}"].lower(), (word, section)


def test_the_index_is_asked_for_once_there_is_something_to_read(site, open_page):
    page = open_page(f"{site}/instructors.html")
    asked = patience.wait_for(lambda: page.evaluate(INDEX))
    assert page.evaluate(PAINTED) <= asked


INDEX = """() => performance.getEntriesByType("resource").find(one => one.name.endsWith("search_index.json"))?.startTime"""
PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""


def finds(page, word):
    """Type a word as people do: the page listens for keys, and `fill` presses none."""
    query = page.locator("input[name=query]")
    query.fill("")
    query.press_sequentially(word)
    page.wait_for_timeout(500)
    return page.locator(".md-search-result__item").count()

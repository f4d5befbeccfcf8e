"""The site in a browser: light, dark and narrow, searched, without another host and without a script."""

import re

import pytest

from course.paths import Root

pytestmark = [pytest.mark.browser, pytest.mark.alone]

MODULES = Root.find().module_names()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_site_follows_the_system(site, open_page, scheme):
    page = open_page(f"{site}/modules/{MODULES[0]}/", scheme=scheme)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(site, open_page, scheme):
    page = open_page(f"{site}/modules/{MODULES[0]}/", scheme=scheme)
    for selector in ("article p", "article h2", "article a[href]", ".output code", ".diagram .nodeLabel"):
        assert page.locator(selector).first.evaluate(CONTRAST) >= 4.5, selector


CONTRAST = """element => {
  const numbers = colour => {
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => rgb.map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  let behind = element;
  while (behind.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)')
    behind = behind.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map(colour => light(numbers(colour)));
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
}"""


def test_search_finds_a_word_and_leads_to_it(site, open_page):
    page = open_page(f"{site}/")
    page.locator("input[name=query]").click()
    page.keyboard.type("super-step")
    page.wait_for_timeout(2000)  # the results of half a word come first, and give way to the whole one's
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    first.click()
    page.wait_for_url(f"{site}/?*#*") if page.url.endswith("/") else page.wait_for_load_state()
    assert "super-step" in page.locator("article").inner_text().lower()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_a_timeline_opens(site, open_page, width, scheme):
    page = open_page(f"{site}/", width=width, scheme=scheme)
    checkpoint = page.locator(".output-html details").first
    checkpoint.locator("summary").first.click()
    assert checkpoint.evaluate("element => element.open")
    assert checkpoint.get_by_text("'lisbon'").last.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_timeline_opens_by_keyboard(site, open_page):
    page = open_page(f"{site}/")
    checkpoint = page.locator(".output-html details").first
    checkpoint.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert checkpoint.evaluate("element => element.open")


def test_pages_can_be_read_without_a_script(site, open_page):
    page = open_page(f"{site}/modules/{MODULES[0]}/", java_script_enabled=False)
    assert page.locator(".diagram svg").first.is_visible()
    page.locator(".output-html summary").first.click()
    assert page.locator(".output-html details[open]").count() == 1


def test_an_exercises_anchor_is_its_name_and_its_answer_is_folded(site, open_page):
    page = open_page(f"{site}/modules/{MODULES[0]}/exercises.html")
    answer = page.locator("details.success").first
    assert not answer.evaluate("element => element.open")
    page.locator("details.answers > summary").first.click()
    answer.locator("summary").click()
    assert answer.locator("code").first.is_visible()
    name = page.locator(".exercise-facts code").first.inner_text()
    assert page.locator(f"h2#{name}").count() == 1

"""What holds for every page: it fits the screen, its code is whole, and a lesson asks before it answers.

A page is opened once, and all tests of it look at it, in the order in which they stand here: the last opens all that
is folded. To draw a page anew takes most of the time.
"""

import re

import pytest

from course.paths import Root
from course.site.folding import ASKED
from tests.support import patience

pytestmark = [pytest.mark.browser, pytest.mark.alone]

ROOT = Root.find()
MODULES = ROOT.module_names()
LESSONS = [f"modules/{module}/" for module in MODULES]
WITH_CODE = [*LESSONS, *(f"modules/{module}/exercises.html" for module in MODULES)]
WITH_CODE += ["reference/cheatsheet.html", "authors.html", "instructors.html"]
PAGES = [*WITH_CODE, "", "glossary.html", "reference/api.html", "reference/commands.html"]
"""Each list begins with the one before: pytest then runs the tests of a page one after the other."""
OUTCOME = "details.outcome"


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    context.set_default_timeout(1000 * patience.seconds())
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def page(request, site, tab):
    errors = []

    def note(error):
        errors.append(str(error))

    tab.on("pageerror", note)
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(f"{site}/{request.param}")
    yield tab
    tab.remove_listener("pageerror", note)
    assert errors == []


def each(paths):
    return pytest.mark.parametrize("page", paths, indirect=True, scope="module")


@each(LESSONS)
def test_what_happens_after_a_predict_is_closed(page):
    outcomes = page.locator(OUTCOME)
    module = page.url.rstrip("/").rpartition("/")[2]
    assert outcomes.count() >= ROOT.notebook(module, "lesson").read_text().count(ASKED)
    assert not any(outcomes.evaluate_all("all => all.map(one => one.open)"))
    outcomes.first.locator("summary").click()
    assert outcomes.first.locator("code").is_visible()


@each(LESSONS)
def test_a_lesson_is_at_most_seventeen_sheets_of_paper(page):
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert 1 < len(sheets) <= 17


@each(PAGES)
def test_no_page_is_wider_than_the_screen(page):
    for width in (1280, 768, 390, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("innerWidth") == width
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width


@each(WITH_CODE)
def test_no_code_is_clipped_or_covered(page):
    page.evaluate("for (const part of document.querySelectorAll('details')) { part.open = true; }")
    codes = page.locator("article pre code")
    assert codes.count()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert codes.evaluate_all(CLIPPED) == []
        assert page.evaluate(COVERED) == []


CLIPPED = "all => all.filter(code => code.scrollWidth > code.clientWidth).map(code => code.innerText)"
COVERED = """[...document.querySelectorAll('.md-code__button')].filter(button => {
  const code = button.closest('pre').querySelector('code').getBoundingClientRect();
  return button.getBoundingClientRect().bottom > code.top + 1;
}).map(button => button.closest('pre').innerText)"""

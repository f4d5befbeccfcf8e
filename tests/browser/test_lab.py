"""JupyterLab in a browser: the start page, a wrong answer, the right one, and the card that changes."""

import json
import re

import pytest
from playwright.sync_api import expect

from course.authoring.exercise_source import read_module
from course.paths import Root

pytestmark = [pytest.mark.browser, pytest.mark.alone]

MODULE = "01_basic"
NAME = "return_do_not_mutate"  # it needs no process of its own: quick


@pytest.fixture(scope="module")
def exercise():
    source = read_module(Root.find(), MODULE)
    return next(found for found in source.exercises if found.name == NAME)


def write(page, cell, code):
    """Put code into a cell and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def run(page, cell):
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def test_the_start_page_opens_first_and_asks_nothing(lab, open_page):
    page = open_page(lab[0])
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    page.wait_for_timeout(3000)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    assert "Nbgrader" not in page.locator("#jp-MainMenu").inner_text()


def test_a_wrong_answer_then_the_right_one(lab, open_page, exercise):
    address, workspace = lab
    page = open_page(address, height=1400)
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    # JupyterLab restores the last session, and then brings the start page to the front once more.
    page.wait_for_timeout(5000)
    page.locator(".jp-RenderedMarkdown a", has_text="exercises").first.click()
    page.wait_for_timeout(2000)
    for text in page.locator(".jp-Dialog").all_inner_texts():
        raise AssertionError(text)
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    run(page, panel.locator(".jp-CodeCell").first)
    expect(panel.locator(".jp-CodeCell").first.locator(".jp-InputPrompt")).to_have_text(
        re.compile(r"\[\d+\]"),
    )
    check = panel.locator(".jp-CodeCell", has_text=f'check("{NAME}")')
    check.scroll_into_view_if_needed()
    answer = panel.locator(".jp-CodeCell").nth(_index(workspace) - 1)

    write(page, answer, exercise.near_misses[0].code)
    run(page, check)
    expect(check.locator(".course-card")).to_contain_text("✗")
    expect(check.locator(".course-card")).to_contain_text(exercise.near_misses[0].says)

    write(page, answer, exercise.answer)
    run(page, check)
    expect(check.locator(".course-card .trouble")).to_have_count(0)
    expect(check.locator(".course-card")).to_contain_text("✓")
    expect(check.locator(".course-card a")).to_have_attribute(
        "href", re.compile(f"/{MODULE}/exercises.html#{NAME}")
    )

    kept = json.loads((workspace / ".course" / "progress.json").read_text())
    assert kept[NAME]["earned"] == kept[NAME]["points"]


def _index(workspace):
    """Which of the code cells is the check of our exercise."""
    notebook = json.loads((workspace / MODULE / "exercises.ipynb").read_text())
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return next(i for i, cell in enumerate(codes) if "".join(cell["source"]) == f'check("{NAME}")')

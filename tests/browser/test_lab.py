"""JupyterLab in a browser: the start page, a wrong answer, the right one, and the card that changes."""

import json
import re
import time

import pytest
from playwright.sync_api import TimeoutError, expect

from course.authoring.exercise_source import read_module
from course.learner.stale import SAVE_SECONDS
from course.learner.warm_up import BLANK, WARM_UP
from course.paths import Root
from tests.support import patience

pytestmark = [pytest.mark.browser, pytest.mark.alone]

MODULE = "01_basic"
NAME = "return_do_not_mutate"  # it needs no process of its own: quick
QUIET = 2  #: seconds in which nothing is saved


@pytest.fixture(scope="module")
def exercise():
    source = read_module(Root.find(), MODULE)
    return next(found for found in source.exercises if found.name == NAME)


def write(page, cell, code, then="Shift+Enter"):
    """Put code into a cell and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press(then)


def run(page, cell, timeout=None):
    cell.locator(".cm-content").click(timeout=timeout)
    page.keyboard.press("Shift+Enter")


def wait_until_saved(workspace):
    """Wait for what an earlier page saves as it's closed, or JupyterLab would ask which of the two is right."""
    files = list(workspace.rglob("*.ipynb"))
    patience.wait_for(lambda: time.time() - max(file.stat().st_mtime for file in files) > QUIET)


def test_the_start_page_opens_first_and_asks_nothing(lab, open_page):
    page = open_page(lab[0])
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    expect(page.locator(".course-map .count")).to_have_text(re.compile(r"^0 of \d+ solved$"))
    expect(page.locator(".course-map .foot")).to_contain_text("Run the cell above")
    assert page.locator(".course-map .count").evaluate("e => getComputedStyle(e).fontWeight") == "600", (
        "the page isn't trusted, so its style is left out"
    )
    page.wait_for_timeout(3000)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    assert "Nbgrader" not in page.locator("#jp-MainMenu").inner_text()


def test_the_warm_up_is_red_then_green_and_the_overview_follows(lab, open_page):
    page = open_page(lab[0], height=1400)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    overview, answer, check = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").all()
    run(page, overview)
    expect(overview.locator(".course-map .foot")).to_contain_text("It follows your checks.")
    expect(overview.locator(".begin strong")).to_have_text("Begin with the warm-up below")
    expect(page.locator("h2", has_text=WARM_UP.title)).to_be_in_viewport()

    run(page, answer)
    run(page, check)
    expect(check.locator(".course-card .trouble")).to_have_count(1)
    write(page, answer, BLANK.replace("compile()", "compile(checkpointer=InMemorySaver())"))
    run(page, check)
    expect(check.locator(".course-card.solved")).to_contain_text("Next: Lesson 1")

    overview.scroll_into_view_if_needed()
    expect(overview.locator(".begin a").first).to_contain_text("Lesson 1")
    overview.locator(".begin a").nth(1).click()
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2").first).to_be_in_viewport()
    assert page.locator(".jp-Dialog").count() == 0


def test_a_wrong_answer_then_the_right_one_then_the_next_exercise(lab, open_page, exercise):
    address, workspace = lab
    wait_until_saved(workspace)
    page = open_page(address, height=1400)
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    # JupyterLab restores the last session, and then brings the start page to the front once more.
    page.wait_for_timeout(5000)
    start = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(start.locator("h1")).to_have_text(re.compile("^Persistence and memory"))
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    run(page, start.locator(".jp-CodeCell").first)
    page.locator(".course-map a", has_text="exercises").first.click()
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
    answer = panel.locator(".jp-CodeCell").nth(_index() - 1)

    write(page, answer, exercise.near_misses[0].code)
    run(page, check)
    expect(check.locator(".course-card")).to_contain_text("✗")
    expect(check.locator(".course-card")).to_contain_text(exercise.near_misses[0].says)

    write(page, answer, exercise.answer)
    run(page, check)
    expect(check.locator(".course-card.solved")).to_contain_text("✓ Solved")
    expect(check.locator(".course-card .trouble")).to_have_count(0)
    expect(check.locator(".course-card .count")).to_have_text(re.compile(r"\d+ of \d+ solved"))
    worked = check.locator(".course-card details code")
    expect(worked).to_be_hidden()
    check.locator(".course-card summary").click()
    expect(worked).to_be_visible()
    expect(worked).to_contain_text("return")

    kept = json.loads((workspace / ".course" / "progress.json").read_text())
    assert kept[NAME]["earned"] == kept[NAME]["points"]

    link = check.locator(".course-card .onward a").last  # before it, a lesson may be offered
    title = link.inner_text()
    link.click()
    heading = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text=title)
    expect(heading).to_be_in_viewport()
    assert page.locator(".jp-Dialog").count() == 0


def test_an_answer_changed_since_it_ran_is_said_so_and_nothing_stale(lab, open_page, exercise):
    page, answer, check = _open(lab, open_page)
    write(page, answer, exercise.answer)
    run(page, check)
    expect(check.locator(".course-card.solved")).to_be_visible()
    page.wait_for_timeout(1000 * (SAVE_SECONDS + 1))  # what is saved sooner may be from before the run
    write(page, answer, f"{exercise.answer}\nMORE = 1", then="Escape")
    notebook = lab[1] / MODULE / "exercises.ipynb"
    patience.wait_for(
        lambda: "MORE = 1" in notebook.read_text(),
        lambda: f"it was never saved; dialogs: {page.locator('.jp-Dialog').all_inner_texts()}",
    )
    run(page, check)
    expect(check.locator(".course-card.held")).to_contain_text("You've changed your answer")
    expect(check.locator(".course-card")).not_to_contain_text("points")
    write(page, answer, f"{exercise.answer}\n(")
    run(page, check)
    expect(check.locator(".course-card.held")).to_contain_text("wasn't valid Python")
    expect(check.locator(".course-card")).not_to_contain_text("points")


@pytest.mark.parametrize("height", [pytest.param(1400, marks=pytest.mark.nightly), 600])
def test_a_card_that_comes_again_is_in_view(lab, open_page, exercise, height):
    page, answer, check = _open(lab, open_page)
    page.set_viewport_size({"width": 1280, "height": height})
    write(page, answer, exercise.answer)
    for _ in range(4):
        page.evaluate("document.querySelectorAll('.course-card').forEach(card => card.remove())")
        run(page, check)
        expect(check.locator(".course-card.solved")).to_be_visible()
        expect(check.locator(".course-card header")).to_be_in_viewport(ratio=1)
        expect(check.locator(".course-card .count")).to_be_in_viewport(ratio=1)


@pytest.mark.nightly
def test_what_a_check_does_is_shown_while_a_loop_never_ends(lab, open_page, exercise):
    page, answer, check = _open(lab, open_page)
    head = exercise.answer.partition("\n")[0]
    write(page, answer, f"{head}\n    while True:\n        pass")
    run(page, check)
    running = check.locator(".course-running")
    expect(running).to_contain_text("Running your code")
    expect(running).to_contain_text("stopped after")
    expect(check.locator(".course-card")).to_contain_text("is there a loop that never ends?")
    expect(running).to_have_count(0)


def _open(lab, open_page):
    """Open the exercises alone, with their first cell run: the page, the answer's cell, and its check's.

    The notebooks of the last session are left closed.
    """
    address, workspace = lab
    wait_until_saved(workspace)
    base, _, token = address.partition("/lab/tree/")
    page = open_page(f"{base}/lab/tree/{MODULE}/exercises.ipynb?reset&{token.partition('?')[2]}", height=1400)
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    first = panel.locator(".jp-CodeCell").first
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    # Now and then, JupyterLab opens a notebook beside others that are at work and draws none of its cells, or hides them again.
    try:
        run(page, first, timeout=1000 * patience.seconds(5))
    except TimeoutError:
        page.reload()
        expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
        run(page, first)
    expect(first.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))
    expect(page.locator(".jp-NotebookPanel")).to_have_count(1)
    place = _index()
    return page, panel.locator(".jp-CodeCell").nth(place - 1), panel.locator(".jp-CodeCell").nth(place)


def _index():
    """Which of the code cells is the check of our exercise: the learner's file may be half written just now."""
    notebook = json.loads(Root.find().notebook(MODULE, "exercises").read_text())
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return next(i for i, cell in enumerate(codes) if "".join(cell["source"]) == f'check("{NAME}")')

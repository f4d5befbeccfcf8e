"""The front page in a browser: everything that makes one stay is on the first screen."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.alone]


def test_the_first_screen_holds_the_promise_the_way_in_a_check_and_a_timeline(site, open_page):
    page = open_page(f"{site}/", height=800)
    for selector in (
        "h1",
        ".lead",
        ".hero-says .md-button--primary",
        ".hero-says pre",
        ".demo",
        ".lgtl-r >> nth=3",
    ):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 800, selector


def test_the_button_begins_lesson_one(site, open_page):
    page = open_page(f"{site}/")
    page.get_by_role("link", name="Begin lesson 1").click()
    page.wait_for_url(f"{site}/modules/01_basic/index.html")


def test_the_check_turns_from_red_to_green(site, open_page):
    page = open_page(f"{site}/")
    before, after = page.locator(".demo-before"), page.locator(".demo-after")
    expect(before).to_be_visible()
    assert not after.is_visible()
    expect(after).to_be_visible()
    expect(before).to_be_hidden()


def test_whoever_picks_a_state_keeps_it(site, open_page):
    page = open_page(f"{site}/")
    page.get_by_text("After", exact=True).click()
    expect(page.locator(".demo-after")).to_be_visible()
    page.get_by_text("Before", exact=True).click()
    for selector in (".demo-before", ".demo-before .course-card"):
        assert page.locator(selector).evaluate("element => element.getAnimations().length") == 0
    expect(page.locator(".demo-after")).to_be_hidden()


@pytest.mark.parametrize("script", [True, False])
def test_both_states_are_there_at_once_for_those_who_want_no_motion(site, open_page, script):
    page = open_page(f"{site}/", reduced_motion="reduce", java_script_enabled=script)
    for selector in (".demo-before", ".demo-after"):
        box = page.locator(selector).bounding_box()
        assert page.locator(selector).is_visible() and box["height"] > 50
    boxes = [page.locator(selector).bounding_box() for selector in (".demo-before", ".demo-after")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]


def test_it_turns_green_without_a_script_too(site, open_page):
    page = open_page(f"{site}/", java_script_enabled=False)
    expect(page.locator(".demo-after")).to_be_visible()


def test_a_modules_whole_card_is_its_link(site, open_page):
    page = open_page(f"{site}/")
    card = page.locator(".syllabus li").nth(1)
    card.click(position={"x": 30, "y": card.bounding_box()["height"] - 15})
    page.wait_for_url(f"{site}/modules/02_robust/index.html")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_command_is_cut_off(site, open_page, width, scheme):
    page = open_page(f"{site}/", width=width, scheme=scheme)
    code = page.locator(".hero-says pre code").first
    assert code.evaluate("element => element.scrollWidth - element.clientWidth") <= 0

"""The site in a browser, opened from its folder or served under a path: everything works as on a server of its own."""

import functools
import http.server
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Quiet

pytestmark = [pytest.mark.browser, pytest.mark.alone]


@pytest.fixture(scope="module")
def under_a_path(built_site, tmp_path_factory):
    """The address of the site where it lies two folders down."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "people").mkdir()
    (folder / "people" / "course").symlink_to(built_site)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/people/course"
        server.shutdown()


@pytest.fixture(params=["a folder", "a path"])
def address(request, built_site):
    return built_site.as_uri() if request.param == "a folder" else request.getfixturevalue("under_a_path")


def search(page, words):
    page.locator("input[name=query]").click()
    page.keyboard.type(words)
    page.wait_for_timeout(1500)  # results of half a word give way to those of the whole
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    return first


def test_tabs_and_the_logo_lead_to_pages(address, open_page):
    page = open_page(f"{address}/index.html")
    page.locator(".md-tabs__link", has_text="Teaching").click()
    expect(page.locator("h1")).to_contain_text("Teaching")
    page.locator(".md-tabs__link", has_text="Reference").click()
    expect(page.locator("h1")).to_contain_text("Cheat sheet")
    page.locator("a.md-logo").first.click()
    page.wait_for_url(f"{address}/index.html")


def test_search_finds_a_page_and_opens_it(address, open_page):
    page = open_page(f"{address}/modules/01_basic/exercises.html")
    found = search(page, "circuit breaker")
    found.click()
    page.wait_for_url("**/*.html?h=*")
    assert "circuit breaker" in page.locator("article").inner_text().lower()

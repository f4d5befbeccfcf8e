"""The browser that tests of what people see share, and the order of all tests."""

import shutil
from pathlib import Path

import pytest

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium here: apt-get install chromium, or .venv/bin/playwright install chromium"


@pytest.fixture(scope="module")
def browser():
    """A real browser. It ends with its module: while Playwright runs, `asyncio.run` does not work."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = next((p for name in NAMES if (p := shutil.which(name))), playwright.chromium.executable_path)
        if not Path(found).exists():
            pytest.skip(MISSING)
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


DEAREST = (
    "instructor/test_resume",
    "author/test_the_course",
    "docs",
    "browser",
    "lesson",
    "attacks",
    "instructor",
)
"""Which tests are begun first, where several processes share them: those that take longest."""


@pytest.hookimpl(tryfirst=True)  # before xdist counts them
def pytest_collection_modifyitems(items):
    here = Path(__file__).parent

    def place(item):
        path = item.path.relative_to(here).as_posix()
        return next((i for i, start in enumerate(DEAREST) if path.startswith(start)), len(DEAREST))

    items.sort(key=place)

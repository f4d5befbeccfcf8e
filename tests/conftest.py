"""The browser that tests of what people see share."""

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


TOGETHER = ("instructor", "attacks", "author", "core")  #: the longest first, so that neither process waits


def pytest_collection_modifyitems(items):
    """Keep together what shares costly fixtures, when two processes run the tests: `pytest -n 2`."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        group = folder if folder in TOGETHER else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    order = {name: place for place, name in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(order)))

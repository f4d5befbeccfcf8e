"""The browser that tests of what people see share, and what goes to which process under `pytest -n 2`."""

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


GROUPS = {
    "instructor/test_cluster": "attacks",  # both try what a machine bears: not at the same time
    "instructor": "instructor",
    "docs": "pages",
    "browser": "pages",
    "lesson/test_desk": "desk",
    "lesson": "pages",
    "attacks": "attacks",
    "learner": "learner",
}
"""Which tests stay together, in one process and one after the other: they share what is dear to set up. The dearest
group is begun first."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    order = list(dict.fromkeys(GROUPS.values()))

    def group(item):
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((name for start, name in GROUPS.items() if path.startswith(start)), path.split("/")[0])

    def place(item):
        return order.index(group(item)) if group(item) in order else len(order)

    items.sort(key=place)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))

"""The browser and the site that tests share, and what is measured and set before all of them."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.support import patience

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first draws a page without a window, for half of what it costs the others in processor time."""
MISSING = "no Chromium here: see `make browser`"


@pytest.fixture(scope="module")
def browser():
    """A real browser. It ends with its module: while Playwright runs, `asyncio.run` does not work."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * patience.seconds())
    with sync_playwright() as playwright:
        found = next((p for name in NAMES if (p := shutil.which(name))), None)
        if not (found or Path(playwright.chromium.executable_path).exists()):
            pytest.skip(MISSING)
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def warm_zygotes():
    """Where a test gets a zygote of its own."""
    from tests.support.zygotes import WarmZygotes

    warm = WarmZygotes()
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """The folder of the site, built once for all that look at it."""
    from typer.main import get_command

    from course.cli.app import build_app
    from course.paths import Root
    from course.site.build import build

    return build(Root.find(), tmp_path_factory.mktemp("site"), get_command(build_app()))


def pytest_configure(config):
    """Let tests be interrupted, and measure the machine once, before other processes are at work on it.

    What a shell starts in the background ignores Ctrl-C, and so would all commands that tests start and interrupt.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if getattr(config.option, "numprocesses", None):
        patience.start_seconds()


def pytest_collection_modifyitems(items):
    """Give each test more time where the machine is slow: the limit in pyproject.toml is for a quick one."""
    if patience.KEPT in os.environ:
        limit = pytest.mark.timeout(patience.seconds(300))
        for item in items:
            if not item.get_closest_marker("timeout"):
                item.add_marker(limit)

"""A fresh database, a saver on it, and a page that shows a timeline."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def saver(db: Path) -> Any:
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(db, check_same_thread=False)
    yield SqliteSaver(connection)
    connection.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Any:
    """Show a timeline as a page of its own, under its own security policy."""
    opened: list[Any] = []
    errors: list[str] = []

    def open_(drawn: Any, **options: Any) -> Any:
        file = tmp_path / "page.html"
        file.write_text(drawn.to_html_page(), "utf-8")
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text))
        page.goto(file.as_uri())
        if "<script>" in file.read_text("utf-8") and options.get("java_script_enabled", True):
            page.locator(".lgtl-js, .lgtl-threads").first.wait_for()  # it wakes when it's seen
        opened.append(page)
        return page

    yield open_
    for page in opened:
        page.close()
    assert errors == []

"""What a lesson's cells print of our packages' code is counted as code to read, so no cell hides how much it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from course.paths import Root
from tests.lesson import executed

DEFINES = re.compile(r"^ *(async def|def|class) \w+.*[(:]$", re.MULTILINE)

pytestmark = pytest.mark.slow


def lines_of_source(cell: dict[str, Any]) -> int:
    """Count the lines that a cell put out, blank ones left out, if they are source that isn't folded away."""
    outputs = [
        {"text": each.get("text") or each.get("data", {}).get("text/markdown", "")}
        for each in cell["outputs"]
    ]
    text = "".join("".join(each["text"]) for each in outputs)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("```")]
    return len(lines) if DEFINES.search(text) and not text.startswith("<details") else 0


@pytest.mark.parametrize("module", Root.find().module_names())
def test_each_cell_that_shows_source_says_how_many_lines(module: str):
    said = {"".join(cell["source"]): cell["metadata"].get("shows", 0) for cell in executed.cells(module)}
    found = {"".join(cell["source"]): lines_of_source(cell) for cell in executed.cells(module)}
    assert said == found

"""Seven shapes of databases, each drawn in words that its author would use."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from tests.timetravel import shapes
from timetravel import timeline

SEEN: dict[str, tuple[str, ...]] = {
    "tool_loop": ("→ find_order(id='A-17')", "and 1 more", "your refund"),
    "subgraphs": ("shipping: 4 checkpoints and 4 below", "warehouse: 4 checkpoints", "+ 'packed'"),
    "fan_out": ("price ×50", "and 41 more", "'50 priced'"),
    "functional": ("returned = 2", "returned 2 → 3"),
    "questions": ("finance waits for an answer", "shop asked", "waiting for an answer"),
    "strangers": ("send failed: ValueError('no address", "What is <b>this</b>? [image", "finished"),
}


def drawn(name: str) -> Any:
    if name == "strangers":
        return timeline(*asyncio.run(shapes.strangers(InMemorySaver())))
    return timeline(*shapes.SHAPES[name](InMemorySaver()))


@pytest.mark.parametrize("name", SEEN)
def test_a_shape_is_told_in_its_author_s_words(name: str) -> None:
    found = drawn(name)
    text = " ".join(repr(found).split()).casefold()
    for words in SEEN[name]:
        assert words.casefold() in text, text
    page = found.to_html()
    assert "<b>this</b>" not in page and "__previous__</code>" not in page and "__end__</code>" not in page


def test_a_database_tells_what_an_entrypoint_kept_for_its_next_call(db: Path, saver: Any) -> None:
    shapes.functional(saver)
    text = repr(timeline(db, "functional"))
    assert "kept + 'A-19: 30.00'" in text and "['A-17', 'A-18']" in text

"""Turns texts into vectors on this machine: no key, no download, the same result each time.

WordLlama is a table of word vectors (256 numbers each) whose weights are inside its wheel. It knows that
"peanuts" is near "foods"; it doesn't read grammar. A real embedder is better, and none is so small.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

DIMS = 256


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Give each text its vector, of length 1. A Store takes the function as it is."""
    return _model().embed(list(texts), norm=True).tolist()


@cache
def _model() -> Any:  # noqa: ANN401 — a library without types
    import wordllama  # late: half a second, and only some notebooks search

    # It looks for its tokenizer in a folder that the wheel spells differently, and would then download it.
    shipped = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=shipped, disable_download=True)

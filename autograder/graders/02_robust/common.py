"""What the tests of several exercises share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


def draw_order(rng: random.Random) -> str:
    """Draw the number of an order."""
    return f"o-{rng.randrange(10**3, 10**6)}"

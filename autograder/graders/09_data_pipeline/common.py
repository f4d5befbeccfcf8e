"""What the tests of several exercises share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

THINGS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")


def draw_orders(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Draw orders, each with an id of its own."""
    numbers = rng.sample(range(10**5, 10**6), count)
    return [
        {"id": f"o{number}", "sku": rng.choice(THINGS), "quantity": rng.randrange(1, 9)} for number in numbers
    ]


def text_of(orders: list[dict[str, Any] | str]) -> str:
    """Write orders as the text of a file; a string is a line as it stands."""
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in orders)

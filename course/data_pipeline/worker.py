"""Works on one part: read, validate, price, keep. It may be done again at any time, and does no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from course.data_pipeline.orders import BadOrder, Order, Part, read
from course.data_pipeline.pricing import Price, halving
from course.data_pipeline.sink import Priced, Rejected, Sink


class Done(TypedDict):
    """What a part tells the graph: numbers, and where its bad lines are."""

    ok: int
    bad: int
    bad_places: list[str]


Work = Callable[[Part], Done]
"""How a part is worked on."""


def worker(price: Price, sink: Sink) -> Work:
    """Make the function that works on parts. `price` is asked for orders that are valid only.

    What isn't known to be poison comes out of it as it was raised: the run stops, and can be resumed.
    """
    price_all = halving(price)

    def work(part: Part) -> Done:
        good, bad = validated(part)
        cents = price_all([order for order, _ in good.values()])
        kept: list[Priced] = []
        for place, (order, line) in good.items():
            if order.id in cents:
                kept.append(Priced(order.id, order.sku, order.quantity, cents[order.id]))
            else:
                bad.append(Rejected(place, "refused", line))
        sink.keep(kept, bad)
        return {"ok": len(kept), "bad": len(bad), "bad_places": [each.place for each in bad]}

    return work


def validated(part: Part) -> tuple[dict[str, tuple[Order, str]], list[Rejected]]:
    """Tell orders from lines that aren't. A line's place is its part's first byte, and its number in it."""
    good: dict[str, tuple[Order, str]] = {}
    bad: list[Rejected] = []
    for number, line in enumerate(read(part)):
        place = f"{part['start']}+{number}"
        try:
            good[place] = Order.parse(line), line
        except BadOrder as problem:
            bad.append(Rejected(place, str(problem), line))
    return good, bad

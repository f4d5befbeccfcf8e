"""Asks the pricing service, and tells what may pass from what never will."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import httpx

from course.data_pipeline.orders import Order

Price = Callable[[Sequence[Order]], dict[str, int]]
"""How some orders are priced in one call: each one's id, and what it costs in cents."""

ATTEMPTS = 6


class Busy(Exception):
    """The service may answer if it's asked again: it was busy, or the line broke."""


class Refused(Exception):
    """The service won't price this call, ever: at least one of its orders is poison. It doesn't say which."""


def ask(client: httpx.Client, orders: Sequence[Order]) -> dict[str, int]:
    """Price some orders in one call.

    Raises:
        Busy: asking again may help.
        Refused: asking again won't.
        httpx.HTTPStatusError: anything else. Nobody knows what it means, so the run must stop.
    """
    try:
        answer = client.post("/prices", json={"orders": [asdict(order) for order in orders]})
    except httpx.TransportError as error:
        raise Busy(repr(error)) from error
    if answer.status_code in (429, 503):
        raise Busy(answer.text)
    if answer.status_code == 422:
        raise Refused(answer.text)
    cents = answer.raise_for_status().json()["cents"]
    return {order.id: cents[order.id] for order in orders}


def patiently(price: Price, first_wait: float = 0.05, attempts: int = ATTEMPTS) -> Price:
    """Let a call be made again while the service is busy, after twice the time each time."""

    def asked(orders: Sequence[Order]) -> dict[str, int]:
        for attempt in range(attempts - 1):
            try:
                return price(orders)
            except Busy:
                time.sleep(first_wait * 2**attempt)
        return price(orders)

    return asked


def halving(price: Price) -> Price:
    """Price what can be priced, and leave out the rest: what is refused is asked for again, in two halves."""

    def priced(orders: Sequence[Order]) -> dict[str, int]:
        if not orders:
            return {}
        try:
            return price(orders)
        except Refused:
            if len(orders) == 1:
                return {}
            middle = len(orders) // 2
            return priced(orders[:middle]) | priced(orders[middle:])

    return priced

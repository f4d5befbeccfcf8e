"""Prepares nights to be checked: a file of orders, some of them bad, and a worker that asks a service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx

from course.data_pipeline.metrics import measured
from course.data_pipeline.orders import Order, write
from course.data_pipeline.pricing import Price, ask, patiently
from course.data_pipeline.sink import Sink
from course.data_pipeline.worker import Work, worker


def order_file(folder: Path, count: int, broken: Sequence[int] = ()) -> Path:
    """Write orders o0, o1, …; those whose numbers are `broken` aren't JSON."""
    path = folder / "orders.jsonl"
    write(
        path,
        ("{" if n in broken else {"id": f"o{n}", "sku": "lamp", "quantity": 1 + n % 5} for n in range(count)),
    )
    return path


def asking(client: httpx.Client) -> Price:
    """Return the call that prices orders at a service."""

    def price(orders: Sequence[Order]) -> dict[str, int]:
        return ask(client, orders)

    return price


def patient(price: Price, sink: Sink) -> Work:
    """Return the pipeline's own worker: measured, patient, and careful with poison."""
    return worker(patiently(measured(price, "price", sink), first_wait=0.005), sink)

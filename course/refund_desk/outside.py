"""Calls the order service and the bank through one pool of connections."""

from __future__ import annotations

import os

import httpx

_ADDRESS = os.environ.get("DESK_OUTSIDE", "http://127.0.0.1:8000")
client = httpx.Client(base_url=_ADDRESS, timeout=30, limits=httpx.Limits(max_connections=8))


def price(order: str) -> int:
    """Look up what an order cost, in cents."""
    answer = client.get(f"/orders/{order}").raise_for_status()
    return answer.json()["cents"]


def pay(key: str, cents: int) -> str:
    """Pay once for each key, however often it is called; return the receipt."""
    headers = {"Idempotency-Key": key}
    answer = client.post("/payments", json={"cents": cents}, headers=headers)
    return answer.raise_for_status().json()["receipt"]


def busy(error: Exception) -> bool:
    """Say whether the same call may succeed a little later."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)

"""A pricing service over real HTTP: slow, busy at times, and there are orders that it never prices."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Says = Callable[[Any], bool]
_never: Says = lambda asked: False  # noqa: E731
_REFUSALS = {503: "busy, ask later", 422: "one of these orders can't be priced"}


def cents(order: Mapping[str, Any]) -> int:
    """Say what an order costs: it depends on the order alone, so that a second call gives the same."""
    return sum(order["sku"].encode()) * order["quantity"]


class PricingService(AbstractContextManager["PricingService", None]):
    """Answers `POST /prices` in threads of its own, and keeps a ledger of the orders that it priced.

    Args:
        slow: seconds for each call, and `slow_each` more for each order in it.
        busy: is this call, by its number from 1, answered with 503?
        poison: can this order never be priced? One of them gets the whole call a 422.
    """

    def __init__(
        self, slow: float = 0.0, slow_each: float = 0.0, busy: Says = _never, poison: Says = _never
    ) -> None:
        self.slow, self.slow_each, self.busy, self.poison = slow, slow_each, busy, poison
        self.statuses: Counter[int] = Counter()  #: how many calls got which answer
        self.priced: Counter[str] = Counter()  #: how often each order was priced
        self._calls, self._lock = 0, threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.handle_error = lambda request, client_address: None  # a process that was killed is gone
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, orders: list[dict[str, Any]]) -> tuple[int, bytes]:
        with self._lock:
            self._calls += 1
            number = self._calls
        bad = any(self.poison(order["id"]) for order in orders)
        status = 503 if self.busy(number) else 422 if bad else 200
        time.sleep(self.slow + self.slow_each * len(orders))
        with self._lock:
            self.statuses[status] += 1
            self.priced.update(order["id"] for order in orders if status == 200)
        prices = {order["id"]: cents(order) for order in orders}
        return status, json.dumps({"cents": prices} if status == 200 else _REFUSALS[status]).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = answer(asked["orders"])
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep notebooks free of a line for each call."""

        return Handler

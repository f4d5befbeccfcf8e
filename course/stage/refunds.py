"""What a refund desk calls: an order service, and a bank that pays once for each idempotency key."""

from __future__ import annotations

import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast


class World(ThreadingHTTPServer):
    """Serves both on a free local port, with a book of every call that survives a kill of the caller.

    Attributes:
        prices: an order's cents; other orders are answered by 404.
        refuse: how often an order or an idempotency key is still to be answered by 503.
        book: every call, such as `GET 12` or `POST r1`.
        paid: the cents that were paid for each idempotency key.
        asked: set by each call. With `may_answer` cleared, a call is then held for a minute at most.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.prices: dict[str, int] = {}
        self.refuse: Counter[str] = Counter()
        self.book: list[str] = []
        self.paid: dict[str, int] = {}
        self.asked, self.may_answer = Event(), Event()
        self.may_answer.set()
        Thread(target=self.serve_forever, daemon=True).start()

    def refuses(self, name: str) -> bool:
        """Say whether a call is answered by 503, and count it."""
        self.refuse[name] -= 1
        return self.refuse[name] >= 0

    def note(self, entry: str) -> None:
        """Write a call into the book, and hold it until it may be answered."""
        self.book.append(entry)
        self.asked.set()
        self.may_answer.wait(60)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a caller who was killed and doesn't listen any more."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, for a pool to use

    @property
    def world(self) -> World:
        return cast("World", self.server)

    def do_GET(self) -> None:
        order = self.path.rpartition("/")[2]
        price = self.world.prices.get(order)
        status = 503 if self.world.refuses(order) else 200 if price else 404
        self.answer(f"GET {order}", status, {"cents": price})

    def do_POST(self) -> None:
        key = self.headers["Idempotency-Key"]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = self.world.refuses(key)
        if not refused:  # the money moves now; whether the caller hears of it is another matter
            self.world.paid.setdefault(key, body["cents"])
        self.answer(f"POST {key}", 503 if refused else 200, {"receipt": f"receipt of {key}"})

    def answer(self, entry: str, status: int, body: dict[str, Any]) -> None:
        self.world.note(entry)
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Keep standard error free."""

"""A provider that lessons call over HTTP: a real server here, which answers by a plan and keeps books."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

Told = int | str


class Provider(ThreadingHTTPServer):
    """Serve `url` until the process ends; `asked` lists what was asked for, and `done` what was really done.

    `plan(charge=["lost", 503])` says how the next requests of `/charge` end, one after the other: with a
    status, or with `"reset"` (the connection is cut), `"lost"` (the work is done, and then the connection is
    cut), `"hang"` (nothing comes until the caller gives up) or `"drip"` (one byte at a time). Everything else
    is answered with 200. An `Idempotency-Key` seen before is answered, and the work not done again.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.plan()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller who has given up: it no longer listens."""

    def plan(self, **answers: Iterable[Told]) -> None:
        """Open a new page in the books, and say how the next requests end."""
        self.planned: dict[str, Iterator[Told]] = {what: iter(answer) for what, answer in answers.items()}
        self.asked, self.done, self.keys = list[str](), list[str](), set[str]()

    def told(self, what: str) -> Told:
        """Return how the next request for `what` should end."""
        return next(self.planned.get(what, iter(())), 200)


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        what, books = self.path.strip("/"), cast("Provider", self.server)
        books.asked.append(what)
        told, key = books.told(what), self.headers["Idempotency-Key"]
        if told in (200, "lost") and key not in books.keys:
            books.done.append(what)
            books.keys |= {key} - {None}
        if told in ("reset", "lost"):
            self._cut()
        elif told == "hang":
            with suppress(OSError):
                self.connection.recv(1)
        elif told == "drip":
            self._say(200, pause=0.1)
        else:
            self._say(int(told))

    def _say(self, status: int, pause: float = 0) -> None:
        self.send_response(status)
        self.end_headers()
        for byte in b"ten bytes.":
            time.sleep(pause)
            self.wfile.write(bytes([byte]))

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

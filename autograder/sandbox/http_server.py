"""Serves HTTP to a submission under test: a backend that fails on purpose, a ledger.

It lives with the judge. Learners' code reaches it over TCP and no other way, so what it has counted, and how
it will answer, cannot be edited from there.
"""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST_CONNECTIONS = 128  #: at the same time; each takes a thread and a descriptor of the judge's


class BoundedServer(ThreadingHTTPServer):
    """Answers each connection in a thread, while there are not too many."""

    daemon_threads = True

    def __init__(self, *given: Any, full: Callable[[], object], **named: Any) -> None:  # noqa: ANN401 — the library's
        super().__init__(*given, **named)
        self._places, self._full = threading.BoundedSemaphore(MOST_CONNECTIONS), full

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self._full()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: whoever sends nonsense would fill the grader's terminal."""


BODY_LIMIT = 1 << 20  #: bytes of a request's body
AT_ONCE = 64  #: requests that are answered at the same time; the others wait
MOST_REQUESTS = 2000  #: that are kept; a loop that asks for ever is told so from then on
MOST_BYTES = 16 << 20  #: of all that are kept
_SIZE = re.compile(r"[0-9]{1,12}")
IDLE_SECONDS = 30.0  #: a connection that says nothing for so long is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What learners' code asked."""

    method: str
    path: str  #: with what stands behind a question mark
    headers: Mapping[str, str]
    body: bytes

    @property
    def size(self) -> int:
        return len(self.path) + len(self.body) + sum(map(len, (*self.headers, *self.headers.values())))

    @property
    def json(self) -> Any:  # noqa: ANN401 — JSON
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the server answers. A `body` that is no text or bytes goes as JSON."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    reset: bool = False  #: answer nothing, and reset the connection


App = Callable[[Request], Response]
"""How a server answers. It is called in a thread of its own for each connection."""


class Server:
    """Answers HTTP on a listening socket, until it is closed.

    Attributes:
        url: its address, as learners' code is to call it.
        requests: what has been asked since `serve` was last called, in order of arrival.
        overrun: how much it takes, once it was given more since then. From there on the server answers, and
            not the app: what learners' code makes of that says nothing about it.
    """

    def __init__(self, listener: socket.socket, port: int | None = None) -> None:
        self.port: int = port or listener.getsockname()[1]
        self._app: App | None = None
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self.requests: list[Request] = []
        self._room = MOST_BYTES
        self.overrun = ""
        full = partial(self._too_much, f"{MOST_CONNECTIONS} connections at a time")
        self._http = BoundedServer(("127.0.0.1", 0), self._handler(), bind_and_activate=False, full=full)
        self._http.socket.close()
        self._http.socket = listener
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, app: App) -> None:
        """Answer with `app` from now on, and forget what was asked before."""
        self._app, self.requests, self._room, self.overrun = app, [], MOST_BYTES, ""

    def answer(self, request: Request) -> Response:
        """Answer one request. A fault of the app's is a 500, as it would be elsewhere."""
        self._room -= request.size
        if self._app is None:
            return Response(status=503)
        if self._room < 0:
            return self._too_much(f"{MOST_BYTES >> 20} MB in requests")
        if len(self.requests) >= MOST_REQUESTS:
            return self._too_much(f"{MOST_REQUESTS:,} requests")
        self.requests.append(request)
        try:
            return self._app(request)
        except Exception as error:
            return Response(status=500, body=f"{type(error).__name__}: {error}")

    def _too_much(self, most: str) -> Response:
        """Note what it was first given too much of, and answer so: a connection too many hears nothing."""
        self.overrun = self.overrun or most
        return Response(status=429, body=f"The test's server takes no more than {most}.")

    def close(self) -> None:
        """Answer no more."""
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = IDLE_SECONDS
            disable_nagle_algorithm = True  # else each answer waits 40 ms for the client to confirm its head

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # it is gone: what else it had asked needs no answer
                    self.close_connection = True

            def do_GET(self) -> None:
                size = self.headers.get("Content-Length", "0")
                wanted = int(size) if _SIZE.fullmatch(size) else 0
                body = self.rfile.read(min(wanted, BODY_LIMIT))
                if len(body) < min(
                    wanted, BODY_LIMIT
                ):  # whoever sent it was killed meanwhile: nothing was asked
                    self.close_connection = True
                    return
                self.close_connection |= wanted > BODY_LIMIT  # the rest would be read as another request
                headers = dict(self.headers.items())
                request = Request(method=self.command, path=self.path, headers=headers, body=body)
                with server._places:  # pyright: ignore[reportPrivateUsage] — our own
                    self._send(server.answer(request))

            do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

            def _send(self, response: Response) -> None:
                if response.reset:
                    now = struct.pack("ii", 1, 0)  # linger for no time: the other side gets a reset
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                    os.close(self.connection.detach())
                    self.close_connection = True
                    return
                data = _bytes(response.body)
                self.send_response(response.status)
                for name, value in {"Content-Length": str(len(data)), **response.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _bytes(body: Any) -> bytes:  # noqa: ANN401 — JSON
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()

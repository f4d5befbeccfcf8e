"""An HTTP server for clients that nobody trusts: a bound on what they can make it hold."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import Any

MOST_CONNECTIONS = 128  #: at the same time; each takes a thread and a descriptor of the judge's


class BoundedServer(ThreadingHTTPServer):
    """Answers each connection in a thread, while there are not too many."""

    daemon_threads = True

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 — the library's
        super().__init__(*given, **named)
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: whoever sends nonsense would fill the grader's terminal."""

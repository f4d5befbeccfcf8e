"""A server on this machine that takes whatever is posted to it: a lesson looks there at what leaves it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


class Mailbox(ThreadingHTTPServer):
    """Serve `url` until the process ends, answer 202 to each POST and PATCH, and keep what they hold."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Letter)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.letters: list[bytes] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def emptied(self) -> bytes:
        """Return all that has come since the last time."""
        letters, self.letters = self.letters, []
        return b"\n".join(letters)


class _Letter(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        cast("Mailbox", self.server).letters.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.end_headers()

    do_PATCH = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

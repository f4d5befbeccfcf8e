"""Serves a built site as a web host would: compressed, and with a page where there is none."""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_TEXTS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}
_TEXTS |= {".svg": "image/svg+xml", ".xml": "application/xml", ".txt": "text/plain"}


@contextmanager
def served(site: Path) -> Generator[str]:
    """Serve a folder on this machine; give its address."""
    handler = functools.partial(_Compressed, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Compressed(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.partition("?")[0].endswith("/"):
            path /= "index.html"
        if not path.is_file() or path.suffix not in _TEXTS:
            super().do_GET()
            return
        body = _gzipped(path)
        self.send_response(200)
        self.send_header("Content-Type", f"{_TEXTS[path.suffix]}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@functools.cache
def _gzipped(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())

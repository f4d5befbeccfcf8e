"""Attacks on a test's own server: the judge lives on, keeps a bounded log, and answers who asks honestly."""

from __future__ import annotations

import os
import resource
import threading
import time
from pathlib import Path

import pytest

from autograder.sandbox import http_server
from autograder.sandbox.http_server import Request, Response
from autograder.sandbox.zygote_client import ZygoteClient
from tests.support import patience

from . import servers
from .zygotes import HELPERS, Try, ask, source_of

MB = 1 << 20


def app(request: Request) -> Response:
    if request.path == "/big":
        return Response(body="x" * MB)
    return Response(body="pong", headers={"X-Echo": request.headers.get("X-Echo", "")})


def honest(port):
    import urllib.request

    return urllib.request.urlopen(f"http://127.0.0.1:{port}/honest", timeout=20).read().decode()


MOST_REQUESTS, MOST_THREADS = 200, 130


@pytest.fixture(autouse=True)
def small_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule with a smaller number: requests take time to make."""
    monkeypatch.setattr(http_server, "MOST_REQUESTS", MOST_REQUESTS)


@pytest.mark.parametrize("attack", servers.server, ids=str)
def test_the_server_beside(
    attack: Try,
    tier: str,
    zygote: ZygoteClient,
    the_next_is_graded,
    record_property,
    capfd: pytest.CaptureFixture[str],
):
    needs = servers.NEEDS
    with zygote.submission([HELPERS + source_of(servers.raw)], needs=needs) as process:
        log = process.serve(app)
        assert ask(process, honest, port=log.port)["value"] == "pong"
        before, threads = memory(), threading.active_count()
        text = str(ask(process, attack.probe, seconds=patience.seconds(8), port=log.port))
        time.sleep(0.05)
        used, more, descriptors = (
            memory() - before,
            threading.active_count() - threads,
            len(os.listdir("/proc/self/fd")),
        )
        kept = list(log.requests)
        process.end()  # whatever it held open
        # What it had asked for may still be being answered.
        patience.wait_for(lambda: threading.active_count() <= threads, lambda: "its threads go on without it")
        log.serve(app)
        assert ask(process, honest, port=log.port)["value"] == "pong"
        # What was on its way when the client was killed may still come in, before it or after.
        assert "/honest" in {request.path for request in log.requests}
    record_property("saw", f"{len(kept)} requests kept, {used / MB:.0f} MB, {more} threads; {text[:80]}")
    assert "REACHED" not in text
    assert kept[0].path == "/honest"
    assert "/forged" not in {request.path for request in kept}
    assert len(kept) <= MOST_REQUESTS
    assert sum(request.size for request in kept) <= 16 * MB
    assert used < 150 * MB
    assert more <= MOST_THREADS
    assert descriptors < MOST_THREADS + 100
    assert capfd.readouterr().err == ""
    the_next_is_graded()


def memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()

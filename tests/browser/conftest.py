"""A real browser, the site served from this machine, and JupyterLab with a workspace of its own."""

import functools
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support import patience

OURS = ("http://127.0.0.1", "file:", "ws://127.0.0.1", "data:", "blob:", "about:", "chrome")


@pytest.fixture
def open_page(browser):
    """Open pages that may ask this machine only, and must not complain."""
    asked, errors, contexts = [], [], []

    def open_(url, *, width=1280, height=900, scheme="light", **more):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **more
        )
        context.set_default_timeout(1000 * patience.seconds())
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(OURS)] == []
    assert errors == []


@pytest.fixture(scope="session")
def searched(built_site):
    """What the site's search looks through: a page or a section each, with `location`, `title` and `text`."""
    return json.loads((built_site / "search" / "search_index.json").read_text())["docs"]


@pytest.fixture(scope="session")
def site(built_site):
    """The built site, served: its address."""
    handler = functools.partial(Quiet, directory=str(built_site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab as `course lab` starts it: its address, which ends in the token, and the workspace."""
    workspace = tmp_path_factory.mktemp("learner") / "workspace"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "course"), "lab", "--no-browser"]
    command += ["--dir", str(workspace), "--port", str(port)]
    environment = {**os.environ, "HOME": str(workspace.parent), "PYTHONUNBUFFERED": "1"}
    log = (workspace.parent / "lab.log").open("w+")
    process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
    try:
        yield _address(process, Path(log.name), port), workspace
    finally:
        process.terminate()
        process.wait(patience.seconds())


def _address(process, log, port):
    def up():
        assert process.poll() is None, log.read_text()
        return patience.answers(f"http://127.0.0.1:{port}/api")

    patience.wait_for(up, log.read_text)
    return next(word for word in log.read_text().split() if word.startswith("http://"))

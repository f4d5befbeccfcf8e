"""A real browser, the site served from this machine, and JupyterLab with a workspace of its own."""

import functools
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

OURS = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:", "chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def open_page(browser):
    """Open pages that may ask this machine only, and must not complain."""
    asked, errors, contexts = [], [], []

    def open_(url, *, width=1280, height=900, scheme="light", **more):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **more
        )
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
def site(tmp_path_factory):
    """The built site, served: its address."""
    from typer.main import get_command

    from course.cli.app import build_app
    from course.paths import Root
    from course.site.build import build

    folder = build(Root.find(), tmp_path_factory.mktemp("site"), get_command(build_app()))
    handler = functools.partial(Quiet, directory=str(folder))
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
        process.wait(20)


def _address(process, log, port):
    for _ in range(240):
        time.sleep(0.25)
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=2)
        except OSError:
            continue
        return next(word for word in log.read_text().split() if word.startswith("http://"))
    raise AssertionError(f"JupyterLab did not start within a minute: {log.read_text()}")

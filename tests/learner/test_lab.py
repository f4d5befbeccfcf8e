"""What `course lab` says and does before JupyterLab is there."""

import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course.cli.app import build_app
from tests.support import patience

from .jupyter import TOKEN, Server


@pytest.mark.slow
def test_a_second_one_is_told_of_the_first(tmp_path):
    server = Server(tmp_path / "mine")
    try:
        server.wait()
        second = CliRunner().invoke(build_app(), ["lab", "--dir", str(tmp_path / "mine"), "--no-browser"])
    finally:
        server.close()
    assert second.exit_code == 0
    assert f"runs already: http://{server.address}/lab/tree/" in second.output
    assert second.output.endswith(f"?token={TOKEN}\n")


@pytest.mark.slow
def test_the_address_is_printed_once_the_server_answers_and_terminals_know_the_course(tmp_path):
    server = Server(tmp_path / "mine")
    try:
        patience.wait_for(lambda: "JupyterLab: " in server.log.read_text(), server.log.read_text)
        assert server.ask("GET", "status")  # no waiting
        shown = server.in_terminal("command -v course")
    finally:
        server.close()
    assert f"http://{server.address}/lab/tree/START.ipynb?token={TOKEN}" in server.log.read_text()
    assert str(Path(sys.executable).with_name("course")) in shown


def test_what_a_killed_server_left_stops_nobody(workspace, tmp_path, monkeypatch):
    from course.learner import lab

    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    left = f'{{"root_dir": "{workspace.path}", "port": {port}, "url": "", "token": ""}}'
    (tmp_path / "runtime" / "jpserver-1.json").write_text(left)
    (tmp_path / "runtime" / "jpserver-2.json").write_text("{")
    started = []
    monkeypatch.setattr(lab.os, "execve", lambda *words: started.append(words))
    CliRunner().invoke(
        build_app(), ["lab", "--dir", str(workspace.path), "--no-browser"], catch_exceptions=False
    )
    assert len(started) == 1

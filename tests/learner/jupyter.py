"""A Jupyter server as `course lab` starts it, and kernels in it, spoken to as JupyterLab does."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
import uuid
from pathlib import Path

import websocket

from course.learner.lab import server_command, server_environment
from course.learner.workspace import Workspace
from course.paths import Root
from tests.support import patience
from tests.support.processes import children

TOKEN = "for-this-test"


class Server:
    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.workspace = Workspace(folder)
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*server_command(self.workspace, port, browser=False), *options],
                env=server_environment(Root.find(), self.workspace, TOKEN),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def ask(self, method: str, route: str, /, **body):
        request = urllib.request.Request(
            f"http://{self.address}/api/{route}",
            json.dumps(body).encode() if body else None,
            {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=patience.seconds()) as reply:
            return json.loads(reply.read() or "null")

    def wait(self) -> None:
        def answers() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            try:
                self.ask("GET", "status")
            except OSError:
                return False
            return True

        patience.wait_for(answers, self.log.read_text)

    def in_terminal(self, line: str) -> str:
        """Type a line into a new terminal; return all it shows, up to and with what the line printed."""
        name = self.ask("POST", "terminals")["name"]
        url = f"ws://{self.address}/terminals/websocket/{name}?token={TOKEN}"
        terminal = websocket.create_connection(url, timeout=patience.seconds())
        terminal.send(json.dumps(["stdin", f"{line}; echo all''done\r"]))
        shown = ""
        while "alldone" not in shown:
            kind, *said = json.loads(terminal.recv())
            shown += said[0] if kind == "stdout" else ""
        terminal.close()
        return shown

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(patience.seconds())


class Kernel:
    """A notebook's kernel. Use it as a context manager."""

    def __init__(self, server: Server, path: str | None = None) -> None:
        self.server = server
        path = path or f"{uuid.uuid4().hex}.ipynb"  # one of its own: a path has but one session
        wanted = {"path": path, "name": Path(path).name, "type": "notebook", "kernel": {"name": "python3"}}
        self.session = server.ask("POST", "sessions", **wanted)
        self.id = self.session["kernel"]["id"]
        self.connect()

    def connect(self) -> None:
        url = f"ws://{self.server.address}/api/kernels/{self.id}/channels?token={TOKEN}"
        self.socket = websocket.create_connection(url, timeout=patience.seconds())

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()
        self.server.ask("DELETE", f"sessions/{self.session['id']}")

    def send(self, kind: str, channel: str = "shell", **content) -> str:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "test", "username": "test"}
        header |= {"version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": channel, "buffers": []}))
        return header["msg_id"]

    def receive(self):
        return json.loads(self.socket.recv())

    def start(self, code: str) -> str:
        return self.send("execute_request", code=code, silent=False, store_history=True, allow_stdin=True)

    def finish(self, asked: str, answer: str = "") -> str:
        """What a cell printed and raised, when it is done."""
        said = ""
        while True:
            message = self.receive()
            if message["parent_header"].get("msg_id") != asked:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    said += content["text"]
                case "error":
                    said += f"{content['ename']}: {content['evalue']}"
                case "input_request":
                    self.send("input_reply", "stdin", value=answer)
                case "status" if content["execution_state"] == "idle":
                    return said.strip()

    def run(self, code: str, answer: str = "") -> str:
        return self.finish(self.start(code), answer)

    @property
    def pid(self) -> int:
        return int(self.run("import os; print(os.getpid())"))


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def zygote_of(server: Server) -> int:
    (found,) = [pid for pid in children(server.process.pid) if "course.kernels.zygote" in command(pid)]
    return found

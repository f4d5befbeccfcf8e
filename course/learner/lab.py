"""Copies the course into a learner's own folder and opens it in JupyterLab."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import UsageError
from course.kernels import provisioner_name
from course.learner.start_page import START, files_for_learners, left_behind, old_start_page
from course.learner.workspace import MEMORY, Workspace, lay_out, write_atomically

if TYPE_CHECKING:
    from course.paths import Root

LONGEST_RUNTIME_DIR = 50
"""A socket's path may have 103 characters on every system, and Jupyter adds 51 to its folder."""

SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        # Markdown opens as a page and not as its source.
        "defaultViewers": {"markdown": "Markdown Preview"},
        # `check` reads in the file whether an answer was changed since it ran. JupyterLab's own is 120 s; it
        # waits longer by itself where saving takes long.
        "autosaveInterval": 1,
    },
    # No question about news on the first start, and no request to another host ever.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# An instructor's menus: on a learner's screen they lead nowhere.
_NBGRADER = [
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
]
_OURS = ("course.kernels", "course.learner.start_state")


def server_command(workspace: Workspace, port: int, *, browser: bool) -> list[str]:
    """How JupyterLab is started: with this Python, on this machine only, with nothing phoning home."""
    own = workspace.path / MEMORY / "jupyter"
    files = {
        "settings/overrides.json": SETTINGS,
        "settings/page_config.json": {"disabledExtensions": {"@jupyter/nbgrader": True}},
        "jupyter_server_config.json": _server_config(workspace.path, own, port),
    }
    for name, content in files.items():
        write_atomically(own / name, json.dumps(content, indent=1).encode())
    config = own / "jupyter_server_config.json"
    command = [sys.executable, "-m", "jupyterlab", f"--config={config}", "--Application.log_level=ERROR"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is often nobody else
    return command if browser else [*command, "--no-browser"]


def _server_config(workspace: Path, own: Path, port: int) -> dict[str, dict[str, object]]:
    return {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "answer_yes": True,  # Ctrl-C asks nothing: work is saved as you go
            "root_dir": str(workspace),
            "terminado_settings": _terminals(),
            "jpserver_extensions": dict.fromkeys(_NBGRADER, False) | dict.fromkeys(_OURS, True),
        },
        "KernelProvisionerFactory": {"default_provisioner_name": provisioner_name()},
        "KernelManager": {"transport": _transport()},
        "LabApp": {
            "default_url": f"/lab/tree/{START}",
            "app_settings_dir": str(own / "settings"),
            "workspaces_dir": str(own / "workspaces"),
            "extension_manager": "readonly",
            "news_url": "",
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        },
    }


def _terminals() -> dict[str, list[str]]:
    """Which shell a terminal opens: Jupyter may choose a login shell, which forgets where `course` is."""
    return {"shell_command": [os.environ.get("SHELL") or "/bin/sh"]} if os.name == "posix" else {}


def _transport() -> str:
    """How kernels are spoken to: by sockets that only this user can open, where a path may be so long."""
    from jupyter_core.paths import jupyter_runtime_dir

    return "ipc" if os.name == "posix" and len(jupyter_runtime_dir()) <= LONGEST_RUNTIME_DIR else "tcp"


def server_environment(root: Root, workspace: Workspace, token: str) -> dict[str, str]:
    """What the server and its kernels see: our Python first, whatever else the machine has."""
    first = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{first}{os.pathsep}{os.environ.get('PATH', '')}",
        "COURSE_ROOT": str(root.path),
        "COURSE_WORKSPACE": str(workspace.path),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": token,
    }


def open_lab(root: Root, workspace: Workspace, port: int | None, *, browser: bool) -> None:
    """Lay the course out and become JupyterLab; Ctrl-C then goes straight to it.

    Where one runs on this workspace already, that one is shown, unless a port is named.
    """
    files = files_for_learners(root) | old_start_page(workspace)
    for line in [*lay_out(workspace, files), *left_behind(root, workspace)]:
        print(line)
    print(f"Your workspace: {workspace.path}")
    if port is None and (address := _address_of_running(workspace)):
        print(f"JupyterLab runs already: {address}")
        if browser:
            webbrowser.open(address)
        return
    port, token = port or _free_port(), secrets.token_urlsafe(24)
    print("JupyterLab starts. Ctrl-C ends it; your work is saved as you go.", flush=True)
    command = server_command(workspace, port, browser=browser)
    os.execve(command[0], command, server_environment(root, workspace, token))


def _address_of_running(workspace: Workspace) -> str | None:
    """Return where a JupyterLab has this workspace open; every Jupyter server leaves a file of itself."""
    from jupyter_core.paths import jupyter_runtime_dir

    for path in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):  # half written, or its server is gone
            server = json.loads(path.read_text("utf-8"))
            if server["root_dir"] == str(workspace.path):
                socket.create_connection(("127.0.0.1", server["port"]), timeout=1).close()
                return f"{server['url']}lab/tree/{START}?token={server['token']}"
    return None


def _free_port() -> int:
    for port in range(8888, 8988):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UsageError("no free port between 8888 and 8987: name one with `course lab --port`")

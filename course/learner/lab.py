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
        # Milliseconds; JupyterLab's own is 500. On a slow machine it takes a save of its own that's under way
        # for somebody else's (its issue 7743), and asks whether to overwrite that.
        "lastModifiedCheckMargin": 5000,
    },
    # No question about news on the first start, and no request to another host ever.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# An instructor's menus: on a learner's screen they lead nowhere.
NBGRADER = [
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
]
_OURS = ("course.kernels", "course.learner.start_state")


def server_command(workspace: Workspace, port: int, *, browser: bool) -> list[str]:
    """How JupyterLab is started: with this Python, on this machine only, with nothing phoning home."""
    config = write_config(
        workspace,
        # Ctrl-C asks nothing: work is saved as you go
        {"ip": "127.0.0.1", "port": port, "port_retries": 0, "answer_yes": True},
        extensions=dict.fromkeys(NBGRADER, False),
        disabled={"@jupyter/nbgrader": True},
    )
    command = [sys.executable, "-m", "jupyterlab", f"--config={config}", "--Application.log_level=ERROR"]
    return [*command, *allow_root(), *([] if browser else ["--no-browser"])]


def allow_root() -> list[str]:
    """Return what lets a Jupyter server start as root: in a container there is often nobody else."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def write_config(
    workspace: Workspace,
    server: dict[str, object],
    *,
    extensions: dict[str, bool],
    disabled: dict[str, bool],
) -> Path:
    """Write what Jupyter's server and JupyterLab read, into the workspace; return the server's file.

    Args:
        workspace: the folder that JupyterLab shows.
        server: settings of `ServerApp` besides ours.
        extensions: the server's extensions besides ours, on or off.
        disabled: JupyterLab's extensions and plugins that a learner doesn't see.
    """
    own = workspace.path / MEMORY / "jupyter"
    files = {
        "settings/overrides.json": SETTINGS,
        "settings/page_config.json": {"disabledExtensions": disabled},
        "jupyter_server_config.json": {
            "ServerApp": {
                "root_dir": str(workspace.path),
                "terminado_settings": _terminals(),
                "jpserver_extensions": extensions | dict.fromkeys(_OURS, True),
                **server,
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
        },
    }
    for name, content in files.items():
        write_atomically(own / name, json.dumps(content, indent=1).encode())
    return own / "jupyter_server_config.json"


def _terminals() -> dict[str, list[str]]:
    """Which shell a terminal opens: Jupyter may choose a login shell, which forgets where `course` is."""
    return {"shell_command": [os.environ.get("SHELL") or "/bin/sh"]} if os.name == "posix" else {}


def _transport() -> str:
    """How kernels are spoken to: by sockets that only this user can open, where a path may be so long."""
    from jupyter_core.paths import jupyter_runtime_dir

    return "ipc" if os.name == "posix" and len(jupyter_runtime_dir()) <= LONGEST_RUNTIME_DIR else "tcp"


def server_environment(root: Root, workspace: Workspace, token: str = "") -> dict[str, str]:
    """What the server and its kernels see: our Python first, whatever else the machine has."""
    first = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{first}{os.pathsep}{os.environ.get('PATH', '')}",
        "COURSE_ROOT": str(root.path),
        "COURSE_WORKSPACE": str(workspace.path),
        "JUPYTER_PREFER_ENV_PATH": "1",
        **({"JUPYTER_TOKEN": token} if token else {}),
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

"""Lays the course out in a learner's own folder and opens it in JupyterLab."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import UsageError
from course.titles import read_title
from course.workspace import MEMORY, Workspace, lay_out, write_atomically

if TYPE_CHECKING:
    from course.paths import Root

START = "START.md"
NOT_FOR_LEARNERS = {".py", ".pyc"}
"""Sources of the prints: a learner who had both would not know which to edit."""

SETTINGS = {
    # The start page, and any other Markdown, opens as a page and not as its source.
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    # No question about news on the first start, and no request to another host ever.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

_START_PAGE = """\
# Persistence and memory in LangGraph

{modules}

## How it works

1. Open a module's **lesson** and run it from top to bottom with Shift+Enter. Change things; break them.
   Every lesson runs on this machine alone: no key, no account, no network.
2. Open its **exercises**. Under each prompt there is one cell for your answer. Run it, then run the
   cell below it, `check("…")`: a card says which tests pass, and what to look at where one does not.
3. Stuck? `hint("…")` in any cell shows one hint more at each call.
4. `timeline(graph, config)` draws every checkpoint of a thread. When something surprises you, look
   there first.

Your work lies in this folder and nowhere else. Starting the course again, or updating it, never
overwrites what you changed: a new version of a notebook is laid beside yours as `exercises.new.ipynb`.
To begin an exercise notebook again, delete it and start the course again.

## From a terminal

| command | does |
|---|---|
| `course progress` | shows what you have solved and what comes next |
| `course watch` | checks again whenever you save |
| `course check NAME` | checks one exercise, as saved |
| `course hint NAME` | shows the next hint |
| `course timeline DB` | draws the threads of any LangGraph SQLite database |

In JupyterLab, *File → New → Terminal* opens one in which these commands work.
"""


def files_for_learners(root: Root) -> dict[str, bytes]:
    """What goes into a workspace, by its path there. No hidden test, no answer, no source of a print."""
    files = {START: _start_page(root).encode()}
    for module in root.module_names():
        for path in sorted((root.modules / module).rglob("*")):
            inside = path.relative_to(root.modules)
            hidden = any(part.startswith((".", "__")) for part in inside.parts)
            if path.is_file() and not hidden and path.suffix not in NOT_FOR_LEARNERS:
                files[inside.as_posix()] = path.read_bytes()
    return files


def _start_page(root: Root) -> str:
    lines = [
        f"{number}. **{read_title(root.notebook(module, 'lesson'))}** — "
        f"[lesson]({module}/lesson.ipynb) · [exercises]({module}/exercises.ipynb)"
        for number, module in enumerate(root.module_names(), start=1)
    ]
    return _START_PAGE.format(modules="\n".join(lines))


def server_command(workspace: Workspace, port: int, *, browser: bool) -> list[str]:
    """How JupyterLab is started: with this Python, on this machine only, with nothing phoning home."""
    own = workspace.path / MEMORY / "jupyter"
    write_atomically(own / "settings" / "overrides.json", json.dumps(SETTINGS, indent=1).encode())
    command = [
        *(sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", "--ServerApp.answer_yes=True", "--log-level=ERROR"),
        *(f"--ServerApp.root_dir={workspace.path}", f"--LabApp.default_url=/lab/tree/{START}"),
        *(f"--LabApp.app_settings_dir={own / 'settings'}", f"--LabApp.workspaces_dir={own / 'workspaces'}"),
        *("--LabApp.extension_manager=readonly", "--LabApp.news_url="),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is often nobody else
    return command if browser else [*command, "--no-browser"]


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
    """Lay the course out and become JupyterLab; Ctrl-C then goes straight to it."""
    for line in lay_out(workspace, files_for_learners(root)):
        print(line)
    port, token = port or _free_port(), secrets.token_urlsafe(24)
    print(f"Your workspace: {workspace.path}")
    print(f"JupyterLab:     http://127.0.0.1:{port}/lab/tree/{START}?token={token}")
    print("Ctrl-C ends it; your work is saved as you go.", flush=True)
    command = server_command(workspace, port, browser=browser)
    os.execve(command[0], command, server_environment(root, workspace, token))


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

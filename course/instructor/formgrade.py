"""Opens formgrader, where a person grades what no test can, on a graded class in any folder."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import socket
import sys
from pathlib import Path

from autograder.gradebook.connection import database_url
from autograder.gradebook.gradebook import Gradebook, GradebookError
from autograder.reports.atomic_write import replace_bytes
from autograder.reports.output_folder import OutputFolder
from course.errors import UsageError
from course.learner.lab import allow_root
from course.paths import Root

GRADEBOOK = "COURSE_GRADEBOOK"
"""The variable that tells the server of a gradebook elsewhere: it may hold a password, so no file has it."""

PAGE = "/login?next=/formgrader/gradebook"
"""By way of the login: a token that is first shown to formgrader lets one see formgrader alone."""

TOLD = """\
Formgrader: {address}

Choose a module, then its notebook: a ✓ says which submissions wait for you.
Each mark is saved as you give it. When you're done, press Ctrl-C and run
`course grade` again: it puts your marks on the pages and into grades.csv."""

NBGRADER = [f"nbgrader.server_extensions.{n}" for n in ("assignment_list", "course_list", "formgrader")]


def open_formgrader(out: Path, gradebook: str | None, port: int | None, *, browser: bool) -> None:
    """Become a Jupyter server that shows formgrader; Ctrl-C then goes straight to it.

    Raises:
        UsageError: nothing was graded into this folder, or its marks are elsewhere, or can't be opened.
    """
    graded = OutputFolder(out.resolve())
    if not graded.store.is_file():
        raise UsageError(f"`{out}` is no graded class: name the folder that `course grade --out` wrote")
    if gradebook:
        gradebook = _checked(gradebook)
    elif not graded.gradebook.is_file():  # nbgrader would make an empty one
        raise UsageError(f"`{out}` has no gradebook: add the --gradebook URL that `course grade` had")
    port, token = port or _free_port(), secrets.token_urlsafe(24)
    print(TOLD.format(address=f"http://127.0.0.1:{port}{PAGE}&token={token}"), flush=True)
    command = server_command(graded, port, browser=browser)
    os.execve(command[0], command, _environment(gradebook, token))


def _checked(gradebook: str) -> str:
    """Return the URL as nbgrader's SQLAlchemy takes it, once the database answers."""
    try:
        with Gradebook(gradebook):
            return database_url(gradebook).render_as_string(hide_password=False)
    except GradebookError as error:
        raise UsageError(str(error)) from None


def server_command(graded: OutputFolder, port: int, *, browser: bool) -> list[str]:
    """Return how the server is started: on this machine only, with settings of this class alone."""
    config = graded.path / ".formgrader" / "jupyter_server_config.json"
    replace_bytes(config, json.dumps(_server_config(graded, port), indent=1).encode())
    command = [sys.executable, "-m", "notebook", f"--config={config}", "--Application.log_level=ERROR"]
    return [*command, *allow_root(), *([] if browser else ["--no-browser"])]


def _server_config(graded: OutputFolder, port: int) -> dict[str, dict[str, object]]:
    extensions = {**dict.fromkeys(NBGRADER, False), "course.instructor.formgrade_extension": True}
    return {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "answer_yes": True,
            "root_dir": str(graded.path),
            "default_url": PAGE,
            "jpserver_extensions": extensions,
        },
        "JupyterNotebookApp": {"default_url": PAGE},
    }


def _environment(gradebook: str | None, token: str) -> dict[str, str]:
    first = str(Path(sys.executable).parent)  # nbgrader calls `alembic` by its bare name
    given = {GRADEBOOK: gradebook} if gradebook else {}
    return {
        **{name: value for name, value in os.environ.items() if name != GRADEBOOK},
        **given,
        "PATH": f"{first}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "COURSE_ROOT": str(Root.find().path),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": token,
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def shown_command(out: Path, gradebook: str) -> str:
    """Return what to type to open formgrader on a folder, as it works from where one is.

    Args:
        out: the folder.
        gradebook: where the marks are, without a password.
    """
    ours = Path(sys.executable).with_name("course")
    known = shutil.which("course")
    if known and Path(known).resolve() == ours.resolve():
        word = "course"
    elif ours.is_relative_to(Path.cwd()):
        word = str(ours.relative_to(Path.cwd()))
    else:
        word = str(ours)
    elsewhere = ["--gradebook", gradebook] if "://" in gradebook else []
    return shlex.join([word, "formgrade", str(out), *elsewhere])

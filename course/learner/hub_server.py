"""Starts a learner's JupyterLab under JupyterHub: `python -m course.learner.hub_server`.

The course is laid out in the learner's home as `course lab` does it. Then JupyterHub's own server takes over,
with nbgrader's list of assignments: that's how notebooks are handed in and feedback comes back.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from course.learner.lab import NBGRADER, allow_root, server_environment, write_config
from course.learner.start_page import files_for_learners
from course.learner.workspace import DEFAULT, Workspace, lay_out
from course.paths import Root

ASSIGNMENTS = "nbgrader.server_extensions.assignment_list"
NOT_SHOWN = ("course-list", "create-assignment", "formgrader", "validate-assignment")


def main() -> None:
    """Lay the course out and become the server; JupyterHub says in the environment where it listens."""
    root = Root.find()
    workspace = Workspace(Path(os.environ.get("COURSE_WORKSPACE", DEFAULT)).expanduser().resolve())
    workspace.path.mkdir(parents=True, exist_ok=True)
    for line in lay_out(workspace, files_for_learners(root)):
        print(line, flush=True)
    config = write_config(
        workspace,
        {},
        extensions=dict.fromkeys(NBGRADER, False) | {ASSIGNMENTS: True},
        disabled={f"@jupyter/nbgrader:{name}": True for name in NOT_SHOWN},
    )
    command = [
        str(Path(sys.executable).with_name("jupyterhub-singleuser")),
        f"--config={config}",
        *sys.argv[1:],
        *allow_root(),
    ]
    os.chdir(workspace.path)  # nbgrader looks for downloaded assignments here
    learner = {"COURSE_LEARNER": os.environ.get("JUPYTERHUB_USER", "")}  # for nbgrader: deploy/nbgrader
    os.execve(command[0], command, server_environment(root, workspace) | learner)


if __name__ == "__main__":
    main()

"""JupyterHub for a class: learners get the course in their own home, teachers the course's folder.

Read by `jupyterhub --config deploy/jupyterhub_config.py`, in an environment made from requirements-hub.lock.
Settings come from the environment:

    COURSE_ROOT        the course's folder, with solutions (by default: where this file is)
    COURSE_LEARNERS    a bundle of `course release` for learners, where solutions/ is closed to them
    COURSE_EXCHANGE    nbgrader's exchange: a folder that all users may write to (default /srv/exchange)
    COURSE_TEACHERS    their names, separated by commas
    HUB_AUTHENTICATOR  who may log in: "pam" (the machine's own users, the default), or any that is installed
    HUB_ALLOW_ALL      "yes": whoever can log in is in the class; else a teacher adds each on /hub/admin
    HUB_SPAWNER        where servers run: "localprocess" (as the user, the default), or any that is installed
    HUB_PROXY          how configurable-http-proxy is started
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821  # pyright: ignore — JupyterHub puts the function here when it reads this file

HERE = Path(__file__).resolve().parent
COURSE = Path(os.environ.get("COURSE_ROOT", HERE.parent))
LEARNERS = Path(os.environ.get("COURSE_LEARNERS", COURSE))
EXCHANGE = os.environ.get("COURSE_EXCHANGE", "/srv/exchange")
TEACHERS = {name.strip() for name in os.environ.get("COURSE_TEACHERS", "").split(",") if name.strip()}
PYTHON = Path(sys.executable)

c.JupyterHub.authenticator_class = os.environ.get("HUB_AUTHENTICATOR", "pam")
c.JupyterHub.spawner_class = os.environ.get("HUB_SPAWNER", "localprocess")
c.ConfigurableHTTPProxy.command = os.environ.get("HUB_PROXY", "configurable-http-proxy").split()
c.Authenticator.admin_users = TEACHERS
c.Authenticator.allow_existing_users = True
if os.environ.get("HUB_ALLOW_ALL") == "yes":
    c.Authenticator.allow_all = True

c.Spawner.cmd = [str(PYTHON), "-m", "course.learner.hub_server"]
c.Spawner.default_url = "/lab/tree/START.ipynb"
c.Spawner.start_timeout = 120  # the first time, the course is laid out
c.Spawner.environment = {
    "COURSE_ROOT": str(LEARNERS),
    "COURSE_EXCHANGE": EXCHANGE,
    # nbgrader reads its settings here: where the exchange is, and which course this is.
    "JUPYTER_CONFIG_PATH": str(HERE / "nbgrader"),
    "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
}


def for_a_teacher(spawner) -> None:  # noqa: ANN001 — a Spawner of JupyterHub's
    """Open the course's own folder for a teacher: `nbgrader collect` and `course grade` run there."""
    if spawner.user.name in TEACHERS:
        spawner.cmd = [str(PYTHON.with_name("jupyterhub-singleuser"))]
        spawner.notebook_dir = str(COURSE)
        spawner.default_url = "/lab"
        spawner.environment = {**spawner.environment, "COURSE_ROOT": str(COURSE)}


c.Spawner.pre_spawn_hook = for_a_teacher

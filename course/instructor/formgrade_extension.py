"""Shows nbgrader's formgrader on a graded class: what `course formgrade` has Jupyter's server load.

nbgrader's own extension reads whatever `nbgrader_config.py` is in the folder that the server was started in
and in the user's settings, looks for submissions in a folder that `course grade` doesn't have, and for an
exchange. Here the class's folder is the server's own, no other settings are read, and the steps that aren't
formgrader's are answered with the command that takes them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.exchange.abc import ExchangeList
from nbgrader.server_extensions.formgrader.apihandlers import BaseApiHandler, check_xsrf
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web
from traitlets.config.loader import Config, PyFileConfigLoader

from course.instructor.formgrade import GRADEBOOK
from course.paths import Root

CLASS = {
    "course_id": "default_course",  # as the gradebook has it; without one, nbgrader asks for an exchange
    "source_directory": "source",
    "release_directory": "release",
    "submitted_directory": "autograded",  # what is graded is what was handed in: there is no other copy
    "autograded_directory": "autograded",
    "feedback_directory": "feedback",
}
INSTEAD = {
    "autograde": "`course grade SUBMISSIONS` grades again what has changed, and keeps your marks.",
    "generate_feedback": "`course grade SUBMISSIONS` writes the feedback pages, with your marks.",
    "release_feedback": "Give out the folder `feedback`: it has a page for each submission.",
    "release": "`course release DIR` writes what learners get.",
    "unrelease": "There is no exchange to take it back from.",
    "collect": "`course grade SUBMISSIONS` collects: name the folder or zip you downloaded.",
    "assign": "`course release DIR` writes what learners get.",
}
"""What the buttons of nbgrader's other steps say: here they'd work on folders that they'd harm."""


class HandedIn(ExchangeList):
    """Lists the modules of the class as released: they were, and no exchange knows of it."""

    def start(self) -> list[dict[str, str]]:
        """Return what nbgrader asks for: the names."""
        course: Any = self.coursedir
        folder = course.format_path(course.source_directory, student_id=".", assignment_id="")
        return [{"assignment_id": path.name} for path in sorted(Path(folder).iterdir())]


class GradedClass(FormgradeExtension):
    """Formgrader for the folder that the server was started for."""

    def build_extra_config(self) -> Config:
        """Return the course's settings for nbgrader, with the folders of the graded class in their place."""
        config = super().build_extra_config()
        ours = Root.find().path / "nbgrader_config.py"
        if ours.is_file():
            config.merge(PyFileConfigLoader(ours.name, str(ours.parent)).load_config())
        config.CourseDirectory.update(CLASS)
        config.CourseDirectory.root = self.root_dir
        config.CourseDirectory.db_url = os.environ.get(GRADEBOOK) or f"sqlite:///{self.root_dir}/gradebook.db"
        config.ExchangeFactory.list = HandedIn
        config.HTMLExporter.extra_template_basedirs.insert(0, str(Path(__file__).parent / "templates"))
        config.FormgradeExtension.debug = False  # it would show all of this, and a database's password
        return config

    def load_config_file(self, **_: Any) -> None:  # noqa: ANN401 — as nbgrader calls it
        """Read no file: it would be about another class."""

    def load_config(self) -> Config:
        """Return what nbgrader takes the course's folder from."""
        return self.config

    def init_handlers(self, webapp: Any) -> None:  # noqa: ANN401 — tornado's
        """Answer the buttons of other steps before nbgrader does."""
        base = webapp.settings["base_url"]
        path = rf"/formgrader/api/(?:assignment|submission)/.+/({'|'.join(INSTEAD)})"
        webapp.add_handlers(".*$", [(url_path_join(base, path), NotHere)])
        super().init_handlers(webapp)


class NotHere(BaseApiHandler):
    """Says which command takes a step that isn't formgrader's."""

    @web.authenticated
    @check_xsrf
    def post(self, step: str) -> None:
        """Answer as nbgrader does when a step fails: its page shows the text."""
        self.write(json.dumps({"success": False, "log": INSTEAD[step], "error": ""}))


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401  # pyright: ignore[reportUnusedFunction]
    """Jupyter's hook for server extensions, as nbgrader's own does it."""
    formgrader = GradedClass(parent=server)
    formgrader.root_dir = server.root_dir
    formgrader.log = server.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(server.web_app)
    formgrader.init_handlers(server.web_app)

"""Prints the class report as one HTML file, without any script: of a learner's there is only text."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from autograder.reports.output_folder import OutputFolder
from autograder.results.roster import Roster
from course.instructor.formgrade import shown_command
from course.instructor.report.charts import distribution, item_map
from course.instructor.report.gather import Gathered
from course.instructor.report.item_statistics import FEWEST, POOR
from course.instructor.report.words import FILTERS
from course.instructor.similar.side_by_side import visible

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
NAMED = 40  #: people or marks that one list names; all of them are in the JSON
LONGEST_NAME = 100
POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class People:
    """How learners are shown: by name where the roster has one, with a link to their feedback page."""

    out: OutputFolder
    roster: Roster

    def name(self, student: str) -> str:
        """Return what to call a learner."""
        person = self.roster.person(student)
        return visible((person.name if person and person.name else student)[:LONGEST_NAME])

    def page(self, student: str, module: str) -> str:
        """Return where a feedback page is, as seen from the report; nothing where there is none."""
        path = self.out.page_of(student, module)
        return quote(str(path.relative_to(self.out.path).as_posix())) if path.is_file() else ""


def page(found: Gathered, out: OutputFolder, gradebook: str = "") -> str:
    """Return the page.

    `gradebook` is where the marks are, without a password, if they aren't in the folder.
    """
    report = found.report
    exercises = [exercise for module in report.modules for exercise in module.exercises]
    by_name = {f"{exercise.module}/{exercise.name}": exercise for exercise in exercises}
    css = _css()
    return _template().render(
        css=css,
        policy=POLICY.format(base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()),
        report=report,
        reteach=[by_name[name] for name in report.reteach],
        questions=[question for module in report.modules for question in module.questions],
        distribution=distribution(report.modules) if report.submissions else None,
        items=item_map(exercises),
        people=People(out, found.roster),
        shown=list(found.compared.shown()) if found.compared else [],
        formgrade=shown_command(out.path, gradebook),
        most=NAMED,
        fewest=FEWEST,
        poor=POOR,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template("report.html.j2")


@cache
def _css() -> Markup:
    from markupsafe import Markup

    return Markup((TEMPLATES / "report.css").read_text("utf-8"))  # ours

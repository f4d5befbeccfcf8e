"""Writes the generated parts of the landing page: commands, modules, a measured figure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from course.errors import CourseError
from course.learner.core_path import all_core_hours, core_path_hours
from course.learner.outline import Module, outline
from course.paths import Root
from course.site.landing import landing_timeline
from course.site.map_page import told
from course.site.notebook_page import PAGES
from course.site.recorded_check import recorded_check
from course.site.repository import clone_address

_FASTER = re.compile(
    r"^\| a class of (?P<count>\d+) at \d+ times nbgrader's .*? \| (?P<times>\d+) times \|", re.M
)
_CLONE = """\
``` sh
git clone {address} course
make -C course lab
```

Already have the folder? Run `make lab` in it.
"""
_HERE = """\
``` sh
make lab
```

Run it in the folder of the course. It sets everything up in there, then opens JupyterLab.
"""


def landing_parts(root: Root) -> dict[str, str]:
    """Return every generated part of the page, by the name that `index.md` includes it by."""
    modules = outline(root)
    return {
        "check.html": recorded_check(root),
        "timeline.html": landing_timeline(),
        "commands.md": commands(clone_address(root)),
        "syllabus.md": "\n".join(_syllabus(modules)),
        "faster.html": _faster(root),
    }


def commands(address: str) -> str:
    """Say how to start: from an address, or from the folder that one already has."""
    return _CLONE.format(address=shlex.quote(address)) if address else _HERE


def _syllabus(modules: Sequence[Module]) -> Iterator[str]:
    minutes = sorted(told(module.minutes) for module in modules)
    exercises = sum(len(module.exercises) for module in modules)
    yield (
        f"{len(modules)} lessons of {minutes[0]} to {minutes[-1]} minutes, and {exercises} exercises. "
        f"The core path goes through all of them in about {core_path_hours(modules)} hours; "
        f"with every core exercise it's {all_core_hours(modules)}. "
        "The [map](reference/map.md) shows both, and what builds on what.\n"
    )
    yield '<div class="syllabus" markdown>\n'
    for module in modules:
        count = len(module.exercises)
        yield f"{module.number}. [{module.title}](modules/{module.name}/{PAGES['lesson']})\n"
        yield f"    {module.promise}\n"
        yield f"    *{told(module.minutes)} min, {count} exercise{'' if count == 1 else 's'}*\n"
    yield "</div>\n"


def _faster(root: Root) -> str:
    """The figure that `make bench` measured last, as its page gives it."""
    page = root.docs / "benchmark.md"
    if not (found := _FASTER.search(page.read_text("utf-8"))):
        raise CourseError(f"{page}: it no longer says how many times faster than nbgrader a class is graded")
    return (
        f'<p class="figure"><strong>{found["times"]} ×</strong> as fast as nbgrader '
        f"on a class of {found['count']}, measured on one machine</p>\n"
    )

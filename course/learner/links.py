"""Makes the links between a workspace's notebooks, as JupyterLab follows them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

    from course.learner.catalogue import CatalogueEntry
    from course.learner.workspace import Workspace


def heading_link(notebook: str, title: str) -> str:
    """Return the link to a heading of a notebook."""
    # JupyterLab's anchor of a heading: its words, joined by hyphens.
    return f"{notebook}#{quote(title.replace('`', '').replace(' ', '-'))}"


def exercises_link(workspace: Workspace, module: str, here: Path) -> str:
    """Return the link to a module's exercises, relative to the folder `here`."""
    return _relative(workspace.path / module / "exercises.ipynb", here)


def exercise_link(workspace: Workspace, entry: CatalogueEntry, here: Path) -> str:
    """Return the link to an exercise's heading in its notebook, relative to the folder `here`."""
    return heading_link(exercises_link(workspace, entry.module, here), entry.title)


def lesson_link(workspace: Workspace, module: str, here: Path) -> str:
    """Return the link to a module's lesson, relative to the folder `here`."""
    return _relative(workspace.path / module / "lesson.ipynb", here)


def _relative(path: Path, here: Path) -> str:
    return quote(os.path.relpath(path, here).replace(os.sep, "/"))

"""Prints the page of topics that the lessons only touch, `modules/more.py`, with what its cells put out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.site.executing import executed_notebook

if TYPE_CHECKING:
    from pathlib import Path

    from course.paths import Root
    from course.site.notebook_page import Printer


def more_source(root: Root) -> Path:
    """Return the page's source, written like a lesson."""
    return root.modules / "more.py"


def executed_more(root: Root) -> Path:
    """Return the page as a notebook with outputs, executed only if it never was in this form."""
    from course.authoring.printing import lesson_notebook, text_of  # late: 2 s

    return executed_notebook(root, more_source(root), text_of(lesson_notebook(more_source(root))))


def more_page(root: Root, printer: Printer) -> str:
    """Print the page."""
    return printer.page_of(executed_more(root))

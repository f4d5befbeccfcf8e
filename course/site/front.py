"""Writes what stands at the top of a page for search engines and other sites: its title and description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mkdocs.utils.meta import get_data

if TYPE_CHECKING:
    from course.learner.outline import Module


def with_front(markdown: str, **more: object) -> str:
    """Add fields to a page's front matter; it gets one if it has none."""
    text, front = get_data(markdown)
    fields = {**front, **more}
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", "", text])


def exercises_in_words(module: Module) -> str:
    """Describe a module's exercise page in a sentence."""
    titles = ", ".join(exercise.title.replace("`", "") for exercise in module.exercises)
    return f"{len(module.exercises)} exercises, checked as you work: {titles}."

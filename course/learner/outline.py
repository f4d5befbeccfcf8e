"""Outlines the course: what each module promises, how long its lesson takes, and its exercises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from course.learner.catalogue import CatalogueEntry, entries, read_title
from course.paths import Root

WORDS_A_MINUTE, LINES_A_MINUTE = 180, 12
SECONDS_A_PREDICT = 36  #: to stop, and to say what will happen
PREDICT = "> **Predict.**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module, as it's offered to a learner."""

    name: str
    number: int
    title: str
    promise: str  #: one sentence: what you can do afterwards; empty where nobody has written it yet
    minutes: int  #: for the lesson
    exercises: tuple[CatalogueEntry, ...]


def outline(root: Root) -> tuple[Module, ...]:
    """Return every module, in teaching order."""
    known = entries(root).values()
    return tuple(
        Module(
            name=name,
            number=number,
            title=read_title(root.notebook(name, "lesson")),
            promise=_text(root.promise(name)),
            minutes=round(lesson_minutes(root.notebook(name, "lesson"))),
            exercises=tuple(entry for entry in known if entry.module == name),
        )
        for number, name in enumerate(root.module_names(), start=1)
    )


def lesson_minutes(notebook: Path) -> float:
    """Estimate how long a lesson takes, from its words, its lines of code, and what it asks to predict."""
    cells = cast("list[dict[str, Any]]", json.loads(notebook.read_bytes())["cells"])
    texts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    prose = [text for kind, text in texts if kind == "markdown"]
    words = sum(len(text.split()) for text in prose)
    lines = sum(bool(line.strip()) for kind, text in texts if kind == "code" for line in text.splitlines())
    predicts = sum(text.count(PREDICT) for text in prose)
    return words / WORDS_A_MINUTE + lines / LINES_A_MINUTE + predicts * SECONDS_A_PREDICT / 60


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""

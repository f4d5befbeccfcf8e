"""Generates a module's exercise page: prompts, with hints and worked answers folded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from course.site.notebook_page import Printer, fence

if TYPE_CHECKING:
    from course.authoring.exercise_source import ExerciseSource
    from course.paths import Root

_REGION = re.compile(r"^[ \t]*#+ *(?:BEGIN|END) SOLUTION[ \t]*(?:\n|\Z)", re.M)
_H2 = re.compile(r"\A(\s*## +.+?) *$", re.M)
_INTRO = "Read the worked answer after your own passes. Until then, the hints go further than you think."


def exercise_page(root: Root, module: str, printer: Printer) -> str:
    """Print the page; in a learner's bundle, which has no `solutions/`, it comes without answers."""
    notebook = json.loads(root.notebook(module, "exercises").read_bytes())
    about = cast("dict[str, dict[str, Any]]", notebook["metadata"]["course"]["exercises"])
    answers = _answers(root, module)
    parts: list[str] = []
    for cell in cast("list[dict[str, Any]]", notebook["cells"]):
        marks = cast("dict[str, Any]", cell["metadata"].get("nbgrader", {}))
        name = str(marks.get("grade_id", ""))
        if not marks:
            parts += printer.cell(cell)
        elif name.endswith("_prompt"):
            parts.append(_prompt("".join(cell["source"]), name.removesuffix("_prompt"), printer))
        elif name in about and marks["grade"]:
            parts += _exercise(name, about[name], answers.get(name))
        elif marks["grade"] and marks["solution"]:
            parts += _question(name, float(marks["points"]), answers.get(name))
    first, *rest = parts
    title = first.strip().partition("\n")[0].removeprefix("# ")
    head = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n"
    return "\n\n".join([head, first, f'!!! note ""\n    {_INTRO}', *rest]) + "\n"


def _answers(root: Root, module: str) -> dict[str, ExerciseSource]:
    if not root.module_text(module).is_file():
        return {}
    from course.authoring.exercise_source import read_module

    return {exercise.name: exercise for exercise in read_module(root, module).exercises}


def _prompt(source: str, name: str, printer: Printer) -> str:
    """The prompt, its heading anchored at the exercise's name: that is where `check()` links to."""
    return printer.prose(_H2.sub(rf"\1 {{ #{name} }}", source, count=1))


def _exercise(name: str, about: dict[str, Any], answer: ExerciseSource | None) -> Iterator[str]:
    yield f'<p class="exercise-facts"><code>{name}</code> · {_points(about["points"])}</p>'
    hints = cast("list[str]", about.get("hints", []))
    for number, hint in enumerate(hints, start=1):
        yield folded("question", f"Hint {number} of {len(hints)}", hint)
    if answer:
        yield folded("success", "Worked answer", fence(_REGION.sub("", answer.answer).strip(), "python"))
        for other in answer.alternatives:
            yield folded(
                "success", "Another right answer", fence(_REGION.sub("", other.text).strip(), "python")
            )


def _question(name: str, points: float, answer: ExerciseSource | None) -> Iterator[str]:
    yield f'<p class="exercise-facts"><code>{name}</code> · {_points(points)} · read by a person</p>'
    if answer:
        yield folded("success", "A model answer", _REGION.sub("", answer.answer).strip())


def _points(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"


def folded(kind: str, title: str, body: str) -> str:
    """A block that opens at a click."""
    inside = "\n".join(f"    {line}".rstrip() for line in body.splitlines())
    return f'??? {kind} "{title}"\n\n{inside}'

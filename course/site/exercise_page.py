"""Generates a module's exercise page: prompts, with hints and worked answers folded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from course.learner.success import without_marks
from course.site.folding import answers, folded
from course.site.notebook_page import Printer, fence

if TYPE_CHECKING:
    from course.authoring.exercise_source import ExerciseSource
    from course.paths import Root

_H2 = re.compile(r"\A(\s*## +.+?) *$", re.M)
_HINTS = "The hints go further than you think: open them one at a time."
_ANSWERS = f"{_HINTS} Read the worked answer after your own passes."


def exercise_page(root: Root, module: str, printer: Printer, *, for_class: bool = False) -> str:
    """Print the page: without answers for a class, and in a learner's bundle, which has no `solutions/`."""
    notebook = json.loads(root.notebook(module, "exercises").read_bytes())
    about = cast("dict[str, dict[str, Any]]", notebook["metadata"]["course"]["exercises"])
    known = {} if for_class else _answers(root, module)
    parts: list[str] = []
    for cell in cast("list[dict[str, Any]]", notebook["cells"]):
        marks = cast("dict[str, Any]", cell["metadata"].get("nbgrader", {}))
        name = str(marks.get("grade_id", ""))
        if not marks:
            parts += printer.cell(cell)
        elif name.endswith("_prompt"):
            parts.append(_prompt("".join(cell["source"]), name.removesuffix("_prompt"), printer))
        elif name in about and marks["grade"]:
            parts += _exercise(name, about[name], known.get(name))
        elif marks["grade"] and marks["solution"]:
            parts += _question(name, float(marks["points"]), known.get(name))
    first, *rest = parts
    title = first.strip().partition("\n")[0].removeprefix("# ")
    # The boost: whoever searches for a word finds the lesson about it before the exercises on it.
    head = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\nsearch:\n  boost: 0.1\n---\n"
    return "\n\n".join([head, first, f'!!! note ""\n    {_ANSWERS if known else _HINTS}', *rest]) + "\n"


def _answers(root: Root, module: str) -> dict[str, ExerciseSource]:
    if not root.module_text(module).is_file():
        return {}
    from course.authoring.exercise_source import read_module

    return {exercise.name: exercise for exercise in read_module(root, module).exercises}


def _prompt(source: str, name: str, printer: Printer) -> str:
    """The prompt, its heading anchored at the exercise's name: that is where `check()` links to."""
    anchored = _H2.sub(rf"\1 {{ #{name} }}", source, count=1)
    # The site renders Markdown within HTML only where it's told to; notebooks do so after a blank line.
    return printer.prose(anchored.replace("<details>", '<details markdown="1">'))


def _exercise(name: str, about: dict[str, Any], answer: ExerciseSource | None) -> Iterator[str]:
    yield f'<p class="exercise-facts"><code>{name}</code> · {_points(about["points"])}</p>'
    hints = cast("list[str]", about.get("hints", []))
    for number, hint in enumerate(hints, start=1):
        yield folded("question", f"Hint {number} of {len(hints)}", hint)
    if answer:
        yield from answers(
            [_code("Worked answer", answer.answer)]
            + [_code("Another right answer", other.text) for other in answer.alternatives]
        )


def _question(name: str, points: float, answer: ExerciseSource | None) -> Iterator[str]:
    yield f'<p class="exercise-facts"><code>{name}</code> · {_points(points)} · read by a person</p>'
    if answer:
        yield from answers([folded("success", "A model answer", without_marks(answer.answer))])


def _code(title: str, text: str) -> str:
    return folded("success", title, fence(without_marks(text), "python"))


def _points(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"

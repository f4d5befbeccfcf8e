"""Writes the autograded notebook that formgrader shows: cells, outputs and verdicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from autograder.counts import counted
from autograder.results.graded import GradedSubmission
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.submissions.assignment import Handout, Slot
from autograder.submissions.notebook import NotebookCell
from autograder.submissions.sanitize import harmless_markdown, sentence

GREEN, RED, GREY = "#1a7f37", "#b42318", "#57606a"  # on white: formgrader has no dark theme


def autograded(graded: GradedSubmission, cells: Sequence[NotebookCell], handout: Handout) -> bytes:
    """Return what goes to `autograded/STUDENT/MODULE/exercises.ipynb`."""
    notebook = {
        "cells": _unique_ids(compose(graded, cells, handout)),
        "metadata": handout.metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"  # a learner's text may hold half a character


def compose(
    graded: GradedSubmission, submitted: Sequence[NotebookCell], handout: Handout
) -> list[dict[str, Any]]:
    """Return the learner's cells in their order; of the cells that nbgrader knows, one each."""
    verdicts = {exercise.name: exercise for exercise in graded.exercises}
    places = {slot.grade_id: i for i, slot in enumerate(handout.slots) if slot.grade_id}
    cells: list[tuple[int, dict[str, Any]]] = []  # with the place in the handout, or of the cell before
    place, seen = -1, set[str]()
    for cell in submitted:
        slot = handout.slot(cell.grade_id or "")
        if slot and slot.grade_id not in seen:
            seen.add(slot.grade_id)
            place = places[slot.grade_id]
            cells.append((place, _known(slot, cell, verdicts)))
        else:
            cells.append((place, _extra(cell)))
    for slot in handout.slots:  # a cell that was deleted comes back after what stood before it
        if slot.grade_id and slot.grade_id not in seen:
            at = next((i for i, (p, _) in enumerate(cells) if p > places[slot.grade_id]), len(cells))
            cells.insert(at, (places[slot.grade_id], _known(slot, None, verdicts)))
    note = graded.error
    return [
        *([_text(harmless_markdown(f"**Note by the grader:** {note}"))] if note else []),
        *(cell for _, cell in cells),
    ]


def _known(slot: Slot, cell: NotebookCell | None, verdicts: Mapping[str, ExerciseResult]) -> dict[str, Any]:
    """A cell that nbgrader knows: the handout's marks, and the text of whoever was to write it."""
    source = cell.source if cell and slot.solution else slot.source
    made: dict[str, Any] = {"cell_type": slot.kind, "id": slot.cell_id, "metadata": slot.metadata}
    if slot.kind != "code":
        return {**made, "source": harmless_markdown(source) if slot.solution else source}
    verdict = verdicts.get(slot.grade_id)
    outputs = [_card(verdict)] if verdict else (cell.outputs if cell else [])
    return {**made, "source": source, "outputs": outputs, "execution_count": cell.count if cell else None}


def _extra(cell: NotebookCell) -> dict[str, Any]:
    """A cell of the learner's own. Of its metadata nothing is kept: nbconvert puts some of it in the page."""
    if cell.kind != "code":
        return _text(harmless_markdown(cell.source))
    return {
        "cell_type": "code",
        "id": "",
        "metadata": {},
        "source": cell.source,
        "outputs": cell.outputs,
        "execution_count": cell.count,
    }


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": source}


def _unique_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        if not cell["id"] or cell["id"] in seen:
            cell["id"] = hashlib.sha256(f"{number}\n{cell['source']}".encode(errors="replace")).hexdigest()[
                :12
            ]
        seen.add(cell["id"])
    return cells


def _card(exercise: ExerciseResult) -> dict[str, Any]:
    """The verdicts as a cell's result. nbgrader reads the bare score, people read the list."""
    rows = "".join(_row(test) for test in exercise.tests)
    score = f"{exercise.earned:g} of {counted(exercise.points, 'point')}"
    head = f"<p><strong>{score}</strong> · {escape(exercise.status)}</p>"
    html = f'<div>{head}<ul style="list-style:none;padding-left:0">{rows}</ul></div>'
    data = {"text/plain": f"{exercise.earned:g}", "text/html": html}
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}


def _row(test: TestResult) -> str:
    mark, colour = ("✓", GREEN) if test.passed else ("✗", RED)
    hidden = f' <small style="color:{GREY}">hidden</small>' if test.hidden else ""
    message = f'<br><span style="color:{GREY}">{sentence(test.message)}</span>' if test.message else ""
    score = f'<span style="color:{GREY}">{test.earned:g}/{test.points:g}</span>'
    title = f'<strong style="color:{colour}">{mark}</strong> {sentence(test.title)}'
    return f'<li style="margin:.4em 0">{title}{hidden} {score}{message}</li>'

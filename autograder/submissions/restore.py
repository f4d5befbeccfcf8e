"""Gives the cells of a submitted notebook back what an editor took from them: nbgrader's marks, their kind.

Some editors drop a cell's metadata, and a key pressed by accident turns code into text. The
learner meant the same thing either way. Nothing is invented: a cell gets marks only where its id, its text
or its place says which of the handed-out cells it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.submissions.assignment import Handout, Slot
from autograder.submissions.notebook import TOLD, NotebookCell, SubmittedNotebook


def restored(notebook: SubmittedNotebook, handout: Handout) -> SubmittedNotebook:
    """Return the notebook with marks and kinds as they were handed out; its problems say what was lost."""
    cells = [*notebook.cells]
    found = 0
    for slot in _missing(cells, handout):
        place = _place(cells, slot, handout)
        if place is not None:
            cells[place] = replace(
                cells[place], grade_id=slot.grade_id, grade=slot.grade, solution=slot.solution
            )
            found += 1
    what = (
        "1 cell had lost nbgrader's marks, and was"
        if found == 1
        else f"{found} cells had lost nbgrader's marks, and were"
    )
    lost = [f"{what} recognised without them"] if found else []
    turned = [place for place, cell in enumerate(cells) if _was_code(cell, handout)]
    told = [f"the cell `{cells[n].grade_id}` had become {cells[n].kind}: it was run as code" for n in turned]
    for place in turned:
        cells[place] = replace(cells[place], kind="code")
    return replace(notebook, cells=tuple(cells), problems=(*notebook.problems, *lost, *told))


def _missing(cells: list[NotebookCell], handout: Handout) -> list[Slot]:
    """The cells that nbgrader knows and the notebook doesn't name."""
    named = {cell.grade_id for cell in cells}
    return [slot for slot in handout.slots if slot.grade_id and slot.grade_id not in named]


def _place(cells: list[NotebookCell], slot: Slot, handout: Handout) -> int | None:
    """Where the cell is: the one with its id, or its text, or the first after the prompt above it."""
    free = [place for place, cell in enumerate(cells) if not cell.grade_id]
    for place in free:
        if slot.cell_id and cells[place].cell_id == slot.cell_id:
            return place
    if not slot.solution:
        same = [place for place in free if cells[place].source.strip() == slot.source.strip()]
        return same[0] if same else None
    above = handout.slots[handout.slots.index(slot) - 1].source.strip()
    ours = {each.source.strip() for each in handout.slots} - {slot.source.strip()}
    after = [place + 1 for place, cell in enumerate(cells) if cell.source.strip() == above]
    return next((p for p in after if p in free and cells[p].source.strip() not in ours), None)


def _was_code(cell: NotebookCell, handout: Handout) -> bool:
    """Whether it's the answer to a coded exercise, and no code any more."""
    slot = handout.slot(cell.grade_id or "")
    return slot is not None and slot.solution and slot.kind == "code" and cell.kind != "code"


def is_of(notebook: SubmittedNotebook, handout: Handout) -> bool:
    """Whether any of its cells was handed out with this notebook, by nbgrader's name for it."""
    return any(handout.slot(cell.grade_id or "") for cell in notebook.cells)


def changes(notebook: SubmittedNotebook, handout: Handout) -> Iterator[str]:
    """Yield what differs from the handout in cells that count. Ours is used, but someone should know."""
    if not is_of(notebook, handout):
        yield "it has none of the cells that were handed out"
        return
    submitted: Mapping[str | None, NotebookCell] = {cell.grade_id: cell for cell in notebook.cells}
    graded = [slot for slot in handout.slots if slot.grade]
    yield from _deleted([f"`{slot.grade_id}`" for slot in graded if slot.grade_id not in submitted])
    yield from _code_deleted(notebook, handout)
    for slot in graded:
        cell = submitted.get(slot.grade_id)
        if cell is None:
            continue
        if slot.locked and cell.source.strip() != slot.source.strip():
            yield f"the test cell `{slot.grade_id}` was changed; ours was used"
        elif cell.points not in {None, slot.points}:
            yield f"the cell `{slot.grade_id}` says it is worth {cell.points:g}; it is worth {slot.points:g}"


def _deleted(names: Sequence[str]) -> Iterator[str]:
    if len(names) == 1:
        yield f"the cell {names[0]} was deleted"
    elif names:
        more = " …" if len(names) > TOLD else ""
        yield f"{len(names)} cells were deleted: {', '.join(names[:TOLD])}{more}"


def _code_deleted(notebook: SubmittedNotebook, handout: Handout) -> Iterator[str]:
    """Yield which code is gone that was handed out to be run: imports, as a rule. It may have been edited."""
    ids = {cell.cell_id for cell in notebook.cells}
    code = "\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
    for slot in handout.slots:
        if slot.kind == "code" and not slot.grade_id and slot.cell_id not in ids and slot.source not in code:
            yield f"the cell that begins with `{slot.source.strip().splitlines()[0][:60]}` was deleted"

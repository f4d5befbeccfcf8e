"""Reads the handed-out notebook: its cells, what they are worth, which are locked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One cell of the handout."""

    kind: Kind
    source: str
    cell_id: str
    grade_id: str = ""  #: empty for a cell that nbgrader does not know
    grade: bool = False
    solution: bool = False
    locked: bool = False
    points: float = 0.0
    checksum: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def manual(self) -> bool:
        """Whether a person grades it."""
        return self.grade and self.solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """The exercises of one module, as learners got them."""

    module: str
    slots: tuple[Slot, ...]
    metadata: dict[str, Any]
    titles: MappingProxyType[str, str]  #: of exercises and questions, by name

    def slot(self, grade_id: str) -> Slot | None:
        """Find a cell by nbgrader's name for it."""
        return next((slot for slot in self.slots if slot.grade_id == grade_id), None) if grade_id else None

    def is_locked(self, grade_id: str | None) -> bool:
        """Whether learners were not to change the cell of this name; not so for a name that is not ours."""
        slot = self.slot(grade_id or "")
        return slot is not None and slot.locked

    @property
    def questions(self) -> tuple[Slot, ...]:
        """The cells that a person grades."""
        return tuple(slot for slot in self.slots if slot.manual)


def read_handout(path: Path) -> Handout:
    """Read a printed `exercises.ipynb`. It is ours, and trusted."""
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    card = notebook["metadata"].get("course", {})
    known = {**card.get("exercises", {}), **card.get("questions", {})}
    slots = tuple(_slot(cell) for cell in notebook["cells"])
    titles = {name: str(entry.get("title") or name) for name, entry in known.items()}
    return Handout(
        module=card.get("module") or path.parent.name,
        slots=slots,
        metadata={name: notebook["metadata"][name] for name in ("kernelspec", "language_info")},
        titles=MappingProxyType(titles),
    )


def _slot(cell: dict[str, Any]) -> Slot:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    marks: dict[str, Any] = cell["metadata"].get("nbgrader", {})
    return Slot(
        kind=cell["cell_type"],
        source=source,
        cell_id=cell.get("id", ""),
        grade_id=marks.get("grade_id", ""),
        grade=bool(marks.get("grade")),
        solution=bool(marks.get("solution")),
        # nbgrader's own rule: a grade cell that is no solution is locked, whatever its mark says
        locked=not marks.get("solution") and bool(marks.get("grade") or marks.get("locked")),
        points=float(marks.get("points") or 0),
        checksum=marks.get("checksum"),
        metadata=cell["metadata"],
    )

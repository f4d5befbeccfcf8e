"""Chooses the notebook that counts, where a student handed in several of one module, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.submissions.assignment import Handout, read_handout
from autograder.submissions.entry import NOTEBOOK, Entry
from autograder.submissions.file_names import is_autosave
from autograder.submissions.notebook import read_notebook
from autograder.submissions.restore import restored
from autograder.submissions.safe_read import Unreadable, inert

LISTED = 5  #: others that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    entry: Entry
    answers: int  #: how many are written; -1 where the file is no notebook

    @property
    def told(self) -> str:
        """Its name, and what is in it."""
        path = self.entry.path
        what = (
            f"{self.answers} answer{'' if self.answers == 1 else 's'} written"
            if self.answers >= 0
            else "unreadable"
        )
        return f"`{inert(path.parent.name)}/{inert(path.name)}` ({what})"


def choose(entries: list[Entry], blanks: Mapping[str, Path]) -> Entry:
    """Return the entry that counts: the one with most answers, then the one that's called as handed out.

    Its note says which one it is, and what else there was. Nothing is thrown away: the inbox stays as it is.
    """
    # Whoever hands in Jupyter's autosave, too, did not try twice, whatever number it got.
    attempts = [entry.attempt for entry in entries if not is_autosave(entry.path.name)]
    newest = max(attempts or [entry.attempt for entry in entries])
    if older := [entry for entry in entries if entry.attempt < newest]:
        chosen = choose([entry for entry in entries if entry.attempt >= newest], blanks)
        names = ", ".join(f"`{inert(entry.path.name)}`" for entry in older[:LISTED])
        note = f"the newest attempt is graded; earlier ones were {names}"
        return replace(chosen, note="; ".join(filter(None, (chosen.note, note))))
    sound = [entry for entry in entries if not entry.problem]
    if len(entries) == 1 or not sound:
        odd = "; ".join(entry.problem for entry in entries if entry.problem)
        return replace(entries[0], problem=odd)
    blank = blanks.get(sound[0].module)
    handout = read_handout(blank) if blank else None
    candidates = sorted((_Candidate(entry=e, answers=_written(e.path, handout)) for e in sound), key=_rank)
    chosen, others = candidates[-1], candidates[-2::-1]
    told = [other.told for other in others[:LISTED]] + (["…"] if len(others) > LISTED else [])
    told += [entry.problem for entry in entries if entry.problem][:LISTED]
    note = f"{len(entries)} files were handed in for it: {chosen.told} is graded; not {', '.join(told)}"
    return replace(chosen.entry, note="; ".join(filter(None, (chosen.entry.note, note))))


def _rank(candidate: _Candidate) -> tuple[int, bool, bool, float, str]:
    path = candidate.entry.path
    return (
        candidate.answers,
        not is_autosave(path.name),
        path.name == NOTEBOOK,
        path.stat().st_mtime,
        path.name,
    )


def _written(path: Path, handout: Handout | None) -> int:
    """How many answers aren't the blank that was handed out."""
    try:
        notebook = read_notebook(path)
    except Unreadable:
        return -1
    count = 0
    for cell in (restored(notebook, handout) if handout else notebook).cells:
        slot = handout.slot(cell.grade_id or "") if handout else None
        blank = slot.source if slot else ""
        solution = slot.solution if slot else cell.solution and handout is None
        count += bool(solution and cell.source.strip() != blank.strip())
    return count

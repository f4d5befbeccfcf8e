"""Carries what a learner has solved from one machine to another, in a file.

The file has scores and no answers: at worst, somebody else's file claims a score, but it never puts code into
a notebook that you run. Loading one adds to what's solved and lowers nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.submissions.safe_read import Unreadable, as_object, read_object, read_start
from course.errors import CourseError, UsageError
from course.learner.catalogue import CatalogueEntry, entries
from course.learner.progress import keep_elsewhere
from course.learner.warm_up import WARM_UP
from course.learner.workspace import Workspace, write_atomically

if TYPE_CHECKING:
    from course.paths import Root

KIND = "langgraph-course progress"
SCHEMA = 1
MOST = 256 << 10  #: bytes; the whole course takes some 10 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a file brought."""

    better: tuple[str, ...]  #: exercises that stand better than before
    same: int  #: that stood so already, or better
    unknown: int  #: that this course doesn't have, or whose score is none


def save(root: Root, workspace: Workspace, path: Path) -> int:
    """Write what is solved to a file; return how many exercises are in it.

    Raises:
        UsageError: there is another file already.
        CourseError: it can't be written.
    """
    known, facts = _known(root), workspace.recall("progress")
    scores = {name: facts[name] for name in known if _score(facts.get(name)) is not None}
    text = json.dumps({"kind": KIND, "schema": SCHEMA, "progress": scores}, indent=1, sort_keys=True) + "\n"
    if path.exists() or path.is_symlink():
        _read(path)  # an earlier one is replaced, and nothing else
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise CourseError(f"{path}: can't be written: {error.strerror}") from None
    return len(scores)


def load(root: Root, workspace: Workspace, path: Path) -> Loaded:
    """Take over what a file says is solved, where that's more than what we know.

    Raises:
        UsageError: it's no file of `save`'s.
    """
    known, found = _known(root), _read(path)
    sound = {name: score for name in known if (score := _score(found.get(name))) is not None}
    better = [
        name
        for name, score in sound.items()
        if keep_elsewhere(workspace, name, score, known[name].public_points, when=_when(found[name]))
    ]
    return Loaded(better=tuple(better), same=len(sound) - len(better), unknown=len(found) - len(sound))


def _known(root: Root) -> Mapping[str, CatalogueEntry]:
    checked = {name: entry for name, entry in entries(root).items() if not entry.manual}
    return {WARM_UP.name: WARM_UP, **checked}


def _read(path: Path) -> dict[str, Any]:
    try:
        data = read_start(path, MOST + 1)
        found = read_object(path.name, data) if len(data) <= MOST else {}
    except Unreadable as error:
        reason = f"{path}: {error}" if not path.is_file() else f"{path}: is no JSON"
        raise UsageError(f"{reason}: name a file that `course progress --save` wrote") from None
    if found.get("kind") != KIND:
        raise UsageError(f"{path}: isn't a file that `course progress --save` wrote, so it stays as it is")
    if found.get("schema") != SCHEMA:
        raise UsageError(f"{path}: was written by another version of the course: save it again with this one")
    return as_object(found.get("progress"))


def _score(entry: object) -> float | None:
    """Return the score in an entry; none where it is no number that a score can be."""
    score = as_object(entry).get("earned")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    try:
        return float(score) if math.isfinite(score) and score >= 0 else None
    except OverflowError:
        return None


def _when(entry: object) -> str:
    """Return when it was solved; the present where the file doesn't say."""
    try:
        when = datetime.fromisoformat(str(as_object(entry).get("when"))[:40])
        return when.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC).isoformat(timespec="seconds")

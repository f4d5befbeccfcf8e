"""Records what a learner has solved, for `course progress`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from course.learner.catalogue import CatalogueEntry, entries, read_title
from course.learner.core_path import all_core_hours, core_path_hours, on_core_path
from course.learner.outline import outline
from course.learner.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import RenderableType

    from autograder.results.verdicts import ExerciseResult
    from course.paths import Root

BAR = 24
HOURS = "★ core path: about {} hours, lessons included; all that's core {} (estimates)"
ALL_SOLVED = "Every exercise has been solved once; `course check` says how they stand as saved."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an exercise has come: the best of all its checks."""

    exercise: CatalogueEntry
    earned: float
    tried: bool
    now: float | None = None  #: what the last check gave; none where nothing says so

    @property
    def solved(self) -> bool:
        return self.tried and self.earned >= self.exercise.public_points

    @property
    def mark(self) -> str:
        return "✓" if self.solved else "◐" if self.tried else "✎" if self.exercise.manual else "·"


def record(name: str, earned: float, points: float) -> None:
    """Keep the best score of an exercise; outside a workspace (an instructor's run) nothing is kept."""
    if workspace := Workspace.around():
        keep(workspace, name, earned, points)


def keep(workspace: Workspace, name: str, earned: float, points: float) -> None:
    """Keep the best score of an exercise in a workspace."""
    facts = workspace.recall("progress")
    best, known = _score(facts.get(name)), _facts(facts.get(name))
    if best is None or earned > best or points != known.get("points"):
        when = datetime.now(UTC).isoformat(timespec="seconds")
        known = {"earned": min(max(earned, best or 0), points), "points": points, "when": when}
    if facts.get(name) != {**known, "now": earned}:
        facts[name] = {**known, "now": earned}
        workspace.remember("progress", facts)


def keep_elsewhere(workspace: Workspace, name: str, earned: float, points: float, *, when: str) -> bool:
    """Keep a score that was reached on another machine, if it's better; return whether it is.

    What the last check of this workspace's notebook gave stays as it was.
    """
    facts = workspace.recall("progress")
    best, earned = _score(facts.get(name)), min(earned, points)
    if best is not None and earned <= best:
        return False
    facts[name] = {**_facts(facts.get(name)), "earned": earned, "points": points, "when": when}
    workspace.remember("progress", facts)
    return True


def keep_result(workspace: Workspace, result: ExerciseResult) -> None:
    """Keep what a check gave; a blank that was never anything else has not been tried."""
    if result.status != "not written" or result.name in workspace.recall("progress"):
        keep(workspace, result.name, result.earned, result.points)


def _facts(entry: object) -> dict[str, Any]:
    return cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}


def _score(entry: object, which: str = "earned") -> float | None:
    """The score in a remembered entry, if the entry is sound."""
    score = _facts(entry).get(which)
    return float(score) if isinstance(score, int | float) else None


def standings(root: Root, workspace: Workspace) -> tuple[Standing, ...]:
    """How far every exercise has come, in teaching order."""
    facts = workspace.recall("progress")
    return tuple(
        Standing(exercise=exercise, earned=score or 0.0, tried=score is not None, now=_score(entry, "now"))
        for exercise in entries(root).values()
        for entry in (facts.get(exercise.name),)
        for score in (_score(entry),)
    )


def was_solved(workspace: Workspace, exercise: CatalogueEntry) -> bool:
    """Whether an exercise is solved; also one that isn't among the standings, as the warm-up."""
    score = _score(workspace.recall("progress").get(exercise.name))
    return score is not None and score >= exercise.public_points


def next_up(rows: tuple[Standing, ...]) -> Standing | None:
    """The first exercise that is not solved and that a check can solve."""
    return next((row for row in rows if not row.solved and not row.exercise.manual), None)


def next_core(rows: tuple[Standing, ...]) -> Standing | None:
    """The first unsolved exercise that isn't a further one; where there is none, the first further one."""
    return next_up(tuple(row for row in rows if row.exercise.role != "further")) or next_up(rows)


def following(rows: tuple[Standing, ...], name: str) -> Standing | None:
    """The next core exercise after `name` that isn't solved; after the last, those before it."""
    names = [row.exercise.name for row in rows]
    place = names.index(name) + 1 if name in names else 0
    return next_core((*rows[place:], *rows[:place]))


def counts(rows: tuple[Standing, ...]) -> tuple[int, int]:
    """How many exercises are solved, and how many there are that a check can solve."""
    checked = [row for row in rows if not row.exercise.manual]
    return sum(row.solved for row in checked), len(checked)


def bar(rows: tuple[Standing, ...]) -> str:
    """`━━━━━╌╌╌╌╌ 3 of 5 solved`."""
    done, total = counts(rows)
    full = round(BAR * done / total) if total else 0
    return f"{'━' * full}{'╌' * (BAR - full)} {done} of {total} solved"


def render(root: Root, rows: tuple[Standing, ...], *, only: str | None = None) -> RenderableType:
    """The table that `course progress` prints, at most 80 columns wide; of one module, if `only` names it."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for module in dict.fromkeys(row.exercise.module for row in rows):
        mine = tuple(row for row in rows if row.exercise.module == module)
        title = read_title(root.notebook(module, "lesson"))
        if only in {None, module}:
            parts += [Text(title, "bold"), _table(mine, rows)]
        else:
            done, total = counts(mine)
            parts.append(Text(f"{done} of {total}  {title}", "dim", no_wrap=True, overflow="ellipsis"))
        if only is None:
            parts.append(Text())
    up = next_core(rows)
    last = f"Next: {up.exercise.name} — {up.exercise.title}" if up else ALL_SOLVED
    modules = outline(root)
    hours = HOURS.format(core_path_hours(modules), all_core_hours(modules))
    return Group(*parts, Text(bar(rows)), Text(hours, "dim"), Text(last, no_wrap=True, overflow="ellipsis"))


def _table(rows: tuple[Standing, ...], all_rows: tuple[Standing, ...]) -> RenderableType:
    """A module's exercises, in columns as wide as those of every other module."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 1), width=78)
    table.add_column(width=1)
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    names = max(len(row.exercise.name) for row in all_rows)
    table.add_column(overflow="ellipsis", no_wrap=True, style="dim", width=min(names, 24))
    table.add_column(justify="right", no_wrap=True, width=max(len(_points(row)) for row in all_rows))
    path = on_core_path(row.exercise for row in rows)
    for row in rows:
        star = "★" if row.exercise in path else ""
        colour = "green" if row.solved else "yellow" if row.tried else "dim"
        cells = (row.exercise.title, row.exercise.name, _points(row))
        table.add_row(Text(row.mark, colour), Text(star, "dim"), *cells)
    return table


def _points(row: Standing) -> str:
    if row.exercise.manual:
        return "by hand"
    now = f", now {row.now:g}" if row.now is not None and row.now < row.earned else ""
    return f"{row.earned:g} / {row.exercise.public_points:g}{now}"

"""Draws a history for a terminal: rails as in `git log --graph`, oldest on top."""

from __future__ import annotations

from collections.abc import Iterator, Set
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from timetravel.draw import lanes
from timetravel.draw.lanes import LaneRow
from timetravel.model import words
from timetravel.model.history import History, Step
from timetravel.model.values import clean

if TYPE_CHECKING:
    from rich.text import Text

Line = tuple[tuple[str, str], ...]
"""Pieces of one line, each with its Rich style."""

LANE_COLOURS = ("blue", "cyan", "magenta", "green", "yellow", "bright_blue", "bright_magenta", "bright_cyan")
_TONES = {"bad": ("✗", "bold red"), "wait": ("!", "yellow"), "note": ("·", "dim")}
_DEEP = 20  # subgraphs in subgraphs
_NARROW = 46  # cells; a subgraph that would have less stays closed
_NOTE_LINES = 4  # of one error or question
_LEGEND = "◆ head   ● led to the head   ○ left behind by a fork"


def plain(history: History, width: int = 80, depth: int = _DEEP) -> str:
    """The drawing as text without colour."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in drawing(history, width, depth))


def coloured(history: History, width: int = 80, depth: int = _DEEP) -> Text:
    """The drawing for a Rich console."""
    from rich.text import Text

    lines = [Text.assemble(*line) for line in drawing(history, width, depth)]
    return Text("\n").join(lines)


def drawing(history: History, width: int, depth: int = _DEEP) -> Iterator[Line]:
    """The drawing, line by line; no line is wider than `width` cells.

    Subgraphs are opened down to `depth`; below it, a line says what each of them did.
    """
    place = f" in {history.where}" if history.where else ""
    yield ((_fit(clean(f"Thread {history.thread_id}{place}"), width), "bold"),)
    if history.namespace:
        yield ((_fit(clean(f"Subgraph {history.namespace}"), width), ""),)
    if not history.steps:
        yield from (((part, ""),) for part in _wrapped(words.EMPTY, width))
        return
    yield ((_fit(words.headline(history), width), "dim"),)
    yield (("", ""),)
    yield from steps(history, width, depth)
    if history.branches > 1:
        yield (("", ""),)
        yield ((_fit(_LEGEND, width), "dim"),)


def steps(history: History, width: int, depth: int, shown: Set[str] = frozenset()) -> Iterator[Line]:
    """The rows, each with its subgraphs; without those in `shown`, by their ids."""
    laid = lanes.rows(history)
    rails = lanes.width(laid) * 2
    column = min(max((cell_len(words.names(row.step.nodes, 14)) for row in laid), default=0), 14)
    for row in laid:
        if row.step.checkpoint_id not in shown:
            yield from _step(row, rails, column, width)
        for inner in history.inner.get(row.step.checkpoint_id, ()):
            beside = (*_passing(row.below, rails), ("     ", ""))
            yield from _subgraph(inner, beside, width - rails - 5, depth, shown)


def _subgraph(inner: History, beside: Line, width: int, depth: int, shown: Set[str]) -> Iterator[Line]:
    below = steps(inner, width - 2, depth - 1, shown) if depth > 0 and width >= _NARROW else ()
    title = _fit(clean(words.subgraph(inner)), max(width - 2, 8))
    if any(step.checkpoint_id not in shown for _, step in inner.walk()):
        yield (*beside, ("▾ " if depth > 0 and width >= _NARROW else "▸ ", "cyan"), (title, "cyan"))
    for line in below:
        yield (*beside, ("  ", ""), *line)


def _step(row: LaneRow, rails: int, column: int, width: int) -> Iterator[Line]:
    step = row.step
    number = "" if step.step is None else str(step.step)
    nodes = _pad(clean(words.names(step.nodes, 14)), column)
    fixed = rails + 5 + 7 + column + 2 + 9
    room = max(width - fixed, 8)
    what = _pad(clean(words.summary(step, room)), room)
    style = "" if step.on_path else "dim"
    yield (
        *_dots(row, rails),
        (f"{number:>4} ", style),
        (f"{step.source:<6} "[:7], "dim" if step.source == "loop" else "bold"),
        (f"{nodes}  ", "bold" if step.head else style),
        (what, style),
        (f"  …{step.short_id}", "dim"),
    )
    if row.opens:
        yield _fork(row, rails)
    for note in words.notes(step):
        mark, tone = _TONES[note.tone]
        for index, part in enumerate(_wrapped(clean(note.text), max(width - rails - 7, 8))[:_NOTE_LINES]):
            sign = " " if index else mark
            yield (*_passing(row.below, rails), (f"     {sign} ", tone), (part, tone))


def _dots(row: LaneRow, rails: int) -> Line:
    pieces = list(_passing(tuple({*row.above, *row.below} - (set(row.opens) - set(row.above))), rails))
    pieces[row.lane] = (f"{_dot(row.step)} ", f"bold {_colour(row.lane)}")
    return tuple(pieces)


def _dot(step: Step) -> str:
    return "◆" if step.head else "●" if step.on_path else "○"


def _passing(passing: tuple[int, ...], rails: int) -> Line:
    return tuple(("│ " if lane in passing else "  ", _colour(lane)) for lane in range(rails // 2))


def _fork(row: LaneRow, rails: int) -> Line:
    """The line under a step on which branches leave it: `├─┬─╮`."""
    pieces: list[tuple[str, str]] = []
    last = row.opens[-1]
    for lane in range(rails // 2):
        if lane == row.lane:
            pieces.append(("├─", _colour(last)))
        elif row.lane < lane <= last:
            passing = "┼─" if lane in row.below else "──"
            corner = "╮ " if lane == last else "┬─" if lane in row.opens else passing
            pieces.append((corner, _colour(last)))
        else:
            pieces.append(("│ " if lane in row.below else "  ", _colour(lane)))
    return tuple(pieces)


def _colour(lane: int) -> str:
    return LANE_COLOURS[lane % len(LANE_COLOURS)]


def _fit(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _pad(text: str, width: int) -> str:
    return set_cell_size(_fit(text, width), width)


def _wrapped(text: str, width: int) -> list[str]:
    narrow = cell_len(text) == len(text)  # a wide character takes two cells, which textwrap does not know
    return [_fit(part, width) for part in wrap(text, width if narrow else width // 2)]

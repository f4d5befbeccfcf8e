"""Assigns every branch a lane, and draws the rails beside each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from timetravel.model.history import History, Step

MOST = 8
"""More lanes than this are drawn on the last one: a page has an edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """A step with the rails beside it, from top to bottom: oldest first, branches to the right."""

    step: Step
    lane: int
    above: tuple[int, ...]  #: lanes with a rail at the row's upper edge
    below: tuple[int, ...]  #: lanes with a rail at its lower edge
    opens: tuple[int, ...]  #: lanes of the branches that begin here


@dataclass(slots=True)
class _Span:
    """Where a branch is on the page: from its fork, or its root, to its last step."""

    start: int
    end: int
    parent: int | None  #: the branch it forked from
    lane: int = 0


def rows(history: History) -> tuple[LaneRow, ...]:
    """Lay a history out."""
    spans = _spans(history)
    _assign(spans)
    return tuple(_row(index, step, spans) for index, step in enumerate(history.steps))


def width(laid: Sequence[LaneRow]) -> int:
    """How many lanes there are, at least one."""
    return max((lane for row in laid for lane in (row.lane, *row.above, *row.opens)), default=0) + 1


def _spans(history: History) -> dict[int, _Span]:
    index = {step.checkpoint_id: position for position, step in enumerate(history.steps)}
    spans: dict[int, _Span] = {}
    for position, step in enumerate(history.steps):
        if step.branch not in spans:
            spans[step.branch] = _Span(position, position, None)
            parent = history.parent(step)
            # A subgraph that remembers its last run has its parent there, beside another step.
            if parent is not None and parent.checkpoint_id in index:
                spans[step.branch] = _Span(index[parent.checkpoint_id], position, parent.branch)
        spans[step.branch].end = position
    return spans


def _assign(spans: dict[int, _Span]) -> None:
    """Take the first free lane right of the parent's, in the order in which branches begin on the page."""
    placed: list[_Span] = []
    for span in sorted(spans.values(), key=lambda one: (one.start, one.parent is not None)):
        lane = 0 if span.parent is None else spans[span.parent].lane + 1
        taken = {other.lane for other in placed if other.end >= span.start}
        while lane in taken:
            lane += 1
        span.lane = min(lane, MOST - 1)
        placed.append(span)


def _row(index: int, step: Step, spans: dict[int, _Span]) -> LaneRow:
    lanes = list(spans.values())
    return LaneRow(
        step=step,
        lane=spans[step.branch].lane,
        above=tuple(sorted({span.lane for span in lanes if span.start < index <= span.end})),
        below=tuple(sorted({span.lane for span in lanes if span.start <= index < span.end})),
        opens=tuple(sorted({span.lane for span in lanes if span.parent is not None and span.start == index})),
    )


_COLOURS = 6  # as many as the style sheet has


def rails(row: LaneRow, width: int) -> str:
    """The inside of a row's rail column, in which there is room for `width` lanes."""
    parts = [_curves(row, width)] if row.opens else []
    for lane in sorted({*row.above, *row.below}):
        if lane in row.opens and lane not in row.above:
            parts.append(_rail(lane, "e"))
        elif lane != row.lane or (lane in row.above and lane in row.below):
            parts.append(_rail(lane, ""))
        else:
            parts.append(_rail(lane, "u" if lane in row.above else "d"))
    kind = "head" if row.step.head else "" if row.step.on_path else "off"
    parts.append(f'<b class="{_colour(row.lane)} {kind}" style="--x:{row.lane}"></b>')
    return "".join(parts)


def _rail(lane: int, part: str) -> str:
    return f'<i class="{_colour(lane)} {part}" style="--x:{lane}"></i>'


def _curves(row: LaneRow, width: int) -> str:
    """The ways from this step into the lanes of the branches that leave it."""
    start = row.lane * 10 + 5
    ends = [(lane, lane * 10 + 5) for lane in reversed(row.opens)]  # the nearest comes last, so lies on top
    paths = (f'<path class="{_colour(lane)}" d="M{start} 0H{x - 6}Q{x} 0 {x} 6V10"/>' for lane, x in ends)
    return f'<svg viewBox="0 0 {width * 10} 10" preserveAspectRatio="none">{"".join(paths)}</svg>'


def _colour(lane: int) -> str:
    return f"c{lane % _COLOURS}"

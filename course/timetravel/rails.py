"""Draws the rails beside one row: lines that pass, begin or end, the step's dot, the ways into new lanes."""

from __future__ import annotations

from course.timetravel.lanes import Row

_COLOURS = 6  # as many as the style sheet has


def rails(row: Row, width: int) -> str:
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


def _curves(row: Row, width: int) -> str:
    """The ways from this step into the lanes of the branches that leave it."""
    start = row.lane * 10 + 5
    ends = [(lane, lane * 10 + 5) for lane in reversed(row.opens)]  # the nearest comes last, so lies on top
    paths = (f'<path class="{_colour(lane)}" d="M{start} 0H{x - 6}Q{x} 0 {x} 6V10"/>' for lane, x in ends)
    return f'<svg viewBox="0 0 {width * 10} 10" preserveAspectRatio="none">{"".join(paths)}</svg>'


def _colour(lane: int) -> str:
    return f"c{lane % _COLOURS}"

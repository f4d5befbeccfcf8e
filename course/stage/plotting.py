"""Draws a line chart as SVG, in the colours of the page around it, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from IPython.display import HTML

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 150, 14, 34
_COLOURS = (
    "#c9803a",
    "#3d86c6",
    "#4f9d69",
    "#b6589b",
    "#8a8f2e",
    "#7a6fd0",
)  # readable on white and on black
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 4")  # and without colours


def plot(title: str, series: Mapping[str, Sequence[float]], across: str = "turn") -> HTML:
    """Draw one line for each series: its first value is that of turn 1. Labels stand at the lines' ends."""
    high = max(max(values) for values in series.values()) or 1
    last = max(len(values) for values in series.values())
    ends = _apart({name: _y(values[-1], high) for name, values in series.items()})
    drawn = [_axes(high, last, across)]
    for number, (name, values) in enumerate(series.items()):
        colour, dash = _COLOURS[number % 6], _DASHES[number % 6]
        points = " ".join(f"{_x(i, last):.1f},{_y(value, high):.1f}" for i, value in enumerate(values))
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{ends[name] + 4:.1f}" fill="{colour}">{escape(name)}</text>'
        )
    spoken = "; ".join(f"{name} ends at {values[-1]:,}" for name, values in series.items())
    return HTML(
        f'<svg role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" style="width:100%;max-width:{_WIDTH}px" '
        f'font-size="12" font-family="sans-serif"><title>{escape(title)}</title><desc>{escape(spoken)}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _x(index: int, last: int) -> float:
    return _LEFT + index * (_WIDTH - _LEFT - _RIGHT) / max(last - 1, 1)


def _y(value: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM) / high


def _axes(high: float, last: int, across: str) -> str:
    ticks = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(at, high):.1f}" y2="{_y(at, high):.1f}" '
        f'stroke="currentColor" opacity=".18"/><text x="{_LEFT - 6}" y="{_y(at, high) + 4:.1f}" '
        f'text-anchor="end" fill="currentColor">{at:,.0f}</text>'
        for at in (0, high / 2, high)
    ]
    ends = "".join(
        f'<text x="{_x(at, last):.1f}" y="{_HEIGHT - 12}" text-anchor="middle" '
        f'fill="currentColor">{label}</text>'
        for at, label in ((0, f"{across} 1"), (last - 1, last))
    )
    return "".join(ticks) + ends


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Move labels down that would cover the one above."""
    found: dict[str, float] = {}
    for name, y in sorted(wanted.items(), key=lambda each: each[1]):
        found[name] = max(y, *(above + 14 for above in found.values())) if found else y
    too_low = max(found.values()) - (_HEIGHT - _BOTTOM)
    return {name: y - max(too_low, 0) for name, y in found.items()}

"""Draws a line chart as SVG, in the colours of the page around it, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from IPython.display import HTML

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 160, 36, 34
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
    drawn = [f'<text x="0" y="14" fill="currentColor">{escape(title)}</text>', _axes(high, last, across)]
    for number, (name, values) in enumerate(series.items()):
        colour, dash = _COLOURS[number % 6], _DASHES[number % 6]
        points = " ".join(f"{_x(i, last):.1f},{_y(value, high):.1f}" for i, value in enumerate(values))
        line = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        end, y = _WIDTH - _RIGHT + 8, ends[name]
        drawn.append(
            f'<polyline points="{points}" {line}/><path d="M{end},{y:.1f}h24" {line}/>'
            f'<text x="{end + 30}" y="{y + 4:.1f}" fill="currentColor">{escape(name)}</text>'
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
    """Move labels up that would cover the one below."""
    found: dict[str, float] = {}
    lowest = float(_HEIGHT - _BOTTOM)
    for name, y in sorted(wanted.items(), key=lambda each: each[1], reverse=True):
        found[name] = min(y, lowest)
        lowest = found[name] - 16
    return found

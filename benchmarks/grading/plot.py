"""Draws the milliseconds for each further submission, for the site's light theme and its dark one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.report import PLOT
from benchmarks.grading.results import OURS, Results


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of docs/assets/site.css."""

    ink: str
    soft: str
    line: str
    accent: str


THEMES = {
    "light": Theme("#1d2326", "#5a666b", "#dfe4e4", "#0f6f69"),
    "dark": Theme("#e3e9e8", "#9aa8a8", "#2b3536", "#6ecfc3"),
}
FIXED = {"svg.fonttype": "none", "svg.hashsalt": "benchmark", "font.family": ["sans-serif"], "font.size": 11}


def draw(results: Results, folder: Path) -> None:
    """Write one drawing for each theme."""
    import matplotlib as mpl

    mpl.use("svg")
    with mpl.rc_context(FIXED):
        for name, theme in THEMES.items():
            _draw(results, theme, folder / PLOT.format(theme=name))


def _draw(results: Results, theme: Theme, path: Path) -> None:
    from matplotlib import pyplot

    ways = sorted(results.ways, key=lambda way: -way.each)
    names, values = [way.name for way in ways], [1000 * way.each for way in ways]
    left = min(values) / 2.5
    colours = [theme.accent if way.name == OURS else theme.soft for way in ways]
    figure, axes = pyplot.subplots(figsize=(5.8, 0.45 * len(ways) + 0.8), layout="constrained")
    axes.hlines(names, left, values, color=theme.line)
    axes.scatter(values, names, s=80, color=colours, zorder=3)  # no bars: a logarithmic axis has no zero
    for row, value in enumerate(values):
        axes.text(value * 1.35, row, f"{value:,.0f} ms", va="center", color=theme.ink)
    axes.set_xscale("log")
    axes.set_xlim(left, max(values) * 8)
    axes.set_ylim(-0.6, len(ways) - 0.4)
    axes.set_xlabel("milliseconds for each further submission (logarithmic)", color=theme.soft)
    _plain(axes, theme)
    figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def _plain(axes: Any, theme: Theme) -> None:
    """Faint lines, no frame."""
    axes.invert_yaxis()
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=theme.line, linewidth=0.8)
    axes.tick_params(axis="both", which="both", length=0, labelcolor=theme.ink)
    axes.tick_params(axis="x", labelcolor=theme.soft)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    for side in axes.spines.values():
        side.set_visible(False)

"""Draws the report's charts as SVG, in the page's own colours: light, dark and on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.instructor.report.item_statistics import POOR
from course.instructor.report.model import ExerciseReport, ModuleReport

if TYPE_CHECKING:
    from markupsafe import Markup

COLOURS = {"#010101": "ink", "#020202": "soft", "#030303": "line", "#040404": "accent", "#050505": "bad"}
"""Drawn in these, and named by the page's variables: one drawing does for every theme."""

INK, SOFT, LINE, ACCENT, BAD = COLOURS
HARD = 0.5
WIDTHS = {
    "wide": 9.3,
    "narrow": 4.8,
}  #: inches, so that letters are as large as the page's: a screen's, a phone's
COLUMNS = {"wide": 3, "narrow": 2}
NAMED = 8  #: exercises that have their names in the drawing
BESIDE = {"wide": 0.012, "narrow": 0.03}  #: how far a name is from its point
FIXED: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 11,
}


def distribution(modules: Sequence[ModuleReport]) -> Markup:
    """Draw how many notebooks have which share of the points, for each module."""
    shown = [module for module in modules if module.handed_in and module.points]

    def draw(figure: Any, form: str) -> None:  # noqa: ANN401 — Matplotlib has no types
        grid = figure.subplots(-(-len(shown) // COLUMNS[form]), COLUMNS[form], squeeze=False)
        for axes in grid.flat[len(shown) :]:
            axes.set_visible(False)
        for axes, module in zip(grid.flat, shown, strict=False):
            axes.bar(range(10), module.distribution, width=0.82, align="edge", color=ACCENT)
            axes.set_title(f"{module.module} ({module.handed_in})", loc="left", color=INK, fontsize=11)
            _plain(axes)
            axes.set_xticks([0, 5, 10], ["0 %", "50 %", "100 %"])
            axes.set_yticks([0, max(module.distribution)])
            axes.spines["bottom"].set(visible=True, color=LINE)

    told = "; ".join(f"{m.module}: {', '.join(map(str, m.distribution))}" for m in shown)
    heights = {form: 1.75 * -(-len(shown) // columns) for form, columns in COLUMNS.items()}
    return _figure(draw, heights, "How many notebooks have which share of the points", f"By tenths. {told}")


def item_map(exercises: Sequence[ExerciseReport]) -> Markup | None:
    """Draw each exercise by difficulty and discrimination; nothing where too few learners tell."""
    shown = [e for e in exercises if e.difficulty is not None and e.discrimination is not None]
    if not shown:
        return None
    odd = sorted(shown, key=lambda e: min((e.difficulty or 0) - HARD, (e.discrimination or 0) - POOR))
    named = [e for e in odd if (e.difficulty or 0) < HARD or (e.discrimination or 0) < POOR][:NAMED]

    def draw(figure: Any, form: str) -> None:  # noqa: ANN401
        axes = figure.subplots()
        low = min(-0.05, *(e.discrimination or 0 for e in shown)) - 0.05
        axes.axhline(POOR, color=LINE, linewidth=1)
        axes.axvline(HARD, color=LINE, linewidth=1)
        colours = [BAD if e in named else ACCENT for e in shown]
        axes.scatter([e.difficulty for e in shown], [e.discrimination for e in shown], s=46, color=colours)
        for e, y in _apart(named):
            left = (e.difficulty or 0) > 0.6
            x = (e.difficulty or 0) + (-BESIDE[form] if left else BESIDE[form])
            axes.text(x, y, e.name, ha="right" if left else "left", va="center", color=INK, fontsize=10)
        axes.set(xlim=(-0.02, 1.02), ylim=(low, 1.02))
        axes.set_xlabel("p: share of the points that the class got", color=SOFT)
        axes.set_ylabel("discrimination", color=SOFT)
        _plain(axes)

    told = "; ".join(f"{e.name}: p {e.difficulty:.2f}, discrimination {e.discrimination:.2f}" for e in shown)
    heights = {"wide": 3.9, "narrow": 4.4}
    return _figure(draw, heights, "Exercises by difficulty and discrimination", told)


def _apart(exercises: Sequence[ExerciseReport]) -> Iterator[tuple[ExerciseReport, float]]:
    """Yield names with their heights; one that would cover the one below is moved up."""
    lowest = -1.0
    for exercise in sorted(exercises, key=lambda e: e.discrimination or 0):
        y = max(exercise.discrimination or 0, lowest)
        lowest = y + 0.07
        yield exercise, y


def _plain(axes: Any) -> None:  # noqa: ANN401
    axes.tick_params(length=0, labelcolor=SOFT, labelsize=10)
    for side in axes.spines.values():
        side.set_visible(False)


def _figure(draw: Callable[[Any, str], None], heights: Mapping[str, float], title: str, told: str) -> Markup:
    """Draw it twice: the page shows the one that fits, and nobody scrolls sideways or reads tiny letters."""
    from markupsafe import Markup

    parts = [
        f'<div class="{form}">{_svg(draw, form, (width, heights[form]), title, told)}</div>'
        for form, width in WIDTHS.items()
    ]
    return Markup("".join(parts))  # escaped by `_svg`


def _svg(
    draw: Callable[[Any, str], None], form: str, size: tuple[float, float], title: str, told: str
) -> Markup:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise CourseError(
            "the charts need Matplotlib, which isn't installed: uv pip install --editable '.[report]'"
        ) from None
    file = io.StringIO()
    with rc_context(
        {**FIXED, "svg.hashsalt": title + form}
    ):  # what refers to another part has names of its own
        figure = Figure(figsize=size, layout="constrained")
        draw(figure, form)
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(file.getvalue(), title, told)


def _inline(svg: str, title: str, told: str) -> Markup:
    """Make a drawing part of the page: its colours are the page's, and no style of its own is left.

    The page's policy lets no `style` attribute through, so each becomes attributes that say the same.
    """
    from markupsafe import Markup

    box = re.search(r'viewBox="[\d. ]+"', svg)
    body = svg[svg.index("</defs>") + len("</defs>") :]
    body = re.sub(r'<g id="[^"]*"', "<g", body)  # the same in each drawing
    body = re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), body)
    for colour, name in COLOURS.items():
        body = body.replace(colour, f"var(--{name})")
    head = f'<svg role="img" xmlns="http://www.w3.org/2000/svg" {box[0] if box else ""}>'
    return Markup(f"{head}<title>{escape(title)}</title><desc>{escape(told)}</desc>{body}")  # escaped here


def _attributes(style: str) -> str:
    pairs = [part.partition(":") for part in style.split(";") if ":" in part]
    kept = [(name.strip(), value.strip()) for name, _, value in pairs if name.strip() != "font-family"]
    return "".join(f' {name}="{value}"' for name, value in kept)

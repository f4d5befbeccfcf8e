"""Draws Mermaid diagrams as SVG at build time: no page needs a script or another host."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from course.learner.workspace import write_atomically
from course.site.native import svg_of

if TYPE_CHECKING:
    from pathlib import Path

# Authors break labels by `<br>`; broken by the drawer as well, they leave empty lines in their boxes.
_UNBROKEN = '%%{init: {"flowchart": {"wrappingWidth": 600}}}%%\n'
_LONG = re.compile(r"(\d\.\d)\d+")
"""A number with more decimals than a tenth of a pixel: they are half of a drawing."""
FENCE = re.compile(r"^```mermaid[ \t]*\n(.*?)```[ \t]*$", re.M | re.S)


def draw_fences(markdown: str, cache: Path) -> str:
    """Put a drawing in the place of every Mermaid fence."""
    return FENCE.sub(lambda fence: f"\n{draw(fence[1], cache)}\n", markdown)


def draw(source: str, cache: Path) -> str:
    """Draw one diagram, as a `<figure>` that takes its colours from the page's style sheet."""
    source = _UNBROKEN + source
    key = hashlib.sha256(source.encode()).hexdigest()[:12]
    kept = cache / f"{key}.svg"
    if not kept.is_file():
        write_atomically(kept, svg_of(source).encode())
    svg = re.sub(r"<style>.*?</style>", "", kept.read_text("utf-8"), flags=re.S)
    svg = _LONG.sub(r"\1", svg)
    svg = svg.replace("my-svg", f"diagram-{key}").replace("\n", " ")
    # As wide as it was drawn, and never so narrow that it cannot be read: then it scrolls.
    width = next(iter(re.findall(r'viewBox="\S+ \S+ (\S+)', svg)), "0")
    svg = re.sub(
        r'style="max-width:[^"]*"',
        f'style="max-width:{width}px;min-width:min({width}px,34rem)"',
        svg,
        count=1,
    )
    return f'<figure class="diagram" tabindex="0">{svg}</figure>'

"""Draws the picture that other sites show beside a link to a page: its title, and what it's about."""

from __future__ import annotations

import hashlib
import re
import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.utils.meta import get_data
from mkdocs.utils.yaml import yaml_load

from course.learner.workspace import write_atomically
from course.site.kept import drawings
from course.site.native import write_pngs

if TYPE_CHECKING:
    from course.paths import Root

_H1 = re.compile(r"^# +(.+?) *(?:\{.*\})?$", re.M)
_PICTURE = Path(__file__).with_name("social.svg")
_TITLE, _ABOUT = (62, 22, 76, "#e3e9e8", "bold"), (31, 46, 46, "#9aa8a8", "normal")
"""Size, letters a line, pixels from line to line, colour, weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page says of itself."""

    title: str
    about: str


def shown(markdown: str) -> Shown:
    """Read a page's title and description; either is empty where the page has none."""
    text, front = get_data(markdown)
    heading = _H1.search(text)
    title = str(front.get("title") or (heading[1] if heading else ""))
    return Shown(title=title.replace("`", ""), about=str(front.get("description", "")))


def write_pictures(root: Root, pages: list[str]) -> None:
    """Draw the picture of each page into `docs/modules/social/`, once for each content."""
    docs = root.docs
    name = str(yaml_load((root.path / "mkdocs.yml").read_text("utf-8"))["site_name"])
    pictures = {page: _picture(shown((docs / page).read_text("utf-8")), name) for page in pages}
    drawn = {
        page: drawings() / f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}.png"
        for page, svg in pictures.items()
    }
    if new := {drawn[page]: svg for page, svg in pictures.items() if not drawn[page].is_file()}:
        next(iter(new)).parent.mkdir(parents=True, exist_ok=True)
        write_pngs({str(path): svg for path, svg in new.items()})
    for page, picture in drawn.items():
        target, data = docs / "modules" / "social" / Path(page).with_suffix(".png"), picture.read_bytes()
        if not target.is_file() or target.read_bytes() != data:
            write_atomically(target, data)


def _picture(page: Shown, name: str) -> str:
    title, below = _lines(page.title, 230, _TITLE)
    about, _ = _lines(page.about, below + 10, _ABOUT)
    picture = _PICTURE.read_text("utf-8")
    return picture.replace("NAME", escape(name)).replace("TEXT", "\n".join([*title, *about]))


def _lines(text: str, y: int, look: tuple[int, int, int, str, str]) -> tuple[list[str], int]:
    """Lay out a text; return its lines, and where the next text may begin."""
    size, letters, step, colour, weight = look
    style = f'font-size="{size}" font-weight="{weight}" fill="{colour}"'
    broken = textwrap.wrap(text, letters, max_lines=4, placeholder=" …")
    lines = [
        f'<text x="80" y="{y + n * step}" {style}>{escape(line)}</text>' for n, line in enumerate(broken)
    ]
    return lines, y + len(broken) * step

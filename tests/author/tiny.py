"""The tiny course, and how to break it."""

from __future__ import annotations

from pathlib import Path

from course.authoring import build as building
from course.paths import Root

TINY = Path(__file__).parent.parent / "data" / "tiny_course"
MODULE = "01_threads"


def rebuild(root: Root) -> None:
    for item, text in building.stale(root, building.prints(root)):
        building.write(root, item, text)


def line_of(path: Path, text: str) -> int:
    """The line of `text`, which stands once in the file."""
    lines = [number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    assert len(lines) == 1, f"{text!r} stands in lines {lines} of {path.name}"
    return lines[0]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))

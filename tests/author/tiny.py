"""The tiny course, and how to break it."""

from __future__ import annotations

from pathlib import Path

from course.authoring import build
from course.paths import Root

TINY = Path(__file__).parent.parent / "data" / "tiny_course"
MODULE = "01_threads"
FOLDER = f"solutions/{MODULE}/read_thread"
ANSWER, PROMPT, HINTS, HIDDEN = (
    f"{FOLDER}/{name}" for name in ("answer.py", "prompt.md", "hints.md", "test_hidden.py")
)
MODULE_TEXT, FIRST_CELLS = f"solutions/{MODULE}/module.md", f"solutions/{MODULE}/first_cells.py"
QUESTION = f"solutions/{MODULE}/why_it_forgot/answer.md"
PUBLIC = f"autograder/graders/{MODULE}/test_read_thread.py"


def rebuild(root: Root) -> None:
    for item, text in build.stale(build.notebooks(root)):
        build.write(item, text)


def line_of(path: Path, text: str) -> int:
    """The line of `text`, which stands once in the file."""
    lines = [number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    assert len(lines) == 1, f"{text!r} stands in lines {lines} of {path.name}"
    return lines[0]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))

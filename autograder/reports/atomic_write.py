"""Writes files atomically: a reader never sees half of one, even if the writer is killed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path


def replace_bytes(path: Path, data: bytes) -> None:
    """Put `data` in the place of what is at `path`."""
    with written_beside(path) as beside:
        beside.write_bytes(data)


def replace_lines(path: Path, lines: Iterable[str], *, encoding: str = "utf-8") -> None:
    """Put text in the place of what is at `path`, one line after the other; each brings its own end."""
    with (
        written_beside(path) as beside,
        beside.open("w", encoding=encoding, errors="replace", newline="") as file,
    ):
        file.writelines(lines)


@contextmanager
def written_beside(path: Path) -> Generator[Path]:
    """Give a path beside `path` to write to, and put it in its place when all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")  # one name: what a killed writer left is written over
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

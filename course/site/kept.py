"""Keeps what a build took long to make: executed lessons, drawings, what the checklist's commands printed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

DAYS = 60  #: after which something is made again


def kept(kind: str, name: str) -> Path:
    """Return where something is kept, for all clones. `name` holds a digest of what it depends on.

    That is in the system's folder for caches, or in the one that `COURSE_CACHE` names.
    """
    return _folder() / kind / name


def drawings() -> Path:
    """Return the folder of what mermaidx draws. Another version may draw otherwise."""
    return kept("drawings", version("mermaidx"))


def forget_old() -> None:
    """Remove what was made long ago: most of it belongs to lessons that have changed since."""
    for path in _folder().rglob("*.*"):
        with suppress(FileNotFoundError):  # another build was quicker
            if path.is_file() and time.time() - path.stat().st_mtime > DAYS * 86400:
                path.unlink()


def _folder() -> Path:
    return Path(os.environ.get("COURSE_CACHE") or user_cache_path("langgraph-persistence-course"))

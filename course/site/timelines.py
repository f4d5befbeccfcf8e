"""Fits timelines into a lesson's page: one style sheet and one script for all, and a name for each."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from course.learner.workspace import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

_STYLE = re.compile(r"<style>(\.lgtl\b.*?)</style>")
_SCRIPT = re.compile(r"<script>(\(\(\)=>\{.*?currentScript\.closest\('\.lgtl'\).*?)</script>")
_LABEL = re.compile(r'(<div class="lgtl"[^>]* aria-label=")([^"]*)"')


def fitted(page: str, modules: Path) -> str:
    """The page with its timelines fitted in; `modules` is where what they share is kept."""
    return _named(_shared(page, modules))


def _named(page: str) -> str:
    """Tell timelines of the same thread apart: each is a landmark, and landmarks need names of their own."""
    seen: Counter[str] = Counter()

    def name(found: re.Match[str]) -> str:
        seen[found[2]] += 1
        again = f" ({seen[found[2]]})" if seen[found[2]] > 1 else ""
        return f'{found[1]}{found[2]}{again}"'

    return _LABEL.sub(name, page)


def _shared(page: str, modules: Path) -> str:
    """Put what repeats into files beside the modules' folders, which the browser asks for once a site.

    A deferred script knows its own tag (`document.currentScript`), so the same file starts each timeline.
    """
    sheets: set[str] = set()

    def sheet(found: re.Match[str]) -> str:
        name = _kept(found[1], "css", modules)
        again = name in sheets
        sheets.add(name)
        return "" if again else f'<link rel="stylesheet" href="../{name}">'

    def script(found: re.Match[str]) -> str:
        return f'<script defer src="../{_kept(found[1], "js", modules)}"></script>'

    return _SCRIPT.sub(script, _STYLE.sub(sheet, page))


def _kept(text: str, kind: str, folder: Path) -> str:
    name = f"timeline-{hashlib.sha256(text.encode()).hexdigest()[:12]}.{kind}"
    if not (folder / name).is_file():
        write_atomically(folder / name, text.encode())
    return name

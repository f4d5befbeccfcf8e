"""Converts an executed notebook to Markdown: prose, code fences, outputs.

nbconvert's exporter escapes nothing, indents text outputs and takes two seconds to import; a walk over the
cells gives the page its form directly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from course.learner.workspace import write_atomically
from course.site.diagrams import draw_fences
from course.site.folding import ASKED, outcome
from course.site.timelines import fitted

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NOTEBOOK_LINK = re.compile(r"(\]\([^)\s]*?)\b(lesson|exercises)\.ipynb")
_SITE_ONLY = {"Before you deploy": "checklist", "Metrics to track": "metrics"}
"""Pages of the site that a notebook can only name, *like this*: they aren't in a learner's folder."""
PAGES = {"lesson": "index.md", "exercises": "exercises.md"}  #: a module's pages, by the notebook they print


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Where pages go, and where drawings are kept."""

    folder: Path
    drawings: Path

    def page_of(self, notebook: Path) -> str:
        """Print a whole notebook."""
        cells = cast("list[dict[str, Any]]", json.loads(notebook.read_bytes())["cells"])
        return fitted("\n\n".join(self._parts(cells)) + "\n", self.folder.parent)

    def _parts(self, cells: list[dict[str, Any]]) -> Iterator[str]:
        asked = False
        for cell in cells:
            if cell["cell_type"] == "markdown":
                asked = ASKED in "".join(cell["source"])
            yield from self.cell(cell, asked=asked)

    def cell(self, cell: dict[str, Any], *, asked: bool = False) -> Iterator[str]:
        """Print one cell, and what it put out: folded where the reader was asked to predict it."""
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield self.prose(source)
        elif cell["cell_type"] == "code" and source.strip():
            yield fence(source, "python")
            shown = [part for output in _merged(cell.get("outputs", [])) for part in self.output(output)]
            yield from outcome(shown) if asked else shown

    def prose(self, markdown: str) -> str:
        """Print Markdown: diagrams drawn, links to notebooks turned into links to their pages."""
        for title, page in _SITE_ONLY.items():
            markdown = markdown.replace(f"*{title}*", f"[{title}](../../reference/{page}.md)")
        return _NOTEBOOK_LINK.sub(
            lambda link: link[1] + PAGES[link[2]], draw_fences(_spaced(markdown), self.drawings)
        )

    def output(self, output: dict[str, Any]) -> Iterator[str]:
        """Print one output: the richest form that a page can show."""
        match output["output_type"]:
            case "stream":
                yield fence("".join(output["text"]).rstrip("\n"), f"text .output .{output['name']}")
            case "error":
                yield fence(_ANSI.sub("", "\n".join(output["traceback"])), "text .output .stderr")
            case _:
                yield from self._data(output["data"])

    def _data(self, data: dict[str, Any]) -> Iterator[str]:
        forms: dict[str, Callable[[str], str]] = {
            "text/html": _html,
            "image/svg+xml": lambda text: f'<figure class="diagram">{text}</figure>',
            "text/markdown": self.prose,
            "image/png": self._image,
            "text/plain": lambda text: fence(_ANSI.sub("", text), "text .output"),
        }
        for kind, form in forms.items():
            if kind in data:
                yield form("".join(data[kind]))
                return

    def _image(self, encoded: str) -> str:
        data = base64.b64decode(encoded)
        name = f"{hashlib.sha256(data).hexdigest()[:12]}.png"
        write_atomically(self.folder / "images" / name, data)
        return f"![output](images/{name})"


def _html(text: str) -> str:
    """HTML as it was put out, and not in the search: the states in a timeline would drown what is said.

    What is wider than the page scrolls, so it can be reached by keyboard; a timeline never is.
    """
    reached = "" if 'class="lgtl"' in text else ' tabindex="0"'
    return f'<section class="output-html" data-search-exclude{reached}>\n{text.strip()}\n</section>'


def fence(text: str, language: str) -> str:
    """A fenced block, with a fence longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    mark = "`" * (longest + 1)
    words = language.split()
    info = language if len(words) == 1 else f"{{ .{' '.join(words)} }}"
    return f"{mark} {info}\n{text}\n{mark}"


def _spaced(markdown: str) -> str:
    """A list right under a paragraph is a list for Jupyter and a run-on line for Python-Markdown."""
    return re.sub(r"(?m)^(?![ \t]*(?:[-*+]|\d+\.|\||>|#) ?)(\S.*)\n(?=(?:[-*+]|1\.) )", r"\1\n\n", markdown)


def _merged(outputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Neighbouring pieces of one stream are one output: how often a buffer was flushed means nothing."""
    last: dict[str, Any] | None = None
    for output in outputs:
        if last and output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] = "".join(last["text"]) + "".join(output["text"])
            continue
        if last:
            yield last
        last = dict(output)
    if last:
        yield last

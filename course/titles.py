"""The title of a printed notebook, which only its cells tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast


def read_title(path: Path) -> str:
    """The H1 of a notebook; where there is none, the name of its folder, made readable."""
    try:
        cells = cast("list[dict[str, Any]]", json.loads(path.read_bytes())["cells"])
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (OSError, ValueError, KeyError, TypeError):
        text = ""
    found = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), "")
    return found or path.parent.name.partition("_")[2].replace("_", " ").capitalize()

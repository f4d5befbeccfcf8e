"""Recognises notebooks by their names, whatever a browser, a mail program or a file manager made of them."""

from __future__ import annotations

import re

ENDING = re.compile(r"\.ipynb(\s*\(\d+\))?(\.(txt|json))?$", re.IGNORECASE)
"""Some systems take a notebook for text, and add an ending. Whether it is one, its bytes say later."""

_JSON = re.compile(r"\.json$", re.IGNORECASE)
_COPY = re.compile(r"(\s*\(\d+\)|[\s_-]*copy\s*\d*|\.new(-\d+)?|-\d+)$", re.IGNORECASE)


def is_notebook(name: str) -> bool:
    """Whether a file of this name is a notebook: `exercises.json` is, and no other .json."""
    return bool(ENDING.search(name)) or (bool(_JSON.search(name)) and plain_stem(name) == "exercises")


def stem(name: str) -> str:
    """Return a notebook's name without its ending."""
    return ENDING.sub("", name)


def plain_stem(name: str) -> str:
    """Return a file's or folder's name, in small letters, without its ending and what copying adds to it."""
    plain = _JSON.sub("", stem(name))
    while (shorter := _COPY.sub("", plain)) != plain:
        plain = shorter
    return plain.casefold()

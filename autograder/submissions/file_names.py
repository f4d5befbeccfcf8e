"""Recognises notebooks by their names, whatever a browser, a mail program or a file manager made of them."""

from __future__ import annotations

import re

MAX_NAME = 255  #: characters: no file has more, but an archive may say so, and patterns take long over it

ENDING = re.compile(r"\.ipynb(\s*\(\d+\))?(\.(txt|json))?$", re.IGNORECASE)
"""Some systems take a notebook for text, and add an ending. Whether it is one, its bytes say later."""

_OTHER = re.compile(r"\.(json|txt)$", re.IGNORECASE)
_OURS = re.compile(r"(^|_)exercises$")
_COPY = re.compile(r"(\s*\(\d+\)|[\s_-]*copy\s*\d*|\.new(-\d+)?|-\d+)$", re.IGNORECASE)


def is_litter(name: str) -> bool:
    """Whether a system or an editor made a file or folder of this name."""
    return name.casefold().startswith((".", "__macosx"))


def is_notebook(name: str) -> bool:
    """Whether a file of this name is a notebook: `exercises.json` is, too, and no other .json or .txt.

    Before `exercises`, a system may have put whose it is.
    """
    if len(name) > MAX_NAME:
        return False
    return bool(ENDING.search(name) or (_OTHER.search(name) and _OURS.search(plain_stem(name))))


def is_autosave(name: str) -> bool:
    """Whether a file of this name comes from Jupyter's `.ipynb_checkpoints`."""
    return plain_stem(name).endswith("-checkpoint")


def stem(name: str) -> str:
    """Return a notebook's name without its ending."""
    return ENDING.sub("", name)


def plain_stem(name: str) -> str:
    """Return a file's or folder's name, in small letters, without its ending and what copying adds to it."""
    plain = _OTHER.sub("", stem(name))
    while (shorter := _COPY.sub("", plain)) != plain:
        plain = shorter
    return plain.casefold()

"""Reads a prompt as a learner does: its numbered rules, and how many words it has."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_FOLDED = re.compile(r"<details\b.*?</details>", re.DOTALL)
_RULE = re.compile(r"^([1-9][0-9]?)\. ", re.MULTILINE)


def numbered_rules(prompt: str) -> dict[int, int]:
    """Return the numbers of the rules, each with the line that it begins at."""
    text = _FENCE.sub(_blank, prompt)
    return {int(found[1]): text.count("\n", 0, found.start()) + 1 for found in _RULE.finditer(text)}


def words(prompt: str) -> int:
    """Count the words outside code blocks and folded parts."""
    return len(_FOLDED.sub("", _FENCE.sub("", prompt)).split())


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")  # so that lines keep their numbers

"""Folds parts of a page behind a click: hints, worked answers, and what happens after a question."""

from __future__ import annotations

ASKED = "**Predict.**"
"""In a cell of prose: it asks what the next code will do, so what that puts out is not shown at once."""


def folded(kind: str, title: str, body: str) -> str:
    """A block that opens at a click."""
    inside = "\n".join(f"    {line}".rstrip() for line in body.splitlines())
    return f'??? {kind} "{title}"\n\n{inside}'


def outcome(parts: list[str]) -> list[str]:
    """What a cell put out, closed until the reader has made a guess; `site.js` opens all of them at once.

    It's not an indented block like the others, because indented HTML would end up in a paragraph.
    """
    if not parts:
        return []
    return [
        '<details class="outcome" markdown="1">',
        "<summary>Show what happens</summary>",
        *parts,
        "</details>",
    ]


def answers(parts: list[str]) -> list[str]:
    """Worked answers: one click further away than hints, and never among the results of a search.

    The search leaves out an element until one of its kind ends, so that is one which nothing inside uses.
    """
    if not parts:
        return []
    opening = ['<section data-search-exclude markdown="1">', '<details class="answers" markdown="1">']
    return [*opening, "<summary>Compare with a worked answer</summary>", *parts, "</details>", "</section>"]

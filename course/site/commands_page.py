"""Generates the command reference from the commands' own help, so that it's never out of date."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

_INTRO = """\
---
description: Every verb of the course command with its options, for learners, authors and instructors.
---

# Commands

`course` is one command with a verb for each thing to do. `.venv/bin/course VERB` works everywhere in the
clone; in a terminal that JupyterLab opened, `course VERB` does. `course --version` says what you have.
Exit codes: 0 all well, 1 something to mend, 2 wrong use. What's wrong is printed as `path:line: what, and
what to do`.
"""


def commands_page(command: Any) -> str:  # noqa: ANN401 — typer's own, private types
    """Print the page of a command, its verbs grouped by who uses them."""
    verbs: dict[str, Any] = getattr(command, "commands")  # noqa: B009 — typer's private type
    parts, panel = [_INTRO], ""
    for name, verb in verbs.items():
        if verb.rich_help_panel != panel:
            panel = verb.rich_help_panel
            parts.append(f"## {panel}")
        parts += _verb(name, verb)
    return "\n\n".join(parts) + "\n"


def _verb(name: str, verb: Any) -> Iterator[str]:  # noqa: ANN401
    words = [_word(parameter) for parameter in verb.params if parameter.param_type_name == "argument"]
    yield f"### course {name} {{ #{name} }}"
    yield (
        f"``` sh\ncourse {' '.join([name, *words, '[OPTIONS]' if _options(verb) else ''])}".rstrip() + "\n```"
    )
    yield inspect.cleandoc(verb.help or "")
    rows = [f"| `{' '.join(_spellings(p))}` | {p.help or ''}{_default(p)} |" for p in _described(verb)]
    if rows:
        yield "\n".join(["| | |", "|---|---|", *rows])


def _options(verb: Any) -> list[Any]:  # noqa: ANN401
    return [p for p in verb.params if p.param_type_name == "option" and "--help" not in p.opts]


def _described(verb: Any) -> list[Any]:  # noqa: ANN401
    return [p for p in verb.params if p.param_type_name == "argument"] + _options(verb)


def _word(parameter: Any) -> str:  # noqa: ANN401
    return str(parameter.metavar or parameter.name.upper())


def _spellings(parameter: Any) -> list[str]:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        return [_word(parameter).replace("|", "\\|")]
    return [*parameter.opts, *(f"/ {word}" for word in parameter.secondary_opts)]


def _default(parameter: Any) -> str:  # noqa: ANN401
    shown = parameter.param_type_name == "option" and not parameter.is_flag and parameter.default is not None
    return f" Default: `{parameter.default}`." if shown and not callable(parameter.default) else ""

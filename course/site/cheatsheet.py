"""Generates the cheat sheet: sentences from `cheatsheet.md`, signatures from the packages."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify

SOURCE = Path(__file__).with_name("cheatsheet.md")
CALL = re.compile(r"^!call (?P<name>\S+) = (?P<path>\S+)$", re.MULTILINE)
SEE = re.compile(r"^!see (?P<module>(?P<number>\d+)\S+): (?P<heading>.+)$", re.MULTILINE)
WIDTH = 80
LEFT_OUT = {
    *("self", "cls", "kwargs", "print_mode", "debug", "task_id", "transformers", "factory"),
    *("content", "additional_kwargs", "response_metadata", "__unpack_ext_hook__"),
}
"""What nobody needs here."""


def cheatsheet_page() -> str:
    """The page.

    Raises:
        LookupError: something that it names is not there in the installed version.
    """
    text = SOURCE.read_text("utf-8").replace("VERSION", f"langgraph {version('langgraph')}")
    text = SEE.sub(_section, text)
    return CALL.sub(lambda found: f"```python\n{signature(found['name'], found['path'])}\n```", text)


def _section(found: re.Match[str]) -> str:
    anchor = slugify(found["heading"].replace("`", ""), "-")
    return f"- [{found['number']}: {found['heading']}](../modules/{found['module']}/index.md#{anchor})"


def signature(name: str, path: str) -> str:
    """Return a call as one would write it: names and defaults, on one line or one a line."""
    parameters = [p for p in inspect.signature(find(path)).parameters.values() if p.name not in LEFT_OUT]
    words: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not any(word.startswith("*") for word in words):
            words.append("*")
        words.append(_word(parameter))
    line = f"{name}({', '.join(words)})"
    return line if len(line) <= WIDTH else f"{name}(\n" + "".join(f"    {word},\n" for word in words) + ")"


def find(path: str) -> Any:  # noqa: ANN401 — any callable
    """Import what a dotted path names.

    Raises:
        LookupError: there is no such thing.
    """
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise LookupError(f"{SOURCE}: `{path}` is not there: `{part}` is missing")
            found = getattr(found, part)
        return found
    raise LookupError(f"{SOURCE}: `{path}` cannot be imported")


def _word(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.default is parameter.empty:
        return parameter.name
    default = parameter.default
    plain = isinstance(default, str | int | float | bool | tuple | type(None))
    return f"{parameter.name}={default!r}" if plain else f"{parameter.name}=…"

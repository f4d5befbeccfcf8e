"""Parses options that take more than a number or a path: `--due` and `--limit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from autograder.sandbox.limits import Limits
from course.errors import UsageError


def due_dates(words: Sequence[str]) -> dict[str, datetime]:
    """Return due dates by module. A time without a zone is in this machine's.

    Raises:
        UsageError: it is something else.
    """
    found: dict[str, datetime] = {}
    for word in words:
        module, _, when = word.partition("=")
        try:
            found[module] = datetime.fromisoformat(when).astimezone()
        except ValueError:
            raise UsageError(f"`--due {word}`: write MODULE=DATE, as in 01_basic=2026-11-30T23:59") from None
    return found


def column_names(words: Sequence[str]) -> dict[str, str]:
    """Return what columns are called, by module.

    Raises:
        UsageError: one is not of the form MODULE=NAME.
    """
    found: dict[str, str] = {}
    for word in words:
        module, equals, name = word.partition("=")
        if not (equals and module and name.strip()):
            raise UsageError(f"`--column {word}`: write MODULE=NAME, as in 01_basic='Homework 1 (4711)'")
        found[module] = name.strip()
    return found


SECONDS = {"wall": "wall_seconds", "cell": "cell_seconds", "cpu": "cpu_seconds"}
BYTES = {
    "memory": "memory_bytes",
    "disk": "disk_bytes",
    "file": "file_bytes",
    "output": "output_bytes",
}
COUNTS = {"files": "files", "open-files": "open_files", "processes": "processes"}
UNITS = {"k": 10, "m": 20, "g": 30}


def parse_limits(words: Sequence[str]) -> Limits:
    """Return the limits with what `words` set.

    Raises:
        UsageError: no such limit, or no such value.
    """
    limits = Limits()
    for word in words:
        name, _, value = word.partition("=")
        field = {**SECONDS, **BYTES, **COUNTS}.get(name)
        if field is None:
            known = ", ".join([*SECONDS, *BYTES, *COUNTS])
            raise UsageError(f"--limit {word}: there is no limit `{name}`; there is {known}")
        limits = replace(limits, **{field: _value(word, value, name)})
    return limits


def _value(word: str, value: str, name: str) -> int:
    number, unit = value.rstrip("bB"), 0
    if name in BYTES and number[-1:].lower() in UNITS:
        number, unit = number[:-1], UNITS[number[-1].lower()]
    if not number.isdecimal() or int(number) == 0:
        example = f"{name}=512m" if name in BYTES else f"{name}=60"
        raise UsageError(f"--limit {word}: `{value}` is no amount; write for example {example}")
    return int(number) << unit

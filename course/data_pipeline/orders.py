"""Reads orders from a JSONL file, in parts that are named by where they begin and end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict, cast


class Part(TypedDict):
    """A few lines of a file. It says where they are, so that a checkpoint needn't hold them."""

    path: str
    start: int  #: the byte at which its first line begins
    end: int  #: the byte after its last line


def cut(path: str, cursor: int, parts: int, size: int) -> list[Part]:
    """Cut off the next chunk of a file: at most `parts` parts of `size` lines each, from `cursor` on."""
    found: list[Part] = []
    with Path(path).open("rb") as file:
        file.seek(cursor)
        while len(found) < parts and (taken := sum(map(len, islice(file, size)))):
            found.append({"path": path, "start": cursor, "end": cursor + taken})
            cursor += taken
    return found


def read(part: Part) -> list[str]:
    """Read the lines of a part; bytes that aren't text come as `\\x…`, and are still one line."""
    with Path(part["path"]).open("rb") as file:
        file.seek(part["start"])
        text = file.read(part["end"] - part["start"]).decode("utf-8", "backslashreplace")
    return [line for line in text.removesuffix("\n").split("\n") if line.strip()]


class BadOrder(ValueError):
    """This line will never be an order, however often it's tried. The text says why."""


@dataclass(frozen=True)
class Order:
    """A line that is an order."""

    id: str
    sku: str
    quantity: int

    @classmethod
    def parse(cls, line: str) -> Order:
        """Read one line.

        Raises:
            BadOrder: it isn't an order.
        """
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError):
            raise BadOrder("not JSON") from None
        fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        name, sku, quantity = (fields.get(field) for field in ("id", "sku", "quantity"))
        if not (isinstance(name, str) and name and isinstance(sku, str) and sku):
            raise BadOrder("no id or no sku")
        if type(quantity) is not int or not 0 < quantity <= 1000:
            raise BadOrder("the quantity isn't between 1 and 1000")
        return cls(name, sku, quantity)


def write(path: str | Path, orders: Iterable[dict[str, Any] | str]) -> None:
    """Write a file of orders; a string is a line as it stands."""
    lines: Iterator[str] = (each if isinstance(each, str) else json.dumps(each) for each in orders)
    Path(path).write_text("".join(f"{line}\n" for line in lines))

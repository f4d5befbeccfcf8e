"""Hostile notebook files: how each is made from an honest one, and what must become of it."""

from __future__ import annotations

import copy
import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .table import Attack

Notebook = dict[str, Any]
FORGED = "CANARY"  #: what an attack tries to bring to where it must not come
FULL, NONE = frozenset({"passed"}), frozenset({"not written"})


@dataclass(frozen=True, kw_only=True)
class BadFile(Attack):
    """A file that is refused."""

    row: str = "notebook file"
    put: Callable[[Path, Notebook], object] = field(repr=False)  #: puts it in the place of a notebook
    says: str  #: what the refusal says, as a pattern


@dataclass(frozen=True, kw_only=True)
class BadCells(Attack):
    """A notebook that can be read. What counts is that it gets the grade that its answers deserve."""

    row: str = "notebook cells"
    change: Callable[[Notebook], object] = field(repr=False)
    blank: bool = False  #: it is made from the notebook as handed out, so it deserves nothing
    note: str = ""  #: what must be told about it

    @property
    def deserves(self) -> frozenset[str]:
        return NONE if self.blank else FULL


def text(data: bytes | str) -> Callable[[Path, Notebook], object]:
    return lambda path, _: path.write_bytes(data.encode() if isinstance(data, str) else data)


def changed(**keys: Any) -> Callable[[Path, Notebook], object]:
    return lambda path, notebook: path.write_text(json.dumps({**notebook, **keys}))


def encoded(encoding: str) -> Callable[[Path, Notebook], object]:
    return lambda path, notebook: path.write_bytes(json.dumps(notebook).encode(encoding))


def sparse(path: Path, _: Notebook) -> None:
    """200 MB that take no disk."""
    with path.open("wb") as file:
        file.truncate(200 << 20)


def listening(path: Path, _: Notebook) -> None:
    """A socket: its name alone stays."""
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path has 108 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


R = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
TRICKY = {"kernelspec": {"name": "x", "language": "\x1b[2J![](http://x/)"}}

FILES = (
    BadFile(name="no JSON", tries="a text file", put=text("not a notebook"), says="no JSON"),
    BadFile(name="empty", tries="no byte at all", put=text(""), says="no JSON"),
    BadFile(name="cut off", tries="half a notebook", put=text('{"cells": [{"cell_type": '), says="no JSON"),
    BadFile(name="JSON, no object", tries="a list", put=text("[1, 2]"), says="format 4"),
    BadFile(name="format 3", tries="an old nbformat", put=changed(nbformat=3), says="format 4"),
    BadFile(name="format 5", tries="an nbformat to come", put=changed(nbformat=5), says="format 4"),
    BadFile(name="format in words", tries="an nbformat that is text", put=changed(nbformat="4"), says="format 4"),
    BadFile(name="no format", tries="no nbformat", put=text('{"cells": []}'), says="format 4"),
    BadFile(name="keys twice", tries="two formats: a reader takes the last", put=text('{"nbformat": 4, "cells": [], "nbformat": 3}'), says="format 4"),
    BadFile(name="cells are no list", tries="cells as an object", put=changed(cells={}), says="format 4"),
    BadFile(name="200 MB", tries="to fill the grader's memory", put=sparse, says="larger than 20 MB"),
    BadFile(
        name="a million cells",
        tries="to fill the grader's memory with small values",
        put=text('{"nbformat": 4, "cells": [' + ",".join(["{}"] * 1_000_000) + "]}"),
        says="too many values",
    ),
    BadFile(name="3,000 cells", tries="to keep the grader busy", put=changed(cells=[{}] * 3000), says="3,000 cells"),
    BadFile(name="5 MB of code", tries="to keep formgrader busy", put=changed(cells=[{"cell_type": "code", "source": "x" * (5 << 20)}]), says="characters of text"),
    BadFile(name="20 MB of text", tries="to keep formgrader busy", put=changed(cells=[{"cell_type": "markdown", "source": "- x\n" * 4000}] * 900), says="characters of text"),
    BadFile(
        name="seven million lists",
        tries="20 MB of JSON that take a GB once they are read",
        put=text('{"nbformat": 4, "cells": [' + "[]," * 6_900_000 + "0]}"),
        says="too many values",
    ),
    BadFile(name="100,000 brackets", tries="to end the parser's stack", put=text("[" * 100_000), says="no JSON"),
    BadFile(name="deep objects", tries="the same with keys", put=text('{"a":' * 100_000), says="no JSON"),
    BadFile(name="endless number", tries="10,000 digits", put=text('{"nbformat": ' + "4" * 10_000 + "}"), says="no JSON"),
    BadFile(name="UTF-32", tries="another encoding", put=encoded("utf-32-be"), says="no JSON"),
    BadFile(name="half of UTF-16", tries="text that ends in the middle", put=text(b"\xff\xfe{\0}"), says="no JSON"),
    BadFile(name="commas in UTF-16", tries="values past the count", put=text(("[" + '"\u2200",' * 400_000).encode("utf-16")), says="too many values"),
    BadFile(name="invalid UTF-8", tries="bytes that are no text", put=text(b'{"cells": ["\xff\xfe\x80"]}'), says="no JSON"),
    BadFile(name="NUL bytes", tries="NUL between the values", put=text(b'{"nbformat":\0 4}'), says="no JSON"),
    BadFile(name="R", tries="another kernel's language", put=changed(metadata=R), says="for R, not for Python"),
    BadFile(
        name="a language with markup",
        tries="to bring codes and markup into the message",
        put=changed(metadata=TRICKY),
        says=r"for \?\?2J\?\?\?\(http\?\?\?x\?\), not",
    ),
    BadFile(name="pipe", tries="to hang the grader", put=lambda path, _: os.mkfifo(path), says="ordinary"),
    BadFile(name="folder", tries="a folder for a file", put=lambda path, _: path.mkdir(), says="ordinary"),
    BadFile(name="socket", tries="a socket for a file", put=listening, says="ordinary|cannot be read"),
    BadFile(
        name="link to a device",
        tries="to have /dev/zero read",
        put=lambda path, _: path.symlink_to("/dev/zero"),
        says="ordinary",
    ),
    BadFile(
        name="link to a file of ours",
        tries="to have another file graded and shown",
        put=lambda path, _: path.symlink_to(Path(__file__)),
        says="ordinary",
    ),
    BadFile(name="link to nothing", tries="a dead link", put=lambda path, _: path.symlink_to("gone"), says="ordinary"),
)  # fmt: skip


def marks(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader", {})


def tests_of(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if marks(cell).get("grade") and not marks(cell)["solution"]]


def answers_of(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if marks(cell).get("solution")]


def code(source: Any, **metadata: Any) -> dict[str, Any]:
    outputs = {"outputs": [], "execution_count": None}
    return {"cell_type": "code", "id": "extra", "metadata": metadata, "source": source, **outputs}


def twice(notebook: Notebook) -> None:
    notebook["cells"] += copy.deepcopy(notebook["cells"])


def without_tests(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in tests_of(notebook)]


def duplicated_tests(notebook: Notebook) -> None:
    notebook["cells"] += copy.deepcopy(tests_of(notebook))


def split_tests(notebook: Notebook) -> None:
    """JupyterLab's split: the second half has the same metadata, and no more than half the text."""
    for cell in tests_of(notebook):
        whole = "".join(cell["source"])
        cell["source"] = whole[:5]
        notebook["cells"].insert(
            notebook["cells"].index(cell) + 1, {**copy.deepcopy(cell), "source": whole[5:]}
        )


def edited_tests(notebook: Notebook) -> None:
    for cell in tests_of(notebook):
        cell["source"] = "class Full:\n    def __repr__(self): return '3.0'\nFull()"


def set_marks(**values: Any) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        for cell in notebook["cells"]:
            if marks(cell):
                marks(cell).update(values)

    return change


def scored(notebook: Notebook) -> None:
    """Outputs as a right answer would have left them."""
    for cell in tests_of(notebook):
        data = {"text/plain": "3.0", "text/html": f"<b>3 of 3 points</b>{FORGED}"}
        cell["outputs"] = [
            {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}
        ]


def scripts_in_metadata(notebook: Notebook) -> None:
    script = f"<script>'{FORGED}'</script>"
    notebook["metadata"] |= {"title": script, "widgets": {script: script}, "language_info": {"name": script}}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"tags": [script], "id": script, "class": script, "collapsed": script}


def odd_sources(notebook: Notebook) -> None:
    notebook["cells"] += [code(None), code(7), code({"a": 1}), code([1, ["x"], None]), code(True)]


def odd_cells(notebook: Notebook) -> None:
    notebook["cells"] += [None, 7, "cell", [], {}, {"cell_type": {"a": []}}, {"metadata": "x"}]


def odd_numbers(notebook: Notebook) -> None:
    for cell, points in zip(tests_of(notebook), (float("inf"), 10**400), strict=False):
        marks(cell)["points"] = points
    notebook["metadata"]["course"]["nan"] = float("nan")


def half_characters(notebook: Notebook) -> None:
    for cell in answers_of(notebook):
        cell["source"] = "".join(cell["source"]) + "\n# \ud83d \u202e \x1b[2J"


def nuls(notebook: Notebook) -> None:
    notebook["cells"].append(code("x = 1\0\nimport os"))
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "\0\0"})


def same_ids(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "same"


def many_same_grade_ids(notebook: Notebook) -> None:
    """A thousand pairs, whose long names differ at their ends alone."""
    names = ["a" * 5000 + str(number) for number in range(900)] * 2
    notebook["cells"] += [code("", nbgrader={"grade_id": name}) for name in names]


def loud_grade_id(notebook: Notebook) -> None:
    name = '\x1b[2J\n![](http://x/)<script>;=HYPERLINK("x")'
    notebook["cells"] += [code("", nbgrader={"grade_id": name})] * 2


CELLS = (
    BadCells(name="cell ids twice", tries="one id for all cells", change=same_ids),
    BadCells(name="everything twice", tries="to stop the batch", change=twice, note="2 cells"),
    BadCells(name="test cells deleted", tries="to leave no place for a mark", change=without_tests, note="deleted"),
    BadCells(name="test cells deleted, no answers", tries="a missing grade that counts", change=without_tests, blank=True, note="deleted"),
    BadCells(name="test cells twice", tries="to be counted twice", change=duplicated_tests, note="2 cells"),
    BadCells(name="test cells split", tries="half a test", change=split_tests, note="was changed"),
    BadCells(name="test cells edited", tries="tests that always pass", change=edited_tests, blank=True, note="was changed"),
    BadCells(name="points raised", tries="a thousand points", change=set_marks(points=1000), note="worth 1000"),
    BadCells(name="points raised, no answers", tries="points for nothing", change=set_marks(points=1000), blank=True, note="worth 1000"),
    BadCells(name="points lowered", tries="a maximum that is easy to reach", change=set_marks(points=-1), note="worth -1"),
    BadCells(name="odd numbers", tries="1e999, NaN and 10**400 as points", change=odd_numbers, note="worth inf"),
    BadCells(name="answers marked as locked", tries="to hide them from the grader", change=set_marks(solution=False, locked=True)),
    BadCells(name="tests marked as answers", tries="test cells that are theirs", change=set_marks(solution=True, locked=False, grade=False)),
    BadCells(name="pre-filled scores", tries="outputs that claim a pass", change=scored, blank=True),
    BadCells(name="scripts in metadata", tries="to reach the pages through metadata", change=scripts_in_metadata),
    BadCells(name="sources that are no text", tries="numbers, lists and objects as source", change=odd_sources),
    BadCells(name="cells that are no cells", tries="numbers, text and null as cells", change=odd_cells),
    BadCells(name="half characters", tries="text that UTF-8 cannot hold", change=half_characters),
    BadCells(name="NUL in a cell", tries="to stop the compiler", change=nuls),
    BadCells(name="900 ids twice", tries="to keep the grader comparing, and fill the notes", change=many_same_grade_ids, note="895 more ids"),
    BadCells(name="loud id", tries="codes, markup and a formula through an id", change=loud_grade_id, note=r"id `\?\?2J\?\?"),
)  # fmt: skip

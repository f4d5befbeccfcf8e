"""Hostile files in the place of a notebook: refused at once, in little memory, with a reason that is harmless."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from autograder.submissions.notebook import SubmittedNotebook, Unreadable, read_notebook
from autograder.submissions.safe_read import PARTS_LIMIT, SIZE_LIMIT

from .notebook_files import CELLS, FILES, FORGED, BadCells, BadFile
from .table import Attack

BYTES, TIMES = (
    200 << 20,
    5,
)  #: the most that reading one file may take: memory; time, of what the worst allowed takes


@contextmanager
def measured_here() -> Generator[Callable[[], tuple[float, int]]]:
    """Yield what tells how much time of the processor, and how much memory, the block took."""
    tracemalloc.start()
    started = time.thread_time()
    taken: list[tuple[float, int]] = []
    try:
        yield lambda: taken[0]
    finally:
        taken.append((time.thread_time() - started, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()


@contextmanager
def bounded(allowed: float) -> Generator[Callable[[], str]]:
    """Fail when the block takes too much time or memory; yields what tells how much it took."""
    told: list[str] = []
    with measured_here() as taken:
        yield lambda: told[0]
    seconds, peak = taken()
    told.append(f"{seconds:.2f} s, {peak / 1e6:.1f} MB")
    assert seconds < TIMES * allowed, f"{told[0]}; what is allowed takes {allowed:.2f} s"
    assert peak < BYTES, told[0]


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> float:
    """How much time of this machine's processor it takes to read the worst file that the caps let through."""
    path = tmp_path_factory.mktemp("worst") / "exercises.ipynb"
    write_the_worst(path)
    with measured_here() as taken:
        assert len(read_notebook(path).cells) == 1
    return taken()[0]


def is_harmless(message: str) -> bool:
    """Whether a message can stand in a terminal, in a page and in a table."""
    return message.isprintable() and not re.search(r"[<>!\[\]$\\*=]", message)


@pytest.mark.parametrize("attack", FILES, ids=str)
def test_a_bad_file_is_refused(
    attack: BadFile, tmp_path: Path, notebook: dict[str, Any], allowed: float, record_property
):
    path = tmp_path / "exercises.ipynb"
    attack.put(path, notebook)
    with bounded(allowed) as taken, pytest.raises(Unreadable, match=attack.says) as refusal:
        read_notebook(path)
    assert is_harmless(str(refusal.value))
    record_property("saw", f"“{refusal.value}”, {taken()}")


@pytest.mark.parametrize("attack", CELLS, ids=str)
def test_bad_cells_can_be_read(
    attack: BadCells, tmp_path: Path, notebook: dict[str, Any], allowed: float, record_property
):
    path = tmp_path / "exercises.ipynb"
    changed = json.loads(json.dumps(notebook))
    attack.change(changed)
    path.write_text(json.dumps(changed))
    with bounded(allowed) as taken:
        submission = read_notebook(path)
    assert all(map(is_harmless, submission.problems))
    assert len(submission.problems) <= 6
    record_property("saw", f"read in {taken()}")


def test_a_bom_is_no_attack(tmp_path: Path, notebook: dict[str, Any]):
    path = tmp_path / "exercises.ipynb"
    path.write_bytes(json.dumps(notebook).encode("utf-8-sig"))
    assert read_notebook(path).module == notebook["metadata"]["course"]["module"]


MEASURE = """
import re, sys
from pathlib import Path
from autograder.submissions.inbox import open_inbox
from autograder.submissions.notebook import read_notebook

def entries(path):
    with open_inbox(path, ["01_threads"], module="01_threads") as inbox:
        return len(inbox.entries)

def most():  # resource.getrusage would tell the most of the process that started this one, too
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10

before = most()
path = Path(sys.argv[1])
found = entries(path) if path.is_dir() else len(read_notebook(path).cells)
print(found, most() - before)
"""


def measured(path: Path) -> tuple[int, int]:
    """Read a file, or the inbox of a folder, in a process of its own; return how many there were, and bytes."""
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    found, memory = map(int, done.stdout.split())
    return found, memory


def write_the_worst(path: Path) -> None:
    """Write the worst that the caps let through: the values that take most, and characters of four bytes."""
    many = '{"a":0},' * (PARTS_LIMIT // 2 - 10)
    long = "\U0001f600" + "a" * (SIZE_LIMIT - len(many) - 200)
    cell = f'{{"cell_type": "markdown", "source": "{long}"}}'
    path.write_text(f'{{"nbformat": 4, "x": [{many}0], "cells": [{cell}]}}')


def test_as_much_as_may_be_is_read_in_little_memory(tmp_path: Path):
    write_the_worst(tmp_path / "exercises.ipynb")
    cells, memory = measured(tmp_path / "exercises.ipynb")
    assert cells == 1
    assert memory < BYTES, f"{memory / 1e6:.0f} MB"


LISTS = next(attack for attack in FILES if attack.name == "seven million lists")
IN_INBOX = Attack(
    name="a GB in a flat file", row="notebook file", tries="to fill the process that reads the inbox"
)


@pytest.mark.parametrize("attack", [IN_INBOX], ids=str)
def test_the_inbox_reads_no_more_than_the_grader(attack: Attack, tmp_path: Path, record_property):
    """It looks for the module's name in files that lie flat."""
    LISTS.put(tmp_path / "ada.ipynb", {})
    found, memory = measured(tmp_path)
    record_property("saw", f"{memory / 1e6:.0f} MB")
    assert found == 1
    assert memory < BYTES, f"{memory / 1e6:.0f} MB"


def test_a_device_is_refused(allowed: float):
    assert stat.S_ISCHR(Path("/dev/zero").stat().st_mode)
    with bounded(allowed), pytest.raises(Unreadable, match="ordinary"):
        read_notebook(Path("/dev/zero"))


@pytest.mark.parametrize(
    "name", ["a\n=1.ipynb", "\x1b[2J.ipynb", "\u202eipynb", "![](x)`.ipynb", "n\0.ipynb"]
)
def test_a_files_name_is_told_harmlessly(tmp_path: Path, name: str):
    path = tmp_path / name
    if "\0" not in name:
        path.write_text("no JSON")
    with pytest.raises(Unreadable) as refusal:
        read_notebook(path)
    assert is_harmless(str(refusal.value))


@contextmanager
def meanwhile(change: Callable[[], object]) -> Generator[None]:
    """Do `change` over and over while the block runs."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            change()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def reads(path: Path, seconds: float = 1.0) -> list[SubmittedNotebook]:
    """Read a file as often as can be."""
    found: list[SubmittedNotebook] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            found.append(read_notebook(path))
        except Unreadable as refusal:
            assert is_harmless(str(refusal))
    return found


SWAPPED = Attack(
    name="swapped for a link", row="notebook file", tries="a link in its place, once it was looked at"
)
REWRITTEN = Attack(
    name="rewritten while read", row="notebook file", tries="half of one text and half of another"
)
GROWING = Attack(
    name="growing while read", row="notebook file", tries="to pass the cap once the size is known"
)
HUNG = Attack(name="swapped for a pipe", row="notebook file", tries="a pipe in its place, once it was looked at")  # fmt: skip


@pytest.mark.parametrize("attack", [SWAPPED], ids=str)
def test_a_link_that_comes_late_is_not_followed(attack: Attack, tmp_path: Path, record_property):
    path, secret = tmp_path / "exercises.ipynb", tmp_path / "secret"
    honest = tmp_path / "honest"
    honest.write_text('{"nbformat": 4, "cells": []}')
    secret.write_text(json.dumps({"nbformat": 4, "cells": [{"source": FORGED}]}))

    def swap() -> None:
        for other, put in ((honest, os.link), (secret, os.symlink)):
            put(other, tmp_path / "new")
            (tmp_path / "new").replace(path)

    swap()
    with meanwhile(swap):
        found = reads(path)
    assert found
    assert FORGED not in str(found)
    record_property("saw", f"{len(found)} reads, none of the link's target")


@pytest.mark.parametrize("attack", [HUNG], ids=str)
def test_a_pipe_that_comes_late_does_not_hang(attack: Attack, tmp_path: Path, record_property):
    path = tmp_path / "exercises.ipynb"

    def swap() -> None:
        (tmp_path / "new").write_text('{"nbformat": 4, "cells": []}')
        (tmp_path / "new").replace(path)
        os.mkfifo(tmp_path / "new")
        (tmp_path / "new").replace(path)

    swap()
    with meanwhile(swap):
        found = reads(path)
    record_property("saw", f"{len(found)} reads, and none waited")


@pytest.mark.parametrize("attack", [REWRITTEN], ids=str)
def test_what_is_read_is_whole_or_refused(attack: Attack, tmp_path: Path, record_property):
    path = tmp_path / "exercises.ipynb"
    texts = [json.dumps({"nbformat": 4, "cells": [{"source": c * n}]}) for c, n in (("a", 90_000), ("b", 9))]

    def rewrite() -> None:
        for text in texts:
            path.write_text(text)

    rewrite()
    with meanwhile(rewrite):
        found = reads(path)
    assert all(re.fullmatch("a*|b*", cell.source) for submission in found for cell in submission.cells)
    record_property("saw", f"{len(found)} whole reads")


@pytest.mark.parametrize("attack", [GROWING], ids=str)
def test_a_file_that_grows_is_cut_off(attack: Attack, tmp_path: Path, allowed: float, record_property):
    path = tmp_path / "exercises.ipynb"

    def grow() -> None:
        for size in (10, 300 << 20):
            with path.open("wb") as file:
                file.truncate(size)

    grow()
    with bounded(allowed) as taken, meanwhile(grow):
        for _ in range(5):
            with suppress(Unreadable):
                raise AssertionError(f"it was read: {read_notebook(path)}")
    record_property("saw", taken())

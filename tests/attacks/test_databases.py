"""Evidence that was made to catch whoever reads it: read from outside, in bounded time and memory, or refused."""

from __future__ import annotations

import os
import pickle
import reprlib
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.sandbox.probes import Probe
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing import evidence
from autograder.testing.evidence import reader
from tests.support import patience

from . import databases
from .databases import VIEW, schema
from .zygotes import SECRET, Outside, Try, ask, outside_of_tiers, source_of

MEGABYTES = 500


@outside_of_tiers  # where a copy is read
@pytest.mark.parametrize("attack", databases.evidence, ids=str)
def test_what_is_left_in_the_place_of_a_database(
    attack: Try, tier: str, zygote: ZygoteClient, outside: Outside, the_next_is_graded, record_property
):
    with zygote.submission(
        [source_of(schema), f"view = {VIEW!r}"], cell_seconds=patience.seconds(2.5)
    ) as process:
        path = str(process.folder / "attack" / "x.db")
        reply = ask(process, attack.probe, path=path, W=outside.world(zygote))
        assert reply["kind"] == "value", reply
        try:
            copy = process.fetch(process.folder / "attack", "x.db")
        except OSError as refused:
            seen = f"not opened: {refused}"
        else:
            seen = read(copy)
    record_property("saw", seen[:150].replace("\n", " "))
    assert SECRET not in seen
    assert outside.changes() == []
    the_next_is_graded()


def read(path: Path) -> str:
    """Read a database as a judge's test does."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = [evidence.checkpoints(path, thread) for thread in evidence.threads(path)]
        said = f"read: {[reprlib.repr(row.values) for rows in found for row in rows][:3]}"
        said += f", damage: {evidence.damage(path)}"
    except AssertionError as refused:
        said = str(refused)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before >> 10
    assert megabytes < MEGABYTES
    return f"{said}, {megabytes} MB"


def test_what_an_honest_database_holds(tmp_path: Path):
    """The same reader, on a database of the same form: else it would be of no use that it refuses the others."""
    db, put = schema(str(tmp_path / "x.db"))
    put({"a": 1})
    db.close()
    assert "{'a': 1}" in read(tmp_path / "x.db")


@pytest.mark.parametrize(
    "forged",
    [pickle.dumps(os.system), pickle.dumps(subprocess.Popen), b"cos\nsystem\n(V true\ntR.", b"no pickle"],
)
def test_a_reader_that_was_taken_over_is_not_believed(tmp_path: Path, monkeypatch, forged: bytes):
    monkeypatch.setattr(reader.Reader, "ask", lambda *_: (reader.VALUE, forged))
    with pytest.raises(AssertionError, match="no saver writes"):
        evidence.threads(tmp_path / "x.db")


def test_a_reader_that_is_killed_is_started_again(tmp_path: Path):
    db, put = schema(str(tmp_path / "x.db"))
    put({"a": 1})
    db.close()
    assert evidence.threads(tmp_path / "x.db") == ["t"]
    os.kill(reader._readers(os.getpid())._reader._process.pid, signal.SIGKILL)
    assert evidence.threads(tmp_path / "x.db") == ["t"]


def test_a_reader_that_always_dies_is_our_failure(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(reader.Reader, "ask", lambda *_: None)
    with pytest.raises(reader.ReaderDied):
        evidence.threads(tmp_path / "x.db")


@pytest.mark.parametrize(
    ("end", "says"), [(signal.SIGABRT, "it holds too much"), (signal.SIGPROF, "it takes too long")]
)
def test_a_database_that_always_ends_its_reader_is_the_learners(
    tmp_path: Path, monkeypatch, end: int, says: str
):
    """So a library ends the process where memory is out, or the system where time is."""
    whole = reader.Reader.ask

    def ask_a_dying_one(self: reader.Reader, request: bytes) -> tuple[bytes, bytes] | None:
        os.kill(self._process.pid, end)
        return whole(self, request)

    monkeypatch.setattr(reader.Reader, "ask", ask_a_dying_one)
    with pytest.raises(AssertionError, match=says):
        evidence.threads(tmp_path / "x.db")


LAGGING = """
import socket, sys, time
from autograder.testing.evidence import reading
reading.READ_SECONDS, time.process_time = 0, lambda: 0.0
reading.serve(socket.socket(fileno=int(sys.argv[1])))
"""


def test_what_a_reader_has_read_before_does_not_count(tmp_path: Path, monkeypatch):
    """Linux ends a process by its ticks: after many short requests they are seconds ahead of the process's clock."""
    start = subprocess.Popen

    def start_lagging(words: list[str], **how: Any) -> subprocess.Popen[bytes]:
        return start([sys.executable, "-P", "-c", LAGGING, words[-1]], **how)

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", start_lagging)
        made = reader.Reader()
    schema(str(tmp_path / "x.db"))[0].close()
    request, process = f"threads\0{tmp_path / 'x.db'}".encode(), psutil.Process(made._process.pid)
    while sum(process.cpu_times()[:2]) < 2:  # one second is allowed
        assert made.ask(request)
    made.close()


def test_a_reader_that_finds_no_memory_says_no_more(tmp_path: Path, monkeypatch):
    """With backtraces, a library of Rust's waits for ever to print one."""
    monkeypatch.setenv("RUST_BACKTRACE", "1")
    made = reader.Reader()
    told = patience.wait_for(Path(f"/proc/{made._process.pid}/environ").read_bytes)  # empty until it runs
    made.close()
    assert b"RUST_BACKTRACE=0" in told.split(b"\0")


def test_a_file_of_holes_takes_no_room(zygote: ZygoteClient):
    """64 MB of nothing three times, at each of ten looks."""
    leave = """
def leave(path):
    for ending in ("", "-wal", "-journal"):
        with open(path + ending, "wb") as file:
            file.truncate(8 << 20)
            file.write(b"begin")
"""
    with zygote.submission([""]) as process:
        probe = Probe(
            source=leave, name="leave", kwargs={"path": "x.db"}, folder=process.folder / "a", seconds=30
        )
        process.ask(probe)
        copies = [process.fetch(process.folder / "a", "x.db") for _ in range(10)]
        taken = sum(path.stat().st_blocks * 512 for copy in copies for path in copy.parent.iterdir())
        assert copies[0].read_bytes() == b"begin" + bytes((8 << 20) - 5)
        process.ask(replace(probe, folder=process.folder / "b"))
        process.fetch(process.folder / "b", "x.db")
        assert not copies[0].exists()  # the test that it was made for is over
    assert taken < 1 << 20


def test_copies_of_one_test_are_bounded(zygote: ZygoteClient, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.left_files.FILE_LIMIT", 1 << 20)
    leave = "def leave():\n    open('x.txt', 'wb').write(b'x' * 600_000)\n"
    with zygote.submission([""]) as process:
        folder = process.folder / "a"
        process.ask(Probe(source=leave, name="leave", kwargs={}, folder=folder, seconds=30))
        process.fetch(folder, "x.txt")
        with pytest.raises(OSError, match="no room"):
            process.fetch(folder, "x.txt")

"""Evidence that was made to catch whoever reads it: read from outside, in bounded time and memory, or refused."""

from __future__ import annotations

import multiprocessing
import reprlib
import resource
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from autograder.sandbox.zygote import ZygoteClient
from autograder.testing import evidence
from tests.support import patience

from . import databases
from .databases import VIEW, schema
from .zygotes import SECRET, Outside, Try, ask, source_of

FORK = multiprocessing.get_context("fork")
MEGABYTES = 1000


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
    """Read a database as a judge's test does: in a process of its own, so that its memory and end can be seen."""
    here, there = FORK.Pipe(duplex=False)
    reader = FORK.Process(target=reading, args=(path, there))
    reader.start()
    there.close()
    reader.join(patience.seconds(5))
    reader.kill()
    reader.join()
    assert reader.exitcode == 0, f"the grader itself would have ended, or read for ever: {reader.exitcode}"
    megabytes, said = here.recv()
    assert megabytes < MEGABYTES
    return f"{said}, {megabytes} MB"


def reading(path: Path, pipe: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = [evidence.checkpoints(path, thread) for thread in evidence.threads(path)]
        said = f"read: {[reprlib.repr(row.values) for rows in found for row in rows][:3]}"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:300]
    pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before >> 10, said))


def test_what_an_honest_database_holds(tmp_path: Path):
    """The same reader, on a database of the same form: else it would be of no use that it refuses the others."""
    db, put = schema(str(tmp_path / "x.db"))
    put({"a": 1})
    db.close()
    assert "{'a': 1}" in read(tmp_path / "x.db")

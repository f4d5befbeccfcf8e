"""A database that was made to catch whoever reads it is drawn or refused: in one line, soon, and nothing else happens."""

from __future__ import annotations

import inspect
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import databases
from tests.attacks.zygotes import Try
from tests.support import patience
from timetravel import timeline
from timetravel.errors import WrongUse
from timetravel.read import apart, database

LEFT = [attack for attack in databases.evidence if attack.name != "a swapped file"]  # whose thread never ends


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CPU_SECONDS", 2)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with a file that nobody may read or change."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "gradebook.db").write_text("canary")
    return folder


@pytest.mark.parametrize("attack", LEFT, ids=str)
def test_what_is_left_in_the_place_of_a_database(
    attack: Try, tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "attack").mkdir()
    monkeypatch.chdir(tmp_path / "attack")
    path = Path.cwd() / "x.db"
    world = {"files": [str(outside / "gradebook.db")], "folder": str(outside)}
    given: dict[str, Any] = {
        "path": str(path),
        "W": world,
        "schema": databases.schema,
        "view": databases.VIEW,
    }
    attack.probe(**{name: given[name] for name in inspect.signature(attack.probe).parameters})
    looked(path)
    assert [(p.name, p.read_text()) for p in outside.iterdir()] == [("gradebook.db", "canary")]


def looked(path: Path) -> str:
    """Draw what there is; return the drawing, or the one line that refuses it."""
    try:
        return repr(timeline(path, "t")) + repr(apart.list_threads(path))
    except WrongUse as refused:
        assert "\n" not in str(refused)
        return str(refused)


def made(path: Path, *statements: str) -> Path:
    db, put = databases.schema(str(path))
    put({"a": 1})
    for statement in statements:
        db.execute(statement)
    db.close()
    return path


LISTS = b"\xdd" + (2_000_000).to_bytes(4, "big") + b"\x90" * 2_000_000
MILLIONS = b"\x81\xaechannel_values\x81\xa1a" + LISTS
SLOW = "instr(hex(zeroblob(2000000)), hex(zeroblob(1000000)) || '1')"
MORE: dict[str, Callable[[Path], object]] = {
    "a view for the writes": lambda path: made(
        path, "DROP TABLE writes", f"CREATE VIEW writes AS {databases.VIEW}"
    ),
    "an index on an expression": lambda path: made(
        path, "CREATE INDEX i ON checkpoints (thread_id, length(checkpoint_ns))"
    ),
    "a slow default": lambda path: made(
        path, f"ALTER TABLE checkpoints ADD COLUMN z AS ({SLOW}) VIRTUAL", "CREATE VIEW v AS SELECT 1"
    ),
    "a pipe for a journal": lambda path: os.mkfifo(f"{made(path)}-journal"),
    "a pipe for a log": lambda path: os.mkfifo(f"{made(path)}-wal"),
    "a socket": lambda path: os.mknod(path, 0o140600),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "200 GB of holes": lambda path: sparse(path, b"SQLite format 3\0", 200 << 30),
    "200 GB of holes, and a journal": lambda path: (
        sparse(path, b"SQLite format 3\0", 200 << 30),
        Path(f"{path}-journal").write_bytes(b"x" * 512),
    ),
}


def sparse(path: Path, start: bytes, size: int) -> None:
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)


@pytest.mark.parametrize("what", MORE)
def test_files_that_no_saver_leaves(what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    try:
        MORE[what](path)
    except PermissionError:
        pytest.skip("this user can't make it")
    said = looked(path)
    assert ("drawn" if "1 checkpoint" in said else "refused") == (
        "drawn" if what == "an index on an expression" else "refused"
    ), said


def test_what_takes_too_long_is_ended_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No look at the schema tells it beforehand."""
    monkeypatch.setattr(apart, "CPU_SECONDS", 1)
    db, put = databases.schema(str(tmp_path / "x.db"))
    for number in range(20):
        put(id=str(number), packed=MILLIONS)
    db.close()
    with pytest.raises(WrongUse, match="takes more than 1 s to read"):
        timeline(tmp_path / "x.db", "t")


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MEMORY_BYTES", 100 << 20)
    db, put = databases.schema(str(tmp_path / "x.db"))
    put(packed=MILLIONS)
    db.close()
    with pytest.raises(WrongUse, match="holds more than can be read at once"):
        timeline(tmp_path / "x.db", "t")


def test_a_file_that_may_not_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(database.os, "open", refuses)  # root may read everything
    with pytest.raises(WrongUse, match="cannot be opened: Permission denied"):
        database._look(made(tmp_path / "x.db"))


def test_a_disk_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WAIT_SECONDS", 0.01)  # no process is there so soon
    with pytest.raises(WrongUse, match=r"nothing came in 0\.01 s"):
        timeline(made(tmp_path / "x.db"), "t")


def test_a_reader_that_died_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_PACKAGES", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(WrongUse, match=r"the process that tried ended \(exit code 1\)"):
        timeline(made(tmp_path / "x.db"), "t")


def test_ctrl_c_while_it_reads_is_one_line(tmp_path: Path) -> None:
    meets = f"""
import os, signal, sys, threading
from timetravel.read import apart
run = apart.subprocess.run
def reading(words, **given):
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    return run([sys.executable, "-c", "import time; time.sleep(1000)"], **given)
apart.subprocess.run = reading
sys.argv = ["course", "timeline", {str(made(tmp_path / "x.db"))!r}]
from course.cli.entry import main
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", meets], capture_output=True, text=True, timeout=patience.seconds()
    )
    assert (ran.returncode, ran.stderr) == (130, "\nStopped.\n")


def test_the_command_refuses_a_view_in_one_line(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "x.db")
    db.execute(f"CREATE VIEW checkpoints AS {databases.VIEW}")
    db.close()
    ran = subprocess.run(
        [sys.executable, "-c", "from course.cli.entry import main; main()", "timeline", tmp_path / "x.db"],
        capture_output=True,
        text=True,
        timeout=patience.seconds(),
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1 and "as a view or an expression" in ran.stderr

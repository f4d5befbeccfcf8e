"""Any LangGraph SQLite database can be looked at, and is as it was afterwards."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command
from timeline_graphs import a, ask, b, c, chain, failed, forked, thread

from timetravel import timeline
from timetravel.errors import WrongUse
from timetravel.model.stored import Stored, Unread
from timetravel.read import threads
from timetravel.read.apart import list_threads
from timetravel.read.decode import decode
from timetravel.read.moments import moment_of


def close(saver: Any) -> None:
    saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    saver.conn.close()


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def test_the_database_tells_what_the_graph_tells(db: Path, saver: Any) -> None:
    graph = forked(saver)
    live, stored = timeline(graph, thread("forks")).history, timeline(db, "forks").history
    for one, other in zip(live.steps, stored.steps, strict=True):
        assert (one.checkpoint_id, one.parent_id, one.step, one.source, one.nodes, one.next, one.state) == (
            other.checkpoint_id,
            other.parent_id,
            other.step,
            other.source,
            other.nodes,
            other.next,
            other.state,
        )
    assert [step.values for step in stored.steps][1:] == [step.values for step in live.steps][1:]


def test_what_is_open_is_found_without_the_graph(db: Path, saver: Any) -> None:
    failed(saver)
    asking = chain(a, ask, c, saver=saver)
    asking.invoke({"log": []}, thread("asking"))
    chain(a, b, saver=saver).invoke({"log": []}, thread("before"), interrupt_before=["b"])
    found = {name: timeline(db, name).history.steps[-1] for name in ("error", "asking", "before")}
    assert (found["error"].state, found["error"].tasks[0].error) == ("failed", "KeyError('boom <b>')")
    assert found["asking"].interrupts == ({"question": "Refund 30 EUR?"},)
    assert (found["before"].state, found["before"].next) == ("pending", ("b",))
    asking.invoke(Command(resume="yes"), thread("asking"))
    assert timeline(db, "asking").history.steps[-1].state == "finished"


def test_half_committed(db: Path, saver: Any) -> None:
    chain(a, b, saver=saver).invoke({"log": []}, thread("1"))
    saver.conn.execute(
        "DELETE FROM checkpoints WHERE checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)"
    )
    saver.conn.commit()
    drawn = timeline(db, "1")
    assert drawn.history.steps[-1].state == "half-committed"
    assert "half-committed: b finished" in repr(drawn)


def test_threads_are_listed_newest_first(db: Path, saver: Any) -> None:
    graph = chain(a, saver=saver)
    graph.invoke({"log": []}, thread("old"))
    graph.invoke({"log": []}, thread("new"))
    graph.invoke({"log": []}, thread("new"))
    found = list_threads(db)
    assert [(one.thread_id, one.checkpoints, one.step) for one in found] == [("new", 6, 4), ("old", 3, 1)]
    assert found[0].created_at > found[1].created_at


def test_a_closed_database_keeps_its_bytes_and_its_time(db: Path, saver: Any) -> None:
    chain(a, b, saver=saver).invoke({"log": []}, thread("1"))
    close(saver)
    before = state_of(db.parent)
    assert len(timeline(db, "1")) == 4 and list_threads(db)
    assert state_of(db.parent) == before


_KILLED = """
import os, sqlite3, sys
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver
saver = SqliteSaver(sqlite3.connect(sys.argv[1]))
config = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
saver.put(config, empty_checkpoint(), {"source": "input", "step": -1}, {})
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("index", ["kept", "lost"])
def test_the_log_of_a_killed_writer_is_read_and_left_alone(db: Path, index: str) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(db)], check=False)
    wal = Path(f"{db}-wal")
    assert wal.stat().st_size > 0
    if index == "lost":
        Path(f"{db}-shm").unlink()
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in (db, wal)}
    assert len(timeline(db, "1")) == 1
    assert before == {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in (db, wal)}
    assert len(list(db.parent.iterdir())) == (2 if index == "lost" else 3)


def test_a_database_that_may_not_be_written_opens(db: Path, saver: Any) -> None:
    chain(a, saver=saver).invoke({"log": []}, thread("1"))
    close(saver)
    db.chmod(0o444)
    assert len(timeline(db, "1")) == 3


def old_database(path: Path) -> None:
    """As LangGraph 0.2 wrote it in 2024: JSON, no task_path, node names in channels, writes in the metadata."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE checkpoints (thread_id TEXT, checkpoint_ns TEXT DEFAULT '', checkpoint_id TEXT,"
        " parent_checkpoint_id TEXT, type TEXT, checkpoint BLOB, metadata BLOB);"
        "CREATE TABLE writes (thread_id TEXT, checkpoint_ns TEXT DEFAULT '', checkpoint_id TEXT, task_id TEXT,"
        " idx INTEGER, channel TEXT, type TEXT, value BLOB);"
    )
    human = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"]}
    messages = [{**human, "kwargs": {"content": "hi! I'm Lance", "type": "human", "id": "1"}}]
    rows = [
        (
            "1ef-a",
            None,
            {"__start__": {"messages": []}},
            {"source": "input", "writes": {"messages": []}, "step": -1},
        ),
        (
            "1ef-b",
            "1ef-a",
            {"messages": [], "start:conversation": "__start__"},
            {"source": "loop", "step": 0},
        ),
        (
            "1ef-c",
            "1ef-b",
            {"messages": messages, "conversation": "conversation"},
            {"source": "loop", "writes": {"conversation": {}}, "step": 1},
        ),
    ]
    for id_, parent, values, metadata in rows:
        checkpoint = {"v": 1, "ts": "2024-08-21T10:00:00+00:00", "id": id_, "channel_values": values}
        connection.execute(
            "INSERT INTO checkpoints VALUES ('1', '', ?, ?, 'json', ?, ?)",
            (id_, parent, json.dumps(checkpoint).encode(), json.dumps(metadata).encode()),
        )
    connection.execute("INSERT INTO writes VALUES ('1', '', '1ef-b', 'task', 0, 'messages', 'json', '[]')")
    connection.commit()
    connection.close()


def test_a_database_of_2024_opens_and_is_not_migrated(db: Path) -> None:
    old_database(db)
    before = state_of(db.parent)
    drawn = timeline(db)
    assert [(step.step, step.nodes) for step in drawn.history.steps][-1] == (1, ("conversation",))
    assert list(drawn.history.steps[-1].values) == ["messages"]
    assert "human: hi! I'm Lance" in repr(drawn)
    assert state_of(db.parent) == before


def test_no_class_is_built_and_no_code_is_run(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    attack = ormsgpack.packb(ormsgpack.Ext(0, ormsgpack.packb(("os", "system", f"touch {target}"))))
    assert decode("msgpack", attack) == Stored("os", "system", f"touch {target}")
    json_attack = json.dumps(
        {"lc": 2, "type": "constructor", "id": ["os", "system"], "args": [f"touch {target}"]}
    )
    assert decode("json", json_attack) == Stored("os", "system", [f"touch {target}"])
    assert isinstance(decode("pickle", b"cos\nsystem\n(S'x'\ntR."), Unread)
    assert isinstance(decode("msgpack", b"\xc1"), Unread)
    assert "encrypted" in decode("msgpack+aes", b"123").reason
    assert not target.exists()


@pytest.mark.parametrize("value", [None, b"x", 1.5, {"a": [1, {2, 3}]}, {1: "int key"}])
def test_plain_values_are_read_as_langgraph_reads_them(value: Any) -> None:
    assert decode(*JsonPlusSerializer().dumps_typed(value)) == value


def test_a_live_database_is_read_while_it_is_written(db: Path, saver: Any) -> None:
    chain(a, saver=saver).invoke({"log": []}, thread("1"))
    assert Path(f"{db}-wal").stat().st_size > 0
    assert len(timeline(db, "1")) == 3
    chain(a, saver=saver).invoke({"log": []}, thread("1"))
    assert len(timeline(db, "1")) == 6


def test_wrong_files_are_named(tmp_path: Path, db: Path) -> None:
    def says(path: Path, thread_id: str | None = None) -> str:
        with pytest.raises(WrongUse) as caught:
            timeline(path, thread_id)
        return str(caught.value)

    text, empty, other = tmp_path / "notes.txt", tmp_path / "empty.db", tmp_path / "other.db"
    text.write_text("hello, this is no database")
    empty.touch()
    connection = sqlite3.connect(other)
    connection.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    connection.close()
    assert "no such file" in says(tmp_path / "missing.db")
    assert "is a folder" in says(tmp_path)
    assert "no SQLite database" in says(text)
    assert "is empty" in says(empty)
    assert "no LangGraph database" in says(other)


def test_an_unknown_thread_is_answered_with_the_nearest(db: Path, saver: Any) -> None:
    for name in ("alice", "bob"):
        chain(a, saver=saver).invoke({"log": []}, thread(name))
    with pytest.raises(WrongUse, match=r"no thread `alcie`; did you mean `alice`\?"):
        timeline(db, "alcie")
    with pytest.raises(WrongUse, match="it has `alice`, `bob`"):
        timeline(db, "zzzz")
    with pytest.raises(WrongUse, match="holds 2 threads; name one of them"):
        timeline(db)


def test_a_damaged_database_is_an_error_of_ours(db: Path, saver: Any) -> None:
    graph = chain(a, saver=saver)
    for _ in range(30):
        graph.invoke({"log": ["x" * 500]}, thread("1"))
    close(saver)
    raw = bytearray(db.read_bytes())
    raw[8192:-4096] = b"\xff" * (len(raw) - 12288)
    db.write_bytes(raw)
    with pytest.raises(WrongUse, match="cannot be read"):
        timeline(db, "1")


def test_savers_own_reader_agrees_on_ids(db: Path, saver: SqliteSaver) -> None:
    forked(saver)
    ids = [found.config["configurable"]["checkpoint_id"] for found in saver.list(thread("forks"))]
    assert ids[::-1] == [step.checkpoint_id for step in timeline(db, "forks").history.steps]


def test_an_encrypted_thread_tells_its_time_by_its_ids(db: Path) -> None:
    from langgraph.checkpoint.serde.encrypted import EncryptedSerializer

    connection = sqlite3.connect(db, check_same_thread=False)
    serde = EncryptedSerializer.from_pycryptodome_aes(key=b"0123456789abcdef")
    graph = chain(a, saver=SqliteSaver(connection, serde=serde))
    graph.invoke({"log": ["secret"]}, thread("1"))
    (listed,) = list_threads(db)
    drawn = timeline(db, "1")
    told = [snapshot.created_at for snapshot in graph.get_state_history(thread("1"))][::-1]
    for step, moment in zip(drawn.history.steps, told, strict=True):
        apart = datetime.fromisoformat(step.created_at) - datetime.fromisoformat(moment)
        assert abs(apart) < timedelta(seconds=1)
    assert listed.created_at == drawn.history.steps[-1].created_at and "secret" not in drawn.to_html()
    connection.close()


@pytest.mark.parametrize("id_", ["", "1ef-a", "not an id", "f" * 36, "00000000-0000-6000-8000-000000000000"])
def test_an_id_without_a_time_has_none(id_: str) -> None:
    assert moment_of(id_) in ("", "1582-10-15T00:00:00+00:00")


@pytest.mark.parametrize("read", ["database", "graph", "list"])
def test_a_live_thread_does_not_flash_half_committed(
    db: Path, saver: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read: str
) -> None:
    """Databases are read here as their own process reads them: there, nobody could write in its pause."""
    graph = chain(a, b, saver=saver)
    graph.invoke({"log": []}, thread("1"))
    last = "checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)"
    (row,) = saver.conn.execute(f"SELECT * FROM checkpoints WHERE {last}").fetchall()
    saver.conn.execute(f"DELETE FROM checkpoints WHERE {last}")
    saver.conn.commit()

    def sleep(_seconds: float) -> None:  # meanwhile the saver writes the checkpoint that was on its way
        saver.conn.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        saver.conn.commit()

    monkeypatch.setattr(time, "sleep", sleep)
    if read == "list":
        assert [one.status for one in threads.list_threads(db, scratch=tmp_path)] == ["finished"]
        return
    found = (
        threads.read_history(db, "1", scratch=tmp_path)
        if read == "database"
        else timeline(graph, thread("1")).history
    )
    assert (found.steps[-1].state, len(found.steps)) == ("finished", 4)


def test_of_a_long_thread_the_newest_2000_are_drawn(db: Path, saver: Any) -> None:
    saver.setup()
    kind, blob = JsonPlusSerializer().dumps_typed({"v": 4, "ts": "", "channel_values": {"n": 1}})
    rows = (
        (
            "1",
            "",
            f"{n:036}",
            f"{n - 1:036}" if n else None,
            kind,
            blob,
            json.dumps({"source": "loop", "step": n}),
        )
        for n in range(2005)
    )
    saver.conn.executemany("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    saver.conn.commit()
    drawn = timeline(db)
    assert (len(drawn), drawn.history.total, drawn.history.cut) == (2000, 2005, True)
    page = drawn.to_html_page()
    assert "the newest 2,000 of 2,005 checkpoints" in page and "--before 000005" in page
    assert len(timeline(db, limit=3000)) == 2005

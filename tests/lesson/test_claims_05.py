"""What lesson 05 says about LangGraph, in what it printed when it ran."""

from __future__ import annotations

import asyncio
import operator
import re
import sqlite3
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from course.stage import conformance, postgres
from tests.lesson import executed

MODULE = "05_checkpointing"
shown = partial(executed.shown, MODULE)
THREAD: Any = {"configurable": {"thread_id": "a"}}

pytestmark = pytest.mark.slow


def test_nothing_is_shown_on_stderr():
    outputs = [output for cell in executed.cells(MODULE) for output in cell["outputs"]]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_after_sigterm_a_finished_node_runs_again():
    assert "exit status: -15" in shown('play(("async", "SIGTERM", "night.db"))')
    out = shown("vacuum into 'wreck.db'")
    assert "['load', 'price', 'pack', 'price', 'pack', 'ship']" in out


def test_a_result_may_hang_on_a_checkpoint_that_is_not_there():
    out = shown("step_of = {}")
    assert out.count("checkpoint of step") == 2
    assert "price     wrote 'done', from step (no such row)" in out


def test_half_committed_has_no_next_and_a_task():
    out = shown('print("tasks: "')
    assert "next:   ()" in out
    assert "('load', {'done': ['load']})" in out


def test_special_rows_have_fixed_indices():
    out = shown("where idx < 0")
    assert "-1  __error__" in out
    assert "-3  __interrupt__" in out
    assert out.count("-4  __resume__") == 2


def test_a_failed_tool_leaves_its_call_without_a_result():
    out = shown("where idx < 0")
    assert "raised: ConnectionError: the bank doesn't answer" in out
    assert out.rstrip().splitlines()[-1].startswith("ai [{'name': 'refund'")


def test_what_each_durability_leaves():
    rows = [line.split(maxsplit=2) for line in shown("play(*((mode, how").strip().splitlines()]
    left = {(mode, how): steps for mode, how, steps in rows}
    assert {left["sync", how] for how in ("exception", "SIGTERM", "SIGKILL")} == {"-1 0 1 2"}
    assert left["async", "exception"] == "-1 0 1 2"
    assert left["async", "SIGTERM"] == left["async", "SIGKILL"] == "-1 0"
    assert left["exit", "exception"] == "2"
    assert left["exit", "SIGTERM"] == left["exit", "SIGKILL"] == "nothing"


def test_reading_the_state_while_listing_waits_for_ever():
    assert "still waiting after three seconds: True" in shown("def tidy()")


def test_savers_differ_in_async_and_none_prunes():
    _, *rows = shown("AsyncSqliteSaver.from_conn_string").splitlines()
    memory, sqlite, async_sqlite = (row.split()[-3:] for row in rows)
    assert memory == ["yes", "yes", "NotImplementedError"]
    assert sqlite == ["yes", "NotImplementedError", "NotImplementedError"]
    assert async_sqlite == ["InvalidStateError", "yes", "NotImplementedError"]


def test_a_tuple_comes_back_as_a_list():
    assert shown("LANGGRAPH_STRICT_MSGPACK").count("route   ['Oslo', 'Rome']") == 2


def test_strict_mode_gives_plain_data_for_any_and_no_error():
    strict = shown("LANGGRAPH_STRICT_MSGPACK").split("strict: true")[1]
    assert "<Tariff.NIGHT: 'night'>" in strict
    assert "label   {'text': 'Fragile'}" in strict


def test_ids_and_metadata_are_not_encrypted():
    out = shown("def readable(word)")
    for place in ("thread", "email", "ward"):
        assert f"canary-{place:<8} READABLE" in out
    assert "canary-message  encrypted" in out
    assert "MAC check failed" in out


def test_deleted_rows_are_still_in_the_files():
    assert "deleted: 0 rows, READABLE" in shown("def readable(word)")


def test_growth_is_a_square_and_delta_is_not():
    sizes = re.findall(r"([\d.]+) MB, then +([\d.]+) MB", shown("curves = {"))
    whole, exits, delta = ((float(half), float(all_of_it)) for half, all_of_it in sizes)
    assert 3.5 < whole[1] / whole[0] < 4.5
    assert 2.7 < whole[1] / exits[1] < 3.3
    assert delta[1] < whole[1] / 20


def test_the_figure_has_a_text_alternative():
    out = shown("curves = {")
    assert 'role="img"' in out
    assert "<desc>add_messages ends at" in out


def test_the_naive_prune_empties_a_delta_thread():
    out = shown('prune_and_look("DeltaChannel"')
    assert "add_messages: 10 messages before, 10 after" in out
    assert "DeltaChannel: 10 messages before, 0 after" in out


def test_deleting_does_not_shrink_the_file():
    out = shown("long.checkpointer.delete_thread")
    assert "100%" in out
    assert "less than 5%: True" in out


def test_a_renamed_node_passes_the_answer_over_and_keeps_its_row():
    out = shown("renamed = desk(")
    assert out.count("()") == 2
    assert "resumed: {'item': 'kettle'}" in out
    again = shown("list(waiting_nowhere")
    assert "[('ben', 'decide'), ('mara', 'decide')]" in again
    assert "version 1 again: ('decide',)" in again
    assert "'approved': True, 'refunded': 'kettle'" in again


def test_a_renamed_field_vanishes():
    out = shown("Return3 = ")
    assert "before: kettle" in out
    assert "'refunded': '(nothing)'" in out
    assert "after:  None" in out


def test_a_copied_file_is_no_backup():
    out = shown("shutil.copy")
    assert "copied: OperationalError: no such table: checkpoints" in out
    assert "live:   6" in out
    assert "backup: 6" in out


def test_full_is_not_right():
    out = shown("conformance(saver_class)")
    assert out.count("FULL, passed_all_base") == 3
    assert "Nothing        FULL, passed_all_base False" in out
    assert "Ben, who is new, sees: {'done': ['load', 'price', 'pack', 'ship']}" in out


class Case(TypedDict, total=False):
    document: str
    log: Annotated[list[str], operator.add]


def chain(saver: Any, *names: str) -> Any:
    def step(name: str) -> tuple[str, Any]:
        return name, lambda _: {"log": [name]}

    builder = StateGraph(Case).add_sequence([step(name) for name in names])
    return builder.add_edge(START, names[0]).compile(checkpointer=saver)


def test_sqlite_saver_writes_a_document_that_never_changes_at_every_step():
    saver = SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False))
    chain(saver, "a", "b", "c").invoke({"document": "d" * 10_000}, THREAD)
    sizes = saver.conn.execute("select length(checkpoint) from checkpoints order by checkpoint_id").fetchall()
    assert [size > 10_000 for (size,) in sizes] == [True] * 5


def test_each_saver_has_a_lock_of_its_own_even_on_one_connection():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    one, other = SqliteSaver(connection), SqliteSaver(connection)
    with one.lock:
        assert other.lock.acquire(timeout=0)


def test_a_node_that_is_put_in_before_the_waiting_one_never_runs():
    saver = InMemorySaver()
    chain(saver, "quote", "ship").invoke({"log": []}, THREAD, interrupt_before=["ship"])
    graph = chain(saver, "quote", "check", "ship")
    assert graph.invoke(None, THREAD)["log"] == ["quote", "ship"]


def test_nodes_that_send_starts_are_due_by_no_version():
    saver = InMemorySaver()
    builder = StateGraph(Case).add_node("work", lambda number: {"log": [str(number)]})
    builder.add_conditional_edges(START, lambda _: [Send("work", n) for n in (1, 2)], ["work"])
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"log": []}, THREAD, interrupt_before=["work"])
    waiting = saver.get_tuple(THREAD)
    assert waiting
    assert graph.get_state(THREAD).next == ("work", "work")
    assert "branch:to:work" not in waiting.checkpoint["channel_versions"]


def test_the_conformance_suite_does_not_see_a_broken_put():
    class BrokenPut(InMemorySaver):
        def put(self, *_: Any) -> Any:
            raise RuntimeError

        async def aput(self, *given: Any) -> Any:
            return InMemorySaver.put(self, *given)

    assert asyncio.run(conformance(BrokenPut)) == "FULL, passed_all_base True"
    with pytest.raises(RuntimeError):
        chain(BrokenPut(), "a").invoke({"log": []}, THREAD)


@pytest.mark.parametrize(("durability", "ran"), [("sync", 0), ("async", 3), ("exit", 3)])
def test_a_locked_file_fails_sync_before_the_first_node_and_async_after_the_last(
    durability: Literal["sync", "async", "exit"], ran: int, tmp_path: Path
):
    nodes: list[str] = []

    def step(name: str) -> tuple[str, Any]:
        return name, lambda _: nodes.append(name)

    saver = SqliteSaver(sqlite3.connect(tmp_path / "a.db", check_same_thread=False, timeout=0.01))
    saver.setup()
    graph = StateGraph(Case).add_sequence([step(name) for name in "abc"]).add_edge(START, "a")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        graph.compile(checkpointer=saver).invoke({"log": []}, THREAD, durability=durability)
    other.execute("rollback")
    assert len(nodes) == ran
    assert not list(saver.list(THREAD))


def test_sqlite_waits_five_seconds_for_another_writer_by_default():
    assert sqlite3.connect(":memory:").execute("pragma busy_timeout").fetchone() == (5000,)


@pytest.mark.nightly
def test_postgres_keeps_plain_strings_in_the_clear_and_prunes_no_thread_with_deltas():
    from langgraph.checkpoint.postgres import PostgresSaver

    class Delta(TypedDict, total=False):
        log: Annotated[list[str], DeltaChannel(lambda log, writes: sum(writes, log))]

    with PostgresSaver.from_conn_string(postgres("clear")) as saver:
        saver.serde = EncryptedSerializer.from_pycryptodome_aes(key=b"0123456789abcdef")
        saver.setup()
        chain(saver, "a").invoke({"document": "canary-string", "log": ["canary-list"]}, THREAD)
        tables = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
        kept = str([saver.conn.execute(f"select * from {table}").fetchall() for table in tables])
        assert "canary-string" in kept
        assert "canary-list" not in kept
        saver.prune(["a"])
        assert len(list(saver.list(THREAD))) == 1

        builder = StateGraph(Delta).add_node("a", lambda _: {"log": ["a"]}).add_edge(START, "a")
        builder.compile(checkpointer=saver).invoke({"log": ["b"]}, {"configurable": {"thread_id": "delta"}})
        with pytest.raises(NotImplementedError):
            saver.prune(["delta"])


@pytest.mark.parametrize("saver", [InMemorySaver, lambda: SqliteSaver.from_conn_string(":memory:")])
def test_delete_thread_works(saver: Any):
    with saver() as opened:
        chain(opened, "a").invoke({"log": []}, THREAD)
        opened.delete_thread("a")
        assert not list(opened.list(THREAD))


def test_delete_thread_works_with_asyncio():
    async def left() -> list[Any]:
        async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
            await chain(saver, "a").ainvoke({"log": []}, THREAD)
            await saver.adelete_thread("a")
            return [found async for found in saver.alist(THREAD)]

    assert asyncio.run(left()) == []

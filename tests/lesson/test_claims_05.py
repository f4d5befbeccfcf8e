"""What lesson 05 says about LangGraph, in what it printed when it ran."""

from __future__ import annotations

from functools import partial

import pytest

from tests.lesson import executed

MODULE = "05_checkpointing"
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


def test_nothing_is_shown_on_stderr():
    outputs = [output for cell in executed.cells(MODULE) for output in cell["outputs"]]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_after_sigterm_a_finished_node_runs_again():
    out = shown("tonight.py")
    assert "exit status: -15" in out
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


def test_what_each_durability_leaves():
    rows = shown("fates = {}").splitlines()
    assert "| SQLite | sync | -1 0 1 2 | -1 0 1 2 | -1 0 1 2 |" in rows
    assert "| SQLite | async | -1 0 1 2 | -1 0 | -1 0 |" in rows
    assert "| SQLite | exit | 2 | nothing | nothing |" in rows
    assert sum("| nothing | nothing | nothing |" in row for row in rows) == 3


def test_savers_differ_in_async_and_none_prunes():
    memory, sqlite, async_sqlite = shown("AsyncSqliteSaver.from_conn_string").splitlines()
    assert memory.count(": yes") == 2
    assert "ainvoke: NotImplementedError" in sqlite
    assert "invoke: InvalidStateError" in async_sqlite
    assert all(row.endswith("prune: NotImplementedError") for row in (memory, sqlite, async_sqlite))


def test_a_tuple_comes_back_as_a_list():
    out = shown("class Trip")
    assert "in one go: tuple" in out
    assert "resumed:   list" in out


def test_strict_mode_gives_plain_data_for_any_and_no_error():
    strict = shown("LANGGRAPH_STRICT_MSGPACK").split("strict: true")[1]
    assert "<Tariff.NIGHT: 'night'>" in strict
    assert "label   {'text': 'Fragile'}" in strict


def test_ids_and_metadata_are_not_encrypted():
    out = shown("canaries =")
    assert out.count("READABLE") == 3
    assert "canary-message  encrypted" in out
    assert "MAC check failed" in out


def test_deleted_rows_are_still_in_the_files():
    assert "rows: 0 | id in the files: True" in shown('delete_thread("canary-thread")')


def test_growth_is_a_square_and_delta_is_not():
    rows = [row.split() for row in shown("curves = {").splitlines()]
    whole, exits, delta = (list(map(float, row[-5:])) for row in rows[1:])
    assert 3.5 < whole[-1] / whole[1] / (100 / 40) ** 2 * 4 < 4.5
    assert 2.7 < whole[-1] / exits[-1] < 3.3
    assert delta[-1] < whole[-1] / 20


def test_the_figure_has_a_text_alternative():
    out = shown("HTML(plot(curves))")
    assert 'role="img"' in out
    assert "<title>Stored after 100 turns: add_messages" in out


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
    assert "seen by version 1 again: ('decide',)" in shown("list(waiting_nowhere")
    assert "'approved': True, 'refunded': 'kettle'" in shown("vacuum into 'rehearsal.db'")


def test_a_renamed_field_vanishes():
    out = shown("class Return3")
    assert "before: kettle" in out
    assert "'refunded': '(nothing)'" in out
    assert "after:  None" in out


def test_a_copied_file_is_no_backup():
    assert "copied: no such table: checkpoints" in shown("shutil.copy")
    assert "backup: 8" in shown("returns.conn.backup")


def test_full_is_not_right():
    out = shown("level_of(saver_class)")
    assert out.count("level FULL") == 3
    assert "Nothing        level FULL, passed_all_base False" in out
    assert "Ben, who is new, sees: {'done': ['load', 'price', 'pack', 'ship']}" in out

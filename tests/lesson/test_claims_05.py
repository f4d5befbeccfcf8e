"""What lesson 05 says about LangGraph, in what it printed when it ran."""

from __future__ import annotations

import re
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

"""What lesson 03 claims, asserted from what it shows."""

from __future__ import annotations

from functools import partial

import pytest

from tests.lesson import executed

MODULE = "03_production"
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


def test_a_resumed_node_runs_again_from_its_first_line():
    assert shown('run("run.py", "yes")').count("set aside 49 EUR") == 3
    assert shown('run("run.py", "yes")').count("pay out") == 1


def test_two_questions_are_three_executions():
    assert shown("len(executed)").endswith("executed: 3\n")


def test_without_a_saver_nothing_is_raised_and_a_broad_except_swallows():
    text = shown("build(None, ask)")
    assert "'__interrupt__'" in text
    assert "caught GraphInterrupt" in text


def test_new_input_drops_the_question():
    assert shown("ask_for_refunds)").splitlines()[:2] == ["pending:   1", "pending:   0"]


def test_what_counts_as_an_answer():
    text = shown('for answer in (True, False, "false", {}, None)')
    assert [line.split(maxsplit=1)[1] for line in text.splitlines()] == [
        "interrupt returned True",
        "interrupt returned False",
        "interrupt returned 'false'",
        "asks again",
        "UnboundLocalError, pending: 1",
    ]


def test_a_late_answer_is_taken_for_success():
    assert shown('"the late yes:"') == "the late yes: {'order': 1, 'paid': False}\n"


def test_an_answer_is_kept_when_its_node_fails_and_no_later_one_counts():
    out = shown("def ask_and_pay")
    assert "still listed:  True" in out
    assert "no, after all: {'order': 1, 'paid': True}" in out


def test_two_approvers_charge_twice():
    assert shown('"charges:"').endswith("charges: [4711, 4711]\n")


def test_cache_keys():
    lines = shown('"policy, no cache"').splitlines()
    assert [line.split("  ")[-1].strip() for line in lines if "calls" in line] == [
        "3 calls, Eve sees Eve's address",
        "3 calls, Eve sees Eve's address",
        "1 calls, Eve sees Ada's address",
        "2 calls, Eve sees Eve's address",
    ]


def test_the_limit_counts_at_the_top_only():
    assert shown('"in configurable:"').split() == [
        *("in", "configurable:", "True", "at", "the", "top:", "False", "two", "do", "meet:", "True")
    ]


def test_a_limit_of_two_hangs_tasks():
    text = shown('"tasks.py", limit')
    assert "limit 3: ended: [2, 4, 6, 8]" in text
    assert "limit 2: nothing" in text


def test_sigterm_kills_unless_drained():
    heedless, heedful = shown("heeds=False").splitlines()
    assert heedless.endswith("'begin send'] exit -15")
    assert heedful.endswith("'end send', 'drained: SIGTERM'] exit 0")
    assert shown('input="\\n"') == "['begin bill', 'end bill', '']\n"


def test_retries_are_not_in_the_stream():
    text = shown('stream_mode=["tasks", "updates"]')
    assert text.count("tasks ") == 2
    assert "'error': None" in text
    assert "attempts: [1, 2, 3]" in text
    assert shown("langgraph.pregel._retry").count("Retrying task charge") == 2


def test_percentiles_of_a_histogram():
    assert "[0.08, 2.92, 4.58]" in shown("for slow in (3, 20)")
    assert "[0.08, 10.0, 10.0]" in shown("for slow in (3, 20)")
    assert shown("quantile(0.5, busy, fresh)").split()[-1] == "0.08"


def test_a_handler_that_raises_leaves_a_thread_that_looks_finished():
    assert shown("unfinished_tasks(None)") == "without: 1 | with: 0\n"


def test_langsmith_is_off():
    assert shown("tracing_is_enabled()") == "LangSmith: off\n"


def test_the_desk_drains_crashes_and_pays_once():
    assert "next: judge | paid: False" in shown('desk("deploy"')
    assert "next: pay | paid: True" in shown('desk("crash"')
    assert "asked: 2 | paid: 1" in shown('desk("crash"')
    assert "exit status: 0 and 1 | paid: 90000" in shown('desk("second"')


def test_the_books():
    assert [line.split()[2::2] for line in shown("in_book[node]").splitlines()] == [
        ["11", "11", "11"],
        ["-", "7", "6"],
        ["7", "6", "6"],
    ]
    assert shown('"spans:"') == "spans: 40 | the same as the log: True\n"


def test_the_lesson_gives_no_answer_of_an_exercise_away():
    code = executed.code(MODULE)
    assert "flock" not in code
    assert "BaseCallbackHandler" not in code
    assert "GraphBubbleUp" not in code

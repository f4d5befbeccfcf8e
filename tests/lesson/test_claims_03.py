"""What lesson 03 claims, asserted from what it shows."""

from __future__ import annotations

from functools import partial

import pytest

from tests.lesson import executed

MODULE = "03_people"
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


def test_a_schema_describes_the_answer_and_refuses_what_does_not_fit():
    assert shown("response_schema[").splitlines() == [
        "approved {'title': 'Approved', 'type': 'boolean'}",
        "cents {'minimum': 0, 'title': 'Cents', 'type': 'integer'}",
    ]
    told = [line[36:].strip() for line in shown("still_open = len(").splitlines()]
    refused = "ValidationError, pending: 1, then 3000"
    taken = [f"{{'order': 1, 'cents': {cents}, 'approved': True}}" for cents in (3000, 500000)]
    assert told == [*taken, *[refused] * 4]


def test_one_of_three_questions_is_answered_by_its_id():
    assert "you must specify the interrupt id" in shown('graph.invoke(Command(resume=True), thread("d"))')
    assert shown("def decide").splitlines() == [
        "ran: [7, 8, 9] | open: [7, 9] | said: ['8: False']",
        "ran: [7, 9] | open: [] | said: ['7: True', '8: False', '9: True']",
    ]


def test_a_tool_that_asks_repeats_its_neighbours_unless_each_has_a_branch():
    assert shown("ask_and_approve(to_tools())") == "['sent', 'paid'] | mails: 2\n"
    assert shown("one_branch_each") == "['sent', 'paid'] | mails: 1\n"


def test_two_approvers_charge_twice():
    assert shown('"charges:"').endswith("charges: [4711, 4711]\n")


def test_the_lesson_gives_no_answer_of_an_exercise_away():
    assert "flock" not in executed.code(MODULE)

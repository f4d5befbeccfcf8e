"""The verb `verify`: what it says, to whom, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from course.authoring.verify import verify
from course.authoring.verify.report import titles

from .tiny import ANSWER, FIRST_CELLS, FOLDER, HIDDEN, MODULE, PROMPT, PUBLIC, change, line_of, rebuild


def test_all_well_is_told_with_counts_and_time(cli, without_running):
    ended = cli("verify")
    assert ended.exit_code == 0
    last = ended.stdout.splitlines()[-1]
    assert last.startswith(
        "Everything holds: 3 exercises, 4 tests, 6 near misses, 2 alternatives, 1 lesson ("
    )
    assert "✓ E101 Every exercise has a prompt with a title" in ended.stdout


def test_problems_are_lines_that_a_terminal_can_open(cli, root, without_running):
    change(root.path / PROMPT, "## Read a thread", "Read a thread")
    wrong = f"solutions/{MODULE}/compile_with_checkpointer/wrong/node_is_silent.py"
    change(root.path / wrong, "# says: add the node\n", "")
    rebuild(root)
    ended = cli("verify")
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    assert "✗ E101 Every exercise has a prompt with a title" in lines
    problems = [line for line in lines if line.startswith("solutions/")]
    assert problems == [
        f"{PROMPT}:1: E101 `read_thread` has no prompt: write it here, and begin with a title, `## …`",
        f"{wrong}:1: E105 this wrong answer doesn't say what it must be told: begin with `# says: …`, a part of that",
    ]
    assert lines[-1] == "2 to fix in 2 exercises"


def test_json_is_for_machines(cli, root, without_running):
    change(root.path / HIDDEN, "Hidden tests of", "TODO: tests of")
    ended = cli("verify", "--json")
    assert ended.exit_code == 1
    report = json.loads(ended.stdout)
    assert [(each["code"], each["line"]) for each in report["problems"]] == [("E114", 1)]
    assert report["counts"]["exercises"] == 3


@pytest.mark.parametrize("words", [("nothing_like_it",), ("--module", "09_none")])
def test_what_is_not_there_is_wrong_use(cli, words, without_running):
    ended = cli("verify", *words)
    assert ended.exit_code == 2
    assert "there is no" in ended.stderr and "choose from" in ended.stderr


def test_one_exercise_can_be_named(root, on_one_bench, monkeypatch):
    shutil.rmtree(root.exercise(MODULE, "compile_with_checkpointer") / "right")
    assert verify(root, names=["read_thread"], jobs=1).problems == ()


def test_what_was_not_applied_is_shown_as_that(cli, root, on_one_bench):
    lines = cli("verify", "read_thread", "-j", "1").stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("–")] == ["E115", "E116", "E302"]
    assert lines.count("– E302 Every lesson runs from top to bottom in a kernel (not applied)") == 1
    assert "✓ E205 Every alternative gets full marks" in lines


def test_rules_about_code_are_not_applied_to_a_question(root):
    applied = verify(root, names=["why_it_forgot"]).applied
    assert {"E101", "E103", "E104", "E113", "E114"} <= applied
    assert not {"E102", "E105", "E106", "E107", "E108", "E201", "E202", "E204", "E205"} & applied


def test_an_exercise_that_was_not_run_has_no_ticks_for_its_behaviour(root):
    (root.path / PUBLIC).unlink()
    rebuild(root)
    report = verify(root, names=["read_thread"])
    assert report.skipped == ("read_thread",)
    assert {"E107"} == {each.code for each in report.problems}
    assert "E101" in report.applied and not {code for code in report.applied if code[1] == "2"}


def test_tests_that_cannot_be_collected_leave_the_rest_unapplied(root, on_one_bench):
    change(root.path / PUBLIC, "import pytest", "import pytest\nimport nothing_of_that_name")
    report = verify(root, names=["read_thread"], jobs=1)
    assert {"E200"} == {code for code in report.applied if code[1] == "2"}


def test_a_module_that_cannot_be_read_gives_no_ticks(root, without_running):
    (root.path / ANSWER).unlink()
    assert verify(root).applied == {"E100"}
    assert [each.code for each in verify(root, names=["read_thread"]).problems] == ["E100"]


@pytest.mark.parametrize("file", [ANSWER, HIDDEN, PUBLIC, f"{FOLDER}/wrong/all_of_the_state.py", FIRST_CELLS])
def test_a_line_left_to_do_fails_the_exercise_it_concerns(root, without_running, file):
    path = root.path / file
    path.write_text(f"{path.read_text()}# TODO\n")
    rebuild(root)
    problems = verify(root, names=["read_thread"]).problems
    assert [(each.code, each.path, each.line) for each in problems] == [
        ("E114", path, path.read_text().count("\n"))
    ]
    others = verify(root, names=["compile_with_checkpointer"]).problems
    assert len(others) == (file == FIRST_CELLS)


def test_every_rule_has_a_code_and_a_title():
    assert all(code[0] == "E" and title and title[-1] != "." for code, title in titles().items())
    assert [code[:2] for code in titles()] == sorted(code[:2] for code in titles())


@pytest.mark.slow
def test_a_lesson_that_stops_is_found(root):
    path = root.lesson_source(MODULE)
    change(path, '["thread_id"] == "t1"', '["thread_id"] == "t2"')
    rebuild(root)
    problems = verify(root, jobs=2).problems
    assert [(each.code, each.path) for each in problems] == [("E302", path)]
    assert problems[0].line == line_of(path, "assert thread") - 1
    assert "this cell raises AssertionError" in problems[0].message


def _descendants(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.mark.slow
def test_ctrl_c_ends_everything(root):
    process = subprocess.Popen(
        [sys.executable, "-c", "from course.cli.app import main; main()", "verify", "-j", "2"],
        env={**os.environ, "COURSE_ROOT": str(root.path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # as a terminal does: Ctrl-C reaches the whole group
        text=True,
    )
    deadline = time.monotonic() + 60
    while len(children := _descendants(process.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    deadline = time.monotonic() + 10
    while (left := {pid for pid in children if _alive(pid)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().split(")")[1].split()[0] != "Z"

"""The verb `verify`: what it says, to whom, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from course.authoring.verify import verify
from course.authoring.verify.report import titles

from .tiny import MODULE, change, line_of, rebuild


def test_all_well_is_told_with_counts_and_time(cli, without_running):
    ended = cli("verify")
    assert ended.exit_code == 0
    last = ended.stdout.splitlines()[-1]
    assert last.startswith(
        "Everything holds: 3 exercises, 4 tests, 6 near misses, 2 alternatives, 1 lesson ("
    )
    assert "✓ E101 Every answer has a prompt right before it" in ended.stdout


def test_problems_are_lines_that_a_terminal_can_open(cli, root, without_running):
    change(root.exercises_source(MODULE), "# ## Read a thread", "# Read a thread")
    change(root.exercises_source(MODULE), ' says="add the node"', "")
    rebuild(root)
    ended = cli("verify")
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    assert "✗ E101 Every answer has a prompt right before it" in lines
    problems = [line for line in lines if line.startswith(f"solutions/{MODULE}/exercises.py:")]
    assert len(problems) == 2
    assert problems[0].endswith(
        ": E101 `read_thread` has no prompt: put a Markdown cell with `## …` before it"
    )
    assert lines[-1] == "2 to fix in 2 exercises"


def test_json_is_for_machines(cli, root, without_running):
    change(root.hidden_tests(MODULE), "Hidden tests of", "TODO: tests of")
    ended = cli("verify", "--json")
    assert ended.exit_code == 1
    report = json.loads(ended.stdout)
    assert [(each["code"], each["line"]) for each in report["problems"]] == [("E114", 1)]
    assert report["counts"]["exercises"] == 3


@pytest.mark.parametrize("words", [("read_threads",), ("--module", "09_none")])
def test_what_is_not_there_is_wrong_use(cli, words, without_running):
    ended = cli("verify", *words)
    assert ended.exit_code == 2
    assert "there is no" in ended.stderr and "choose from" in ended.stderr


def test_one_exercise_can_be_named(root, on_one_bench, monkeypatch):
    change(
        root.exercises_source(MODULE),
        '# %% exercise="compile_with_checkpointer" tags=["alternative"]',
        "# %%",
    )
    rebuild(root)
    assert verify(root, names=["read_thread"], jobs=1).problems == ()


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
        [sys.executable, "-c", "from course.cli import main; main()", "verify", "-j", "2"],
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

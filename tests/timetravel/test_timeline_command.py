"""The command: lists, draws, finds, compares, follows; in a pipe it is plain."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from langgraph.types import Command
from timeline_graphs import a, ask, b, c, chain, failed, forked, nested, thread
from typer.testing import CliRunner

from tests.support import patience
from timetravel.cli.command import timeline as verb
from timetravel.errors import WrongUse

Run = Callable[..., str]


@pytest.fixture
def run(db: Path) -> Run:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(verb)

    def run_(*options: str, where: str = "") -> str:
        result = CliRunner().invoke(
            app, [where or str(db), *options], env={"COLUMNS": "80"}, catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return run_


def test_it_lists_draws_and_writes(saver: Any, run: Run, tmp_path: Path) -> None:
    forked(saver)
    chain(a, c, saver=saver).invoke({"log": []}, thread("[bold]x"))
    rows = [line.split("\t") for line in run().splitlines()]
    assert [row[:4] for row in rows] == [["[bold]x", "finished", "4", "2"], ["forks", "finished", "11", "4"]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", rows[0][4])
    assert "├─┬─╮" in run("--thread", "forks")
    assert len(json.loads(run("--thread", "forks", "--json"))["steps"]) == 11
    assert {one["thread_id"] for one in json.loads(run("--json"))} == {"forks", "[bold]x"}
    page = tmp_path / "page.html"
    assert "Wrote" in run("--thread", "forks", "--html", str(page))
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert "Wrote" in run("--html", str(page)) and "Threads in <code>chat.db" in page.read_text("utf-8")


def test_a_list_says_how_each_thread_stands_and_whose_it_is(saver: Any, run: Run) -> None:
    failed(saver)
    chain(a, ask, saver=saver).invoke({"log": []}, {"configurable": {"thread_id": "asks", "user_id": "mara"}})
    chain(a, b, saver=saver).invoke({"log": []}, thread("stopped"), interrupt_before=["b"])
    chain(a, saver=saver).invoke({"log": []}, thread("done\twith\x1b[31mtabs"))
    found = {row[0]: (row[1], row[5]) for row in (line.split("\t") for line in run("--status").splitlines())}
    assert found == {
        "error": ("failed", ""),
        "asks": ("waiting for an answer", "mara"),
        "stopped": ("unfinished", ""),
        "done\\twith\\x1b[31mtabs": ("finished", ""),
    }
    assert [line.split("\t")[0] for line in run("--find", "MARA").splitlines()] == ["asks"]
    assert [line.split("\t")[0] for line in run("--find", "failed").splitlines()] == ["error"]
    (line,) = run("--thread", "asks", "--status").splitlines()
    assert line.startswith("waiting for an answer\t1\t") and "Refund 30 EUR?" in line
    assert "KeyError" in run("--thread", "error", "--status")


def test_a_namespace_and_a_depth(saver: Any, run: Run) -> None:
    nested(saver)
    assert run("--thread", "deep").count("▾ research") == 2
    closed = run("--thread", "deep", "--depth", "0")
    assert closed.count("▸ team") == 2 and "research" not in closed
    assert "Subgraph memory\n6 checkpoints" in run("--thread", "deep", "--namespace", "memory")


def test_a_part_of_a_long_thread_says_of_how_many(saver: Any, run: Run) -> None:
    graph = chain(a, saver=saver)
    for _ in range(4):
        graph.invoke({"log": []}, thread("1"))
    newest = run("--thread", "1", "--limit", "5")
    assert "the newest 5 of 12 checkpoints" in newest
    assert "--before" in newest and "--limit" in newest
    ids = re.findall(r"…([0-9a-f]{6})$", newest, flags=re.MULTILINE)
    older = run("--thread", "1", "--before", ids[0])
    assert "7 of 12 checkpoints" in older and ids[0] not in older.split("\n", 3)[3]
    with pytest.raises(WrongUse, match="no checkpoint whose id ends in `zzz`"):
        run("--thread", "1", "--before", "zzz")


def test_text_is_found_where_it_came_in(saver: Any, run: Run) -> None:
    graph = chain(a, b, c, saver=saver)
    graph.invoke({"log": ["Needle"]}, {"configurable": {"thread_id": "1", "tenant": "acme"}})
    found = run("--thread", "1", "--find", "needle").splitlines()
    assert found[0] == "2 of 5 checkpoints have `needle` in what they changed"
    assert [line.split()[1:3] for line in found[1:]] == [["-1", "input"], ["0", "loop"]]
    assert run("--thread", "1", "--find", "ACME").startswith("5 of 5")
    nested(saver)
    assert "▾ research" in run("--thread", "deep", "--find", "search")


def test_two_checkpoints_are_compared(saver: Any, run: Run) -> None:
    graph = chain(a, b, saver=saver)
    graph.invoke({"log": ["in"]}, thread("1"))
    assert run("--thread", "1", "--diff", "0", "2").splitlines()[1:] == [
        "log changed",
        "  + [1] 'a'",
        "  + [2] 'b'",
        "x added",
        "  + 2",
    ]
    end = re.findall(r"…([0-9a-f]{6})$", run("--thread", "1"), flags=re.MULTILINE)[-1]
    assert run("--thread", "1", "--diff", end, "1").splitlines()[1:] == [
        "log changed",
        "  − [2] 'b'",
        "x changed",
        "  − 2",
        "  + 1",
    ]
    assert run("--thread", "1", "--diff", "2", "2").endswith("The same state.\n")
    with pytest.raises(WrongUse, match="there is no step, and no end of an id, `99`"):
        run("--thread", "1", "--diff", "99", "0")


@pytest.mark.parametrize("option", [("--diff", "0", "1"), ("--follow",), ("--namespace", "x")])
def test_what_is_about_one_thread_asks_which(saver: Any, run: Run, option: tuple[str, ...]) -> None:
    chain(a, saver=saver).invoke({"log": []}, thread("1"))
    with pytest.raises(WrongUse, match=r"name it with `--thread ID`"):
        run(*option)


def test_a_difference_does_not_obey_a_terminal(saver: Any, run: Run) -> None:
    evil = "\x1b]0;owned\x07\u202e[red]"
    chain(a, saver=saver).invoke({"log": [{evil: evil}]}, {"configurable": {"thread_id": "1", "who": evil}})
    for options in (("--diff", "-1", "1"), ("--find", "owned"), ("--status",), ()):
        told = run("--thread", "1", *options)
        assert not re.search("[\x1b\x07\u202e]", told)
    assert "[red]" in run("--thread", "1", "--diff", "-1", "1")


@pytest.fixture
def followed(db: Path, saver: Any) -> Iterator[Any]:
    """The command as it follows a thread, and the graph that writes it."""
    graph = chain(a, ask, c, saver=saver)
    graph.invoke({"log": []}, thread("1"), interrupt_before=["ask"])
    process = subprocess.Popen(
        [sys.executable, "-m", "timetravel", str(db), "--thread", "1", "--follow"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    yield graph, process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_live_thread_is_followed(followed: Any) -> None:
    graph, process = followed
    seen: list[str] = []

    threading.Thread(
        target=lambda: [seen.append(line) for line in iter(process.stdout.readline, "")], daemon=True
    ).start()

    def read_until(text: str) -> None:
        patience.wait_for(lambda: any(text in line for line in seen), lambda: f"{text!r} never came: {seen}")

    read_until("next: ask")
    graph.invoke(None, thread("1"))
    read_until("ask waits for an answer")
    graph.invoke(Command(resume="yes"), thread("1"))
    read_until("log + 'c'")
    assert sum("log + 'a'" in line for line in seen) == 1 and not any("\x1b" in line for line in seen)


@pytest.mark.slow
def test_the_package_is_a_command_of_its_own(db: Path, saver: Any) -> None:
    forked(saver)

    def run(*options: str) -> Any:
        command = Path(sys.executable).parent / "timetravel"
        return subprocess.run([command, *options], capture_output=True, text=True, check=False)

    assert "├─┬─╮" in run(str(db), "--thread", "forks").stdout
    wrong = run(str(db), "--thread", "fork")
    assert wrong.returncode == 2 and wrong.stderr == f"`{db}` has no thread `fork`; did you mean `forks`?\n"
    head = subprocess.run(
        f"{Path(sys.executable).parent / 'timetravel'} {db} --thread forks | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (head.stdout, head.stderr) == ("Thread forks in chat.db\n", "")

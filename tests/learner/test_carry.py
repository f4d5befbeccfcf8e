"""Progress that is carried to another machine: it adds, never lowers, and a hostile file is refused in a line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course.cli.app import build_app
from course.learner import carry, progress
from course.learner.warm_up import WARM_UP
from course.learner.workspace import Workspace


def run(*words: object):
    return CliRunner().invoke(build_app(), ["progress", *map(str, words)])


def standing(root, workspace) -> dict[str, float]:
    return {row.exercise.name: row.earned for row in progress.standings(root, workspace) if row.tried}


def saved(path: Path, facts: object, **other: object) -> Path:
    path.write_text(json.dumps({"kind": carry.KIND, "schema": carry.SCHEMA, "progress": facts, **other}))
    return path


@pytest.fixture
def other(root, tmp_path: Path) -> Workspace:
    """The workspace of another machine."""
    (tmp_path / "other" / ".course").mkdir(parents=True)
    return Workspace(tmp_path / "other")


def test_what_is_solved_here_is_solved_there(root, workspace, other, tmp_path: Path, monkeypatch):
    progress.record("double_it", 2, 2)
    progress.keep(workspace, WARM_UP.name, 2, 2)
    file = tmp_path / "p.json"
    done = run("--save", file)
    assert (done.exit_code, "2 exercises are in" in done.stdout) == (0, True)
    monkeypatch.setenv("COURSE_WORKSPACE", str(other.path))
    done = run("--load", file)
    assert (done.exit_code, "2 exercises have a better score now" in done.stdout) == (0, True)
    assert standing(root, other) == {"double_it": 2}
    assert progress.was_solved(other, WARM_UP)
    assert "1 of 2 solved" in run().stdout
    assert "0 exercises have a better score now, 2 had that score" in run("--load", file).stdout


def test_no_answer_is_in_the_file(root, workspace, tmp_path: Path):
    notebook = workspace.path / "01_numbers" / "exercises.ipynb"
    notebook.write_text(notebook.read_text().replace("raise NotImplementedError", "return 'my answer'"))
    progress.record("double_it", 2, 2)
    run("--save", tmp_path / "p.json")
    assert "my answer" not in (tmp_path / "p.json").read_text()


def test_loading_never_lowers_and_says_nothing_of_how_answers_stand_here(root, workspace, tmp_path: Path):
    progress.record("double_it", 2, 2)
    progress.record("double_it", 1, 2)
    before = workspace.recall("progress")
    file = saved(tmp_path / "p.json", {"double_it": {"earned": 0.5}, "halve_it": {"earned": 1}})
    assert carry.load(root, workspace, file) == carry.Loaded(better=("halve_it",), same=1, unknown=0)
    assert workspace.recall("progress")["double_it"] == before["double_it"]
    assert standing(root, workspace) == {"double_it": 2, "halve_it": 1}


@pytest.mark.parametrize(
    "score",
    [-1, True, "2", None, [2], {}, float("nan"), float("inf"), 10**400],
    ids=lambda score: f"{score}"[:8],
)
def test_what_is_no_score_is_left_out(root, workspace, tmp_path: Path, score: object):
    file = saved(tmp_path / "p.json", {"double_it": {"earned": score}, "halve_it": {"earned": 1}})
    assert carry.load(root, workspace, file) == carry.Loaded(better=("halve_it",), same=0, unknown=1)
    json.loads((workspace.path / ".course" / "progress.json").read_text(), parse_constant=pytest.fail)


def test_no_score_is_above_what_an_exercise_is_worth_and_no_other_name_gets_in(root, workspace, tmp_path):
    facts = {"double_it": {"earned": 99, "points": 999, "when": "x" * 1000, "now": 99}, "../x": {"earned": 1}}
    assert carry.load(root, workspace, saved(tmp_path / "p.json", facts)).unknown == 1
    kept = workspace.recall("progress")
    assert set(kept) == {"double_it"}
    assert (kept["double_it"]["earned"], kept["double_it"]["points"]) == (2, 2)
    assert len(kept["double_it"]["when"]) < 40 and "now" not in kept["double_it"]


HOSTILE = {
    "nothing": b"",
    "no JSON": b"{",
    "bytes": b"\xff\x00" * 100,
    "a list": b"[]",
    "another file of JSON": b'{"kind": "a notebook"}',
    "deep": b"[" * 100_000,
    "many values": b'{"kind": [' + b"1," * 100_000 + b"1]}",
    "large": b'{"kind": "' + b"x" * (carry.MOST + 10) + b'"}',
    "of another version": json.dumps({"kind": carry.KIND, "schema": 2}).encode(),
}


@pytest.mark.parametrize("verb", ["--load", "--save"])
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_such_file_is_refused_in_a_line_and_stays(workspace, tmp_path: Path, verb: str, name: str):
    progress.record("double_it", 2, 2)
    before, file = workspace.recall("progress"), tmp_path / "p.json"
    file.write_bytes(HOSTILE[name])
    done = run(verb, file)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "--save" in done.stderr or "save it again" in done.stderr
    assert file.read_bytes() == HOSTILE[name]
    assert workspace.recall("progress") == before


@pytest.mark.parametrize("make", ["a folder", "a link", "a pipe", "nothing"])
def test_what_is_no_ordinary_file_is_refused_in_a_line(workspace, tmp_path: Path, make: str):
    file, secret = tmp_path / "p.json", saved(tmp_path / "secret.json", {})
    match make:
        case "a folder":
            file.mkdir()
        case "a link":
            file.symlink_to(secret)
        case "a pipe":
            os.mkfifo(file)
        case _:
            pass
    done = run("--load", file)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)


def test_a_place_that_cannot_be_written_to_is_said(workspace, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = run("--save", tmp_path / "file" / "p.json")
    assert done.exit_code != 0
    assert len(done.stderr.splitlines()) == 1


def test_an_earlier_file_is_replaced(workspace, tmp_path: Path):
    run("--save", tmp_path / "p.json")
    progress.record("double_it", 2, 2)
    assert run("--save", tmp_path / "p.json").exit_code == 0
    assert "double_it" in (tmp_path / "p.json").read_text()


def test_one_at_a_time(workspace, tmp_path: Path):
    assert run("--save", tmp_path / "a", "--load", tmp_path / "b").exit_code == 2

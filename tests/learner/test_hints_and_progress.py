"""Hints come one at a time; the best score is kept."""

import io
import json
from dataclasses import replace

import pytest

from course.cli.terminal import print_markdown
from course.learner import hints, progress


def test_one_hint_more_at_each_call(workspace):
    assert [hints.reveal("double_it", workspace).shown for _ in range(4)] == [1, 2, 3, 3]


def test_a_hint_says_which_it_is_and_keeps_those_before(workspace):
    hints.reveal("double_it", workspace)
    text = hints.reveal("double_it", workspace).text
    assert "Hint 1 of 3" in text and "Hint 2 of 3" in text and "`2 * n`" not in text


def test_the_last_hint_points_to_the_lesson(workspace):
    assert "lesson" in hints.reveal("halve_it", workspace).text


def test_notebook_and_terminal_count_together(workspace):
    hints.hint("double_it")
    assert hints.reveal("double_it", workspace).shown == 2


def test_an_unknown_name_offers_the_nearest(workspace, capsys):
    assert hints.hint("duble_it") is None
    assert "did you mean `double_it`?" in capsys.readouterr().out


def test_the_best_score_is_kept(workspace, root):
    for earned in (1, 2, 0):
        progress.record("double_it", earned, 2)
    (first, _) = progress.standings(root, workspace)
    assert (first.earned, first.solved) == (2, True)


def test_outside_a_workspace_nothing_is_kept(root, tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    progress.record("double_it", 2, 2)
    assert not list(tmp_path.rglob("progress.json"))


@pytest.mark.parametrize("damage", ["", "[1]", '{"double_it": 3}', '{"double_it": {"earned": "x"}}', "\x00"])
def test_damaged_progress_is_no_trouble(workspace, root, damage):
    (workspace.path / ".course" / "progress.json").write_text(damage)
    assert not progress.standings(root, workspace)[0].tried
    progress.record("double_it", 2, 2)
    assert progress.standings(root, workspace)[0].solved


def test_what_comes_next_is_the_first_unsolved(workspace, root):
    progress.record("double_it", 2, 2)
    assert progress.next_up(progress.standings(root, workspace)).exercise.name == "halve_it"


def test_core_exercises_come_first_and_then_the_further_ones(workspace, root):
    rows = progress.standings(root, workspace)
    first, second = rows
    further = replace(first, exercise=replace(first.exercise, role="further"))
    assert progress.next_core((further, second)) == second
    assert progress.following((further, second), "double_it") == second
    assert progress.next_core((further, replace(second, tried=True, earned=9))) == further


def test_the_table_fits_80_columns(workspace, root):
    from rich.console import Console

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(progress.render(root, progress.standings(root, workspace)))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "Next: double_it" in text and "0 of 2 solved" in text


def test_progress_file_is_plain_json(workspace):
    progress.record("double_it", 1.5, 2)
    kept = json.loads((workspace.path / ".course" / "progress.json").read_text())
    assert kept["double_it"]["earned"] == 1.5


def test_exercises_are_listed_in_teaching_order(workspace, root):
    path = root.notebook("01_numbers", "exercises")
    path.write_text(path.read_text().replace("double_it", "zz_double"))
    assert [row.exercise.name for row in progress.standings(root, workspace)] == ["zz_double", "halve_it"]


def test_code_is_not_broken_in_a_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    line = "    price = fetch(sku)  # " + "as long as it has to be " * 4 + "."
    print_markdown(f"{'prose ' * 20}\n\n```python\ndef look_up(sku):\n{line}\n```\n\nend")
    shown = capsys.readouterr().out.splitlines()
    assert line in shown
    assert max(len(text) for text in shown if "prose" in text) <= 60


def test_a_name_that_is_like_none_gets_one_and_where_all_are(workspace, capsys):
    assert hints.hint("zzz") is None
    said = capsys.readouterr().out
    assert "the nearest is `" in said
    assert said.count("_it`") == 1
    assert "`course progress` lists them all" in said


def test_the_columns_of_all_modules_are_aligned(workspace, root, monkeypatch):
    from rich.console import Console

    second = root.path / "modules" / "02_names"
    (second).mkdir()
    text = root.notebook("01_numbers", "exercises").read_text().replace("01_numbers", "02_names")
    (second / "exercises.ipynb").write_text(
        text.replace("double_it", "a_far_longer_name").replace("halve_it", "b")
    )
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(progress.render(root, progress.standings(root, workspace)))
    rows = [line for line in console.export_text().splitlines() if " / " in line]
    names = ("double_it", "halve_it", "a_far_longer_name", "b ")
    assert len({row.index(name) for row, name in zip(rows, names, strict=True)}) == 1
    assert len({len(row.rstrip()) for row in rows}) == 1


def test_a_blank_that_is_checked_has_not_been_tried(workspace, root):
    from autograder.results.verdicts import ExerciseResult, TestResult

    blank = TestResult(title="It doubles.", points=2, hidden=False, status="not written")
    progress.keep_result(workspace, ExerciseResult(name="double_it", tests=(blank,)))
    assert not progress.standings(root, workspace)[0].tried

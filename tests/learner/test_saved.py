"""`course check` and `course watch` judge the notebook as it is saved."""

import io
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder.results.verdicts import ExerciseResult, TestResult
from course.cli.app import build_app
from course.errors import CourseError
from course.learner.progress import standings
from course.learner.reset import reset
from course.learner.terminal_card import card
from course.learner.watch import Watch
from course.learner.watch_screen import Screen, foot
from tests.support import patience

from .small_course import cell, exercises

RIGHT = "def double(n):\n    return 2 * n"
BLANK = "raise NotImplementedError"
WRONG = "def double(n):\n    return n"


def save(workspace, **cells):
    (workspace.path / "01_numbers" / "exercises.ipynb").write_text(exercises(**cells))


def check(*words):
    return CliRunner().invoke(build_app(), ["check", *words])


@pytest.mark.slow
def test_check_tells_right_from_wrong_and_from_blank(workspace):
    save(workspace, answer=WRONG)
    wrong = check("double_it")
    assert wrong.exit_code == 1 and "multiply by two" in wrong.output
    save(workspace, answer=RIGHT)
    right = check()
    assert right.exit_code == 1, "the other exercise is blank"
    assert "✓ It doubles." in right.output and "○ It halves." in right.output
    found = {result["name"]: result for result in json.loads(check("--json").output)}
    assert found["double_it"]["earned"] == 2 and found["halve_it"]["tests"][0]["status"] == "not written"
    assert "1 of 2 solved" in CliRunner().invoke(build_app(), ["progress"]).output


@pytest.mark.slow
def test_a_cell_that_only_says_it_is_a_test_is_run_as_when_graded(workspace):
    """The handout says which cells are test cells: a learner's own cell with such a mark is still theirs."""
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    data = json.loads(exercises("double = twice"))
    data["cells"].insert(1, cell("code", "def twice(n):\n    return 2 * n", grade_id="my_helper", grade=True))
    path.write_text(json.dumps(data))
    assert "2 of 2 points" in check("double_it").output


@pytest.mark.slow
def test_a_question_for_a_person_is_named_with_its_module(root, workspace):
    for notebook in (
        workspace.path / "01_numbers" / "exercises.ipynb",
        root.notebook("01_numbers", "exercises"),
    ):
        notebook.write_text(exercises(RIGHT, question=True))
    assert check("01_numbers").output.endswith("\n\n✎ explain_it (2 points): a person reads your answer\n")
    assert "explain_it" not in check("double_it").output


@pytest.mark.slow
def test_a_module_that_was_renamed_stops_no_check_and_is_told_of(root, workspace):
    from course.learner.start_page import left_behind

    old = workspace.path / "00_figures" / "exercises.ipynb"
    old.parent.mkdir()
    old.write_text(exercises(RIGHT).replace("01_numbers", "00_figures"))
    save(workspace, answer=RIGHT, other="def halve(n):\n    return n / 2")
    assert check().exit_code == 0
    assert list(left_behind(root, workspace)) == [
        f"{old}: its exercises are in `01_numbers` now; copy your answers, then remove this folder"
    ]
    assert check("00_figures").exit_code == 2


@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("01_number", "did you mean `01_numbers`?"),
        ("double", "did you mean `double_it`?"),
        ("7", "modules: 01_numbers"),
    ],
)
def test_a_name_that_is_none_gets_the_nearest(workspace, name, offer):
    assert check(name).stderr.endswith(f"there is no exercise or module `{name}`; {offer}\n")


def test_what_is_no_notebook_of_ours_is_one_line(workspace, tmp_path):
    (tmp_path / "other.ipynb").write_text("not json")
    result = check(str(tmp_path / "other.ipynb"))
    assert result.exit_code != 0
    assert len(result.stderr.splitlines()) == 1


@dataclass
class Counting:
    """A checker that says how often it was asked."""

    passes: bool
    asked: list[str] = field(default_factory=list)

    def check(self, path, names=()):
        try:
            json.loads(path.read_text())["cells"]
        except (ValueError, TypeError):
            raise CourseError("no notebook") from None
        names = names or ("double_it", "halve_it")
        self.asked += names
        test = TestResult(
            title="It works.",
            points=2,
            hidden=False,
            status="passed" if self.passes else "failed",
            message="no",
        )
        return tuple(ExerciseResult(name=name, tests=(test,)) for name in names)


def watch(root, workspace, *, passes):
    checker = Counting(passes)
    return Watch(root=root, workspace=workspace, checker=checker, screen=Screen(tty=False)), checker


def test_watch_starts_with_the_first_unsolved(root, workspace, capsys):
    it, checker = watch(root, workspace, passes=False)
    it.go_on()
    assert checker.asked == ["double_it"]
    assert "In focus: double_it" in capsys.readouterr().out


def test_saving_the_same_again_checks_nothing(root, workspace):
    it, checker = watch(root, workspace, passes=False)
    it.go_on()
    it.handle("saved")
    assert checker.asked == ["double_it"]
    save(workspace, answer=RIGHT)
    it.handle("saved")
    assert checker.asked == ["double_it", "double_it"]


def test_n_goes_on_and_watch_never_does_by_itself(root, workspace):
    it, checker = watch(root, workspace, passes=True)
    it.go_on()
    save(workspace, answer=RIGHT)
    it.handle("saved")
    assert set(checker.asked) == {"double_it"}
    it.handle("n")
    assert checker.asked[-1] == "halve_it"


def test_h_shows_a_hint_and_q_ends(root, workspace, capsys):
    it, _ = watch(root, workspace, passes=False)
    it.go_on()
    assert it.handle("h")
    said = capsys.readouterr().out
    assert "Hint 1 of 3" in said
    assert "**" not in said, "the hint is Markdown, and shown as such"
    assert "Press h for the next" in said
    assert not it.handle("q")


def test_a_key_that_does_nothing_is_said(root, workspace, capsys):
    it, checker = watch(root, workspace, passes=False)
    it.go_on()
    assert it.handle("x")
    assert "“x” does nothing here" in capsys.readouterr().out
    assert checker.asked == ["double_it"]


def test_a_checks_all(root, workspace, capsys):
    it, checker = watch(root, workspace, passes=True)
    it.go_on()
    it.handle("a")
    assert checker.asked == ["double_it", "double_it", "halve_it"]
    assert "2 of 2 solved" in capsys.readouterr().out


@pytest.mark.parametrize("text", [None, '{"cells": [', "", "[]"], ids=["gone", "half", "empty", "a list"])
def test_watch_outlives_a_file_that_is_gone_or_half_written(root, workspace, capsys, text):
    it, checker = watch(root, workspace, passes=False)
    it.answers = {"double_it": BLANK, "halve_it": BLANK}
    it.go_on()
    checker.asked.clear()
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert it.handle("saved") and it.handle("n") and it.handle("a")
    assert "just now" in capsys.readouterr().out
    it.handle("n")
    save(workspace, answer=RIGHT)
    assert it.handle("saved")
    assert checker.asked[-1] == "double_it", "the file is back, and double_it is what was changed in it"


def test_the_count_is_of_solved_ones_and_the_one_in_focus_says_how_it_stands_now(root, workspace, capsys):
    it, checker = watch(root, workspace, passes=True)
    it.go_on()
    checker.passes = False
    save(workspace, answer=WRONG)
    it.handle("saved")
    said = capsys.readouterr().out
    assert "1 of 2 solved" in said
    assert "In focus: double_it, 0 of 2 points as saved, solved before" in said


def test_r_pressed_twice_gives_the_blank_back_and_keeps_what_was_written(root, workspace, capsys):
    save(workspace, answer=RIGHT, other="def halve(n):\n    return n / 2")
    it, _ = watch(root, workspace, passes=False)
    it.go_on()
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    before = path.read_text()
    for keys in ("r", "xr", "hr"):
        for key in keys:
            it.handle(key)
    assert path.read_text() == before, "another key in between means no"
    it.handle("r")
    assert "before_reset/double_it_1.py" in capsys.readouterr().out.replace("\n", "")
    assert (path.parent / "before_reset" / "double_it_1.py").read_text() == RIGHT + "\n"
    cells = {cell["source"] for cell in json.loads(path.read_text())["cells"]}
    assert cells == {cell["source"] for cell in json.loads(before)["cells"]} - {RIGHT} | {BLANK}


def test_reset_by_the_command_loses_nothing_however_often(root, workspace):
    def run():
        return CliRunner().invoke(build_app(), ["reset", "double_it"]).output

    assert "blank already" in run()
    for answer in (RIGHT, WRONG):
        save(workspace, answer=answer)
        assert "blank again" in run()
    kept = sorted((workspace.path / "01_numbers" / "before_reset").iterdir())
    assert [path.read_text() for path in kept] == [RIGHT + "\n", WRONG + "\n"]


def test_reset_of_a_question_keeps_its_text(root, workspace):
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    root.notebook("01_numbers", "exercises").write_text(exercises(question=True))
    path.write_text(exercises(question=True).replace('"Why?"', '"Since the checkpoint says so."'))
    assert reset("explain_it", root, workspace).read_text() == "Since the checkpoint says so.\n"
    assert path.read_text().count('"Why?"') == 1


@pytest.mark.parametrize("text", ["{", '{"cells": []}'], ids=["half", "without the cell"])
def test_reset_of_a_damaged_notebook_is_one_line(root, workspace, text):
    path = workspace.path / "01_numbers" / "exercises.ipynb"
    path.write_text(text)
    result = CliRunner().invoke(build_app(), ["reset", "double_it"])
    assert result.exit_code != 0
    assert len(result.stderr.splitlines()) == 1
    assert path.read_text() == text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_screens_fit_and_no_word_is_broken(root, workspace, width):
    """The words are those of the messages, at any width."""
    console = Console(width=width, file=io.StringIO())
    rows = standings(root, workspace)
    message = (
        "the saver which compile() is given keeps its checkpoints in the memory of a process that is gone"
    )
    test = TestResult(title="It survives.", points=2, hidden=False, status="failed", message=message)
    result = ExerciseResult(name="double_it", tests=(test, test))
    console.print(card(rows[0].exercise, result, hint="`h`"))
    console.print(foot(rows, rows[0], note="", width=width, tty=True))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert [word for word in message.split() if word not in words] == []
    assert any(len(line) == width and line.endswith(" 0 of 2 solved") for line in lines), (
        "a bar as wide as it is"
    )


def test_what_the_terminal_says_fits_a_terminal(root, workspace):
    """There's no cell above, and nothing to run."""
    it = CliRunner().invoke(build_app(), ["check", "double_it"]).output
    assert "save it" in it and "course hint double_it" in it
    assert "above" not in it and "run " not in it


@pytest.mark.slow
def test_watch_in_a_terminal_of_24_lines(root, workspace):
    """Each screen is drawn from its top, and its last line is the last of the terminal at most."""
    pexpect = pytest.importorskip("pexpect")  # IPython brings it along
    command = str(Path(sys.executable).with_name("course"))
    watching = pexpect.spawn(
        command, ["watch"], dimensions=(24, 80), encoding="utf-8", timeout=patience.seconds()
    )
    said = io.StringIO()
    watching.logfile_read = said
    watching.expect("In focus: double_it, not written yet")
    watching.send("x")
    watching.expect("does nothing here")
    watching.send("q")
    watching.expect(pexpect.EOF)
    watching.close()
    assert watching.exitstatus == 0
    screens = said.getvalue().replace("\r", "").split("\x1b[2J")[1:]
    assert max(screen.count("\n") for screen in screens) <= 23

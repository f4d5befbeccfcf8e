"""`course check` and `course watch` judge the notebook as it is saved."""

import json
from dataclasses import dataclass, field

import pytest
from typer.testing import CliRunner

from autograder.results.verdicts import ExerciseResult, TestResult
from course.cli.app import build_app
from course.learner.watch import Watch

from .small_course import cell, exercises

RIGHT = "def double(n):\n    return 2 * n"
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

    def check(self, path, names):
        self.asked += names
        test = TestResult(
            title="It works.",
            points=2,
            hidden=False,
            status="passed" if self.passes else "failed",
            message="no",
        )
        return (ExerciseResult(name=names[0], tests=(test,)),)


def watch(root, workspace, *, passes):
    checker = Counting(passes)
    return Watch(root=root, workspace=workspace, checker=checker, tty=False), checker


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
    assert it.handle("h") and "Hint 1 of 3" in capsys.readouterr().out
    assert not it.handle("q")

"""The `course` command as one meets it in a terminal."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from course.cli.app import build_app, ending_calmly
from course.errors import SourceError


def verbs():
    return typer.main.get_command(build_app()).commands


def run(*words):
    return CliRunner().invoke(build_app(), list(words))


def test_help_loads_nothing_large():
    """What makes it instant; `make bench` has the seconds."""
    asked = "import sys\ntry:\n    main()\nfinally:\n    print('LOADED', *sys.modules)"
    words = [sys.executable, "-c", f"from course.cli.app import main\n{asked}", "--help"]
    said = subprocess.run(words, capture_output=True, text=True).stdout
    loaded = set(said.split("LOADED")[1].split())
    assert not loaded & {"rich", "pydantic", "langgraph", "nbformat", "sqlalchemy", "IPython", "pytest"}
    assert len(loaded) < 500


def test_a_version_says_what_a_report_of_a_fault_needs():
    told = run("--version").output
    assert told.startswith("course 0.") and "LangGraph 1." in told and "Python 3." in told


def test_help_groups_verbs_by_who_uses_them():
    text = run("--help").output
    assert text.index("Learner:") < text.index(" check ") < text.index("Author:") < text.index(" build ")
    assert text.index("Instructor:") < text.index("  grade ")


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_every_verb_says_what_it_does(verb):
    command = verbs()[verb]
    assert command.help and command.help.split("\n")[0].endswith(".")
    for parameter in command.params:
        assert parameter.help, f"`course {verb}`: say what {parameter.name} is"


def test_no_verbs_is_wrong_use():
    assert run().exit_code == 2


def test_a_misspelt_verb_is_wrong_use_and_offers_the_nearest():
    result = run("chekc")
    assert result.exit_code == 2
    assert "check" in result.output


def ending(error):
    app = typer.Typer()

    def verb() -> None:
        raise error

    app.command()(ending_calmly(verb))
    return CliRunner().invoke(app, [])


def test_what_a_user_can_mend_is_one_line(tmp_path):
    result = ending(SourceError(tmp_path / "exercises.py", 7, "no prompt: write one"))
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path}/exercises.py:7: no prompt: write one\n"


def test_ctrl_c_is_one_calm_line():
    result = ending(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stderr == "\nStopped.\n"


def test_an_unknown_exercise_is_wrong_use(workspace):
    result = run("check", "duble_it")
    assert result.exit_code == 2
    assert "double_it" in result.stderr

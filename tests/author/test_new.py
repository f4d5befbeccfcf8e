from __future__ import annotations

import pytest

from course.authoring.exercise_source import read_module
from course.authoring.test_marks import module_tests

from .tiny import MODULE


def test_new_appends_a_skeleton_that_can_be_built(cli, root):
    ended = cli("new", MODULE, "resume_thread")
    assert ended.exit_code == 0
    exercise = read_module(root, MODULE).exercises[-1]
    assert (exercise.name, exercise.title) == ("resume_thread", "Resume thread")
    assert (len(exercise.hints), len(exercise.near_misses), len(exercise.alternatives)) == (3, 3, 1)
    mine = [test for test in module_tests(root, MODULE) if test.exercise == "resume_thread"]
    assert [test.hidden for test in mine] == [False, True]
    assert cli("build").exit_code == 0


def test_new_names_the_places_to_edit(cli, root):
    lines = cli("new", MODULE, "resume_thread").stdout.splitlines()
    for line in lines[:3]:
        path, number, says = line.split(":")
        assert says == " edit this next"
        assert (root.path / path).read_text().splitlines()[int(number) - 1].startswith(("# %%", "def "))
    assert lines[3] == "Then: course build, course verify resume_thread"


def test_new_leaves_what_is_there_as_it_is(cli, root):
    before = root.exercises_source(MODULE).read_text()
    cli("new", MODULE, "resume_thread")
    assert root.exercises_source(MODULE).read_text().startswith(before)


def test_new_makes_a_module(cli, root):
    assert cli("new", "02_stores", "keep_a_memory").exit_code == 0
    assert root.module_names() == [MODULE, "02_stores"]
    assert read_module(root, "02_stores").title == "Exercises: stores"
    assert cli("build").exit_code == 0
    assert root.notebook("02_stores", "lesson").is_file()


@pytest.mark.parametrize(
    ("module", "name", "says"),
    [
        (MODULE, "read_thread", "is taken"),
        (MODULE, "why_it_forgot", "is taken"),
        (MODULE, "ReadThread", "no snake_case verb phrase"),
        (MODULE, "read", "no snake_case verb phrase"),
        (MODULE, "read_" + "x" * 36, "has 41 characters"),
        (MODULE, "give_answer", "ends in `_answer`"),
        ("threads", "resume_thread", "no name for a module"),
    ],
)
def test_a_name_that_will_not_do_is_refused(cli, root, module, name, says):
    before = root.exercises_source(MODULE).read_text()
    ended = cli("new", module, name)
    assert ended.exit_code == 2
    assert says in ended.stderr
    assert root.exercises_source(MODULE).read_text() == before


def test_a_skeleton_is_told_to_be_filled_in(cli, root, without_running):
    cli("new", MODULE, "resume_thread")
    cli("build")
    ended = cli("verify")
    assert ended.exit_code == 1
    codes = {line.split(": ")[1].split()[0] for line in ended.stdout.splitlines() if ".py:" in line}
    assert codes == {"E114"}

from __future__ import annotations

import pytest

from course.authoring.exercise_source import read_module
from course.authoring.test_marks import module_tests

from .tiny import MODULE


def everything(root):
    return {path: path.read_bytes() for path in root.path.rglob("*") if path.is_file()}


def test_new_makes_a_skeleton_that_can_be_built(cli, root):
    ended = cli("new", MODULE, "resume_thread")
    assert ended.exit_code == 0
    exercise = next(each for each in read_module(root, MODULE).exercises if each.name == "resume_thread")
    assert exercise.title == "Resume thread"
    assert (len(exercise.hints), len(exercise.near_misses), len(exercise.alternatives)) == (3, 3, 1)
    mine = [test for test in module_tests(root, MODULE) if test.exercise == "resume_thread"]
    assert [test.hidden for test in mine] == [False, True]
    assert cli("build").exit_code == 0


def test_new_inserts_before_the_question_that_a_person_reads(cli, root):
    cli("new", MODULE, "resume_thread")
    names = [each.name for each in read_module(root, MODULE).exercises]
    assert names == ["compile_with_checkpointer", "read_thread", "resume_thread", "why_it_forgot"]


def test_new_names_the_files_to_edit(cli, root):
    before = everything(root)
    lines = cli("new", MODULE, "resume_thread").stdout.splitlines()
    named = {root.path / line.split(":")[0] for line in lines[:-1]}
    assert all(line.split(":")[1:] == ["1", " edit this next"] for line in lines[:-1])
    assert named == set(everything(root)) - set(before)
    assert all("TODO" in path.read_text() for path in named)
    assert lines[-1] == "Then: course build, course verify resume_thread"


def test_new_changes_nothing_but_the_list(cli, root):
    before = everything(root)
    cli("new", MODULE, "resume_thread")
    after = everything(root)
    assert [path.name for path, content in before.items() if after[path] != content] == ["module.md"]


def test_new_makes_a_module(cli, root):
    assert cli("new", "02_stores", "keep_a_memory").exit_code == 0
    assert root.module_names() == [MODULE, "02_stores"]
    assert read_module(root, "02_stores").title == "Exercises: stores"
    assert cli("new", "02_stores", "drop_a_memory").exit_code == 0
    names = [each.name for each in read_module(root, "02_stores").exercises]
    assert names == ["keep_a_memory", "drop_a_memory"]
    assert cli("build").exit_code == 0
    assert root.notebook("02_stores", "lesson").is_file()


@pytest.mark.parametrize(
    ("module", "name", "says"),
    [
        (MODULE, "read_thread", "is taken"),
        (MODULE, "why_it_forgot", "is taken"),
        ("02_stores", "read_thread", "is taken"),
        (MODULE, "ReadThread", "no snake_case verb phrase"),
        (MODULE, "read", "no snake_case verb phrase"),
        (MODULE, "read_" + "x" * 36, "has 41 characters"),
        (MODULE, "give_answer", "ends in `_answer`"),
        ("threads", "resume_thread", "no name for a module"),
    ],
)
def test_a_name_that_will_not_do_is_refused(cli, root, module, name, says):
    before = everything(root)
    ended = cli("new", module, name)
    assert ended.exit_code == 2
    assert says in ended.stderr
    assert everything(root) == before


@pytest.mark.parametrize("words", [(), ("resume_thread",)])
def test_a_skeleton_is_told_to_be_filled_in(cli, root, without_running, words):
    written = cli("new", MODULE, "resume_thread").stdout.splitlines()[:-1]
    cli("build")
    ended = cli("verify", *words)
    assert ended.exit_code == 1
    told = [line.split(": ") for line in ended.stdout.splitlines() if ": E" in line]
    assert {code.split()[0] for _, code, *_ in told} == {"E114"}
    assert {place.rsplit(":", 1)[0] for place, *_ in told} == {line.split(":")[0] for line in written}


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("01_thread", "did you mean `01_threads`?"),
        ("01_savers", "has the number of `01_threads`: the next free one is 02"),
    ],
)
def test_a_misspelt_module_makes_no_new_one(cli, root, module, says):
    before = everything(root)
    ended = cli("new", module, "resume_thread")
    assert ended.exit_code == 2
    assert says in ended.stderr
    assert everything(root) == before


def test_verify_offers_the_nearest_name(cli):
    assert "did you mean `read_thread`?" in cli("verify", "read_threads").stderr
    assert f"a whole module is `--module {MODULE}`" in cli("verify", MODULE).stderr

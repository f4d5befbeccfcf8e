"""Mutants: what is made of an answer, and what becomes of it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from course.authoring.mutants import find
from course.authoring.mutants.making import mutants
from course.authoring.mutants.report import Found
from course.authoring.mutants.survivors import Reason, read_reasons
from course.authoring.mutants.trying import Tried
from course.errors import CourseError


def made(answer: str) -> dict[str, str]:
    return {mutant.becomes: mutant.was for mutant in mutants(dedent(answer))}


def test_each_kind_of_fault_is_made():
    found = made(
        '''
        def run(graph, thread: "str", most=3):
            """Say what it does."""
            if most > 2:
                graph.invoke(None, thread, durability="sync")
            return thread
        '''
    )
    assert "graph.invoke(None, thread, )" in found  # an argument left out
    assert 'graph.invoke(None, thread, durability="XXsyncXX")' in found
    assert "pass" in found  # a statement left out
    assert "if not (most > 2):" in found
    assert "if most >= 2:" in found
    assert "return" in found
    assert not any("Say" in text or "str" in text for text in found.values())


def test_every_mutant_is_another_program_that_compiles():
    answer = "def f(a, b):\n    return a + b if a else [b, a][0]\n"
    codes = [mutant.code for mutant in mutants(answer)]
    assert len(codes) == len(set(codes)) > 4
    assert answer not in codes
    for code in codes:
        compile(code, "mutant", "exec")


def test_mutants_of_an_answer_are_caught(root, on_one_bench, monkeypatch):
    monkeypatch.chdir(root.path)
    found = find(root, names=["read_thread"], most=6, jobs=1)
    assert len(found.tried) == 6
    assert found.caught >= 0.5
    assert all(each.exercise == "read_thread" for each in found.tried)


def test_mutants_of_alternatives_are_tried_too(root, on_one_bench):
    found = find(root, names=["read_thread"], right=True, most=6, jobs=1)
    assert {each.source for each in found.tried} == {"history_of_one.py"}
    assert found.caught >= 0.5 and not found.unexplained


def tried(caught_by: str) -> Tried:
    [mutant, *_] = mutants("x = 1\n")
    return Tried(exercise="e", source="", mutant=mutant, caught_by=caught_by)


def test_a_survivor_needs_a_reason():
    survivor = tried("")
    nine = tuple(tried("a test") for _ in range(9))
    reason = Reason(exercise="e", becomes=survivor.mutant.becomes, why="nobody reads it")
    assert not Found(tried=(*nine, survivor), reasons=(), seconds=1).good
    assert Found(tried=(*nine, survivor), reasons=(reason,), seconds=1).good
    assert not Found(tried=(*nine[:8], survivor), reasons=(reason,), seconds=1).good  # 8 of 9


def test_a_file_of_reasons_that_is_none_is_told(tmp_path):
    path = tmp_path / "survivors.toml"
    assert read_reasons(path) == []
    path.write_text('[[survivor]]\nwhy = "nobody reads it"\n')
    with pytest.raises(CourseError, match="`becomes`"):
        read_reasons(path)


def test_reasons_are_of_the_exercise_whose_folder_they_are_in(tmp_path):
    path = tmp_path / "resume_thread" / "survivors.toml"
    path.parent.mkdir()
    path.write_text('[[survivor]]\nbecomes = "pass"\nwhy = "nobody reads it"\n')
    assert read_reasons(path) == [Reason(exercise="resume_thread", becomes="pass", why="nobody reads it")]

"""Answers that are alike: what is found, and what isn't held against anybody."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from autograder.submissions.assignment import read_handout
from course.instructor.similar import reading
from course.instructor.similar.compare import ClassCompared, compare
from course.instructor.similar.fingerprints import K, W, fingerprints
from course.instructor.similar.side_by_side import MOST_LINES, side_by_side, visible
from course.instructor.similar.tokens import LONGEST, kinds, tokens
from tests.instructor.report_class import MODULE, Learner, write_class

ODD = '''
def notes_of(graph, thread_id):
    """What the thread holds."""
    config = {"configurable": {"thread_id": thread_id}}
    found = []
    for snapshot in reversed([*graph.get_state_history(config)]):
        values = dict(snapshot.values)
        while values:
            key, value = values.popitem()
            if key == "notes" and len(value) >= len(found):
                found = [note for note in value if note is not None]
    return sorted(found, key=found.index)
'''
RENAMED = (
    ODD.replace("graph", "g").replace("thread_id)", "t)").replace(": thread_id}", ": t}")
    .replace("found", "out").replace("snapshot", "s").replace("values", "d").replace("value", "x")
    .replace('    """What the thread holds."""\n', "")
    .replace("    out = []", "    # gather them\n    out    =   [ ]")
    .replace("s.d", "s.values")
)  # fmt: skip


def other(number: int) -> str:
    """Write an answer of one's own, of some twenty lines."""
    draw = random.Random(number)
    lines = ["def notes_of(graph, thread_id):"]
    for _ in range(20):
        a, b, c = (
            draw.choice(["x", "len(y)", "z.pop()", "[1]", "graph.k", "{}", "'s'", "a[0]"]) for _ in "abc"
        )
        lines.append(
            draw.choice([f"    {a} + {b} * {c}", f"    if {a} in {b}: {c}", f"    f({a}, {b}, {c})"])
        )
    return "\n".join(lines)


@pytest.fixture
def compared(root, tmp_path):
    def run(answers: dict[str, str]) -> ClassCompared:
        learners = [Learner(student=s, answers={"read_thread": code}) for s, code in answers.items()]
        out = write_class(tmp_path / "graded", learners)
        handouts = {MODULE: read_handout(root.notebook(MODULE, "exercises"))}
        return compare(root, out, reading.read(out, [(s, MODULE) for s in answers]), handouts)

    return run


def found(compared: ClassCompared) -> list[tuple[str, ...]]:
    return sorted(each.students for each in compared.alike)


CLASS = {f"s{n}": other(n) for n in range(12)}


def test_a_renamed_copy_is_found_and_nobody_else(compared):
    assert found(compared({**CLASS, "ada": ODD, "ben": RENAMED})) == [("ada", "ben")]


def test_a_copy_with_a_part_of_ones_own_is_found_and_less_alike(compared):
    whole = compared({**CLASS, "ada": ODD, "ben": RENAMED}).alike[0]
    mixed = compared({**CLASS, "ada": ODD, "ben": RENAMED + "\n".join(other(99).split("\n")[1:5])}).alike[0]
    assert whole.similarity > mixed.similarity > 0.6


def test_what_many_wrote_is_nobodys_copy(compared):
    assert found(compared({**CLASS, **{f"c{n}": ODD for n in range(8)}})) == []


def test_what_was_handed_out_or_is_our_own_answer_is_nobodys_copy(compared, root):
    ours = (root.exercise(MODULE, "read_thread") / "answer.py").read_text()
    blank = next(
        slot.source
        for slot in read_handout(root.notebook(MODULE, "exercises")).slots
        if slot.grade_id == "read_thread_answer"
    )
    long = ours + (root.path / "solutions" / MODULE / "compile_with_checkpointer" / "answer.py").read_text()
    assert (
        found(compared({**CLASS, "a": ours, "b": ours, "c": blank, "d": blank, "e": long, "f": long})) == []
    )


def test_short_answers_are_alike_by_chance(compared):
    short = "def notes_of(graph, thread_id):\n    return graph.peek(thread_id)['notes'][::-1]"
    assert found(compared({**CLASS, "a": short, "b": short})) == []


def test_the_pair_is_shown_side_by_side_with_what_both_have_marked(compared):
    both = compared({**CLASS, "ada": ODD, "ben": RENAMED + "\n    return 17\n"})
    (pair,) = both.shown()
    assert pair.students == ("ada", "ben")
    shared = {line.text.strip() for line in pair.second if line.shared}
    assert "key, x = d.popitem()" in shared
    assert not {"# gather them", "return 17"} & shared


def test_whatever_is_shared_over_k_and_w_tokens_shares_a_fingerprint():
    draw = random.Random(2)
    names = [f"a.m{n}" for n in range(60)]  # attributes count as themselves
    common = [draw.choice(names) for _ in range(K + W)]
    for n in range(200):
        draw = random.Random(n)
        one, two = ([draw.choice(names) for _ in range(30)] for _ in "ab")
        texts = (" ".join([*each[: n % 17], *common, *each[n % 17 :]]) for each in (one, two))
        first, second = map(fingerprints, texts)
        assert {*first.tolist()} & {*second.tolist()}


def test_tokens_survive_renaming_comments_and_layout_and_tell_calls_apart():
    assert kinds("x = f(y)  # so\n") == kinds("total =\n  g( amount )")
    assert kinds("a.get(1)") != kinds("a.put(1)")
    assert kinds("return x") != kinds("yield x")
    assert kinds('f"a{b}"') == kinds("f'other'")


def test_each_token_knows_its_line():
    code = "a = '''\n\n'''\n# c\nb = 1"
    assert [token.line for token in tokens(code)] == [0, 0, 0, 4, 4, 4]


@pytest.mark.parametrize(
    "code",
    [
        '"\\' * 200_000,
        '"""' + "\\" * 200_001,
        "'''\n\"\"\"\n" * 60_000,
        "#" * 400_000,
        " " * 400_000 + "\n" * 400_000,
        "é" * 300_000 + "\udc80" * 9,
        "x" * 10_000_000,
        "((((" * 100_000,
        "",
    ],
    ids=[
        "quotes",
        "backslashes",
        "open strings",
        "comment",
        "space",
        "no unicode",
        "10 MB",
        "brackets",
        "nothing",
    ],
)
def test_hostile_text_costs_no_more_than_plain(code):
    from time import process_time

    def cost(text: str) -> float:
        times = []
        for _ in range(3):
            start = process_time()
            fingerprints(text)
            times.append(process_time() - start)
        return min(times)

    plain = cost("value = other.call(1, 'text')\n" * (LONGEST // 30))
    assert cost(code) < 20 * plain + 0.02


def test_what_is_shown_is_bounded_and_hides_nothing():
    lines, _ = side_by_side("x = 1\n" * 10_000, "y" * 100_000, fingerprints(""))
    assert len(lines) == MOST_LINES + 1 and lines[-1].text == "… and 9,881 lines more"
    assert max(len(line.text) for line in _) < 200
    assert visible("a\u202eb\x1b[2Jc\td") == "a�b�[2Jc\td"


def test_a_large_class_is_read_by_several_processes_and_gives_the_same(root, tmp_path, monkeypatch):
    learners = [Learner(student=f"s{n:03}", answers={"read_thread": other(n)}) for n in range(30)]
    out = write_class(tmp_path / "graded", learners)
    places = [(learner.student, MODULE) for learner in learners]
    monkeypatch.setattr(reading, "CHUNK", 7)

    def read() -> list[tuple[str, list[int]]]:
        with reading.reading(out, places) as answered:
            return [(each.student, each.exercises["read_thread"].tolist()) for each in answered()]

    here = read()
    monkeypatch.setattr(reading, "MANY", 10)
    assert read() == here and len(here) == 30


@pytest.mark.parametrize("data", [b"", b"[]", b'{"cells": 3}', b'{"cells": [3, {"metadata": []}]}', b"\xff"])
def test_a_notebook_that_is_none_has_no_answers(tmp_path: Path, data: bytes):
    out = write_class(tmp_path / "graded", [])
    path = out.autograded_of("ada", MODULE)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert reading.read(out, [("ada", MODULE), ("nobody", MODULE)]) == []


def test_the_copy_of_this_test_is_one():
    assert not re.search(r"\b(graph|found|snapshot|value)\b", RENAMED)

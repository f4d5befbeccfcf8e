"""`course report`: the figures, from classes that were put on record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from autograder.gradebook.gradebook import Gradebook
from autograder.results.roster import Person
from autograder.submissions.assignment import read_handout
from course.cli.app import build_app
from course.instructor.cautious_share import at_least
from course.instructor.report.item_statistics import FEWEST, difficulty, discrimination
from tests.instructor.report_class import EXERCISES, FORGOT, MODULE, Learner, write_class


@pytest.fixture
def report(root, monkeypatch):
    """Run the command on a folder; return the JSON that it prints."""
    monkeypatch.setenv("COURSE_ROOT", str(root.path))

    def run(folder: Path, *words: str) -> dict[str, Any]:
        done = CliRunner().invoke(build_app(), ["report", str(folder), "--json", *words])
        assert done.exit_code == 0, done.output
        assert json.loads((folder / "report.json").read_text()) == json.loads(done.stdout)
        return json.loads(done.stdout)

    return run


def of(found: dict[str, Any], exercise: str = EXERCISES[0]) -> dict[str, Any]:
    return next(e for m in found["modules"] for e in m["exercises"] if e["name"] == exercise)


# --- test theory


def test_difficulty_is_the_mean_share_of_the_points():
    assert difficulty([2, 1, 0, 1], 2) == 0.5
    assert difficulty([], 2) is None


def test_discrimination_of_a_test_is_the_point_biserial_with_the_rest():
    draw = np.random.default_rng(3)
    item = (draw.random(60) < 0.6).astype(float)
    rest = draw.normal(5 + 2 * item, 2)
    p, m1, m0 = item.mean(), rest[item == 1].mean(), rest[item == 0].mean()
    textbook = (m1 - m0) / rest.std() * np.sqrt(p * (1 - p))
    assert discrimination(item, rest + item) == pytest.approx(textbook)


def test_an_item_does_not_correlate_with_itself():
    draw = np.random.default_rng(5)
    item, rest = draw.integers(0, 2, 400).astype(float), draw.normal(0, 0.3, 400)
    assert np.corrcoef(item, item + rest)[0, 1] > 0.8, "uncorrected, chance looks like a good item"
    assert abs(discrimination(item, item + rest) or 0) < 0.15


@pytest.mark.parametrize(
    ("item", "totals"),
    [
        ([1, 0] * 4, list(range(8))),  # too few
        ([1] * FEWEST, list(range(FEWEST))),  # all the same
        ([0.1, 0.2] * FEWEST, [0.1, 0.2] * FEWEST),  # nothing but this item
    ],
)
def test_where_nothing_can_be_told_there_is_no_discrimination(item, totals):
    assert discrimination(item, totals) is None


def test_large_groups_outrank_single_learners():
    assert at_least(20, 25) > at_least(1, 1) > at_least(1, 2) > at_least(0, 5) == pytest.approx(0, abs=1e-9)
    assert at_least(0, 0) == 0


# --- the class


def test_each_figure_of_a_small_class(report, tmp_path):
    learners = [
        Learner(student="ada"),
        Learner(student="ben", statuses=("failed", "passed"), messages=(FORGOT, ""), question=None),
        Learner(student="cy", statuses=("timed out", "not written"), messages=("no end", "blank")),
        Learner(student="dora", statuses=("not written", "not written"), messages=("blank", "blank")),
        Learner(student="eve", statuses=("unreadable", "unreadable"), messages=("no notebook",) * 2),
    ]
    found = report(write_class(tmp_path / "graded", learners).path)
    module = found["modules"][0]
    assert [found[name] for name in ("students", "submissions", "provisional", "enrolled")] == [5, 5, 1, None]
    counts = ("points", "handed_in", "wrote", "blank", "unreadable", "provisional", "not_handed_in")
    assert [module[name] for name in counts] == [8, 5, 3, 1, 1, 1, 0]
    assert (module["mean"], module["median"]) == (pytest.approx((6 + 4 + 0 + 0 + 0) / 5), 0)
    assert module["distribution"] == [3, 0, 0, 0, 0, 1, 0, 1, 0, 0]
    exercise = of(found)
    assert (exercise["counted"], exercise["tried"], exercise["short"]) == (3, 3, 2)
    assert exercise["statuses"] == {"passed": 1, "failed": 1, "timed out": 1}
    assert exercise["difficulty"] == pytest.approx((3 + 1 + 0) / 9)
    assert [t["statuses"] for t in exercise["tests"]] == [
        {"passed": 2, "timed out": 1},
        {"passed": 1, "failed": 1, "timed out": 1},
    ]
    assert [t["difficulty"] for t in exercise["tests"]] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert of(found, "read_thread")["tried"] == 2, "who left it blank didn't try it"
    assert found["reteach"] == [f"{MODULE}/compile_with_checkpointer"]


def test_points_that_wait_count_nothing_and_leave_nobody_stuck(report, tmp_path):
    half = {"statuses": ("passed", "error"), "messages": ("", "raised")}
    learners = [Learner(student="ada", question=None, **half), Learner(student="ben", question=0.0, **half)]
    learners.append(Learner(student="cy", statuses=("passed", "not written"), messages=("", "blank")))
    found = report(write_class(tmp_path / "graded", learners).path)
    module = found["modules"][0]
    assert (module["mean"], module["points"], module["provisional"]) == (3, 8, 1)
    question = {k: module["questions"][0][k] for k in ("points", "waiting", "settled", "difficulty")}
    assert question == {"points": 2, "waiting": 1, "settled": 2, "difficulty": None}
    stuck = [(s["student"], s["earned"], s["waiting"], s["open"]) for s in found["stuck"]]
    assert stuck == [("ben", 3, 0, ["read_thread"])], "cy hasn't begun with the rest"


def test_points_that_a_person_set_count_before_the_tests(report, tmp_path):
    failed = Learner(student="ada", statuses=("failed", "passed"), messages=(FORGOT, ""))
    learners = [failed, replace(failed, student="ben", overrides={EXERCISES[0]: 3})]
    found = report(write_class(tmp_path / "graded", learners).path)
    assert (of(found)["short"], of(found)["difficulty"]) == (1, pytest.approx((1 + 3) / 6))


def test_where_the_grader_failed_nothing_is_said_of_the_learner(report, tmp_path):
    broken = Learner(student="ben", statuses=("internal error", "passed"), messages=("ours", ""))
    found = report(write_class(tmp_path / "graded", [Learner(student="ada"), broken]).path)
    assert (of(found)["counted"], of(found, "read_thread")["counted"]) == (1, 2)
    assert found["provisional"] == 1


def test_wrong_ideas_have_the_names_of_near_misses(report, tmp_path):
    def told(student: str, message: str) -> Learner:
        return Learner(student=student, statuses=("failed", "passed"), messages=(message, ""))

    learners = [
        told("ada", FORGOT),
        told("ben", FORGOT),
        told("cy", "add the node 'mark'"),
        told("dora", "what you added the nodes to has 3 threads"),
        told("emil", "what you added the nodes to has 17 threads"),
        Learner(student="finn"),
    ]
    exercise = of(report(write_class(tmp_path / "graded", learners).path))
    found = [(t["ideas"], t["learners"], t["sentence"]) for t in exercise["told"]]
    assert found == [
        (["no checkpointer"], 2, FORGOT),
        ([], 2, "what you added the nodes to has 3 threads"),  # other values, and the same sentence
        (["node is silent"], 1, "add the node 'mark'"),
    ], "and `add the node` isn't in `added the nodes`, though its letters are"


def test_whoever_has_a_known_idea_is_not_counted_under_other_sentences_too(report, tmp_path):
    learner = Learner(student="ada", statuses=("failed", "failed"), messages=(FORGOT, "not the whole state"))
    out = write_class(tmp_path / "graded", [learner])
    assert [t["ideas"] for t in of(report(out.path))["told"]] == [["no checkpointer"]]


def test_who_handed_in_nothing_is_named_if_there_is_a_roster(report, tmp_path):
    people = [Person(id="ada", name="Ada Love"), Person(id="zoe", name="Zoe", email="z@example.org")]
    found = report(write_class(tmp_path / "graded", [Learner(student="ada")], people).path)
    assert (found["enrolled"], found["modules"][0]["not_handed_in"]) == (2, 1)
    zoe = {"id": "zoe", "name": "Zoe", "email": "z@example.org", "section": "", "number": ""}
    assert found["missing"] == [zoe]


def test_late_work_is_told_with_the_time_and_the_extension_that_nbgrader_knows(report, root, tmp_path):
    from datetime import UTC, datetime, timedelta

    due = datetime(2026, 11, 30, 12, tzinfo=UTC)
    learners = [Learner(student=name, late=late) for name, late in (("ada", 0), ("ben", 2), ("cy", 0))]
    out = write_class(tmp_path / "graded", learners)
    with Gradebook(out.gradebook) as book:
        book.add_module(
            read_handout(root.notebook(MODULE, "exercises")), dict.fromkeys(EXERCISES, 3), due=due
        )
        for learner, hours in zip(learners, (-1, 3, 5), strict=True):
            book.record(learner.row(), {}, due + timedelta(hours=hours))
        book._book.grant_extension(MODULE, "cy", hours=6)
        book._book.db.commit()
    assert report(out.path)["lateness_known"] is True
    assert report(out.path)["late"] == [{"student": "ben", "module": MODULE, "seconds": 3 * 3600, "lost": 2}]


def test_without_a_gradebook_lost_points_still_say_who_was_late(report, tmp_path):
    found = report(write_class(tmp_path / "graded", [Learner(student="ben", late=2)]).path)
    assert found["late"] == [{"student": "ben", "module": MODULE, "seconds": None, "lost": 2}]
    assert found["lateness_known"] is False
    assert "Only the gradebook knows" in (tmp_path / "graded" / "report.html").read_text()


# --- from run to run


def test_a_report_says_what_changed_since_another_state_however_often_it_is_made(report, tmp_path):
    folder = tmp_path / "graded"
    wrong = Learner(student="ada", statuses=("failed", "passed"), messages=(FORGOT, ""))
    write_class(folder, [wrong])
    assert report(folder)["since"]["at"] == ""
    assert report(folder)["since"]["at"] == "", "nothing was graded between the two"
    write_class(folder, [Learner(student="ada"), Learner(student="ben")])
    for found in (report(folder), report(folder)):
        since = found["since"]
        assert (since["at"] != "", since["handed_in"]) == (True, 1)
        assert {(s["name"], round(s["before"], 2), s["now"]) for s in since["shifts"]} == {
            ("", 0.5, 0.75),
            (EXERCISES[0], 0.33, 1.0),
        }
    assert len((folder / "report-history.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "junk", [b"\xff\x00", b"[1]\n", b'{"at": 1}\n', b"[" * 100_000, b'{"figures": {"a": "x"}}']
)
def test_a_history_that_cannot_be_read_is_none(report, tmp_path, junk):
    folder = write_class(tmp_path / "graded", [Learner(student="ada")]).path
    (folder / "report-history.jsonl").write_bytes(junk)
    assert report(folder)["since"]["at"] == ""


# --- the edges


def test_the_json_is_as_its_schema_says(report, tmp_path):
    schema = json.loads(CliRunner().invoke(build_app(), ["report", "--schema"]).stdout)
    learners = [
        Learner(student="ada", question=None, late=1),
        Learner(student="ben", statuses=("timed out", "failed"), messages=("no end", "not the whole state")),
    ]
    people = [Person(id="zoe", name="Zoe")]
    found = report(write_class(tmp_path / "graded", learners, people).path)
    jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "students": "two"}, schema, jsonschema.Draft202012Validator)


def test_an_empty_class_and_a_single_learner_have_a_report(report, tmp_path):
    found = report(write_class(tmp_path / "none", []).path)
    assert (found["submissions"], found["modules"], found["reteach"]) == (0, [], [])
    assert "Nobody has handed in anything yet" in (tmp_path / "none" / "report.html").read_text()
    found = report(write_class(tmp_path / "one", [Learner(student="ada")]).path)
    assert (found["submissions"], of(found)["discrimination"]) == (1, None)
    assert "Everybody solved what they tried" in (tmp_path / "one" / "report.html").read_text()


def test_what_belongs_to_no_module_of_the_course_is_reported_all_the_same(report, tmp_path):
    learners = [Learner(student="ada", module=""), Learner(student="ada", module="77_gone")]
    found = report(write_class(tmp_path / "graded", learners).path)
    assert [module["module"] for module in found["modules"]] == ["77_gone", ""]


def test_a_folder_without_grades_is_said_and_stays_empty(tmp_path):
    done = CliRunner().invoke(build_app(), ["report", str(tmp_path)])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "is no graded class" in done.output


def test_a_gradebook_that_cannot_be_opened_is_said_without_its_password(root, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_ROOT", str(root.path))
    folder = write_class(tmp_path / "graded", [Learner(student="ada")]).path
    url = "postgresql://me:sesame@127.0.0.1:1/none"
    done = CliRunner().invoke(build_app(), ["report", str(folder), "--gradebook", url])
    assert done.exit_code == 2 and "cannot be opened" in done.output and "sesame" not in done.output


def test_answers_are_compared_only_if_one_wants_it(report, tmp_path):
    folder = write_class(tmp_path / "graded", [Learner(student="ada")]).path
    assert report(folder, "--no-similar")["alike"] is None
    assert "Similar answers</h2>" not in (folder / "report.html").read_text()
    assert report(folder)["alike"] == []


def test_without_solutions_wrong_ideas_have_no_names_and_the_page_says_so(
    report, root, tmp_path, monkeypatch
):
    import shutil

    bundle = tmp_path / "bundle"
    shutil.copytree(root.path, bundle, ignore=shutil.ignore_patterns("solutions"))
    monkeypatch.setenv("COURSE_ROOT", str(bundle))
    wrong = Learner(student="ada", statuses=("failed", "passed"), messages=(FORGOT, ""))
    found = report(write_class(tmp_path / "graded", [wrong]).path)
    assert (found["ideas_known"], [t["ideas"] for t in of(found)["told"]]) == (False, [[]])
    assert "wrong ideas have no names here" in (tmp_path / "graded" / "report.html").read_text()

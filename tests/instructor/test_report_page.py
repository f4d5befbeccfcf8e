"""The report's page: what is on it, and that nothing of a learner's is more than text, however much there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.gradebook.lateness import Booked
from autograder.results.roster import Person
from autograder.results.verdicts import ExerciseResult
from course.instructor.report.charts import distribution, item_map
from course.instructor.report.gather import gather
from course.instructor.report.page import NAMED, page
from course.instructor.report.words import duration, ideas, segments
from tests.instructor.report_class import FORGOT, MODULE, Learner, write_class
from tests.instructor.test_similar import CLASS, ODD, RENAMED

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[2J`&lt;b onload=x&gt;`{{ 7 * 7 }}"
VOID = {"meta", "br", "img", "input", "link", "hr", "base"}


class Page(HTMLParser):
    """Collects the elements and the text of a page, and sees that all are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._open = "", list[str]()
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.text += data


@pytest.fixture
def printed(root, tmp_path):
    def run(learners, people=()) -> str:
        out = write_class(tmp_path / "graded", learners, people)
        return page(gather(root, out, Booked()), out)

    return run


def failed(student: str, message: str = FORGOT, **more) -> Learner:
    return Learner(student=student, statuses=("failed", "passed"), messages=(message, ""), **more)


def hostile() -> Iterator[Learner]:
    for student in ("ada", "ben"):
        yield failed(student, EVIL, error=EVIL, answers={"read_thread": ODD + EVIL})
    yield Learner(student="cy", statuses=("timed out", "error"), messages=(EVIL, EVIL))
    for student, code in CLASS.items():
        yield Learner(student=student, answers={"read_thread": code})


def test_nothing_of_a_learners_is_more_than_text(printed):
    people = [Person(id="zoe", name=EVIL, email=EVIL, section=EVIL)]
    html = printed(hostile(), people)
    found = Page(html)
    names = {tag for tag, _ in found.elements}
    assert not names & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "input",
        "a:script",
    }
    attributes = {name for _, given in found.elements for name in given}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert found.text.count("alert(1)") >= 4, "it is shown, as text"
    assert not {"\u202e", "\x1b"} & {*html}, "what moves or hides other text is a mark"
    assert "{{ 7 * 7 }}" in found.text


def test_the_page_loads_nothing_and_its_policy_lets_one_style_sheet_through(printed):
    found = Page(html := printed(hostile()))
    policies = [given["content"] for tag, given in found.elements if "http-equiv" in given]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        policies[0],
    )
    links = [
        given[name] for _, given in found.elements for name in ("href", "src", "xlink:href") if name in given
    ]
    assert links and all(link.startswith(("#", "feedback/")) for link in links)
    assert not re.search(r"url\((?!#)|@import", html)
    ids = [given["id"] for _, given in found.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_names_lead_to_feedback_pages_that_are_there(printed, tmp_path):
    path = tmp_path / "graded" / "feedback" / "ann %41" / MODULE / "exercises.html"
    path.parent.mkdir(parents=True)
    path.touch()
    learners = [failed(name, answers={}) for name in ("ann %41", "ben")]
    lost = {"statuses": ("failed", "failed"), "messages": (FORGOT, FORGOT)}
    found = Page(printed(replace(learner, **lost) for learner in learners))
    links = [given.get("href") or "" for tag, given in found.elements if tag == "a"]
    assert [link for link in links if link.startswith("feedback/")] == [
        f"feedback/ann%20%2541/{MODULE}/exercises.html"
    ]


def test_the_first_thing_on_it_is_what_to_reteach_and_the_idea_behind_it(printed):
    text = Page(printed([failed("ada"), failed("ben"), Learner(student="cy")])).text
    start = " ".join(text.split())[:400]
    assert "Reteach this first" in start and "2 of 3" in start and "No checkpointer" in start


def test_a_pair_is_shown_with_both_names(printed):
    learners = [Learner(student=s, answers={"read_thread": code}) for s, code in CLASS.items()]
    learners += [
        Learner(student=s, answers={"read_thread": code}) for s, code in (("ada", ODD), ("ben", RENAMED))
    ]
    html = printed(learners)
    assert re.search(r"ada.{,40} and .{,40}ben", Page(html).text, re.DOTALL)
    assert html.count('class="shared"') > 10


def test_marks_that_wait_are_called_provisional(printed):
    text = " ".join(Page(printed([Learner(student="ada", question=None)])).text.split())
    assert "1 mark is provisional: what waits for a person counts 0 so far" in text
    assert "formgrade" in text


def test_five_thousand_names_and_a_kind_of_sentence_for_each_make_no_huge_page(printed):
    learners = [
        Learner(
            student=f"s{n:04}",
            statuses=("failed", "timed out"),
            messages=(f"said {chr(97 + n % 26) * (n // 26 + 1)}", "no end"),
            late=1,
        )
        for n in range(600)
    ]
    people = [Person(id=f"p{n:04}", name="N" * 500) for n in range(4400)]
    html = printed(learners, people)
    assert len(html) < 400_000
    text = " ".join(Page(html).text.split())
    assert f"{600 - NAMED:,} more, all in report.json" in text
    assert f"{4400 - NAMED:,} more, all in report.json" in text
    assert "N" * 101 not in text


def test_an_answer_and_a_message_of_ten_megabytes_are_cut(printed):
    long = ODD + "x" * (10 << 20)
    learners = [failed(s, "m" * (10 << 20), answers={"read_thread": long}) for s in ("ada", "ben")]
    assert len(printed([*learners, *(Learner(student=s) for s in CLASS)])) < 200_000


def test_a_drawing_has_the_pages_colours_and_no_style_of_its_own(root, tmp_path):
    learners = [
        Learner(student=f"s{n}", statuses=("failed" if n % 3 else "passed", "passed" if n % 2 else "failed"))
        for n in range(24)
    ]
    out = write_class(tmp_path / "graded", learners)
    modules = gather(root, out, Booked()).report.modules
    drawn = [str(distribution(modules)), str(item_map(modules[0].exercises))]
    for svg in drawn:
        Page(svg)
        assert not re.search(r"style|font-family|#0[1-5]0", svg)
        assert "var(--soft)" in svg and "<desc>" in svg
    assert drawn == [str(distribution(modules)), str(item_map(modules[0].exercises))], "the same each time"
    assert "compile_with_checkpointer" in drawn[1]


def test_each_drawing_is_there_for_a_screen_and_for_a_phone(printed):
    learners = [
        Learner(student=f"s{n}", statuses=("failed" if n % 3 else "passed", "passed" if n % 2 else "failed"))
        for n in range(24)
    ]
    found = Page(html := printed(learners))
    forms = [given.get("class") for tag, given in found.elements if tag == "div"]
    assert forms.count("wide") == forms.count("narrow") == 2
    wide, narrow = (
        float(re.search(rf'class="{form}"><svg[^>]*viewBox="0 0 ([\d.]+)', html)[1])
        for form in ("wide", "narrow")
    )
    assert narrow < 360 < wide, "points: as wide as the page, so that letters keep their size"


def test_each_number_of_a_table_says_on_a_phone_what_it_is(printed):
    found = Page(printed([Learner(student="ada"), failed("ben")]))
    cells = [
        given for tag, given in found.elements if tag == "td" and given.get("class", "").startswith("num")
    ]
    assert cells and all(given.get("data-of") for given in cells)


def test_names_of_exercises_are_text_in_a_drawing(root, tmp_path):
    learners = [
        Learner(student=f"s{n}", statuses=("failed" if n % 3 else "passed", "passed")) for n in range(24)
    ]
    out = write_class(tmp_path / "graded", learners)
    exercises = gather(root, out, Booked()).report.modules[0].exercises
    odd = replace(exercises[0], name="<b>$x^2$</b>", discrimination=0.1)
    assert "&lt;b&gt;$x^2$&lt;/b&gt;" in str(item_map([odd]))


def test_bars_are_as_long_as_their_share():
    found = list(segments({"passed": 1, "failed": 1, "error": 1, "killed": 1, "not written": 4}))
    assert [(kind, count) for kind, count, _, _ in found] == [
        ("pass", 1),
        ("fail", 2),
        ("dead", 1),
        ("none", 4),
    ]
    assert sum(width for *_, width in found) == pytest.approx(1000)
    assert list(segments({})) == [(kind, 0, 0.0, 0.0) for kind in ("pass", "fail", "dead", "none")]


def test_words():
    assert ideas(["newest first"]) == "Newest first"
    assert ideas(["a", "b", "c", "d", "e"]) == "A or b or c or 2 more"
    assert [duration(s) for s in (None, 5, 60, 7300, 200_000)] == [
        *("", "less than a minute", "1 minute", "2 hours", "2 days")
    ]


def test_an_exercise_without_tests_or_learners_stops_nothing(root, tmp_path):
    from autograder.results.store import Record, Store

    out = write_class(tmp_path / "graded", [Learner(student="ada")])
    bare = replace(Learner(student="ben").row(), exercises=(ExerciseResult(name="read_thread", tests=()),))
    with Store(out.store) as store:
        kept = Record(submission=bare, fingerprints={}, answer_hashes={}, inputs_hash="", page_hash="")
        store.keep(kept, judged=["read_thread"], tier="a")
    assert "Class report" in page(gather(root, out, Booked()), out)


def test_without_matplotlib_the_command_says_what_to_install(root, tmp_path, monkeypatch):
    import sys

    from typer.testing import CliRunner

    from course.cli.app import build_app

    monkeypatch.setenv("COURSE_ROOT", str(root.path))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    folder: Path = write_class(tmp_path / "graded", [Learner(student="ada")]).path
    done = CliRunner().invoke(build_app(), ["report", str(folder)])
    assert done.exit_code == 1 and "'.[report]'" in done.output
    assert not (folder / "report-history.jsonl").exists(), "no report, so nothing to compare the next with"

"""A learner's page: what it says, and what it keeps to itself."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from autograder.reports.feedback_page import page
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.submissions.assignment import Handout, Slot

HANDOUT = Handout(
    module="01_basic",
    slots=(
        Slot(
            kind="markdown",
            source="Your answer here.",
            cell_id="why",
            grade_id="why",
            grade=True,
            solution=True,
        ),
    ),
    metadata={},
    titles=MappingProxyType({"chat": "Restart-proof chat", "why": "Why it forgot"}),
)
PASSED = TestResult(title="It answers.", points=1, hidden=False, status="passed")
FAILED = TestResult(
    title="It remembers.", points=2, hidden=True, status="failed", message="it forgot: see `saver`"
)
RAISED = TestResult(
    title="It runs.",
    points=1,
    hidden=False,
    status="error",
    message="your code raised `KeyError`",
    traceback="line 3, in chat",
)


def row(
    *tests: TestResult, student: str = "ada", error: str = "", mark: float | None = None, comment: str = ""
) -> GradedSubmission:
    exercise = ExerciseResult(name="chat", tests=tests or (PASSED, FAILED))
    manual = (ManualMark(name="why", points=3, earned=mark, comment=comment),)
    return GradedSubmission(
        student=student, module="01_basic", exercises=(exercise,), seed=7, error=error, manual=manual
    )


def shown(row: GradedSubmission, **answers: str) -> str:
    return re.sub(r"\s+", " ", page(row, HANDOUT, answers))


def test_score_titles_and_reasons_are_shown():
    html = shown(row(), chat_answer="def chat(): pass")
    assert "<strong>1</strong> <span>of 6 points</span>" in html
    assert "Restart-proof chat" in html
    assert "It forgot: see <code>saver</code>." in html
    assert "hidden test" in html
    assert '<span class="nf">chat</span>' in html


def test_the_learners_own_traceback_is_shown_once():
    html = shown(row(RAISED, replace(RAISED, title="It runs twice.")))
    assert html.count("line 3, in chat") == 1
    assert "The same reason as above." in html


def test_a_question_waits_for_a_person():
    html = shown(row(), why="Because *nothing* was saved.")
    assert "This mark is provisional: 3 points wait to be graded." in html
    assert "<em>nothing</em>" in html


def test_what_a_person_said_is_shown():
    html = shown(row(mark=2.5, comment="Nearly: <which> saver?"), why="Because.")
    assert "<strong>3.5</strong> <span>of 6 points</span>" in html
    assert "Nearly: &lt;which&gt; saver?" in html


def test_what_a_person_said_of_an_exercise_is_shown():
    by_hand = ManualMark(name="chat", points=3, earned=2, comment="It <nearly> remembers.")
    html = shown(replace(row(), overrides=(by_hand,)))
    assert "<strong>2</strong> <span>of 6 points</span>" in html
    assert "A person has read this answer and set its points." in html
    assert "It &lt;nearly&gt; remembers." in html


def test_what_lateness_cost_is_said():
    html = shown(replace(row(), late=0.5))
    assert "0.5 points were taken off: it was handed in late." in html
    assert "<strong>0.5</strong> <span>of 6 points</span>" in html


def test_the_stub_is_no_answer():
    assert "No answer was written here." in shown(row(mark=0.0), why="Your answer here.")


@pytest.mark.parametrize(
    "attack", ["<script>x()</script>", '"><img src=x onerror=x()>', "<style>*{}</style>"]
)
def test_nothing_of_a_learner_becomes_markup(attack: str):
    tests = (replace(FAILED, message=attack), replace(RAISED, traceback=attack))
    html = shown(row(*tests, student=attack, error=attack), chat_answer=attack, why=attack)
    assert attack not in html
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<style>") == 1


def test_the_pages_own_policy_lets_only_its_style_through():
    html = page(row(), HANDOUT, {})
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "style=" not in html
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_in_a_browser(browser, tmp_path, width: int, scheme: str):
    long = replace(FAILED, message="x" * 300)
    path = tmp_path / "page.html"
    path.write_text(page(row(PASSED, long, RAISED), HANDOUT, {"chat_answer": "y = '" + "z" * 300 + "'"}))
    tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(path.as_uri())
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    tab.close()

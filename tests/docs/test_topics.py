"""The page of topics leads to lessons, sections and exercises that are there, and the checklist to what was run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

from course.errors import CourseError
from course.paths import Root
from course.site import checklist_page as checklist
from course.site.metrics_page import metrics_page
from course.site.more_page import more_source
from course.site.notebook_page import Printer

ROOT = Root.find()
LINK = re.compile(r"\]\(([^)\s#]+)(?:#([^)\s]+))?\)")
TOPICS = (ROOT.docs / "topics.md").read_text("utf-8")
GENERATED = {
    "reference/checklist.md": checklist.SOURCE,
    "reference/metrics.md": checklist.SOURCE.with_name("metrics.md"),
    "reference/map.md": checklist.SOURCE.with_name("map.md"),
    "modules/more/index.md": more_source(ROOT),
}
ASKED_FOR = (
    *("checkpoint architecture", "savers: memory", "conversation memory", "memory systems", "time-travel"),
    *(
        "across sessions",
        "many sessions",
        "pattern 1",
        "pattern 2",
        "pattern 3",
        "caching",
        "parallel",
        "batches",
    ),
    *("pools", "metrics and", "logs", "opentelemetry", "langsmith", "alerts", "backoff", "circuit breaker"),
    *("fallback", "timeout", "support agent", "data processing pipeline", "best practices", "pitfalls"),
    *(
        "metrics to track",
        "deployment checklist",
        "rollback",
        "load test",
        "testing nodes",
        "further reading",
    ),
    *("procedural memory", "versions of a flow", "streaming while"),
)


def slugs(text: str) -> set[str]:
    return {
        slugify(each.replace("`", ""), "-") for each in re.findall(r"^(?:# )?##+ (.+)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize(("page", "anchor"), sorted(set(LINK.findall(TOPICS))))
def test_a_topic_leads_to_what_is_there(page: str, anchor: str):
    if page in GENERATED:
        assert not anchor or anchor in slugs(GENERATED[page].read_text("utf-8"))
    elif not page.startswith("modules/"):
        assert (ROOT.docs / page).is_file() and not anchor
    else:
        module = page.split("/")[1]
        assert module in ROOT.module_names()
        if page.endswith("/exercises.md"):
            assert ROOT.exercise(module, anchor).is_dir()
        else:
            assert not anchor or anchor in slugs(ROOT.lesson_source(module).read_text("utf-8"))


def test_every_topic_that_was_asked_for_is_there():
    topics = [row.split("|")[1].casefold() for row in TOPICS.splitlines() if row.startswith("| ")]
    assert [asked for asked in ASKED_FOR if not any(asked in topic for topic in topics)] == []


# The checklist.


def test_each_of_the_eight_points_has_its_command_and_its_decision():
    parts = re.split(r"^## ", checklist.SOURCE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    points = ["errors", "logs", "alerts", "tests", "documents", "security", "load", "rollback"]
    assert [re.findall(r"^!run (\w+)$", part, re.MULTILINE) for part in parts] == [
        [point] for point in points
    ]
    assert set(points) == set(checklist.COMMANDS)
    assert all("\n**Decide.** " in part for part in parts)


def test_a_check_that_does_not_hold_stops_the_build(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(
        checklist.COMMANDS, "errors", ("python", "-c", "print('✗ it broke'); raise SystemExit(1)")
    )
    with pytest.raises(CourseError, match="it broke"):
        checklist._run(ROOT, "errors")  # pyright: ignore[reportPrivateUsage]


def test_a_check_is_run_again_only_when_what_it_depends_on_has_changed(monkeypatch: pytest.MonkeyPatch):
    kept = checklist._kept(ROOT, "errors")  # pyright: ignore[reportPrivateUsage]
    assert checklist._kept(ROOT, "errors") == kept  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(checklist, "surroundings", lambda: "another LangGraph")
    assert checklist._kept(ROOT, "errors") != kept  # pyright: ignore[reportPrivateUsage]


def test_a_bundle_without_tests_says_so_and_has_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ran: list[str] = []

    def keep(root: Root, point: str) -> None:
        ran.append(point)
        path = checklist._kept(root, point)  # pyright: ignore[reportPrivateUsage]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{point} holds")

    monkeypatch.setattr(checklist, "_run", keep)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "caches"))
    (tmp_path / "requirements.lock").touch()
    page = checklist.checklist_page(Root(tmp_path))
    assert sorted([*ran, "tests"]) == sorted(checklist.COMMANDS)
    assert "The tests aren't in this copy of the course." in page and "rollback holds" in page
    ran.clear()
    assert checklist.checklist_page(Root(tmp_path)) == page and not ran, "nothing has changed"


def test_the_command_that_is_shown_is_one_that_works():
    assert checklist.shown_command("documents") == ".venv/bin/python -m course.checklist documents"
    words = [sys.executable, *checklist.COMMANDS["documents"][1:]]
    ran = subprocess.run(words, cwd=ROOT.path, capture_output=True, text=True)
    assert ran.returncode == 0 and "without a docstring" in ran.stdout
    asked = subprocess.run([*words[:-1], "--help"], cwd=ROOT.path, capture_output=True, text=True)
    assert "errors, logs, alerts" in asked.stdout and asked.returncode == 0


def test_the_page_of_metrics_has_a_part_for_each_and_no_mark_left():
    page = metrics_page()
    assert "!agent" not in page and "!pipeline" not in page
    assert page.count("### `desk_") == 5 and page.count("### `night_") == 7
    assert page.count("**Decide.**") == 3


@pytest.mark.parametrize("module", ["08_support_agent", "09_data_pipeline"])
def test_both_systems_lessons_lead_to_the_checklist(module: str, tmp_path: Path):
    printed = Printer(folder=tmp_path, drawings=tmp_path).page_of(ROOT.notebook(module, "lesson"))
    assert "[Before you deploy](../../reference/checklist.md)" in printed
    assert "[Metrics to track](../../reference/metrics.md)" in printed

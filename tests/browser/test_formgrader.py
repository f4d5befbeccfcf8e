"""`course formgrade` in a browser: the class is listed, a person gives a mark, and the next run keeps it."""

import csv
import json
import os
import re
import shlex
import shutil

import pytest
from playwright.sync_api import expect

from course.authoring import sample_class
from tests.support import patience
from tests.support.grading import command
from tests.support.tiny_course import MODULE, notebook, root, source  # noqa: F401 — fixtures

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.slow]

QUESTION = "why_it_forgot"


def grade(root, folder):  # noqa: F811
    run = command(
        root, folder, "grade", "handed in", "--out", "my class", "--due", f"{MODULE}=2026-01-01T00:00"
    )
    said, trouble = run.communicate(timeout=patience.seconds(90))
    assert run.returncode == 0, trouble
    return said


@pytest.fixture(scope="module")
def graded(root, notebook, tmp_path_factory):  # noqa: F811
    """A class of two, one of them late, graded into a folder with a blank in its name; and what was said."""
    folder = tmp_path_factory.mktemp("formgrader")
    for student in ("ada", "bob"):
        data = json.dumps(sample_class.fill(notebook, {QUESTION: f"{student}: <script>alert(1)</script>"}))
        sample = sample_class.Sample(student=student, says="", data=data.encode())
        sample_class.write(sample, folder / "handed in", MODULE)
    (folder / "handed in" / "bob" / MODULE / "timestamp.txt").write_text("2026-02-01 10:00:00 UTC")
    return folder, grade(root, folder)


@pytest.fixture(scope="module")
def address(root, graded, tmp_path_factory):  # noqa: F811
    """Where formgrader is, started in another folder, with settings of another course in the user's home."""
    folder, _ = graded
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.root = '/nowhere'\n")
    process = command(root, elsewhere, "formgrade", str(folder / "my class"), "--no-browser")
    found = re.search(r"http\S+", process.stdout.readline()).group()
    patience.wait_for(lambda: patience.answers(found), lambda: "formgrader didn't start")
    yield found
    process.terminate()
    process.communicate(timeout=patience.seconds())


def test_the_next_step_that_grading_prints_works_as_it_stands(graded):
    folder, said = graded
    line = next(line for line in said.splitlines() if " formgrade " in line)
    program, verb, out = shlex.split(line)
    assert "2 marks are provisional, for a person to grade:" in said
    assert shutil.which(program, path=f"{folder}:{os.environ['PATH']}")
    assert verb == "formgrade"
    assert (folder / out / "grades.csv").is_file()


def test_a_mark_given_in_formgrader_is_kept_by_the_next_run(graded, address, open_page, root):  # noqa: F811
    folder, _ = graded
    page = open_page(address)
    page.get_by_role("link", name=MODULE).click()
    page.get_by_role("link", name="exercises").click()
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_load_state("networkidle")  # the marks that there are have been fetched
    expect(page.locator(".tabbable:focus")).to_be_visible()
    page.locator("input.score").last.fill("1")
    with page.expect_response(re.compile("/api/grade/")) as saved:
        page.keyboard.press("Tab")
    assert saved.value.ok
    changed = grade(root, folder)
    assert re.search(rf"{QUESTION}: to be graded → 1 of", changed)
    rows = list(csv.DictReader((folder / "my class" / "grades.csv").open(encoding="utf-8-sig")))
    assert sorted(row[f"{MODULE}/{QUESTION}"] for row in rows) == ["", "1"]


def test_the_class_is_neither_a_draft_nor_without_submissions(address, open_page):
    page = open_page(address)
    page.get_by_role("link", name="Manage Assignments").click()
    row = page.locator("tbody tr", has_text=MODULE)
    expect(row).to_contain_text("released")
    expect(row.locator(".num-submissions")).to_have_text("2")
    assert page.locator(".alert").count() == 0
    row.locator(".num-submissions a").click()
    expect(page.locator("tbody tr", has_text="bob")).to_contain_text("2026-02-01 10:00:00")
    expect(page.locator("tbody tr .status", has_text="needs autograding")).to_have_count(0)


def test_a_button_for_another_step_says_what_to_do_and_harms_nothing(graded, address, open_page):
    page = open_page(address)
    page.get_by_role("link", name="Manage Assignments").click()
    page.locator(".num-submissions a").click()
    page.locator("tr", has_text="ada").locator(".autograde a").click()
    expect(page.locator(".modal-body")).to_contain_text("`course grade SUBMISSIONS` grades again")
    assert (graded[0] / "my class" / "autograded" / "ada" / MODULE / "exercises.ipynb").is_file()


def test_links_out_of_formgrader_need_no_login(address, open_page):
    page = open_page(address)
    found = page.request.get(address.partition("/login")[0] + f"/tree/autograded/ada/{MODULE}")
    assert found.ok
    assert "/tree/" in found.url

"""The front page: what it shows was run, measured or read when the site was built, and its commands work."""

import re
import shutil
import subprocess
from html import unescape

import pytest

from benchmarks.grading import results
from benchmarks.grading.targets import targets
from course.authoring.exercise_source import read_module
from course.learner.outline import outline
from course.paths import Root
from course.site import recorded_check as recorded
from course.site.landing_parts import commands, landing_parts
from course.site.repository import clone_address, public_address

ROOT = Root.find()


@pytest.fixture(scope="module")
def parts():
    return landing_parts(ROOT)


def words(html):
    """The text of a part, without its styles."""
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r" +([:,.])", r"\1", " ".join(unescape(text).split()))


@pytest.mark.slow
def test_the_check_is_that_of_a_wrong_answer_and_of_the_worked_one(parts):
    source = read_module(ROOT, recorded.MODULE, first_cells=False)
    exercise = next(one for one in source.exercises if one.name == recorded.EXERCISE)
    miss = next(one for one in exercise.near_misses if one.path.name == recorded.NEAR_MISS)
    wrong, right = recorded.judged(ROOT, (miss.code, exercise.answer))
    assert wrong.status == "failed" and right.status == "passed"
    before, after = map(words, parts["check.html"].split('<div class="demo-after">'))
    assert miss.says in before.replace(" ,", ",").lower() or miss.says.replace("`", "") in before
    assert f"{wrong.earned:g} of {wrong.points:g} points" in before and "✗" in before
    assert f"{right.points:g} of {right.points:g} points" in after and "✗" not in after
    # This very process rewrites asserts; what learners' tests say has nothing of it.
    assert all("\n" not in test.message for test in wrong.tests)
    assert "assert " not in before


def test_the_line_that_makes_it_green_is_in_the_lesson(parts):
    line = re.findall(r"<code>(.*?)</code></pre>", parts["check.html"])[1]
    call = line.removeprefix("with ").partition("(")[0]
    assert call in ROOT.lesson_source(recorded.MODULE).read_text()


def test_a_bundle_without_answers_shows_no_check(tmp_path):
    assert recorded.recorded_check(Root(tmp_path)) == ""


def test_every_module_has_its_card(parts):
    for module in outline(ROOT):
        card = parts["syllabus.md"].split(f"{module.number}. [")[1].partition("\n\n\n")[0]
        assert card.startswith(f"{module.title}](modules/{module.name}/index.md)")
        assert module.promise in card and f"{len(module.exercises)} exercise" in card


def test_the_figure_is_the_one_that_was_measured(parts):
    found = results.load(ROOT.path / "benchmarks" / "results.json")
    reached = next(target.reached for target in targets(found) if "nbgrader's submissions" in target.aim)
    assert words(parts["faster.html"]).startswith(reached.replace("times", "×"))


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://example.org/a/course.git", "https://example.org/a/course.git"),
        ("https://ada:secret@example.org/a/course.git", "https://example.org/a/course.git"),
        ("https://example.org:8443/course", "https://example.org:8443/course"),
        ("git@example.org:a/course.git", "https://example.org/a/course.git"),
        ("ssh://git@example.org:2222/a/course.git", "https://example.org/a/course.git"),
        ("/srv/git/course", ""),
        ("file:///srv/git/course", ""),
        ("../course", ""),
        ("C:/git/course", ""),
        ("", ""),
    ],
)
def test_an_address_is_one_that_others_can_clone(remote, address):
    assert public_address(remote) == address


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A repository of its own that holds the site's settings."""
    monkeypatch.delenv("COURSE_REPOSITORY", raising=False)
    shutil.copy(ROOT.path / "mkdocs.yml", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return Root(tmp_path)


def test_the_address_is_that_of_the_remote_unless_one_is_set(clone, monkeypatch):
    assert clone_address(clone) == ""
    remote = "git@example.org:a/course.git"
    subprocess.run(["git", "-C", clone.path, "remote", "add", "origin", remote], check=True)
    assert clone_address(clone) == "https://example.org/a/course.git"
    with (clone.path / "mkdocs.yml").open("a") as settings:
        settings.write("repo_url: https://example.org/set\n")
    assert clone_address(clone) == "https://example.org/set"
    monkeypatch.setenv("COURSE_REPOSITORY", "https://example.org/told")
    assert clone_address(clone) == "https://example.org/told"


def test_a_folder_inside_another_repository_takes_nothing_from_it(clone):
    remote = "https://example.org/other"
    subprocess.run(["git", "-C", clone.path, "remote", "add", "origin", remote], check=True)
    inside = clone.path / "unpacked"
    inside.mkdir()
    shutil.copy(clone.path / "mkdocs.yml", inside)
    assert clone_address(Root(inside)) == ""


def test_the_commands_clone_and_start(tmp_path):
    """What one copies, run: with a repository whose `make lab` only says that it was reached."""
    source = tmp_path / "it's here"
    subprocess.run(["git", "init", "-q", source], check=True)
    (source / "Makefile").write_text("lab:\n\t@echo JupyterLab\n")
    subprocess.run(["git", "-C", source, "add", "Makefile"], check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", source, *who, "commit", "-qm", "a"], check=True)
    copied = commands(str(source)).split("```")[1].removeprefix(" sh\n")
    done = subprocess.run(["sh", "-ec", copied], cwd=tmp_path, capture_output=True, text=True)
    assert "JupyterLab" in done.stdout, done.stderr
    here = commands("").split("```")[1].removeprefix(" sh\n")
    done = subprocess.run(["sh", "-ec", here], cwd=source, capture_output=True, text=True)
    assert "JupyterLab" in done.stdout, done.stderr

"""The pipeline around the engine: nothing is lost, whoever dies or stops it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.executors import local, worker_process
from autograder.gradebook.gradebook import Gradebook
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.grading import worker
from autograder.grading.job import Job, JobResult, Material, Setup
from autograder.grading.syllabus import read_fingerprints
from autograder.results.graded import GradedSubmission
from autograder.results.store import Record
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.sandbox.limits import Limits
from autograder.sandbox.walls.tiers import UNISOLATED
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.sandbox.zygote_start import BranchedZygote, control_line
from autograder.submissions.assignment import read_handout
from autograder.submissions.entry import Entry
from autograder.testing.judge import Judge
from course.authoring import demo, sample_class
from course.authoring.exercise_source import read_module
from course.errors import UsageError
from course.instructor.grade_class import materials, usable_tier
from course.paths import Root
from tests.support import patience
from tests.support.grading import ExecutorHere, command, grade
from tests.support.processes import descendants, wait_until_ended
from tests.support.tiny_course import FLAWS, MODULE, copy_course


def result(student: str, earned: bool) -> GradedSubmission:
    test = TestResult(title="t", points=4, hidden=False, status="passed" if earned else "failed")
    names = ("compile_with_checkpointer", "read_thread")
    exercises = tuple(ExerciseResult(name=name, tests=(test,)) for name in names)
    return GradedSubmission(student=student, module=MODULE, exercises=exercises, seed=1)


def record_of(submission: GradedSubmission) -> Record:
    return Record(submission=submission, fingerprints={}, answer_hashes={}, inputs_hash="", page_hash="")


class FakeWorker:
    """Does jobs without running anything; some of them end its process."""

    def __init__(self, _setup: Setup) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def branch(self) -> BranchedZygote:
        return BranchedZygote(control_line()[0], Path())

    def take(self, _branch: BranchedZygote):
        return self

    def do(self, job: Job, failure: str = "") -> JobResult:
        if job.entry.student.startswith("deadly") and not failure:
            os._exit(1)
        return JobResult(
            entry=job.entry, record=record_of(replace(result(job.entry.student, True), error=failure))
        )


class RaisingWorker(worker.Worker):
    """Fails in a way that nobody foresaw, at one student."""

    def do(self, job: Job, failure: str = "") -> JobResult:
        if job.entry.student == "deadly_bob":
            raise ZeroDivisionError("nobody foresaw this")
        return super().do(job, failure)


@pytest.fixture
def jobs() -> list[Job]:
    names = ["ada", "deadly_bob", "cleo", "deadly_dan", "eve"]
    return [Job(entry=Entry(student=name, module=MODULE, path=Path(name))) for name in names]


def test_a_marker_that_dies_takes_nobody_along(jobs, monkeypatch):
    monkeypatch.setattr(worker, "Worker", FakeWorker)
    with local.LocalExecutor(Setup(materials=(), fingerprints={}, seed=1), 2) as helpers:
        done = {d.entry.student: d.submission.error for d in helpers.do(jobs)}
    assert set(done) == {job.entry.student for job in jobs}
    assert "died" in done["deadly_bob"]
    assert done["eve"] == ""


def test_a_grader_that_is_stuck_takes_nobody_along(jobs, monkeypatch):
    """It's ended even in the middle of a library's loop, where Python runs no handler of a signal."""

    def stuck(self, job: Job, failure: str = ""):
        if job.entry.student.startswith("deadly") and not failure:
            re.compile("[\x01-\uffff]" * 100_000)
        return do(self, job, failure)

    do = FakeWorker.do
    monkeypatch.setattr(FakeWorker, "do", stuck)
    monkeypatch.setattr(worker, "Worker", FakeWorker)
    monkeypatch.setattr(worker_process, "JOB_SECONDS", patience.seconds(1))
    setup = Setup(materials=(), fingerprints={}, seed=1, limits=Limits(wall_seconds=0.1))
    with local.LocalExecutor(setup, 2) as helpers:
        done = {d.entry.student: d.submission.error for d in helpers.do(jobs)}
    assert set(done) == {job.entry.student for job in jobs}
    assert "took too long" in done["deadly_bob"]
    assert done["eve"] == ""


def test_an_unforeseen_exception_is_answered(jobs, root: Root, monkeypatch):
    monkeypatch.setattr(worker, "Worker", RaisingWorker)
    (material,) = materials(root, MODULE)
    fingerprints = {MODULE: read_fingerprints(material, Limits()).exercises}
    setup = Setup(materials=(material,), fingerprints=fingerprints, seed=1, tier=UNISOLATED)
    data = root.notebook(MODULE, "exercises").read_bytes()
    with local.LocalExecutor(setup, 2) as helpers:
        done = {d.entry.student: d for d in helpers.do(replace(job, data=data) for job in jobs)}
    assert [name for name, result in done.items() if result.failed] == ["deadly_bob"]
    bob = done["deadly_bob"]
    assert {exercise.status for exercise in bob.submission.exercises} == {"internal error"}
    assert bob.record.inputs_hash == ""  # so that the next run tries again
    assert "ZeroDivisionError: nobody foresaw this" in bob.trace


@pytest.mark.slow
@pytest.mark.parametrize(("deaths", "failed"), [(1, False), (9, True)], ids=["once", "always"])
def test_a_zygote_that_dies_is_no_verdict(
    root: Root, source, notebook, monkeypatch, tmp_path, deaths: int, failed: bool
):
    """Killed amid an honest submission: graded anew; killed each time: an internal error, and no mark."""
    right = next(sample_class.samples(notebook, source, []))
    sample_class.write(right, tmp_path / "submitted", MODULE)
    left, run = iter(range(deaths)), Judge.run
    with ZygoteClient(tier=usable_tier()) as zygote:

        def killing(self: Judge, *args, **more):
            if next(left, None) is not None:
                below = descendants(zygote.pid)
                os.killpg(zygote.pid, signal.SIGKILL)
                wait_until_ended(zygote.pid, *below)  # what dies with it may still answer for a moment
            return run(self, *args, **more)

        monkeypatch.setattr(Judge, "run", killing)
        here = partial(lambda zygote, setup, _: ExecutorHere(setup, zygote), zygote)
        graded = grade(root, tmp_path / "submitted", tmp_path / "out", executor=here)
    found = graded.fresh["right"]
    assert found.auto_earned == found.auto_points  # with an internal error, of nothing
    assert (found.auto_earned > 0) is not failed
    assert ({exercise.status for exercise in found.exercises} == {"internal error"}) is failed
    assert (tmp_path / "out" / "internal-errors.log").exists() is failed


def test_a_marker_that_always_dies_ends_the_run(jobs, monkeypatch):
    monkeypatch.setattr(FakeWorker, "do", lambda *_: os._exit(3))
    monkeypatch.setattr(worker, "Worker", FakeWorker)
    setup = Setup(materials=(), fingerprints={}, seed=1)
    with local.LocalExecutor(setup, 2) as helpers, pytest.raises(RuntimeError, match="exit code 3"):
        list(helpers.do(jobs))


def test_tests_that_cannot_be_loaded_end_the_run(jobs, tmp_path):
    tests = tmp_path / "test_broken.py"
    tests.write_text("import nothing_of_this_name\n")
    material = Material(module=MODULE, handout=tmp_path / "none.ipynb", tests=(tests,))
    setup = Setup(materials=(material,), fingerprints={}, seed=1)
    with local.LocalExecutor(setup, 2) as helpers, pytest.raises(RuntimeError, match="nothing_of_this_name"):
        list(helpers.do(jobs))


@pytest.mark.slow
def test_the_tests_of_a_module_that_nobody_handed_in_are_not_read(
    root: Root, source, notebook, here, tmp_path
):
    course = copy_course(tmp_path / "course")
    shutil.copytree(course.modules / MODULE, course.modules / "02_later")
    (course.graders / "02_later").mkdir()
    (course.graders / "02_later" / "test_broken.py").write_text("import nothing_of_this_name\n")
    sample_class.write(next(sample_class.samples(notebook, source, [])), tmp_path / "submitted", MODULE)
    graded = grade(course, tmp_path / "submitted", tmp_path / "out", executor=here)
    assert graded.fresh["right"].auto_earned > 0


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("book") / "gradebook.db"


@pytest.fixture(scope="module")
def book(root: Root, file: Path):
    with Gradebook(file) as opened:
        handout = read_handout(root.notebook(MODULE, "exercises"))
        opened.add_module(handout, {"compile_with_checkpointer": 4.0, "read_thread": 4.0})
        yield opened


@contextmanager
def read_by_nbgrader(file: Path) -> Iterator[Any]:
    """Open the gradebook as nbgrader's tools do, beside us."""
    with nbgrader_api().Gradebook(f"sqlite:///{file}") as opened:
        yield opened


def mark_of(file: Path, student: str, name: str = "why_it_forgot") -> SimpleNamespace:
    """Return what nbgrader reads of one mark."""
    fields = ("auto_score", "manual_score", "needs_manual_grade")
    with read_by_nbgrader(file) as opened:
        found = opened.find_grade(name, "exercises", MODULE, student)
        return SimpleNamespace(**{field: getattr(found, field) for field in fields})


def test_a_second_grading_replaces_the_first(book, file):
    book.record(result("ada", False), {}, None)
    book.record(result("ada", True), {}, None)
    with read_by_nbgrader(file) as opened:
        submission = opened.find_submission(MODULE, "ada")
        assert submission.score == 8
        assert submission.max_score == 11  # with the question


def test_a_manual_grade_survives_and_is_flagged_when_the_text_changed(book, file):
    book.record(result("bob", True), {"why_it_forgot": "Because."}, None)
    assert mark_of(file, "bob").needs_manual_grade
    with read_by_nbgrader(file) as opened:
        grade = opened.find_grade("why_it_forgot", "exercises", MODULE, "bob")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.0, 0.5, False
        opened.db.commit()
    (mark,) = book.record(result("bob", False), {"why_it_forgot": "Because."}, None)
    assert (mark.earned, mark_of(file, "bob").needs_manual_grade) == (2.5, False)
    changed = frozenset({"why_it_forgot"})
    (mark,) = book.record(result("bob", True), {"why_it_forgot": "Because of it."}, None, changed=changed)
    assert (mark.earned, mark_of(file, "bob").needs_manual_grade) == (2.5, True)
    book.record(result("bob", True), {"why_it_forgot": "Because of it."}, None)
    assert mark_of(file, "bob").needs_manual_grade  # until a person has looked
    assert mark_of(file, "bob").manual_score == 2.0


def test_a_module_that_grew_gets_its_grades(book, file, root):
    book.record(result("cleo", True), {}, None)
    handout = read_handout(root.notebook(MODULE, "exercises"))
    slot = handout.slot("read_thread")
    grown = replace(handout, slots=(*handout.slots, replace(slot, grade_id="new_one", cell_id="new")))
    book.add_module(grown, {"compile_with_checkpointer": 4.0, "read_thread": 4.0, "new_one": 5.0})
    book.record(result("cleo", True), {}, None)
    assert mark_of(file, "cleo", "new_one").auto_score == 0


@pytest.fixture
def few(tmp_path, notebook, source) -> Path:
    """Four honest students, one of them in a flat file."""
    for sample in list(sample_class.samples(notebook, source, []))[:4]:
        sample_class.write(sample, tmp_path / "submitted", MODULE)
    shutil.move(
        tmp_path / "submitted" / "blank" / MODULE / "exercises.ipynb", tmp_path / "submitted" / "flat.ipynb"
    )
    shutil.rmtree(tmp_path / "submitted" / "blank")
    return tmp_path


@pytest.mark.slow
def test_the_command_on_a_zip_with_json(root: Root, few: Path):
    archive = shutil.make_archive(str(few / "class"), "zip", few / "submitted")
    done = command(root, few, "grade", archive, "--out", "out", "--json", "--seed", "3")
    output, errors = done.communicate(timeout=patience.seconds(patience.LONG))
    assert done.returncode == 0, errors
    summary = json.loads(output)
    marks = {row["student"]: (row["earned"], row["waiting"]) for row in summary["submissions"]}
    assert marks["flat"] == (0, 0)
    assert sum(marks["right"]) == summary["submissions"][0]["points"]
    assert (few / summary["grades"]).is_file()
    assert "4/4" in errors


@pytest.mark.slow
def test_the_commands_table_fits_80_columns(root: Root, few: Path):
    done = command(root, few, "grade", "submitted", "--out", "out")
    output, errors = done.communicate(timeout=patience.seconds(patience.LONG))
    assert done.returncode == 0, errors
    assert max(map(len, output.splitlines()[:8])) <= 80
    for path in ("gradebook.db", "feedback", "grades.csv", "results.jsonl"):
        assert f"out/{path}" in output
        assert (few / "out" / path).exists()


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(root: Root, few: Path, source, notebook):
    looping = next(flaw for flaw in FLAWS if flaw.name == "sleeps")
    data = sample_class.spoilt(notebook, source, looping)
    sample_class.write(
        sample_class.Sample(student="zzz_sleeps", says="", data=data), few / "submitted", MODULE
    )
    done = command(root, few, "grade", "submitted", "--out", "out", "--jobs", "1")
    assert done.stderr
    for _ in range(4):
        assert "/5 " in done.stderr.readline()
    done.send_signal(signal.SIGINT)
    _output, errors = done.communicate(timeout=patience.seconds())
    assert done.returncode == 130, errors
    assert "4 of 5 submissions are graded and kept" in errors
    assert "The same command, without --again, goes on from there." in errors
    assert "right" in (few / "out" / "grades.csv").read_text()
    assert "Traceback" not in errors


def test_no_submissions_is_said_in_one_line(root: Root, tmp_path: Path):
    done = command(root, tmp_path, "grade", "nowhere")
    _, errors = done.communicate(timeout=patience.seconds())
    assert done.returncode == 2
    assert errors.startswith("no folder and no .zip at `nowhere`")


def test_no_such_module_is_said_in_one_line(root: Root, tmp_path: Path):
    done = command(root, tmp_path, "grade", ".", "--module", "99_none")
    _, errors = done.communicate(timeout=patience.seconds())
    assert done.returncode == 2
    assert "there is 01_threads" in errors


def test_the_demos_folder_is_not_emptied_unless_it_is_a_demo(root: Root, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="not a demo"):
        demo.prepare(root, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_the_demos_class_does_not_grow_with_the_modules(tmp_path: Path):
    course = Root.find()
    sample = demo.prepare(course, tmp_path / "demo")
    handed_in = [path.parts for path in (tmp_path / "demo" / "submissions").glob("*/*/*.*")]
    modules = Counter(parts[-2] for parts in handed_in if parts[-1] != "timestamp.txt")
    first, *others = course.module_names()
    assert 28 <= modules.pop(first) <= 36
    assert modules == dict.fromkeys(others, 2)
    assert demo.prepare(course, tmp_path / "demo") == sample


def test_the_demo_with_everything_has_each_near_miss_once(tmp_path: Path):
    course = Root.find()
    demo.prepare(course, tmp_path / "demo", everything=True)
    for module in course.module_names():
        source = read_module(course, module, first_cells=False)
        handed_in = (tmp_path / "demo" / "submissions").glob(f"[!a]*/{module}/exercises.ipynb")
        text = "".join(_sources(path) for path in handed_in)
        for exercise in source.exercises:
            assert all(miss.code in text for miss in exercise.near_misses), exercise.name


def _sources(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text())["cells"])


@pytest.mark.nightly
def test_the_demo_grades_its_class_twice(tmp_path: Path):
    run = command(Root.find(), tmp_path, "demo")
    printed, errors = run.communicate()
    assert run.returncode == 0, errors
    assert re.search(r"late -\d\d", printed)  # all points that tests give
    assert "1 mark changed against the last run" in printed
    assert "(a person gave points)" in printed
    assert printed.count("unchanged since they were graded") == 2
    assert "internal error" not in printed.lower() + errors.lower()

"""Grading on a Dask cluster: a real scheduler, real workers, and what becomes of a class when they die."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import LocalCluster

import autograder
from autograder.executors.dask import executor
from autograder.executors.dask.environment import mismatch, this_machine
from autograder.executors.dask.executor import WINDOW, DaskExecutor
from autograder.executors.dask.payload import pack, unpack
from autograder.grading.class_run import Grading
from autograder.grading.job import Job, Setup
from autograder.grading.options import Options
from autograder.grading.syllabus import read_fingerprints
from autograder.reports.output_folder import OutputFolder
from autograder.sandbox.limits import Limits
from autograder.sandbox.scratch import MARK, MEMORY
from autograder.sandbox.walls.tiers import Tier
from autograder.submissions.entry import Entry
from autograder.submissions.inbox import open_inbox
from autograder.testing.judge import Judge
from course.authoring import sample_class
from course.errors import CourseError
from course.instructor.grade_class import dask_executor, materials, usable_tier
from course.paths import Root
from tests.support import patience
from tests.support.grading import command
from tests.support.patience import wait_for
from tests.support.processes import children, wait_until_ended
from tests.support.tiny_course import FLAWS, MODULE

from .cluster import Cluster
from .dumps import everything

pytestmark = [pytest.mark.slow, pytest.mark.together("kills")]

HOSTILE = {"exits_process", "script_in_output", "edited_test_cell", "no_json"}
SEED = 7


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory, notebook, source) -> Path:
    """Honest students, and hostile ones among them."""
    folder = tmp_path_factory.mktemp("submitted")
    for sample in sample_class.samples(notebook, source, [flaw for flaw in FLAWS if flaw.name in HOSTILE]):
        sample_class.write(sample, folder, MODULE)
    return folder


ALONE = f"""
import sys
from course.cli.app import main

sys.argv = ["course", "grade", sys.argv[1], "--out", "out", "--seed", "{SEED}"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print([name for name in sys.modules if name.partition(".")[0] in {{"dask", "distributed"}}])
"""


@dataclass
class Alone:
    """What grading on this machine alone said and left."""

    output: str
    left: dict[str, Any]


@pytest.fixture(scope="module")
def alone(root: Root, submitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    folder = tmp_path_factory.mktemp("alone")
    env = {**os.environ, "COURSE_ROOT": str(root.path)}
    words = [sys.executable, "-c", ALONE, str(submitted)]
    run = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return Alone(run.stdout, everything(folder / "out"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), dashboard=True) as started:
        yield started


def test_it_waits_for_workers_and_grades_as_one_machine_does(
    root: Root, submitted: Path, alone: Alone, cluster: Cluster, tmp_path: Path
):
    words = ("--out", "out", "--seed", str(SEED), "--scheduler", cluster.address)
    run = command(root, tmp_path, "grade", str(submitted), *words)
    assert run.stderr
    said = f"no workers at {cluster.address}; waiting for one"
    assert said in iter(lambda: run.stderr.readline().strip(), "")
    wait_for(lambda: "grade" in progress_bars(cluster.dashboard))
    cluster.add_worker()
    cluster.add_worker("--nthreads", "2")
    output, errors = run.communicate(timeout=patience.seconds(patience.LONG))
    assert run.returncode == 0, errors
    assert everything(tmp_path / "out") == alone.left
    assert "gradebook" in output


BARS = """
import sys
from bokeh.client import pull_session
from bokeh.models import ColumnDataSource

session = pull_session(url=sys.argv[1])
for source in session.document.select({"type": ColumnDataSource}):
    print(*source.data.get("name", []), sep="\\n")
"""


def progress_bars(dashboard: str) -> set[str]:
    """Return the names of the bars on Dask's page. bokeh's client may wait for ever: it runs elsewhere."""
    words = [sys.executable, "-c", BARS, f"{dashboard}/individual-progress"]
    try:
        seen = subprocess.run(words, capture_output=True, text=True, timeout=patience.seconds(8), check=False)
    except subprocess.TimeoutExpired:
        return set()
    return set(seen.stdout.split())


@pytest.mark.nightly
def test_a_worker_that_is_killed_loses_nothing(
    root: Root, submitted: Path, alone: Alone, cluster: Cluster, tmp_path: Path
):
    out, victim = OutputFolder(tmp_path / "out"), cluster.workers[1]
    options = Options(seed=SEED, tier=usable_tier(), executor=dask_executor(cluster.address, out.path))
    with open_inbox(submitted, [MODULE]) as inbox, Grading(inbox, materials(root), out, options) as grading:
        rows = grading.run()
        first = next(rows)
        markers = wait_for(lambda: children(victim.pid))
        victim.kill()
        victim.wait()
        students = {first.student, *(row.student for row in rows)}
        grading.finish()
    assert students == {path.name for path in submitted.iterdir()}
    assert everything(out.path) == alone.left
    assert markers
    wait_until_ended(*markers)


@pytest.mark.nightly
def test_ctrl_c_keeps_what_is_done_and_the_workers_forget_the_tests(
    root: Root, submitted: Path, source, notebook, cluster: Cluster, tmp_path: Path
):
    shutil.copytree(submitted, tmp_path / "submitted")
    (sleeps,) = (flaw for flaw in FLAWS if flaw.name == "sleeps")
    data = sample_class.spoilt(notebook, source, sleeps)
    sample_class.write(
        sample_class.Sample(student="zzz_sleeps", says="", data=data), tmp_path / "submitted", MODULE
    )
    total = len(list((tmp_path / "submitted").iterdir()))
    run = command(root, tmp_path, "grade", "submitted", "--out", "out", "--scheduler", cluster.address)
    assert run.stderr
    for number in range(1, total):
        assert run.stderr.readline().startswith(f"{number}/{total} ")
    (station,) = stations(cluster.workers[0].pid)
    assert not stations(cluster.workers[1].pid)  # which was killed, and could not remove its own
    assert sorted(path.name for path in station.glob("*/test_*")) == [
        "test_compile_with_checkpointer.py",
        *("test_hidden.py", "test_hidden.py"),
        "test_read_thread.py",
    ]
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=patience.seconds())
    assert run.returncode == 130, errors
    assert f"{total - 1} of {total} submissions are graded and kept" in errors
    assert "Traceback" not in errors
    assert not station.exists()
    assert not children(cluster.workers[0].pid)


def stations(pid: int) -> list[Path]:
    """Return the folders that hold tests, of one worker."""
    return list(MEMORY.glob(f"{MARK}{pid}-grading-plugin-*"))


@pytest.mark.nightly
def test_few_jobs_are_in_flight(root: Root, submitted: Path, cluster: Cluster):
    looked: list[Job] = []
    jobs = (looked.append(made) or made for made in (numbered(submitted, n) for n in range(100)))
    with DaskExecutor(setup(root), address=cluster.address, place="few") as executor:
        next(executor.do(jobs))
    threads = 1  # of the worker that is left
    assert len(looked) == WINDOW * threads + 1


def numbered(submitted: Path, number: int) -> Job:
    made = job(submitted, "right")
    return replace(made, entry=replace(made.entry, student=f"student{number}"))


def test_a_worker_with_other_software_is_refused(root: Root, cluster: Cluster, tmp_path: Path):
    package = Path(autograder.__file__).parent
    shutil.copytree(package, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "autograder" / "__init__.py").write_text('"""Another release."""\n')
    cluster.add_worker(PYTHONPATH=str(tmp_path))
    wait_for(lambda: "Registered to" in cluster.log("worker2"))
    with pytest.raises(RuntimeError, match=r"the course \w{12} there and \w{12} here") as refused:
        DaskExecutor(setup(root), address=cluster.address, place=str(tmp_path))
    assert "Install the same requirements.lock" in str(refused.value)


def setup(root: Root, *tests: Path) -> Setup:
    """What the tiny course is graded with, or with other tests."""
    found = tuple(replace(m, tests=tests or m.tests) for m in materials(root))
    prints = {m.module: read_fingerprints(m, Limits()).exercises for m in found}
    return Setup(materials=found, fingerprints=prints, seed=SEED)


def job(submitted: Path, student: str) -> Job:
    path = submitted / student / MODULE / "exercises.ipynb"
    return Job(entry=Entry(student=student, module=MODULE, path=path), data=path.read_bytes())


DEADLY = """
import os, signal
import pytest

@pytest.mark.exercise("compile_with_checkpointer", points=1)
def test_it(submission):
    \"\"\"The worker that judges this ends.\"\"\"
    os.kill(os.getppid(), signal.SIGKILL)
"""
BROKEN = "import nothing_of_this_name\n"


@pytest.fixture(scope="module")
def nannies() -> Iterator[str]:
    """A cluster that starts its one worker again whenever that dies, and asks nobody a second time."""
    quick = {"distributed.scheduler.allowed-failures": 0}
    words = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with dask.config.set(quick), LocalCluster(**words) as started:
        yield started.scheduler_address


@pytest.mark.nightly
def test_a_submission_that_kills_its_workers_gets_a_result(
    root: Root, submitted: Path, nannies: str, tmp_path: Path
):
    (tmp_path / "test_deadly.py").write_text(DEADLY)
    with DaskExecutor(setup(root, tmp_path / "test_deadly.py"), address=nannies, place="deadly") as executor:
        (done,) = executor.do([job(submitted, "right")])
    (exercise,) = done.submission.exercises
    assert (exercise.status, done.failed) == ("internal error", True)
    assert "the grading process died while it graded this (and so did 1 workers)" in done.submission.error


@pytest.mark.nightly
def test_tests_that_cannot_be_loaded_end_the_run(root: Root, submitted: Path, nannies: str, tmp_path: Path):
    (tmp_path / "test_broken.py").write_text(BROKEN)
    broken, jobs = (
        setup(root, tmp_path / "test_broken.py"),
        [job(submitted, "right"), job(submitted, "blank")],
    )
    with (
        DaskExecutor(broken, address=nannies, place="broken") as executor,
        pytest.raises(RuntimeError) as raised,
    ):
        list(executor.do(jobs))
    assert "nothing_of_this_name" in str(raised.value)


def test_no_scheduler_is_said(root: Root, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(executor, "CONNECT_SECONDS", 0.5)
    with pytest.raises(RuntimeError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        DaskExecutor(setup(root), address="tcp://127.0.0.1:9", place="nowhere")


def test_all_that_grading_needs_travels(root: Root, tmp_path: Path):
    course, there = tmp_path / "course", tmp_path / "there"
    shutil.copytree(root.path, course)
    config = course / "nbgrader_config.py"
    config.write_text("c = get_config()\n")
    parcel = pack(replace(setup(Root(course)), config=config))
    shutil.rmtree(course)
    there.mkdir()
    found = unpack(parcel, there)
    (material,) = found.materials
    assert material.handout.read_bytes() == root.notebook(MODULE, "exercises").read_bytes()
    assert found.config and found.config.read_text() == "c = get_config()\n"
    with Judge(material.tests) as judge:
        assert {test.hidden for tests in judge.exercises.values() for test in tests} == {True, False}


def test_walls_may_be_higher_there_but_no_lower():
    low, high = this_machine(Tier(name="B")), this_machine(Tier(name="A"))
    assert mismatch(low, high) == ""
    assert "walls of tier B there and A here" in mismatch(high, low)


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    for name in [name for name in sys.modules if name.startswith("autograder.executors.dask.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(CourseError, match=r"uv pip install --editable '\.\[cluster\]'"):
        dask_executor("tcp://127.0.0.1:8786", Path("out"))


def test_without_the_flag_nothing_of_dask_is_imported(alone: Alone):
    assert alone.output.splitlines()[-1] == "[]"

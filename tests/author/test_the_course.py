"""A class over whole modules: worked answers get every point that tests give, blanks get none.

`course verify` proves the same of each exercise, and what near misses and alternatives get. Here, the command grades whole
notebooks. One module is enough to see that it does; all of them take two minutes of processor time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.cells import grade_cells
from autograder.sandbox.walls.tiers import Tier
from autograder.testing.judge import Judge
from course.authoring import sample_class as samples
from course.authoring.exercise_source import read_module
from course.authoring.verify.trial import worked_cells
from course.paths import Root

ROOT = Root.find()


@pytest.mark.slow
@pytest.mark.parametrize(
    "modules",
    [
        pytest.param(ROOT.module_names()[:1], id="one module"),
        pytest.param(ROOT.module_names(), id="all", marks=pytest.mark.nightly),
    ],
)
def test_worked_answers_get_every_point_and_blanks_none(tmp_path: Path, modules: list[str]):
    for module in modules:
        blank = json.loads(ROOT.notebook(module, "exercises").read_text("utf-8"))
        right = samples.fill(blank, samples.right_answers(read_module(ROOT, module)))
        for student, notebook in (("blank", blank), ("right", right)):
            sample = samples.Sample(student=student, says="", data=json.dumps(notebook).encode())
            samples.write(sample, tmp_path / "submitted", module)
    words = ["grade", str(tmp_path / "submitted"), "--out", str(tmp_path / "out")]
    main = [sys.executable, "-c", "from course.cli.app import main; main()"]
    subprocess.run([*main, *words], cwd=ROOT.path, check=True, capture_output=True, timeout=900)
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open(encoding="utf-8")]
    assert len(results) == 2 * len(modules)
    for result in results:
        wanted = "passed" if result["student"] == "right" else "not written"
        others = {e["name"]: e["status"] for e in result["exercises"] if e["status"] != wanted}
        assert not others, f"{result['module']}, {result['student']}: {others}"


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(name, marks=[pytest.mark.nightly] * (name != "05_checkpointing"))
        for name in ROOT.module_names()
    ],
)
def test_worked_answers_get_every_point_without_namespaces(module: str, warm_zygotes: Any):
    """In tier B: what the tests do in the learner's process, its walls allow, and its files have a place."""
    worked = worked_cells(read_module(ROOT, module), {})
    with Judge(ROOT.test_files(module)) as judge, warm_zygotes.start(tier=Tier(name="B")) as zygote:
        tests = [test for result in grade_cells(judge, zygote, worked) for test in result.tests]
    assert tests
    assert [(test.title, test.message) for test in tests if not test.passed] == []

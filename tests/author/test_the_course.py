"""A class over the whole course: worked answers get every point that tests give, blanks get none.

That near misses are told their sentence and alternatives pass as well is what `course verify` proves.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from course.authoring import sample_class as samples
from course.authoring.exercise_source import read_module
from course.paths import Root

ROOT = Root.find()


@pytest.mark.slow
def test_worked_answers_get_every_point_and_blanks_none(tmp_path: Path):
    for module in ROOT.module_names():
        blank = json.loads(ROOT.notebook(module, "exercises").read_text("utf-8"))
        right = samples.fill(blank, samples.right_answers(read_module(ROOT, module)))
        for student, notebook in (("blank", blank), ("right", right)):
            sample = samples.Sample(student=student, says="", data=json.dumps(notebook).encode())
            samples.write(sample, tmp_path / "submitted", module)
    words = ["grade", str(tmp_path / "submitted"), "--out", str(tmp_path / "out")]
    main = [sys.executable, "-c", "from course.cli.app import main; main()"]
    subprocess.run([*main, *words], cwd=ROOT.path, check=True, capture_output=True, timeout=900)
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open(encoding="utf-8")]
    assert len(results) == 2 * len(ROOT.module_names())
    for result in results:
        wanted = "passed" if result["student"] == "right" else "not written"
        others = {e["name"]: e["status"] for e in result["exercises"] if e["status"] != wanted}
        assert not others, f"{result['module']}, {result['student']}: {others}"

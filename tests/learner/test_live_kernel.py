"""In a learner's own kernel, too, worked answers pass: whatever a test asks for is there."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from autograder.sandbox.live_kernel import LiveNamespace
from autograder.testing.judge import Judge
from course.authoring.exercise_source import read_module
from course.paths import Root

pytestmark = pytest.mark.slow

ROOT = Root.find()


@pytest.mark.parametrize("module", ROOT.module_names())
def test_worked_answers_pass_all_tests_that_a_kernel_runs(module, monkeypatch):
    notebook = ModuleType(f"worked_{module}")
    monkeypatch.setitem(sys.modules, notebook.__name__, notebook)  # where LangGraph looks annotations up
    live = LiveNamespace(notebook.__dict__)
    try:
        with Judge(ROOT.public_tests(module)) as judge:
            for cell in read_module(ROOT, module).cells:
                if cell.kind != "code":
                    continue
                code = compile(cell.text, f"<ipython-input-{module}>", "exec", dont_inherit=True)
                exec(code, notebook.__dict__)
                tests = judge.exercises.get(cell.exercise, ())
                here = frozenset(test.title for test in tests if not test.restarts)
                found = judge.run(cell.exercise, live, seed=1, only=here).tests if here else ()
                assert [(test.title, test.message) for test in found if not test.passed] == []
    finally:
        live.close()

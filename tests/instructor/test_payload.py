"""Tests that travel to a machine without our disk find there what they share."""

from __future__ import annotations

from pathlib import Path

from autograder.executors.dask.payload import pack, unpack
from autograder.grading.job import Material, Setup
from autograder.testing.judge import Judge

TEST = """from common import POINTS
import pytest

@pytest.mark.exercise("{name}", points=POINTS)
def test_{name}(submission):
    '''Holds.'''
"""


def material(folder: Path, module: str, points: int) -> Material:
    """A module of two exercises whose tests share a number."""
    graders = folder / "graders" / module
    files = {graders / "common.py": f"POINTS = {points}\n"}
    for name in ("read_one", "read_two"):
        files[graders / f"test_{name}.py"] = TEST.format(name=name)
        files[folder / "solutions" / module / name / "test_hidden.py"] = TEST.format(name=name)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    handout = folder / f"{module}.ipynb"
    handout.write_text("{}")
    return Material(module=module, handout=handout, tests=tuple(files))


def test_every_module_finds_its_own_common(tmp_path: Path):
    materials = tuple(material(tmp_path / "here", f"0{n}_m", n) for n in (1, 2))
    (tmp_path / "there").mkdir()
    there = unpack(pack(Setup(materials=materials, fingerprints={}, seed=1)), tmp_path / "there")
    for sent, found in zip(materials, there.materials, strict=True):
        with Judge(sent.tests) as ours, Judge(found.tests) as theirs:
            assert {n: [t.points for t in tests] for n, tests in theirs.exercises.items()} == {
                n: [t.points for t in tests] for n, tests in ours.exercises.items()
            }
        assert all(path.is_relative_to(tmp_path / "there") for path in (*found.tests, found.handout))

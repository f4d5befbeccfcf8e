"""Which exercises a change of the tests concerns: those whose files it touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading.keys import exercise_fingerprints
from autograder.sandbox.limits import Limits

FILES = {
    "common": "graders/01_m/common.py",
    "public": "graders/01_m/test_read_one.py",
    "other": "graders/01_m/test_read_two.py",
    "hidden": "solutions/01_m/read_one/test_hidden.py",
    "other hidden": "solutions/01_m/read_two/test_hidden.py",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / place for name, place in FILES.items()}
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return paths


def taken(files: dict[str, Path]) -> dict[str, str]:
    return exercise_fingerprints([*files.values()], Limits())


def test_each_exercise_has_its_own(files):
    found = taken(files)
    assert set(found) == {"read_one", "read_two"}
    assert found["read_one"] != found["read_two"]
    assert taken(files) == found


@pytest.mark.parametrize(
    ("changed", "concerns"),
    [
        ("public", {"read_one"}),
        ("hidden", {"read_one"}),
        ("other", {"read_two"}),
        ("other hidden", {"read_two"}),
        ("common", {"read_one", "read_two"}),
    ],
)
def test_a_change_concerns_those_who_rest_on_the_file(files, changed, concerns):
    before = taken(files)
    files[changed].write_text("# another text\n")
    after = taken(files)
    assert {name for name in after if after[name] != before[name]} == concerns


def test_a_bundle_without_hidden_tests_has_others(files):
    before = taken(files)
    public = {name: path for name, path in files.items() if "hidden" not in name}
    assert set(taken(public)) == set(before)
    assert all(value != before[name] for name, value in taken(public).items())


def test_other_limits_concern_all(files):
    before = taken(files)
    after = exercise_fingerprints([*files.values()], Limits(output_bytes=1))
    assert all(after[name] != before[name] for name in before)

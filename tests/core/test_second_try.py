"""What fails beside other tests and passes alone is told as flaky; what fails again fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import time
from pathlib import Path

import pytest

@pytest.mark.parametrize("x", ["a@b"])
def test_flaky(x):
    first = not Path("seen").exists()
    Path("seen").touch()
    assert not first, "only the first time"

def test_sound():
    with open("ran", "a") as file:
        file.write("x")
"""
PLUGINS = ("xdist.plugin", "pytest_timeout", "tests.support.second_try")
WRONG = "def test_wrong():\n    assert False, 'always'\n"
ENDLESS = "@pytest.mark.timeout(0.3)\ndef test_endless():\n    time.sleep(1000)\n"


def tried(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    plugins = [word for name in PLUGINS for word in ("-p", name)]
    pytest_ = [
        sys.executable,
        "-m",
        "pytest",
        "--disable-plugin-autoload",
        *plugins,
        "--rootdir",
        str(folder),
    ]
    return subprocess.run([*pytest_, "-c", "pytest.ini", *words], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "test_x.py").write_text(TESTS)
    return tmp_path


def test_a_flaky_test_is_named_with_its_first_failure(folder: Path):
    assert tried(folder, "-n", "2", "--dist", "loadfile").returncode == 1
    second = tried(folder, "--second-try")
    assert second.returncode == 0, second.stdout
    assert "FLAKY test_x.py::test_flaky[a@b]" in second.stdout
    assert "first, call: AssertionError: only the first time" in second.stdout
    assert (folder / "ran").read_text() == "x", "what passed is not tried again"


def test_what_fails_twice_fails(folder: Path):
    with (folder / "test_x.py").open("a") as file:
        file.write(WRONG)
    assert tried(folder).returncode == 1
    second = tried(folder, "--second-try")
    assert second.returncode == 1
    assert "FLAKY test_x.py::test_wrong" not in second.stdout
    assert "FLAKY test_x.py::test_flaky[a@b]" in second.stdout


def test_a_test_without_end_ends_alone(folder: Path):
    (folder / "test_x.py").write_text("import pytest, time\n" + ENDLESS + "def test_after():\n    pass\n")
    ran = tried(folder)
    assert "1 failed, 1 passed" in ran.stdout
    assert "Timeout" in ran.stdout

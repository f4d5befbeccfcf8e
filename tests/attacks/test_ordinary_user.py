"""The walls, put up by somebody who has no rights at all on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import patience

PROJECT = Path(__file__).parents[2]
SELECTION = (
    "test_right_answers_get_full_marks or test_the_sandbox_shows"
    " or (test_nothing_outside_is_reached and (data or absolute or modes or pair or open))"
)
FILES = ("tests/core/test_engine.py", "tests/attacks/test_reaching_out.py")


@pytest.mark.skipif(os.getuid() != 0, reason="all other tests run as an ordinary user already")
@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap")
def test_an_ordinary_user_gets_the_same_walls(tmp_path: Path):
    """User 1000 with no rights: the walls are then made of namespaces of that user's own."""
    become = [
        "bwrap",
        "--dev-bind",
        "/",
        "/",
        "--unshare-user",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--cap-drop",
        "ALL",
    ]
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(tmp_path / "base"),
    ]
    done = subprocess.run(
        [*become, "--", *words, "-k", SELECTION, *FILES],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=patience.seconds(patience.LONG),
    )
    last = done.stdout.strip().split("\n")[-1]
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in last and "skipped" not in last, last

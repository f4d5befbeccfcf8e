"""What the site shows of a lesson is what a learner gets: it is run again, and every output compared."""

import subprocess
import sys
from pathlib import Path

import pytest

from course.paths import Root
from course.site.executing import executed_lesson

HERE = Path(__file__).parent
ROOT = Root(HERE.parent.parent)


@pytest.mark.slow
@pytest.mark.parametrize("module", ROOT.module_names())
def test_a_lesson_shows_the_same_again(module, tmp_path):
    lesson = tmp_path / "lesson.ipynb"
    lesson.write_bytes(executed_lesson(ROOT, module).read_bytes())
    options = [
        "--nbval",
        f"--nbval-sanitize-with={HERE / 'sanitize.cfg'}",
        "--nbval-cell-timeout=120",
        "--nbval-current-env",
    ]
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        "/dev/null",
        "--rootdir",
        str(tmp_path),
        "-p",
        "no:cacheprovider",
    ]
    ran = subprocess.run([*words, *options, str(lesson)], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout[-6000:]

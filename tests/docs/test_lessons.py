"""What the site shows of a lesson is what a learner gets: it is run again, and every output compared.

A lesson takes some 20 s. So what was found to show the same again is noted in `shown_again.json`, by a key of all that
its outputs depend on. It is checked in: commit it with a lesson that has changed. At night no note is believed.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from course.paths import Root
from course.site.executing import executed_lesson, lesson_key
from tests.support import patience

HERE = Path(__file__).parent
ROOT = Root(HERE.parent.parent)
NOTED = HERE / "shown_again.json"
OPTIONS = (
    *("--nbval", f"--nbval-sanitize-with={HERE / 'sanitize.cfg'}", "--nbval-current-env"),
    *("-c", "/dev/null", "-p", "no:cacheprovider"),
)

pytestmark = [pytest.mark.slow, pytest.mark.alone]
every_lesson = pytest.mark.parametrize("module", ROOT.module_names())


def noted() -> dict[str, str]:
    """Return the key under which each lesson was last seen to show the same again."""
    return json.loads(NOTED.read_text()) if NOTED.is_file() else {}


def run_again(module: str, folder: Path) -> None:
    lesson = folder / "lesson.ipynb"
    lesson.write_bytes(executed_lesson(ROOT, module).read_bytes())
    wait = f"--nbval-cell-timeout={patience.seconds(60):.0f}"
    words = [sys.executable, "-m", "pytest", "-q", *OPTIONS, wait, "--rootdir", str(folder), str(lesson)]
    ran = subprocess.run(words, capture_output=True, text=True, cwd=folder)
    assert ran.returncode == 0, ran.stdout[-6000:]
    found = noted() | {module: lesson_key(ROOT, module)}
    kept = {name: found[name] for name in ROOT.module_names() if name in found}
    NOTED.write_text(json.dumps(kept, indent=1) + "\n")


@every_lesson
def test_a_lesson_that_is_new_shows_the_same_again(module: str, tmp_path: Path):
    if noted().get(module) == lesson_key(ROOT, module):
        pytest.skip("noted in tests/docs/shown_again.json; `make nightly` looks at all lessons")
    run_again(module, tmp_path)


@pytest.mark.nightly
@every_lesson
def test_a_lesson_shows_the_same_again(module: str, tmp_path: Path):
    run_again(module, tmp_path)

"""Records a check for the landing page: a real wrong answer and the worked one, judged at build time."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from course.learner.card import Card
from course.learner.workspace import write_atomically
from course.site.kept import kept

if TYPE_CHECKING:
    from autograder.results.verdicts import ExerciseResult
    from course.authoring.exercise_source import ExerciseSource
    from course.paths import Root

MODULE, EXERCISE, NEAR_MISS = "01_basic", "restart_proof_chat", "in_memory_saver.py"
SEED = 7  #: the same names and numbers in every recording

_SHOWN = """\
<div class="demo" role="group" aria-label="A check, before and after one line is changed">
<div class="demo-head"><code>check("{name}")</code><span class="demo-pick">
<input type="radio" name="demo" id="demo-play" checked><label for="demo-play">Play</label>
<input type="radio" name="demo" id="demo-before"><label for="demo-before">Before</label>
<input type="radio" name="demo" id="demo-after"><label for="demo-after">After</label>
</span></div>
<div class="demo-stage">
<div class="demo-before"><pre><code>{wrong_line}</code></pre>{wrong}</div>
<div class="demo-after"><pre><code>{right_line}</code></pre>{right}</div>
</div>
<p class="demo-note">Both checks ran to build this page: one on an answer people often give, one on ours.</p>
</div>
"""


def recorded_check(root: Root) -> str:
    """Both cards as HTML, recorded once for each content; empty where there are no answers."""
    if not root.exercise(MODULE, EXERCISE).is_dir():
        return ""
    recorded = kept("landing", f"check-{_key(root)}.html")
    if not recorded.is_file():
        write_atomically(recorded, _record(root).encode())
    return recorded.read_text("utf-8")


def _record(root: Root) -> str:
    from course.authoring.exercise_source import read_module

    exercises = read_module(root, MODULE, first_cells=False).exercises
    exercise = next(one for one in exercises if one.name == EXERCISE)
    miss = next(one.code for one in exercise.near_misses if one.path.name == NEAR_MISS)
    wrong, right = judged(root, (miss, exercise.answer))
    return _SHOWN.format(
        name=EXERCISE,
        wrong_line=escape(_saver_line(miss)),
        right_line=escape(_saver_line(exercise.answer)),
        wrong=_card(exercise, wrong),
        right=_card(exercise, right),
    )


def judged(root: Root, answers: tuple[str, ...]) -> list[ExerciseResult]:
    """Run the public tests on each answer, in a process of its own: what `check` does in a notebook."""
    from autograder.sandbox.walls.tiers import UNISOLATED
    from autograder.sandbox.zygote_client import ZygoteClient
    from autograder.testing.judge import Judge

    first = root.first_cells(MODULE).read_text("utf-8")
    environment = {**os.environ, "COURSE_ROOT": str(root.path)}
    found: list[ExerciseResult] = []
    with (
        Judge(root.public_tests(MODULE)) as judge,
        ZygoteClient(tier=UNISOLATED, environment=environment) as zygote,
    ):
        for answer in answers:
            with zygote.submission([first, answer], needs=judge.needs(EXERCISE)) as process:
                found.append(judge.run(EXERCISE, process, seed=SEED))
    return found


def _card(exercise: ExerciseSource, result: ExerciseResult) -> str:
    """The card that a notebook shows, without what it advises to do next, and in one line for Markdown."""
    tests = tuple(replace(test, printed="", traceback="") for test in result.tests)
    card = Card(title=exercise.title, result=replace(result, tests=tests), points=result.points)
    return " ".join(card.html().split())


def _saver_line(code: str) -> str:
    """The line that decides: where checkpoints go."""
    line = next(line for line in code.splitlines() if "Saver" in line)
    return line.partition("  #")[0].strip()


def _key(root: Root) -> str:
    from autograder.testing import pytest_session
    from course.site.executing import surroundings

    files = [
        root.exercise(MODULE, EXERCISE) / "answer.py",
        root.exercise(MODULE, EXERCISE) / "wrong" / NEAR_MISS,
    ]
    files += [*root.public_tests(MODULE), root.common_tests(MODULE), root.first_cells(MODULE), Path(__file__)]
    files.append(Path(pytest_session.__file__))  # it decides what a message is
    texts = [surroundings(), *(path.read_text("utf-8") for path in files if path.is_file())]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]

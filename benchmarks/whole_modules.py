"""Hands in notebooks of the course's own modules, and grades them with the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.grading.classroom import NAME, REPOSITORY, Notebook, hand_in, signed
from benchmarks.grading.processor import busy
from course.authoring.answers import Answer
from course.authoring.exercise_source import read_module
from course.authoring.sample_class import answered, fill, right_answers
from course.paths import Root

SEED = 1
COURSE = "from course.cli.entry import main; main()"  # of the checkout that PYTHONPATH names
Verdicts = Mapping[tuple[str, str, str, str], str]
"""Of each test, by student, module, exercise and title: its status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What grading a class took."""

    seconds: float
    processor: float  #: seconds of all processors
    verdicts: Verdicts
    again: int  #: how many tests were tried once more

    @property
    def lost(self) -> list[str]:
        """Name what has not passed."""
        return [
            f"{' '.join(place)}: {status}" for place, status in self.verdicts.items() if status != "passed"
        ]


def printed(module: str) -> Notebook:
    """Return a module's notebook as it's handed out."""
    return json.loads(Root(REPOSITORY).notebook(module, "exercises").read_text("utf-8"))


def hand_in_worked(folder: Path, modules: Sequence[str], students: int) -> Path:
    """Write the submissions of a class that has the worked answers; return `folder`."""
    for module in modules:
        answers = right_answers(read_module(Root(REPOSITORY), module))
        hand_in(folder, module, fill(printed(module), answers), students)
    return folder


def hand_in_all_answers(folder: Path, modules: Sequence[str], first: int | None = None) -> Path:
    """Write every answer that the course knows, right and wrong; return `folder`.

    The first student has the worked ones; the next has of each exercise the first other answer, and so on,
    right ones before wrong ones. `first` is how many students hand in at most.
    """
    for module in modules:
        for number, answers in enumerate(islice(_classes(module), first)):
            student = f"answers{number:02}"
            target = folder / student / module / NAME
            target.parent.mkdir(parents=True)
            target.write_text(json.dumps(signed(answered(printed(module), answers), student)), "utf-8")
    return folder


def _classes(module: str) -> Iterator[dict[str, Answer]]:
    source = read_module(Root(REPOSITORY), module)
    right = {name: Answer(code=code) for name, code in right_answers(source).items()}
    others = {e.name: [*e.alternatives, *e.near_misses] for e in source.exercises}
    yield right
    for number in range(max(map(len, others.values()), default=0)):
        yield right | {name: found[number] for name, found in others.items() if number < len(found)}


def grade(
    submitted: Path,
    out: Path,
    *,
    jobs: int | None = None,
    engine: Path = REPOSITORY,
    command: Sequence[str] = ("-c", COURSE),
) -> Took:
    """Grade with the engine of a checkout, and the exercises of this one.

    Args:
        submitted: what was handed in.
        out: where the grades go.
        jobs: how many at a time at most.
        engine: the checkout.
        command: what Python is to run in the place of `course`.

    Raises:
        SystemExit: it failed.
    """
    words = [sys.executable, *command, "grade", str(submitted), "--out", str(out)]
    words += ["--seed", str(SEED), *(["--jobs", str(jobs)] if jobs else [])]
    env = {**os.environ, "PYTHONPATH": str(engine), "COURSE_ROOT": str(REPOSITORY)}
    began, used = time.monotonic(), busy()
    done = subprocess.run(words, cwd=out.parent, env=env, capture_output=True, text=True, check=False)
    seconds, processor = time.monotonic() - began, busy() - used
    if done.returncode:
        raise SystemExit(f"`course grade` of {engine} failed:\n{done.stderr[-3000:]}{done.stdout[-3000:]}")
    tests = list(_tests(out / "results.jsonl"))
    verdicts = {(*place, test["title"]): test["status"] for place, test in tests}
    again = sum(test.get("attempts", 1) > 1 for _, test in tests)
    return Took(seconds=seconds, processor=processor, verdicts=verdicts, again=again)


def _tests(results: Path) -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    for one in map(json.loads, results.read_text("utf-8").splitlines()):
        for exercise in one["exercises"]:
            for test in exercise["tests"]:
                yield (one["student"], one["module"], exercise["name"]), test

"""A class with every hostile file in it: each gets what it deserves, and nobody else notices."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course.authoring import sample_class as samples
from course.authoring.exercise_source import ModuleSource
from course.paths import Root
from tests.support import patience

from .notebook_files import CELLS, FILES, FORGED, BadCells, BadFile, Notebook
from .table import Attack

pytestmark = pytest.mark.slow

MODULE = "01_threads"
FLAT = ("\x1b[2J\n=1+1", "\u202egpj.ada", "![x](x)<script>")  #: names of files that belong to no folder
SCRIPT = Path(sys.executable).parent / "course"


def folder_name(attack: Attack) -> str:
    return f"{attack.row} {attack.name}".replace("/", "_").replace("*", "x")


@dataclass
class Graded:
    """What a run of the command left."""

    out: Path
    records: dict[str, dict[str, Any]]  #: by student
    lines: dict[str, dict[str, str]]  #: of grades.csv
    printed: str

    def page(self, student: str) -> bytes:
        return (self.out / "feedback" / student / MODULE / "exercises.html").read_bytes()

    def notebook(self, student: str) -> bytes:
        return (self.out / "autograded" / student / MODULE / "exercises.ipynb").read_bytes()


def grade(root: Root, folder: Path) -> Graded:
    done = subprocess.run(
        [SCRIPT, "grade", "submitted", "--module", MODULE, "--out", "out", "--seed", "7", "--jobs", "2"],
        cwd=folder,
        env={**os.environ, "COURSE_ROOT": str(root.path), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=patience.seconds(patience.LONG),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out = folder / "out"
    found = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = {line["student"]: line for line in csv.DictReader(file)}
    return Graded(
        out=out,
        records={record["student"]: record for record in found},
        lines=lines,
        printed=done.stdout + done.stderr,
    )


@pytest.fixture(scope="module")
def honest(notebook: Notebook, source: ModuleSource) -> list[samples.Sample]:
    wanted = ("right", "partly_right", "near_miss_read_thread_1")
    return [sample for sample in samples.samples(notebook, source, []) if sample.student in wanted]


@pytest.fixture(scope="module")
def alone(root: Root, honest: list[samples.Sample], tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("alone")
    for sample in honest:
        samples.write(sample, folder / "submitted", MODULE)
    return grade(root, folder)


@pytest.fixture(scope="module")
def together(
    root: Root,
    source: ModuleSource,
    notebook: Notebook,
    honest: list[samples.Sample],
    tmp_path_factory: pytest.TempPathFactory,
) -> Graded:
    folder = tmp_path_factory.mktemp("together")
    for sample in honest:
        samples.write(sample, folder / "submitted", MODULE)
    right = samples.right_answers(source)
    for attack in (*FILES, *CELLS):
        path = folder / "submitted" / folder_name(attack) / MODULE / "exercises.ipynb"
        path.parent.mkdir(parents=True)
        if isinstance(attack, BadFile):
            attack.put(path, notebook)
        else:
            changed = samples.fill(notebook, {} if attack.blank else right)
            attack.change(changed)
            path.write_text(json.dumps(changed))
    for name in FLAT:
        (folder / "submitted" / f"{name.replace('/', '_')}.ipynb").write_text("no JSON")
    return grade(root, folder)


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return json.loads(re.sub(r'"seconds": [\d.]+', '"seconds": 0', json.dumps(record)))


def test_the_honest_are_graded_as_if_alone(alone: Graded, together: Graded):
    assert set(alone.records) == {"right", "partly_right", "near_miss_read_thread_1"}
    for student, record in alone.records.items():
        assert without_times(together.records[student]) == without_times(record)
        assert together.lines[student] == alone.lines[student]
        assert together.page(student) == alone.page(student)
        assert together.notebook(student) == alone.notebook(student)
    right = alone.records["right"]["by_tests"]
    assert right["earned"] == right["points"] > 0


def test_everybody_has_a_grade(together: Graded):
    assert len(together.records) == len(together.lines) == 3 + len(FILES) + len(CELLS) + len(FLAT)
    assert all(len(record["exercises"]) == 2 for record in together.records.values())


def statuses(together: Graded, attack: Attack) -> set[str]:
    from autograder.submissions.entry import student_id

    record = together.records[student_id(folder_name(attack))]
    return {exercise["status"] for exercise in record["exercises"]}


@pytest.mark.parametrize("attack", FILES, ids=str)
def test_bad_files_are_unreadable(together: Graded, attack: BadFile):
    assert statuses(together, attack) == {"unreadable"}


@pytest.mark.parametrize("attack", CELLS, ids=str)
def test_bad_cells_get_what_their_answers_deserve(together: Graded, attack: BadCells, record_property):
    from autograder.submissions.entry import student_id

    student = student_id(folder_name(attack))
    record = together.records[student]
    marks = record["by_tests"]
    assert statuses(together, attack) == attack.deserves
    assert marks["earned"] == (0 if attack.blank else marks["points"])
    assert re.search(attack.note, record["error"])
    assert FORGED.encode() not in together.page(student) + together.notebook(student)
    record_property("saw", f"{marks['earned']:g} of {marks['points']:g} points. {record['error']}")


def test_no_name_or_note_brings_codes_or_markup(together: Graded):
    """Terminal, tables and notebooks: what stands in them of a learner's names is text."""
    for text in (together.printed, (together.out / "grades.csv").read_text("utf-8-sig")):
        assert all(line.isprintable() for line in text.split("\n"))
    for record in together.records.values():
        assert record["student"].isprintable()
        assert record["error"].isprintable()
        assert not re.search(r"<script|!\[|\]\(|;=", record["error"])

"""`course export --feedback`: archives that Moodle, Canvas and Blackboard take, each page for one student."""

from __future__ import annotations

import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.receipt import Receipt
from autograder.results.store import Record, Store
from autograder.submissions.entry import Entry, student_id
from autograder.submissions.lms_names import read_name
from course.cli.app import build_app
from course.instructor.export_feedback import (
    ELSEWHERE,
    NO_PAGE,
    SHARED,
    UNKNOWN,
    WAITS,
    export_feedback,
    target,
)
from tests.support.grading import grade
from tests.support.tiny_course import MODULE

HOSTILE = (
    "../../etc/Ada",
    "..",
    "C:\\Windows\\Ada",
    "Ada\u202egnol",
    "Ada\nLove",
    "4711",
    "-rf",
    ".hidden",
    "Ada\ud800",
    "a" * 200,
    "Åsa Ömer",
    "阿 达",
)


def graded(
    folder: Path, names: Mapping[str, str], *, waits: Iterable[str] = (), module: str = MODULE
) -> Path:
    """Write a graded class: students by the names that they were downloaded under, each with a page of their own."""
    out = OutputFolder(folder)
    with Store(out.store) as store:
        for name, student in names.items():
            mark = ManualMark(name="why", points=3, earned=None if student in waits else 1)
            row = GradedSubmission(
                student=student,
                module=module,
                exercises=(),
                seed=1,
                manual=(mark,),
                receipt=Receipt(file=f"{name}/exercises.ipynb"),
            )
            record = Record(submission=row, fingerprints={}, answer_hashes={}, inputs_hash="i", page_hash="p")
            store.keep(record, judged=(), tier="")
            page = out.feedback_of(Entry(student=student, module=module, path=Path()))
            page.parent.mkdir(parents=True)
            page.write_text(f"page of {student}", errors="replace")
    return folder


def pages(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {name: archive.read(name).decode() for name in archive.namelist()}


def moodle_reads(name: str) -> int | None:
    """Return whose file this is, as Moodle 4.1 and later read an uploaded archive: part by part, by underscores."""
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    for part in parts:
        info = part.split("_", 4)
        if len(info) >= 4 and info[1].isdecimal() and info[2:4] == ["assignsubmission", "file"]:
            return int(info[1])
    return None


def canvas_reads(name: str) -> tuple[int, int] | None:
    """Return user and attachment, as Canvas reads the name of an uploaded file: the first two bare numbers."""
    parts = [part for part in name.rpartition("/")[2].split("_") if part != "LATE"]
    numbers = [int(part) for part in parts if re.fullmatch(r"[0-9]+", part)]
    if parts[0] == "anon" or parts[-1].startswith("link") or name.startswith("._") or len(numbers) < 2:
        return None
    return numbers[0], numbers[1]


def test_moodle_gets_each_page_for_the_participant_it_came_from(tmp_path: Path):
    names = {
        f"{name}_{100 + i}_assignsubmission_file_": f"s{i}" for i, name in enumerate(("Ada Love", "Ada Love"))
    }
    names |= {
        "Ada Lové_102_assignsubmission_file": "s2",
        "Ada Lovell_103_assignsubmission_file_x.ipynb": "s3",
    }
    (packed,) = export_feedback(graded(tmp_path, names), "moodle")
    found = pages(tmp_path / f"feedback-moodle-{MODULE}.zip")
    assert (packed.pages, packed.left_out) == (4, {})
    assert f"Ada Love_100_assignsubmission_file_/feedback-{MODULE}.html" in found
    assert {moodle_reads(name): text for name, text in found.items()} == {
        100 + i: f"page of s{i}" for i in range(4)
    }


def test_canvas_gets_each_page_for_the_user_and_the_file_it_came_from(tmp_path: Path):
    names = {
        "loveada_1001_90777_exercises.ipynb": "s0",
        "loveada_LATE_1002_90778_exercises-1.ipynb": "s1",
        "4711_1003_90779_my_link_1_2.ipynb": "s2",
        "love-ada_1004_90780_01_basic.zip": "s3",
    }
    export_feedback(graded(tmp_path, names), "canvas")
    found = pages(tmp_path / f"feedback-canvas-{MODULE}.zip")
    assert {canvas_reads(name): text for name, text in found.items()} == {
        (1001 + i, 90777 + i): f"page of s{i}" for i in range(4)
    }
    assert "loveada_LATE_1002_90778_feedback.html" in found


def test_where_names_are_hidden_each_page_goes_where_its_file_came_from(tmp_path: Path):
    names = {
        "LATE_anon_x9F2k_90777_exercises.ipynb": "anon_x9F2k",
        "Participant_104_assignsubmission_file_": "Participant 104",
    }
    folder = graded(tmp_path, names)
    assert [export_feedback(folder, system)[0].pages for system in ("canvas", "moodle")] == [1, 1]
    assert pages(tmp_path / f"feedback-canvas-{MODULE}.zip") == {
        "LATE_anon_x9F2k_90777_feedback.html": "page of anon_x9F2k"
    }
    (name,) = pages(tmp_path / f"feedback-moodle-{MODULE}.zip")
    assert moodle_reads(name) == 104


def test_blackboards_names_are_as_they_were(tmp_path: Path):
    name = "Module 1_al1001_attempt_2026-11-01-10-00-00_exercises.ipynb"
    export_feedback(graded(tmp_path, {name: "al1001"}), "blackboard")
    (page,) = pages(tmp_path / f"feedback-blackboard-{MODULE}.zip")
    assert page == "Module 1_al1001_attempt_2026-11-01-10-00-00_feedback.html"
    assert (found := read_name(page)) and found.student == "al1001"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_archive_or_to_somebody_else(name: str):
    plain = name.replace("/", "\u2215")  # a file's name holds no slash, but what looks like one
    moodle = target("moodle", f"{plain}_12_assignsubmission_file_", MODULE)
    canvas = target("canvas", f"{plain}_12_34_exercises.ipynb", MODULE)
    board = target("blackboard", f"{plain}_{plain}_attempt_2026-11-01-10-00-00.txt", MODULE)
    if "\n" not in name:  # such a name isn't one of theirs
        assert moodle and canvas and board
        assert moodle_reads(moodle.name) == 12
        assert canvas_reads(canvas.name) == (12, 34)
    for found in filter(None, (moodle, canvas, board)):
        parts = found.name.split("/")
        assert len(parts) == (2 if found is moodle else 1)
        assert all(part.isprintable() and not part.startswith(".") for part in parts)
        assert not set(found.name) & set('\\:*?"<>|')
        assert max(len(part.encode()) for part in parts) < 255


def test_numbers_are_compared_as_the_systems_do(tmp_path: Path):
    """Two downloads in one folder: the page might go to the wrong student, so neither is sent."""
    names = {
        "Ada Love_7_assignsubmission_file_": "ada",
        "Bob Kay_007_assignsubmission_file_": "bob",
        "Eve_٧_assignsubmission_file_": "eve",
        "Zoe_8_assignsubmission_file_": "zoe",
    }
    (packed,) = export_feedback(graded(tmp_path, names), "moodle")
    assert packed.left_out == {SHARED: ["ada", "bob", "eve"]}
    assert list(pages(packed.path).values()) == ["page of zoe"]


def test_who_has_no_ids_no_page_or_no_final_mark_is_named(tmp_path: Path):
    names = {f"{name}_{i}_assignsubmission_file_": name for i, name in enumerate(("ada", "bob", "eve"))}
    folder = graded(tmp_path, {**names, "zoe": "zoe"}, waits=["ada"])
    (folder / "feedback" / "bob" / MODULE / "exercises.html").unlink()
    (packed,) = export_feedback(folder, "moodle")
    assert packed.left_out == {WAITS: ["ada"], NO_PAGE: ["bob"], UNKNOWN["moodle"]: ["zoe"]}
    (packed,) = export_feedback(folder, "moodle", provisional=True)
    assert (packed.pages, set(packed.left_out)) == (2, {NO_PAGE, UNKNOWN["moodle"]})


def test_who_handed_in_over_another_system_is_no_mistake(tmp_path: Path):
    names = {"Ada_1_assignsubmission_file_": "ada", "kaybob_1002_7_x.ipynb": "kaybob_1002"}
    (packed,) = export_feedback(graded(tmp_path, names), "canvas")
    assert (packed.pages, packed.left_out) == (1, {ELSEWHERE: ["ada"]})


def test_five_thousand_names_each_get_their_own_page(tmp_path: Path):
    names: dict[str, str] = {}
    for i in range(5000):
        name = f"{'Ada' if i % 2 else 'ADA'} Löve{i % 7 * 'é'}"
        names[f"{name}_{i}_assignsubmission_file_"] = student_id(f"{name} ({i})")
    (packed,) = export_feedback(graded(tmp_path, names), "moodle")
    assert packed.pages == 5000
    wanted = {int(name.split("_")[1]): f"page of {student}" for name, student in names.items()}
    assert {moodle_reads(name): text for name, text in pages(packed.path).items()} == wanted


def test_an_archive_is_the_same_for_the_same_pages(tmp_path: Path):
    folder = graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"})
    first = export_feedback(folder, "moodle")[0].path.read_bytes()
    assert export_feedback(folder, "moodle")[0].path.read_bytes() == first


def run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["export", *map(str, words)])
    return done.exit_code, done.output


def test_the_command_packs_each_module_or_one(tmp_path: Path):
    graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"})
    graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"}, module="02_next")
    assert run(tmp_path, "--to", "moodle", "--feedback")[0] == 0
    assert {path.name for path in tmp_path.glob("*.zip")} == {
        f"feedback-moodle-{module}.zip" for module in (MODULE, "02_next")
    }
    one = tmp_path / "one.zip"
    code, said = run(tmp_path, "--to", "moodle", "--feedback", "--module", "02_next", "--file", one)
    assert (code, f"1 page of 02_next: {one}" in said) == (0, True)
    assert list(pages(one)) == ["Ada_1_assignsubmission_file_/feedback-02_next.html"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--to", "csv", "--feedback"], "needs --to canvas"),
        (["--to", "moodle", "--feedback", "--column", "01_basic=x"], "takes no --column"),
        (["--to", "moodle", "--feedback", "--module", "09"], "nothing of a module `09`"),
        (["--to", "moodle", "--module", MODULE], "goes with --feedback"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, words: list[str], says: str):
    graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"})
    code, said = run(tmp_path, *words)
    assert (code, says in said) == (2, True)


def test_one_file_holds_one_module(tmp_path: Path):
    graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"})
    graded(tmp_path, {"Ada_1_assignsubmission_file_": "ada"}, module="02_next")
    code, said = run(tmp_path, "--to", "moodle", "--feedback", "--file", tmp_path / "x.zip")
    assert (code, "--module" in said) == (2, True)
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.slow
def test_a_class_as_moodle_hands_it_out_gets_its_pages_back(root, notebook, tmp_path: Path, here):
    """Two students have one name and differ in what they wrote. Pages load nothing, and hold nobody else's text."""
    words = {101: "from-the-first-ada", 102: "from-the-second-ada", 103: "from-ada-lovell"}
    for number, word in words.items():
        name = "Ada Lovell" if number == 103 else "Ada Love"
        folder = tmp_path / "in" / f"{name}_{number}_assignsubmission_file_"
        folder.mkdir(parents=True)
        mine = json.loads(json.dumps(notebook))
        for cell in mine["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "why_it_forgot":
                cell["source"] = word
        (folder / "exercises.ipynb").write_text(json.dumps(mine))
    grade(root, tmp_path / "in", tmp_path / "out", executor=here)
    (packed,) = export_feedback(tmp_path / "out", "moodle", provisional=True)
    theirs = defaultdict(set)
    for name, html in pages(packed.path).items():
        theirs[moodle_reads(name)] |= {word for word in words.values() if word in html}
        assert all(
            link.startswith("#") for link in re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>]*)""", html)
        )
        assert "default-src 'none'" in html
    assert theirs == {number: {word} for number, word in words.items()}

from __future__ import annotations

import json
import shutil

from course.authoring import build

from .tiny import HIDDEN, MODULE, MODULE_TEXT, change


def test_nothing_is_printed_twice(cli):
    ended = cli("build")
    assert (ended.exit_code, ended.stdout) == (0, "All notebooks are up to date.\n")


def test_build_prints_what_changed(cli, root):
    path = root.path / f"solutions/{MODULE}/why_it_forgot/prompt.md"
    change(path, "Say why, in two sentences.", "Say why, in three sentences.")
    ended = cli("build")
    assert ended.stdout == f"printed modules/{MODULE}/exercises.ipynb\n"
    assert "three sentences" in root.notebook(MODULE, "exercises").read_text()


def test_check_names_the_file_and_the_command_and_writes_nothing(cli, root):
    path = root.notebook(MODULE, "lesson")
    path.write_text(path.read_text().replace("checkpoints", "checkpoint"))
    ended = cli("build", "--check")
    assert ended.exit_code == 1
    assert ended.stdout == f"modules/{MODULE}/lesson.ipynb:1: out of date: run `course build`\n"
    assert cli("build", "--check").exit_code == 1


def test_a_change_of_one_byte_is_found(cli, root):
    assert cli("build").exit_code == 0
    path = root.notebook(MODULE, "exercises")
    path.write_text(path.read_text() + "\n")
    assert cli("build", "--check").exit_code == 1


def test_points_of_a_test_are_printed(cli, root):
    change(root.path / HIDDEN, '"read_thread", points=1', '"read_thread", points=4')
    assert cli("build").exit_code == 0
    card = json.loads(root.notebook(MODULE, "exercises").read_text())["metadata"]["course"]
    assert card["exercises"]["read_thread"]["points"] == 6


def test_two_builds_are_the_same_bytes(root):
    made = [[(item.path, item.make()) for item in build.notebooks(root)] for _ in range(2)]
    assert made[0] == made[1]
    assert all(path.read_text() == text for path, text in made[0])


def test_what_changed_since_it_was_proved_is_told_with_the_command(cli, root):
    change(root.path / HIDDEN, '"read_thread", points=1', '"read_thread", points=4')
    assert cli("build").stdout.splitlines()[-1] == "Changed since they were proved: course verify read_thread"


def test_answers_are_printed_to_a_folder(cli, root):
    ended = cli("build", "--answers", "worked")
    assert ended.stdout == f"printed worked/{MODULE}/exercises.ipynb\n"
    assert "get_state" in (root.path / "worked" / MODULE / "exercises.ipynb").read_text()
    assert cli("build", "--check", "--answers", "worked").exit_code == 0


def test_a_form_error_is_one_line_and_exit_code_1(cli, root):
    change(root.path / MODULE_TEXT, "# Exercises: threads", "Exercises")
    ended = cli("build")
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"{root.path / MODULE_TEXT}:1: this file has no title")
    assert ended.stderr.count("\n") == 1


def test_a_bundle_without_solutions_builds_its_lessons(cli, root):

    shutil.rmtree(root.solutions)
    assert cli("build", "--check").exit_code == 0

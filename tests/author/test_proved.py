"""What is kept of proofs; and that the real course's exercises hold that have changed since they were proved."""

from __future__ import annotations

import warnings

import pytest

from course.authoring.proved import record, unproved
from course.authoring.verify import verify
from course.paths import Root

from .tiny import ANSWER, FIRST_CELLS, FOLDER, HIDDEN, MODULE, PUBLIC, change, rebuild

ROOT = Root.find()
BOTH = ["compile_with_checkpointer", "read_thread"]


def test_exercises_that_changed_since_they_were_proved_hold():
    """Blanks, worked answers, near misses and alternatives: what `course verify` did not see is tried here."""
    changed = unproved(ROOT)
    if changed:
        assert verify(ROOT, names=changed).problems == ()
        command = f"course verify {' '.join(changed)}"
        warnings.warn(f"hold, and are tried by each test run until you run `{command}`", stacklevel=1)


@pytest.mark.nightly
def test_all_exercises_hold():
    assert verify(ROOT).problems == ()


def test_nothing_of_the_tiny_course_has_changed(root):
    assert unproved(root) == []


@pytest.mark.parametrize("file", [ANSWER, HIDDEN, PUBLIC, f"{FOLDER}/wrong/all_of_the_state.py"])
def test_an_exercise_is_proved_again_when_one_of_its_files_changes(root, file):
    path = root.path / file
    path.write_text(f"{path.read_text()}\n")
    assert unproved(root) == ["read_thread"]


def test_what_exercises_share_concerns_all_of_them(root):
    root.common_tests(MODULE).write_text("PEOPLE = 3\n")
    assert unproved(root) == BOTH
    root.common_tests(MODULE).unlink()
    change(root.path / FIRST_CELLS, "import operator", "import operator  # adds lists")
    assert unproved(root) == BOTH


def test_an_answer_that_is_dropped_in_or_renamed_is_a_change(root):
    path = root.path / FOLDER / "wrong" / "all_of_the_state.py"
    path.rename(path.with_name("the_state_itself.py"))
    assert unproved(root) == ["read_thread"]
    path.with_name("the_state_itself.py").rename(path)
    assert unproved(root) == []
    path.with_name("another.py").write_text("# says: x\n")
    assert unproved(root) == ["read_thread"]


def test_verify_keeps_what_holds(cli, root, on_one_bench):
    change(root.path / ANSWER, "    ### BEGIN", "    # look it up\n    ### BEGIN")
    rebuild(root)
    ended = cli("verify", "read_thread", "-j", "1")
    assert ended.stdout.splitlines()[-1] == "Proved, and kept in solutions/proved.txt: read_thread"
    assert unproved(root) == []
    assert (
        len(cli("verify", "read_thread", "-j", "1").stdout.splitlines()) == len(ended.stdout.splitlines()) - 1
    )


def test_verify_keeps_nothing_of_what_does_not_hold(cli, root, on_one_bench):
    kept = (root.solutions / "proved.txt").read_text()
    path = root.path / FOLDER / "wrong" / "all_of_the_state.py"
    change(path, "# says: not the whole state", "# says: something else")
    assert cli("verify", "read_thread", "-j", "1").exit_code == 1
    assert (root.solutions / "proved.txt").read_text() == kept
    assert unproved(root) == ["read_thread"]


def test_what_was_not_run_is_not_proved(cli, root, without_running):
    (root.solutions / "proved.txt").unlink()
    assert cli("verify").exit_code == 0
    assert unproved(root) == BOTH


def test_the_file_has_one_line_an_exercise_and_none_of_one_that_is_gone(root):
    path = root.solutions / "proved.txt"
    path.write_text(f"{path.read_text()}was_removed 0123\n")
    change(root.path / ANSWER, "    ### BEGIN", "    # look it up\n    ### BEGIN")
    assert record(root, BOTH) == ["read_thread"]
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# Written by `course verify`")
    assert [line.split()[0] for line in lines[1:]] == BOTH


def draws_kept(root: Root) -> dict[str, str]:
    lines = (root.solutions / "proved.txt").read_text().splitlines()[1:]
    return {name: draws for name, _, draws in map(str.split, lines)}


def test_the_most_draws_of_an_exercise_are_kept_until_it_changes(root):
    assert record(root, ["read_thread"], draws=10) == ["read_thread"]
    assert record(root, ["read_thread"], draws=3) == []
    assert draws_kept(root) == {"compile_with_checkpointer": "1", "read_thread": "10"}
    change(root.path / ANSWER, "    ### BEGIN", "    # look it up\n    ### BEGIN")
    assert unproved(root) == ["read_thread"]
    assert record(root, ["read_thread"], draws=3) == ["read_thread"]
    assert draws_kept(root)["read_thread"] == "3"


def test_what_was_proved_before_an_interruption_is_kept(cli, root, on_one_bench, monkeypatch):
    (root.solutions / "proved.txt").unlink()

    def interrupted(tasks, jobs):
        yield next(task for task in tasks if task.label == "read_thread"), []
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("course.authoring.verify.run.run_tasks", interrupted)
        assert cli("verify", "--draws", "4").exit_code != 0
    assert draws_kept(root) == {"read_thread": "4"}
    cli("verify", "--draws", "4", "--go-on", "-j", "1")
    assert draws_kept(root) == dict.fromkeys(BOTH, "4")
    ended = cli("verify", "--draws", "3", "--go-on")
    assert (ended.exit_code, ended.stdout) == (0, "All is proved, as it is now, with 3 draws.\n")


def test_marks_of_a_merge_prove_nothing(root):
    (root.solutions / "proved.txt").write_text(
        "<<<<<<< ours\nread_thread 0a\n=======\nread_thread 0b\n>>>>>>> theirs\n"
    )
    assert unproved(root) == ["compile_with_checkpointer", "read_thread"]

"""The learner's bundle: whole, checkable, and without a word of the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.errors import CourseError, UsageError
from course.instructor.bundle import MANIFEST, check_bundle, write_bundle
from course.paths import Root
from tests.support.tiny_course import MODULE, copy_course

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture
def tiny(tmp_path: Path) -> Root:
    """A tiny course that has all parts of the real one."""
    root = tmp_path / "tiny"
    copy_course(root)
    (root / "course" / "cli").mkdir(parents=True)
    (root / "course" / "cli" / "app.py").write_text("# the command\n")
    (root / "docs" / "modules").mkdir(parents=True)
    (root / "docs" / "modules" / "answers.md").write_text("worked answers\n")
    (root / "docs" / "index.md").write_text("# Welcome\n")
    (root / "Makefile").write_text("lab:\n")
    (root / "tests").mkdir()
    (root / "tests" / "test_x.py").touch()
    return Root(root)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_but_the_secrets_is_released(tiny: Root, tmp_path: Path):
    count = write_bundle(tiny, tmp_path / "bundle")
    found = names(tmp_path / "bundle")
    assert len(found) == count + 1
    assert f"modules/{MODULE}/exercises.ipynb" in found
    assert {"docs/index.md", "Makefile", "course/cli/app.py", MANIFEST} <= found
    assert f"autograder/graders/{MODULE}/test_read_thread.py" in found
    assert not [name for name in found if name.startswith(("solutions", "tests", "docs/modules"))]


def test_a_bundle_checks_itself(tiny: Root, tmp_path: Path):
    bundle = tmp_path / "bundle"
    write_bundle(tiny, bundle)
    assert check_bundle(bundle) == []
    (bundle / "Makefile").write_text("lab: changed\n")
    (bundle / "docs" / "index.md").unlink()
    (bundle / "course" / "new.py").touch()
    lines = check_bundle(bundle)
    assert [line.split(": ", 1)[1].split(":")[0] for line in lines] == [
        "is missing",
        "is not as it was released",
        "was not released",
    ]


def test_a_folder_that_is_there_is_left_alone(tiny: Root, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="there already"):
        write_bundle(tiny, tmp_path / "mine")
    assert names(tmp_path / "mine") == {"thesis.tex"}


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("docs/help.md", "read_thread/answer.py"),
        (f"modules/{MODULE}/lesson.py", "compile_with_checkpointer/answer.py"),
        ("docs/index.md", "read_thread/right/history_of_one.py"),
        ("docs/index.md", "read_thread/wrong/none_when_empty.py"),
    ],
)
def test_an_answer_is_not_released(tiny: Root, tmp_path: Path, place: str, answer: str):
    lines = (tiny.solutions / MODULE / answer).read_text().splitlines()
    copied = [line for line in lines if not line.startswith("# says:") and "###" not in line]
    with (tiny.path / place).open("a") as file:
        file.write("\n" + "".join(f"    {line}\n" for line in copied))
    with pytest.raises(CourseError, match="holds what is secret") as error:
        write_bundle(tiny, tmp_path / "bundle")
    assert place in str(error.value) and answer in str(error.value)
    assert not (tmp_path / "bundle").exists()


def test_a_hidden_test_is_not_released(tiny: Root, tmp_path: Path):
    with tiny.public_test(MODULE, "read_thread").open("a") as file:
        file.write("\n\n" + tiny.hidden_test(MODULE, "read_thread").read_text())
    with pytest.raises(CourseError, match=r"test_hidden\.py"):
        write_bundle(tiny, tmp_path / "bundle")


def test_the_real_course_can_be_released(tmp_path: Path):
    root = Root(REPOSITORY)
    write_bundle(root, tmp_path / "bundle")
    assert check_bundle(tmp_path / "bundle") == []
    assert Root(tmp_path / "bundle").module_names() == root.module_names()
    assert not list((tmp_path / "bundle").rglob("test_hidden.py"))

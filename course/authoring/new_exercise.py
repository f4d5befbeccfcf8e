"""Writes the skeleton of an exercise and of its tests, for an author to fill in.

What is written can be read, built and collected at once; `course verify` then says what is missing.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from string import Template

from course.authoring.exercise_source import ORDER, folders, read_order
from course.errors import UsageError
from course.paths import Root

MODULE = re.compile(r"[0-9]{2}_[a-z][a-z0-9_]*")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
NAME_LENGTH = 40
RESERVED = ("_prompt", "_answer")  # endings that the printer gives to the ids of other cells

LESSON = "# %% [markdown]\n# # ${topic}\n"
MODULE_TEXT = f"# Exercises: ${{topic}}\n\n{ORDER}\n\n"
FIRST_CELLS = "# %%\nfrom course import check, hint, timeline\n"

PROMPT = """\
## ${title}

TODO: what to build, what it must do, and one example of it in use.
"""

ANSWER = '''\
def ${name}():
    """TODO: what it does, in one sentence."""
    ### BEGIN SOLUTION
    return "TODO"
    ### END SOLUTION
'''

HINTS = """\
TODO: the idea.

---

TODO: the API.

---

TODO: the shape.
"""

WRONG = """\
# says: TODO, a part of what the learner is told
def ${name}():
    return "TODO: a mistake that people really make; name the file after it"
"""

RIGHT = """\
def ${name}():
    return "TODO: a right answer of another kind; name the file after it"
"""

_TEST = '''\
"""${kind} tests of `${name}`."""

from __future__ import annotations

import pytest


def call_${name}${again}(${name}):
    return ${name}()


@pytest.mark.exercise("${name}", points=${points})
def test_${name}${again}(submission):
    """TODO: what ${else_}holds when this passes."""
    seen = submission.observe(call_${name}${again})
    assert seen == "TODO", f"TODO: what was seen ({seen}), what it means, what to look at next"
'''
PUBLIC_TEST = Template(_TEST).safe_substitute(kind="Public", again="", points=2, else_="")
HIDDEN_TEST = Template(_TEST).safe_substitute(kind="Hidden", again="_again", points=1, else_="else ")


def name_trouble(name: str) -> str:
    """Say what is wrong with an exercise's name; nothing when it is well."""
    if not NAME.fullmatch(name):
        return "is no snake_case verb phrase such as `resume_after_crash`"
    if len(name) > NAME_LENGTH:
        return f"has {len(name)} characters, and at most {NAME_LENGTH} fit"
    if name.endswith(RESERVED):
        return (
            f"ends in `{next(end for end in RESERVED if name.endswith(end))}`, as the ids of other cells do"
        )
    return ""


def new_exercise(root: Root, module: str, name: str) -> list[Path]:
    """Write the skeleton of an exercise into a module, which is made if it is not there.

    Returns:
        The files to edit, in the order in which an author writes them.

    Raises:
        UsageError: when the name of the module or of the exercise will not do.
    """
    if not MODULE.fullmatch(module):
        raise UsageError(f"`{module}` is no name for a module: write one such as `04_checkpointing`")
    if trouble := name_trouble(name):
        raise UsageError(f"`{name}` {trouble}")
    if trouble := _misnumbered(root, module):
        raise UsageError(f"`{module}` {trouble}")
    if taken := _taken(root, module, name):
        raise UsageError(f"`{name}` is taken: {taken} has it; choose another name")
    topic = module[3:].replace("_", " ")
    for path, text in (
        (root.lesson_source(module), LESSON),
        (root.module_text(module), MODULE_TEXT),
        (root.first_cells(module), FIRST_CELLS),
    ):
        if not path.exists():
            _write(path, Template(text).substitute(topic=topic))
    _list(root.module_text(module), name)
    fill = {"name": name, "title": name.replace("_", " ").capitalize()}
    folder = root.exercise(module, name)
    files = {
        folder / "prompt.md": PROMPT,
        folder / "answer.py": ANSWER,
        folder / "hints.md": HINTS,
        root.public_test(module, name): PUBLIC_TEST,
        root.hidden_test(module, name): HIDDEN_TEST,
        folder / "wrong" / "first_mistake.py": WRONG,
        folder / "wrong" / "second_mistake.py": WRONG,
        folder / "wrong" / "third_mistake.py": WRONG,
        folder / "right" / "another_way.py": RIGHT,
    }
    for path, text in files.items():
        _write(path, Template(text).substitute(fill))
    return list(files)


def _misnumbered(root: Root, module: str) -> str:
    """Say what is wrong with the name of a module that is not there yet: most of them are misspelt."""
    known = root.module_names()
    if module in known:
        return ""
    if near := get_close_matches(module, known, n=1, cutoff=0.7):
        return f"is no module yet: did you mean `{near[0]}`?"
    if same := [each for each in known if each[:2] == module[:2]]:
        return f"has the number of `{same[0]}`: the next free one is {len(known) + 1:02}"
    return ""


def _taken(root: Root, module: str, name: str) -> Path | None:
    """The folder or the file of tests that has this name already."""
    if (tests := root.public_test(module, name)).exists():
        return tests
    homes = (each for each in root.module_names() if name in folders(root.solutions / each))
    return next((root.exercise(home, name) for home in homes), None)


def _list(path: Path, name: str) -> None:
    """Add the name to the module's list: before the questions that a person reads, which end a notebook."""
    lines = path.read_text("utf-8").splitlines()
    order = read_order(path)
    questions = [at.line for each, at in order.items() if (path.parent / each / "answer.md").is_file()]
    last = max((at.line for at in order.values()), default=len(lines))
    place = questions[0] - 1 if questions else last
    lines.insert(place, f"- {name}")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")

"""Reads answers: wrong ones (near misses), other right ones (alternatives), and their sections.

A file is one answer. It may need a cell of its own above or below the answer's cell:

    # says: counted apart      what a wrong answer's learner must be told
    # %% [before]
    # %% [answer]
    # %% [after]
"""

from __future__ import annotations

import re
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT, PyCF_ONLY_AST
from dataclasses import dataclass
from pathlib import Path

from course.errors import SourceError

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # nbgrader's own words
_SECTION = re.compile(r"^# %%.*$", re.M)
_NAMES = {f"# %% [{name}]": name for name in ("before", "answer", "after")}
_SAYS = re.compile(r"\A# says: *(.*)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Code that replaces an exercise's answer, with the cells that it needs."""

    code: str
    before: str = ""  #: a cell above it
    after: str = ""  #: a cell below it

    @property
    def text(self) -> str:
        """All of it, as one reads it."""
        return "\n\n".join(part for part in (self.before, self.code, self.after) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAnswer(Answer):
    """Another right answer: it must get full marks."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswer(Answer):
    """A plausible wrong answer: it must lose points, and its feedback must contain `says`."""

    path: Path
    says: str

    def is_told_by(self, message: str) -> bool:
        """Whether a test's message says what is to be said."""
        return self.says.casefold() in message.casefold()


def read_right(path: Path) -> RightAnswer:
    """Read an alternative.

    Raises:
        SourceError: it has a section that no answer has.
    """
    text = path.read_text("utf-8")
    check_python(path, text)
    return RightAnswer(path=path, **_sections(path, text))


def read_wrong(path: Path) -> WrongAnswer:
    """Read a near miss; `says` is empty where its first line doesn't say it.

    Raises:
        SourceError: it has a section that no answer has.
    """
    text = path.read_text("utf-8")
    check_python(path, text)
    says = _SAYS.match(text)
    code = text[says.end() :] if says else text
    return WrongAnswer(path=path, says=says[1].strip() if says else "", **_sections(path, code))


def _sections(path: Path, text: str) -> dict[str, str]:
    """Cut a text at its section lines; without any, all of it is the answer."""
    first, *rest = _SECTION.split(text)
    found = {"code": first.strip("\n")}
    for line, part in zip(_SECTION.findall(text), rest, strict=True):
        name = _NAMES.get(line.rstrip())
        key = "code" if name == "answer" else name
        if not key or found.get(key):
            said = "sections are `# %% [before]`, `# %% [answer]` and `# %% [after]`, each once"
            number = path.read_text("utf-8").splitlines().index(line) + 1
            raise SourceError(path, number, f"`{line}` can't be read: {said}")
        found[key] = part.strip("\n")
    if not found["code"].strip():
        raise SourceError(path, 1, "this file holds no answer: write one, or remove the file")
    return found


def check_python(path: Path, text: str) -> None:
    """Find what is no Python: an answer with a slip of the pen loses points, too, and proves nothing.

    Raises:
        SourceError: the text doesn't parse; a cell may `await`, so this may as well.
    """
    try:
        compile(text, str(path), "exec", PyCF_ONLY_AST | PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        raise SourceError(path, error.lineno or 1, f"this is no Python ({error.msg}): fix it") from None


def check_regions(path: Path, text: str) -> None:
    """Find solution regions that are opened twice or never closed: nbgrader would stop at them.

    Raises:
        SourceError: there is one.
    """
    opened = 0
    for number, line in enumerate(text.splitlines(), 1):
        if BEGIN in line:
            if opened:
                raise SourceError(path, number, f"`### {BEGIN}` inside the region of line {opened}: end that")
            opened = number
        elif END in line:
            if not opened:
                raise SourceError(path, number, f"`### {END}` without `### {BEGIN}` above it: add that")
            opened = 0
    if opened:
        raise SourceError(path, opened, f"this solution region has no `### {END}`: add it below")

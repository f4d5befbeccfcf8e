"""What a rule is, and what it says when it is broken."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A place where a rule is broken."""

    path: Path
    line: int
    message: str  #: what is wrong, and what to do
    exercise: str = ""  #: empty where no single exercise is at fault
    code: str = ""  #: of the rule, which sets it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[T]):
    """One rule: its code, its title, and the function that looks for places where it is broken."""

    code: str
    title: str
    find: Callable[[T], Iterator[Problem]]
    applies: Callable[[T], bool]  #: whether it has anything to say of a subject

    def problems(self, subject: T) -> list[Problem]:
        """All places in `subject` where this rule is broken."""
        found = self.find(subject) if self.applies(subject) else ()
        return [replace(problem, code=self.code) for problem in found]


class Rules(Generic[T]):
    """Rules about one kind of subject, in order; `@rules("E101")` adds a function to them."""

    def __init__(self) -> None:
        self.all: list[Rule[T]] = []

    def __call__(
        self, code: str, *, applies: Callable[[T], bool] = lambda _: True
    ) -> Callable[[Callable[[T], Iterator[Problem]]], Rule[T]]:
        """Register a function as a rule: its docstring's first line is the title."""

        def register(find: Callable[[T], Iterator[Problem]]) -> Rule[T]:
            title = (inspect.getdoc(find) or "").split("\n")[0].rstrip(".")
            rule = Rule(code=code, title=title, find=find, applies=applies)
            self.all.append(rule)
            return rule

        return register

    def applied(self, subjects: Iterable[T]) -> set[str]:
        """The codes of the rules that have something to say of any of these subjects."""
        known = list(subjects)
        return {rule.code for rule in self.all if any(map(rule.applies, known))}

    def problems(self, subject: T) -> list[Problem]:
        """All problems of a subject, rule by rule."""
        return [problem for rule in self.all for problem in rule.problems(subject)]

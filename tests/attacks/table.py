"""The table of attacks: what each tries, and what became of it when it was last run.

A test takes part by a parameter `attack`, and says by pytest's `record_property("saw", …)` what there was to see.
As a program, this prints the table that the last runs left in `.cache/attacks.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

KEPT = Path(__file__).parents[2] / ".cache" / "attacks.json"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack."""

    name: str
    row: str  #: of the table: what is attacked
    tries: str  #: what it tries, in words

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attack."""

    row: str
    name: str
    tier: str  #: the walls around it; empty where none of it is run
    tries: str
    blocked: bool
    saw: str  #: what its canary showed

    @property
    def key(self) -> tuple[str, str, str]:
        return self.row, self.name, self.tier


def read() -> list[Outcome]:
    """What earlier runs left."""
    return [Outcome(**found) for found in json.loads(KEPT.read_text())] if KEPT.is_file() else []


def keep(outcomes: Iterable[Outcome]) -> None:
    """Write outcomes to the table; those of other attacks stay. One attack may have several tests."""
    found: dict[tuple[str, str, str], Outcome] = {}
    for outcome in outcomes:
        found[outcome.key] = _both(found[outcome.key], outcome) if outcome.key in found else outcome
    table = {outcome.key: outcome for outcome in read()} | found
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps([asdict(table[key]) for key in sorted(table)], indent=1))


def _both(one: Outcome, two: Outcome) -> Outcome:
    saw = "; ".join(dict.fromkeys(text for text in (one.saw, two.saw) if text))
    return replace(two, blocked=one.blocked and two.blocked, saw=saw)


def as_markdown(outcomes: Iterable[Outcome]) -> str:
    """The table, for people."""
    lines = ["| attack | tries | tier | result | what was seen |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        result = "blocked" if outcome.blocked else "**open**"
        cells = (f"{outcome.row}: {outcome.name}", outcome.tries, outcome.tier or "–", result, outcome.saw)
        lines.append("| " + " | ".join(map(_shown, cells)) + " |")
    return "\n".join(lines)


def _shown(cell: str) -> str:
    """Names of attacks are attacks on this table, too."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cell).replace("|", "\\|")


if __name__ == "__main__":
    print(as_markdown(read()))

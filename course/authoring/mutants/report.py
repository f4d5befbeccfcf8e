"""Shows what became of mutants: how many each exercise's tests caught, and who survived."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.authoring.mutants.survivors import Reason, reason_for
from course.authoring.mutants.trying import Tried

WANTED = 0.9  #: of all mutants, the part that tests are to catch


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All mutants that were tried."""

    tried: tuple[Tried, ...]
    reasons: tuple[Reason, ...]
    seconds: float

    @property
    def caught(self) -> float:
        """The part that was caught, from 0 to 1."""
        return sum(bool(each.caught_by) for each in self.tried) / max(1, len(self.tried))

    @property
    def survivors(self) -> list[Tried]:
        return [each for each in self.tried if not each.caught_by]

    @property
    def unexplained(self) -> list[Tried]:
        """Survivors of worked answers without a reason. Those of alternatives need none."""
        found = (each for each in self.survivors if not each.source)
        return [each for each in found if not reason_for(each, self.reasons)]

    @property
    def good(self) -> bool:
        """Whether enough were caught, and a reason stands for each of the others."""
        return self.caught >= WANTED and not self.unexplained


def show(found: Found, console: Console) -> None:
    """Print a line for each exercise, then the survivors."""
    table = Table(box=None, pad_edge=False)
    for name in ("exercise", "mutants", "caught", ""):
        table.add_column(name, justify="left" if name in ("exercise", "") else "right")
    for name in dict.fromkeys(each.exercise for each in found.tried):
        tried = [each for each in found.tried if each.exercise == name]
        caught = sum(bool(each.caught_by) for each in tried)
        table.add_row(name, str(len(tried)), str(caught), f"{caught / len(tried):.0%}")
    console.print(table)
    for each in found.survivors:
        why = reason_for(each, found.reasons)
        mark = ("–", "dim") if why or each.source else ("✗", "red")
        place = f"{each.exercise}/right/{each.source}" if each.source else each.exercise
        said = f" {place}, line {each.mutant.line}: {each.mutant.was}  →  {each.mutant.becomes}"
        console.print(Text.assemble("\n", mark, said, (f"\n  {why}" if why else "", "dim")))
    console.print(
        f"\n{len(found.tried) - len(found.survivors)} of {len(found.tried)} caught ({found.caught:.0%}),"
        f" {len(found.unexplained)} survivors without a reason ({found.seconds:.0f} s)",
        style="bold green" if found.good else "bold red",
        highlight=False,
    )


def as_record(found: Found) -> dict[str, object]:
    """Everything, for programs."""
    return {
        "caught": round(found.caught, 4),
        "seconds": round(found.seconds, 1),
        "mutants": [
            {
                "exercise": each.exercise,
                "source": each.source,
                **{key: value for key, value in asdict(each.mutant).items() if key != "code"},
                "caught_by": each.caught_by,
                "reason": "" if each.caught_by else reason_for(each, found.reasons),
            }
            for each in found.tried
        ],
    }

"""What `course grade` is to reach, and what it reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.grading.measuring import WINDOW, Cost
from benchmarks.grading.results import LIMIT, NBGRADER, OURS, Results

FEWEST = 4  #: marks that make a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One aim."""

    aim: str
    reached: str
    holds: bool


def targets(results: Results) -> Iterator[Target]:
    """Compare what was found with what was aimed at."""
    ours, stock, limit = (results.way(name) for name in (OURS, NBGRADER, LIMIT))
    count = ours.many.count
    faster = stock.seconds(count) / ours.many.seconds
    yield Target(
        aim=f"a class of {count} at 40 times nbgrader's submissions a second",
        reached=f"{faster:.0f} times",
        holds=faster >= 40,
    )
    costs = ours.many.cpu / limit.cpu(count)
    yield Target(
        aim=f"a class of {count} within 2.5 times the processor time of the bare fork limit",
        reached=f"{costs:.2f} times, whole runs; {ours.cpu_each / limit.cpu_each:.2f} times without starts",
        holds=costs <= 2.5,
    )
    yield from _flat(results.sizes)
    yield Target(
        aim="one submission from a cold start in under 3 s",
        reached=f"{results.cold_seconds:.2f} s",
        holds=results.cold_seconds < 3,
    )
    yield Target(
        aim="`course --help` in under 0.3 s",
        reached=f"{results.help_seconds:.2f} s",
        holds=results.help_seconds < 0.3,
    )


def _flat(sizes: tuple[Cost, ...]) -> Iterator[Target]:
    """What must not grow with the class by more than a tenth."""
    most = sizes[-1]
    for of, name in ((1, "seconds"), (2, "processor time")):
        aim = f"{name} a submission: from the {WINDOW}th to the {most.count:,}th at most 10 % more"
        if len(most.marks) < FEWEST:
            yield Target(aim=aim, reached="no windows were measured in this run", holds=False)
            continue
        drift = most.drift(of)
        yield Target(
            aim=aim,
            reached=f"{100 * drift:+.0f} %, by the line through the windows of {WINDOW} of one run",
            holds=drift <= 0.1,
        )
    spread = most.peak_mb / sizes[0].peak_mb - 1
    yield Target(
        aim=f"memory of the parent process: for {most.count:,} at most 10 % more than for {sizes[0].count:,}",
        reached=f"{100 * spread:+.0f} %",
        holds=spread <= 0.1,
    )

"""Works out what 100,000 submissions take, from what was measured of one, and says so in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.grading.report import table

CLASS = 100_000
WORKERS = (2, 8, 32, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a submission took, in seconds, once all was warm."""

    wall: float
    parent: float  #: of processor time, in the grading process
    scheduler: float = 0.0  #: of processor time, in Dask's scheduler, beyond what it takes when idle


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What all runs together have shown."""

    machine: str
    here: Mapping[int, Timing]  #: by the number of processes
    dask: Mapping[int, Timing]  #: by the number of workers
    writing: Timing  #: nothing is graded, all is written
    there: int  #: bytes that go to a worker, and
    back: int  #: that come back
    kept: Mapping[str, float]  #: bytes of each part of the output folder, a submission

    @property
    def parent(self) -> float:
        """Seconds that the grading process is busy with a submission: it writes, and it speaks with Dask."""
        return self.writing.wall + max(0.0, self.dask[1].parent - self.writing.parent)

    @property
    def most(self) -> float:
        """Submissions a second, beyond which more workers are of no use."""
        return 1 / max(self.parent, self.dask[1].scheduler)


def plan(found: Measured) -> str:
    """Return the generated part of the page."""
    parts = [
        found.machine,
        table(["", "submissions a second", "each"], _rates(found)),
        f"With each submission {found.there / 1000:.0f} KB go out and {found.back / 1000:.0f} KB return.",
        f"One process writes all results. It is busy for {1000 * found.parent:.1f} ms with each,"
        f" {1000 * found.writing.wall:.1f} ms of them with gradebook, store and pages, and Dask's scheduler"
        f" for {1000 * found.dask[1].scheduler:.1f} ms. So {found.most:.0f} a second is the most,"
        f" whatever the cluster; {found.most * found.dask[1].wall:.0f} of these workers reach it.",
        table(["for 100,000", "hours", "processor hours of the workers"], _plan(found)),
        table(
            ["in the output folder", "1,000 submissions", "100,000"],
            ([name, _mb(1000 * size), _mb(CLASS * size)] for name, size in found.kept.items()),
        ),
    ]
    return "\n\n".join(parts)


def _rates(found: Measured) -> Iterator[list[str]]:
    named = {
        **{f"without Dask, `--jobs {jobs}`": timing for jobs, timing in found.here.items()},
        **{f"Dask on this machine, `--nworkers {workers}`": timing for workers, timing in found.dask.items()},
        "writing alone": found.writing,
    }
    for name, timing in named.items():
        yield [name, f"{1 / timing.wall:.1f}", f"{1000 * timing.wall:.1f} ms"]


def _plan(found: Measured) -> Iterator[list[str]]:
    hours = CLASS * found.dask[1].wall / 3600
    for workers in WORKERS:
        rate = min(workers / found.dask[1].wall, found.most)
        yield [f"{workers} workers", f"{CLASS / rate / 3600:.1f}", f"{hours:.1f}"]


def _mb(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"

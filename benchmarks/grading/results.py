"""What a run of the benchmark found, as `benchmarks/results.json` holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.measuring import Cost

OURS, LIMIT = "course grade", "bare fork limit"
NBGRADER, OTTER, NBCLIENT, PAPERMILL = "nbgrader", "otter run", "nbclient", "papermill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of grading, on few submissions and on many: the difference has no start in it."""

    name: str
    few: Cost
    many: Cost

    @property
    def each(self) -> float:
        """Seconds for each further submission."""
        return (self.many.seconds - self.few.seconds) / (self.many.count - self.few.count)

    @property
    def cpu_each(self) -> float:
        """Processor seconds for each further submission."""
        return (self.many.cpu - self.few.cpu) / (self.many.count - self.few.count)

    def seconds(self, count: int) -> float:
        """Seconds for a class of that size: measured, or worked out from the two that were."""
        return self.many.seconds + (count - self.many.count) * self.each

    def cpu(self, count: int) -> float:
        """Processor seconds for a class of that size, in the same way."""
        return self.many.cpu + (count - self.many.count) * self.cpu_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """On what all this was measured."""

    date: str
    cores: int
    processor: str
    memory_gb: float
    system: str
    commit: str
    tier: str
    load: float  #: which part of the machine was at work before the first measurement, from 0 to 1
    counted: str  #: whose processor time
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCost:
    """What a module's worked notebook takes, graded alone, in seconds."""

    module: str
    seconds: float
    processor: float  #: of those, the time in which a processor was at work for it
    writing: float  #: gradebook, pages and record, while the next is being graded
    start: float  #: once a run, with a blank notebook
    one: float  #: a whole run for one student
    nbgrader: float = 0.0  #: a run for one student by nbgrader's commands, in the same sandbox

    @property
    def waiting(self) -> float:
        """For nodes that sleep, backends that hang, processes that are to be killed at a certain moment."""
        return self.seconds - self.processor


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeClass:
    """A class that hands in several of the course's own modules."""

    students: int
    modules: int  #: the first so many
    seconds: float
    processor: float  #: seconds of all processors
    again: int  #: how many tests were tried once more, alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything."""

    machine: Machine
    ways: tuple[Way, ...]
    help_seconds: float  #: `course --help`
    cold_seconds: float  #: `course grade` of one submission
    sizes: tuple[Cost, ...]  #: `course grade` of classes of several sizes
    exercises: dict[str, dict[str, float]]  #: seconds for each exercise, by module
    modules: tuple[ModuleCost, ...] = ()  #: the small notebook first, then the course's own
    classes: tuple[WholeClass, ...] = ()

    def way(self, name: str) -> Way:
        return next(way for way in self.ways if way.name == name)


def save(results: Results, path: Path) -> None:
    path.write_text(json.dumps(asdict(results), indent=1) + "\n", "utf-8")


def load(path: Path) -> Results:
    """Read what `save` wrote."""
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    data["machine"] = Machine(**data["machine"])
    data["sizes"] = tuple(Cost(**size) for size in data["sizes"])
    for way in data["ways"]:
        way["few"], way["many"] = Cost(**way["few"]), Cost(**way["many"])
    data["modules"] = tuple(ModuleCost(**cost) for cost in data.get("modules", ()))
    data["classes"] = tuple(WholeClass(**one) for one in data.get("classes", ()))
    data["ways"] = tuple(Way(**way) for way in data["ways"])
    return Results(**data)

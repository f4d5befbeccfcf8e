"""Lists the metrics of both systems: what the code declares about each, and what it means when it moves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.trace import NoOpTracer
from prometheus_client import CollectorRegistry, Metric

from course.checklist.desk_metrics import DeskMetrics
from course.checklist.desks import asks_back, opened
from course.checklist.night_metrics import NightMetrics
from course.checklist.rules import DESK_RULES, NIGHT_RULES, in_words
from course.data_pipeline.sink import Rejected, Sink
from course.support_agent.alerts import Rule
from course.support_agent.observe import Watch

MEANS = {
    "desk_attempts": "More `error` at one node: what's behind it fails, and retries hide that. "
    "More `model` for each `admit`: the model goes round in its tool loop.",
    "desk_seconds": "`model` rises: the provider is slow, or inputs have grown. `charge` rises: the bank "
    "is slow. All rise: look at the database and its disk.",
    "desk_waiting": "It doesn't fall in the evening: staff can't keep up. It's zero for days: nobody is "
    "asked any more, so look at the policy's limit.",
    "desk_waiting_seconds": "A customer is waiting, and nobody has looked. The count alone hides that.",
    "desk_broken_invariants": "Stop refunds first, then read which threads the invariant names.",
    "night_priced": "It doesn't move while the process runs: the service is down, or a call hangs.",
    "night_cents": "Compare cents for each order with last night's. A jump means a wrong price list.",
    "night_quarantined": "`not JSON` rises: somebody changed the file's format. `refused` rises: the "
    "service doesn't know some goods any more.",
    "night_calls": "More calls for each order: the pipeline is halving around poison, or retrying.",
    "night_failed": "Each of them was made again, or led to quarantine. Read it as a share of the calls.",
    "night_seconds": "p50 rises: each call does more, or the service is loaded. Only p99 rises: calls "
    "queue now and then.",
    "night_error_rate": "Retries hide it for a while. Above the alert, the night may not end before morning.",
}
"""What it means when a metric moves, and what to look at."""

UNITS = {"seconds": "s", "cents": "cents", "rate": "share"}  #: by the last word of a metric's name


@dataclass(frozen=True, slots=True)
class Tracked:
    """A metric as the code declares it, with the class that emits it and the alerts over it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    says: str
    emitted: type
    rules: tuple[Rule, ...]

    @property
    def unit(self) -> str:
        return UNITS.get(self.name.rsplit("_", 1)[-1], "number")

    @property
    def alerts(self) -> list[str]:
        return [f"`{rule.alert}`: `{in_words(rule)}`" for rule in self.rules]


def agent() -> list[Tracked]:
    """Return the agent's metrics, from a desk at which a refund has been made and another one waits."""
    with tempfile.TemporaryDirectory() as folder:
        registry = CollectorRegistry()
        watch = Watch(registry, NoOpTracer())
        door = opened(Path(folder), watch=[watch])
        door.say("c1", "t1", asks_back("c1", "5.00"))
        outside = DeskMetrics(door, Path(folder), lambda: datetime.now(UTC))
        return [
            *_declared(registry.collect(), Watch, DESK_RULES),
            *_declared(outside.collect(), DeskMetrics, DESK_RULES),
        ]


def pipeline() -> list[Tracked]:
    """Return the pipeline's metrics, from a sink that has one call and one bad line."""
    with tempfile.TemporaryDirectory() as folder, closing(Sink(Path(folder, "results.db"))) as sink:
        sink.note("price", 1.0, "ok", 1)
        sink.keep([], [Rejected("0+0", "not JSON", "{")])
        return list(_declared(NightMetrics(Path(folder, "results.db")).collect(), NightMetrics, NIGHT_RULES))


def _declared(families: Iterable[Metric], emitted: type, rules: Sequence[Rule]) -> Iterator[Tracked]:
    for family in families:
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        mine = tuple(rule for rule in rules if rule.metric in (family.name, f"{family.name}_total"))
        says = family.documentation.removesuffix(".")
        yield Tracked(family.name, family.type, tuple(sorted(labels)), says, emitted, mine)

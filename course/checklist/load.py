"""Checks performance: percentiles, throughput and errors of both systems under load."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
from langgraph.checkpoint.sqlite import SqliteSaver

from course.checklist.desks import asks_back, evidence, opened, order_of
from course.checklist.findings import Finding, Findings
from course.checklist.nights import asking, order_file, patient
from course.data_pipeline.graph import build_night
from course.data_pipeline.metrics import percentile
from course.data_pipeline.report import report
from course.data_pipeline.run import run_night
from course.data_pipeline.service import PricingService
from course.data_pipeline.sink import Sink
from course.support_agent.files import connect
from course.support_agent.invariants import problems
from course.support_agent.sessions import Door

CALLERS, SLACK = 8, 3
"""How many customers write at once; how much longer than in a fair queue a call may take."""
_HEAD = f"  {'':12}{'calls':>6}{'errors':>8}{'a second':>10}{'p50':>9}{'p95':>9}{'p99':>9}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a load has shown; times in milliseconds."""

    times: Sequence[float]
    errors: int
    seconds: float

    def with_more(self, other: Figures) -> Figures:
        """Return the figures of both loads together."""
        return Figures(
            sorted([*self.times, *other.times]), self.errors + other.errors, self.seconds + other.seconds
        )

    def line(self, name: str) -> str:
        """Write the figures as a line of a table."""
        shown = "".join(f"{percentile(self.times, share):7.0f}ms" for share in (0.5, 0.95, 0.99))
        rate = len(self.times) / self.seconds
        return f"  {name:12}{len(self.times):6}{self.errors / len(self.times):8.1%}{rate:10.0f}{shown}"


def load(each: int = 8, spoil: Callable[[Door], object] = lambda door: None) -> Findings:
    """Load both systems. `each` is how often a customer writes; `spoil` changes a desk before it opens."""
    with tempfile.TemporaryDirectory() as folder:
        yield "Support agent"
        yield from _desk(Path(folder), each, spoil)
        yield "\nPipeline"
        yield from _night(Path(folder))


def _desk(folder: Path, each: int, spoil: Callable[[Door], object]) -> Findings:
    everybody = [f"c{n}" for n in range(CALLERS + 1)]
    doors = {who: opened(folder, everybody) for who in everybody}
    for door in doors.values():
        spoil(door)
    before = _loaded(doors, everybody[:1], each)
    many = _loaded(doors, everybody[1:], each)
    alone = before.with_more(
        _loaded(doors, everybody[:1], each)
    )  # the machine may have become slower meanwhile
    yield _HEAD
    yield alone.line("one caller")
    yield many.line(f"{CALLERS} at once")
    yield Finding("no call failed", not alone.errors and not many.errors)
    fair = percentile(alone.times, 0.95) * CALLERS * SLACK
    slow = percentile(many.times, 0.95) <= fair
    yield Finding(f"p95 with {CALLERS} at once is below {SLACK} times a fair queue: {fair:.0f} ms", slow)
    broken = problems(evidence(doors["c0"], folder))
    yield Finding(f"after it, the ten invariants hold: {broken or 'all'}", not broken)


def _loaded(doors: Mapping[str, Door], customers: Sequence[str], each: int) -> Figures:
    def day(who: str) -> list[tuple[float, bool]]:
        return list(_customer(doors[who], who, each))

    begun = time.perf_counter()
    with ThreadPoolExecutor(len(customers)) as pool:
        calls = [call for calls in pool.map(day, customers) for call in calls]
    times, failed = sorted(ms for ms, _ in calls), sum(not fine for _, fine in calls)
    return Figures(times, failed, time.perf_counter() - begun)


def _customer(door: Door, who: str, each: int) -> Iterator[tuple[float, bool]]:
    """Write some messages: questions, a fact to remember, a refund. Yield how long each took."""
    texts = [
        f"Where is my order {order_of(who)}?",
        "Remember: my street is Hill Road 12.",
        asks_back(who, "5.00"),
        "What do you know about me?",
    ]
    for number in range(each):
        begun, fine = time.perf_counter(), False
        try:
            fine = bool(door.say(who, f"t-{who}", texts[number % len(texts)]).replies)
        except Exception as error:  # any error is one that a customer would have had
            print(f"  {who}: {error!r}")
        yield (time.perf_counter() - begun) * 1000, fine


def _night(folder: Path, count: int = 2000) -> Findings:
    path, file = order_file(folder, count), folder / "results.db"
    with (
        closing(Sink(file)) as sink,
        closing(connect(folder / "checkpoints.db")) as db,
        PricingService(slow=0.002, busy=lambda n: n % 20 == 0) as service,
        httpx.Client(base_url=service.url) as client,
    ):
        begun = time.perf_counter()
        run_night(build_night(patient(asking(client), sink), 4, 25), SqliteSaver(db), "night", str(path))
        seconds = time.perf_counter() - begun
    found = report(file)
    yield from (f"  {line}" for line in str(found).splitlines())
    yield f"  {count / seconds:.0f} orders a second, error rate {found.error_rate:.1%}"
    yield Finding("each order is priced once", found.priced == count == len(service.priced))
    busy = service.statuses[503] / service.statuses.total()
    yield Finding("the error rate is what the service itself counted", abs(found.error_rate - busy) < 1e-9)
    largest = _largest(folder / "checkpoints.db")
    yield Finding(f"the largest checkpoint has {largest:,} bytes, of 5,000 allowed", largest <= 5000)


def _largest(path: Path) -> int:
    with closing(connect(path)) as db:
        return int(db.execute("select max(length(checkpoint)) from checkpoints").fetchone()[0])

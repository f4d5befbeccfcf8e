"""Checks logs: each attempt of a node has a line, each line its thread, and no line has a secret."""

from __future__ import annotations

import io
import json
import logging
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from langchain_core.tracers.context import register_configure_hook
from langgraph.checkpoint.memory import InMemorySaver
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from prometheus_client import CollectorRegistry

from course.checklist.desks import asks_back, opened
from course.checklist.errors import FailingShop
from course.checklist.findings import Finding, Findings
from course.checklist.nights import order_file
from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import Part, read
from course.data_pipeline.run import run_night
from course.data_pipeline.worker import Done
from course.support_agent.observe import Watch
from course.support_agent.secrets import found_in

CARD, KEY = "4111 1111 1111 1111", "sk-" + "a1b2c3d4" * 4  #: a card number and a key that nobody has
_watching: ContextVar[Watch | None] = ContextVar("_watching", default=None)
register_configure_hook(_watching, inheritable=True)


def line_of(span: ReadableSpan) -> str:
    """Write a span as one line of a log."""
    about = dict(span.attributes or {})
    ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    return json.dumps({"node": span.name, **about, "ms": round(ms, 1)}) + "\n"


@contextmanager
def logged(line: Callable[[ReadableSpan], str] = line_of) -> Generator[tuple[Watch, Callable[[], list[str]]]]:
    """Give a callback that logs attempts of nodes, and a function that returns all lines, of all loggers."""
    spans, others = io.StringIO(), io.StringIO()
    provider, handler = TracerProvider(), logging.StreamHandler(others)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=spans, formatter=line)))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        watch = Watch(CollectorRegistry(), provider.get_tracer("checklist"))
        yield watch, lambda: spans.getvalue().splitlines() + others.getvalue().splitlines()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def logs(line: Callable[[ReadableSpan], str] = line_of) -> Findings:
    """Check both systems."""
    with tempfile.TemporaryDirectory() as folder:
        yield "Support agent"
        with logged(line) as (watch, lines):
            _a_day(Path(folder), watch)
            yield from judged(lines(), {"t1", "t2"})
        yield "\nPipeline"
        with logged(line) as (watch, lines):
            token = _watching.set(watch)  # the night takes no callbacks: LangChain adds ours from the context
            _a_night(Path(folder))
            _watching.reset(token)
            yield from judged(lines(), {"orders.jsonl"})


def judged(lines: list[str], threads: set[str]) -> Findings:
    """Judge the lines of some threads."""
    records = [record for text in lines if (record := _record(text))]
    named = {str(record.get("thread")) for record in records}
    failed = [record for record in records if record.get("outcome") == "error"]
    secrets = sorted({kind for text in lines for kind, _ in found_in(text)})
    yield f"  {json.dumps(failed[0] if failed else records[0])}"
    yield Finding(f"{len(records)} lines, one for each attempt, each with its thread", named == threads)
    yield Finding(f"{len(failed)} of them tell of an attempt that failed", bool(failed))
    yield Finding(f"secrets in {len(lines)} lines of all loggers: {secrets or 'none'}", not secrets)


def _record(text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except ValueError:
        return {}
    return record if isinstance(record, dict) and "node" in record else {}


def _a_day(folder: Path, watch: Watch) -> None:
    """Two customers write: one of them what they shouldn't, and the bank fails once."""
    shop = FailingShop(folder / "desk.db")
    shop.bank = 1
    door = opened(folder, ["c1", "c2"], shop, [watch], clean=str)  # a log has no inputs, whatever they are
    door.say("c1", "t1", f"Remember: my card is {CARD}.")
    door.say("c2", "t2", f"Remember: my key is {KEY}.")
    door.say("c2", "t2", asks_back("c2", "5.00"))


def _a_night(folder: Path) -> None:
    """Work through a file whose second part fails once."""
    path, fails = order_file(folder, 40), [True]
    path.write_text(path.read_text("utf-8").replace("lamp", f"lamp {CARD}"), "utf-8")

    def work(part: Part) -> Done:
        if part["start"] and fails.pop() if fails else False:
            raise ConnectionError("the service is gone")
        return {"ok": len(read(part)), "bad": 0, "bad_places": []}

    saver = InMemorySaver()
    for _ in range(2):
        try:
            run_night(build_night(work, 1, 10), saver, path.name, str(path))
        except ConnectionError:
            continue

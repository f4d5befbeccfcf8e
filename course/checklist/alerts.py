"""Checks monitoring: each alert is quiet on a good day, and fires when its subject is broken."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from langgraph.checkpoint.memory import InMemorySaver
from opentelemetry.trace import NoOpTracer
from prometheus_client import CollectorRegistry, generate_latest

from course.checklist.desk_metrics import DeskMetrics
from course.checklist.desks import asks_back, opened, order_of
from course.checklist.errors import FailingModel, FailingShop
from course.checklist.findings import Finding, Findings
from course.checklist.night_metrics import NightMetrics
from course.checklist.nights import asking, order_file, patient
from course.checklist.rules import DESK_RULES, NIGHT_RULES
from course.data_pipeline.graph import build_night
from course.data_pipeline.run import run_night
from course.data_pipeline.service import PricingService
from course.data_pipeline.sink import Sink
from course.support_agent.alerts import Rule, firing
from course.support_agent.observe import Watch
from course.support_agent.scripted import clerk


def alerts(desk_rules: Sequence[Rule] = DESK_RULES, night_rules: Sequence[Rule] = NIGHT_RULES) -> Findings:
    """Check both systems."""
    with tempfile.TemporaryDirectory() as folder:
        yield "Support agent"
        yield from _desk(Path(folder), desk_rules)
        yield "\nPipeline"
        yield from _night(Path(folder), night_rules)


def _desk(folder: Path, rules: Sequence[Rule]) -> Findings:
    registry, late, shop = CollectorRegistry(), timedelta(), FailingShop(folder / "desk.db")
    model, watch = FailingModel(reply=clerk), Watch(registry, NoOpTracer())
    door = opened(folder, ["c1", "c2", "c3"], shop, [watch], model=model)
    registry.register(DeskMetrics(door, folder, lambda: datetime.now(UTC) + late))

    def fired() -> list[str]:
        return firing(rules, generate_latest(registry).decode())

    door.say("c1", "t1", asks_back("c1", "5.00"))
    door.say("c2", "t2", asks_back("c2", "30.00"))
    yield from _quiet("one refund made, one waits for staff", fired())
    shop.bank = 2
    door.answer("mia", "t2", {"order": order_of("c2"), "approve": True})
    yield from _loud("the bank failed twice, and nobody noticed", "BankFails", fired())
    model.away = 2
    for _ in range(3):  # the customer presses the button again
        with suppress(ConnectionError):
            door.say("c3", "t3", "I want to talk to a person.", "m1")
    yield from _loud("the model was out of reach twice", "ModelFails", fired())
    late = timedelta(hours=1)
    yield from _loud("a customer has waited for an hour", "StaffAbsent", fired())
    shop.refund("typed in by hand", order_of("c1"), 500)
    yield from _loud("somebody at the bank repeated a refund", "InvariantBroken", fired())


def _night(folder: Path, rules: Sequence[Rule]) -> Findings:
    days = {
        "a good night": (0, ()),
        "every second call fails": (2, ()),
        "half the file is broken": (0, range(150)),
    }
    for (says, (each, broken)), alert in zip(days.items(), ("", "ServiceFails", "FileIsWrong"), strict=True):
        sink_file = folder / f"{alert}.db"
        path, sink = order_file(folder, 300, broken), Sink(sink_file)
        with (
            closing(sink),
            PricingService(busy=lambda n, each=each: bool(each) and n % each == 0) as service,
            httpx.Client(base_url=service.url) as client,
        ):
            run_night(build_night(patient(asking(client), sink), 1, 25), InMemorySaver(), alert, str(path))
        registry = CollectorRegistry()
        registry.register(NightMetrics(sink_file))
        fired = firing(rules, generate_latest(registry).decode())
        yield from _loud(says, alert, fired) if alert else _quiet(says, fired)


def _quiet(says: str, fired: list[str]) -> Findings:
    yield Finding(f"{says}: {'; '.join(fired) or 'quiet'}", not fired)


def _loud(says: str, alert: str, fired: list[str]) -> Findings:
    mine = [line for line in fired if line.startswith(f"{alert}:")]
    yield Finding(f"{says}\n    {mine[0] if mine else f'{alert} is quiet'}", bool(mine))

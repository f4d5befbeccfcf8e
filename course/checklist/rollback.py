"""Rehearses a deploy and its rollback: version 1 with threads in flight, version 2, and back again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from course.checklist.desks import asks_back, evidence, opened, order_of
from course.checklist.findings import Finding, Findings
from course.checklist.night_rollback import NightVersion, rehearsed_night
from course.checklist.versions import (
    VERSION_1,
    desk_with_a_node_more,
    desk_with_another_name,
    night_counted_in_lines,
    night_in_other_chunks,
)
from course.learner.chat_model import ScriptedChatModel
from course.support_agent.invariants import problems
from course.support_agent.loop import Builder
from course.support_agent.scripted import clerk
from course.support_agent.sessions import Door
from course.support_agent.shop import Shop, SqliteShop

DeskVersion = Callable[[BaseChatModel, Shop], Builder]
CUSTOMERS = [f"c{n}" for n in range(8)]  #: even ones wait for a refund, odd ones for a person


def rollback(
    desk: DeskVersion = desk_with_a_node_more, night: NightVersion = night_in_other_chunks
) -> Findings:
    """Rehearse both systems with these next versions, then with two that lose what is in flight."""
    yield "Support agent"
    yield from rehearsed_desk(desk)
    yield "\nPipeline"
    yield from rehearsed_night(night)
    yield "\nWhat would have broken: a node renamed, a field with another meaning"
    for findings in (rehearsed_desk(desk_with_another_name), rehearsed_night(night_counted_in_lines)):
        said = [found for found in findings if isinstance(found, Finding)]
        broken = [found.says for found in said if not found.holds]
        yield from (f"    ✗ {says}" for says in broken)
        yield Finding("the rehearsal notices it", bool(broken))


def rehearsed_desk(version_2: DeskVersion) -> Findings:
    """Deploy with six threads in flight, take in two more, and go back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = _desk(folder, VERSION_1), _desk(folder, version_2)
        for who in CUSTOMERS[:6]:
            _begin(old, who)
        yield from _seen("version 1 begins", old, CUSTOMERS[:6])
        yield from _seen("version 2 takes over", new, CUSTOMERS[:6])
        for who in CUSTOMERS[:2]:
            _settle(new, who)
        for who in CUSTOMERS[6:]:
            _begin(new, who)
        for who in CUSTOMERS:  # whatever ran when version 2 was stopped ends in the version that began it
            new.recover(who)
        yield from _seen("version 2 has settled two and begun two", new, CUSTOMERS[2:])
        yield from _seen("back in version 1", old, CUSTOMERS[2:])
        for who in CUSTOMERS[2:]:
            _settle(old, who)
        yield from _settled(old, folder)


def _settled(door: Door, folder: Path) -> Findings:
    """See that everybody got what they waited for, once."""
    paid = sorted(line["order"] for line in SqliteShop(folder / "desk.db").ledger())
    wanted = [order_of(who) for who in CUSTOMERS[::2]]
    yield Finding(f"{len(paid)} refunds paid, of {len(wanted)} approved", paid == wanted)
    told = [who for who in CUSTOMERS[1::2] if "Mia here." in str(_messages(door, who))]
    yield Finding(f"{len(told)} customers heard from a person, of 4 who asked", len(told) == 4)
    broken = problems(evidence(door, folder))
    yield Finding(f"the ten invariants hold: {broken or 'all'}", not broken)


def _seen(when: str, door: Door, expected: list[str]) -> Findings:
    """See that the version that runs now knows of every thread that waits."""
    waiting = [who for who in expected if door.recover(who).waiting]
    lost = [who for who in expected if who not in waiting]
    says = f"{when}: {len(waiting)} of {len(expected)} threads in flight wait"
    yield Finding(says + (f"; lost: {', '.join(lost)}" if lost else ""), not lost)


def _desk(folder: Path, version: DeskVersion) -> Door:
    door = opened(folder, CUSTOMERS)
    builder = version(ScriptedChatModel(reply=clerk), door.shop)
    door.graph = builder.compile(checkpointer=door.graph.checkpointer, store=door.store)
    return door


def _begin(door: Door, who: str) -> None:
    refund = CUSTOMERS.index(who) % 2 == 0
    door.say(who, who, asks_back(who, "30.00") if refund else "I want to talk to a person.")


def _settle(door: Door, who: str) -> None:
    refund = CUSTOMERS.index(who) % 2 == 0
    yes, says = {"order": order_of(who), "approve": True}, {"say": "Mia here.", "done": True}
    door.answer("mia", who, yes if refund else says)


def _messages(door: Door, who: str) -> list[str]:
    state = door.graph.get_state({"configurable": {"thread_id": who}})
    return [str(message.text) for message in state.values.get("messages", [])]

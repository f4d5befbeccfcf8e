"""Hidden tests of `survive_the_day`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest

from test_survive_the_day import Day, Kill, Planned, asks, assert_forgotten, word

CUTS = (
    Kill("/model"),
    Kill("/find"),
    Kill("/refund"),
    Kill("/refund", noted=True),
    Kill("/model", noted=True),
    Kill("/refund"),
    Kill("/refund", noted=True),
)


def customers_day(day: Day, customer: str) -> list[Planned]:
    """Plan a customer's ten messages, and what staff do about them."""
    small, large = day.order(customer, 1500), day.order(customer, 9000)
    one, two = f"{customer}-1", f"{customer}-2"
    day.canaries[customer] = word(day.rng)
    first = day.say(customer, one, f"Remember: my street is {day.canaries[customer]}.")
    return [
        first,
        day.say(customer, one, f"Where are my orders {small} and {large}?"),
        day.say(customer, one, asks(small, 1500)),
        day.say(customer, one, asks(large, 8000)),
        day.say(customer, one, f"Where is my order {small}?"),
        day.answer(one, "yes"),
        day.answer(one, {"order": large, "approve": True}),
        day.answer(one, {"order": large, "approve": True}, staff="tom"),
        day.say(customer, two, "What do you know about me?"),
        day.say(customer, two, "What is your policy on refunds?"),
        day.say(customer, one, first.event["text"], id=first.event["id"]),
        day.say(customer, two, "I want to talk to a person.", silent=True),
        day.answer(two, {"say": "Yes?", "done": True}),
        day.answer(two, {"say": "Yes?", "done": True}, staff="tom"),
        day.say(customer, two, f"Where is my order {large}?"),
    ]


def cut_the_power(planned: list[Planned], kill: Kill, later: int) -> None:
    """Have the power cut at an event of the customer's that makes such a call."""
    place = {"/model": 1, "/find": 1, "/refund": 6 if kill.noted else 2}[kill.call]
    planned[place].kill, planned[place].later = kill, later


@pytest.mark.exercise(
    "survive_the_day",
    points=2,
    restarts=True,
    needs=("server",),
    rules=(1, 2, 3, 4, 5, 7, 8),
    timeout=300,  # of one process, on a machine that has other things to do: it takes a tenth of that
    limits={"wall_seconds": 900},
)
def test_the_day(submission):
    """Twenty customers, two hundred messages, busy services, eight power cuts, one who's forgotten at noon."""
    day = Day(submission, busy_every=13)
    names = ["ida", *(f"u{number}" for number in range(1, 20))]
    days = {name: customers_day(day, name) for name in names}
    for name, kill in zip(names[1:], CUTS, strict=False):
        # 45 events later, the customer has written again.
        cut_the_power(days[name], kill, later=submission.rng.choice((0, 45)))
    forget = Planned({"kind": "forget", "customer": "ida"}, kill=Kill("/deleted"))
    for hour in range(15):
        for name in submission.rng.sample(names, len(names)):
            # Ida is in a hurry, and gone by noon.
            day.plan(*(days[name][2 * hour : 2 * hour + 2] if name == "ida" else days[name][hour : hour + 1]))
        if hour == 7:
            day.plan(forget, day.say("ida", "ida-3", "What do you know about me?"))
        if hour > 7:
            day.plan(day.say("ida", "u1-1", "Hello?", refused=True))
    day.run()
    street = day.canaries.pop("ida")
    assert_forgotten_but_back(day, street)
    states = day.states()
    day.assert_served(states)
    assert day.kills == 8, (
        f"only {day.kills} of 8 power cuts came: a call of the model, the bank or the saver wasn't made"
    )
    day.assert_facts()
    day.assert_refunded({number: 8000 if o["paid"] == 9000 else 1500 for number, o in day.orders.items()})
    day.assert_invariants(states, without="ida")


def assert_forgotten_but_back(day: Day, street: str) -> None:
    """Expect only what ida said after she was forgotten."""
    day.forgotten = "ida"
    day.owner = {thread: who for thread, who in day.owner.items() if thread not in ("ida-1", "ida-2")}
    threads = {"ida-1", "ida-2"} & {*day.threads()}
    assert not threads, f"ida was forgotten at noon, and the checkpoints of {min(threads)} are still there"
    assert street.encode() not in day.bytes_left(), (
        "ida was forgotten at noon, and her street is still in the bytes of the folder: the power was cut after her first thread was "
        "deleted, and the event came again"
    )


@pytest.mark.exercise("survive_the_day", points=1, restarts=True, needs=("server",), rules=(7,), timeout=30)
def test_forgotten_in_two_goes(submission):
    """The power is cut after one of four threads was deleted, and the event comes again."""
    day = Day(submission)
    words = [word(submission.rng) for _ in range(4)]
    for number, each in enumerate(words):
        day.plan(day.say("ida", f"t{number}", f"Remember: my thing is {each}."))
    day.plan(Planned({"kind": "forget", "customer": "ida"}, kill=Kill("/deleted")))
    day.run()
    assert_forgotten(day, words)


@pytest.mark.exercise(
    "survive_the_day", points=1, restarts=True, needs=("server",), rules=(3, 6, 7), timeout=40
)
def test_two_processes_in_one_thread(submission):
    """Two processes serve the same threads at once, one at a time in each, and know what the other forgot."""
    day = Day(submission)
    orders, before = [day.order("ida", 9000) for _ in range(4)], word(submission.rng)
    for number, order in enumerate(orders):
        day.plan(day.say("ida", f"t{number}", asks(order, 8000)))
    day.plan(day.say("ida", "t8", f"Hello from {before}."))
    day.run()
    day.held, day.stays = 0.5, True
    for number, order in enumerate(orders):
        day.plan(
            *[day.answer(f"t{number}", {"order": order, "approve": True}, staff=s) for s in ("mia", "tom")]
        )
    day.plan(*[day.say("ida", "t9", f"Where is my order {order}?") for order in orders])
    day.plan(*[day.say("ida", "t9", day.all[-1].event["text"], id=day.all[-1].event["id"])] * 2)
    with submission.twin() as twin, ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(day.run, one) for one in (submission, twin)]:
            run.result()
        _assert_both_serve(day, orders)
        _assert_forgotten_during_a_run(day, submission, twin, before)
        _assert_forgotten_by_both(day, submission, twin)


def _assert_both_serve(day: Day, orders: list[str]) -> None:
    assert day.most_at_once == 1, (
        f"{day.most_at_once} processes ran the same thread at once, and the later checkpoint wins: have them wait for each other"
    )
    states = day.states()
    day.assert_served(states)
    day.assert_refunded(dict.fromkeys(orders, 8000))
    day.assert_invariants(states)


def _assert_forgotten_during_a_run(day: Day, first: Any, second: Any, before: str) -> None:
    """Let one process forget a customer while the other runs a thread of hers: no word of that run may be left."""
    day.held, day.meet, day.forgotten, word_of_run = 10, threading.Event(), "ida", word(day.rng)
    day.calling.clear()
    day.plan(day.say("ida", "t9", f"Remember: my thing is {word_of_run}."))  # a fact may be noted, too
    with ThreadPoolExecutor(2) as pool:
        said = pool.submit(day.run, first)
        day.calling.wait(10)
        day.plan(Planned({"kind": "forget", "customer": "ida"}))
        forgot = pool.submit(day.run, second)
        while day.waiting and not wait([said, forgot], 0.02).done:
            pass
        wait([forgot], 0.7)  # no longer: it may well wait for the run
        day.meet.set()
    forgot.result()  # how the message ended isn't looked at: its thread may have been gone
    left = day.bytes_left()
    # If what she said before is there, too, `forget` misses more than this run, and another test says what.
    assert before.encode() in left or word_of_run.encode() not in left, (
        "`forget` came while another process ran ida's thread t9. Both have ended, and that run's words are still in the bytes of "
        "the folder: wait for the run before you delete threads, facts and bytes"
    )


def _assert_forgotten_by_both(day: Day, first: Any, second: Any) -> None:
    """Have the process that didn't forget a customer serve her threads to whoever writes first."""
    day.held = 0
    day.all.clear()
    day.owner.clear()
    new, again = (
        day.say(who, thread, "What do you know about me?") for who, thread in (("ben", "t0"), ("ida", "t9"))
    )
    day.plan(new, again)
    day.run(first)
    assert not (new.ended or {}).get("refused"), (
        "one process forgot a customer, and another refused somebody else in a thread that had been hers: read from the file "
        "each time who owns a thread"
    )
    stranger = day.say("ben", "t9", "Hello?", refused=True)
    day.plan(stranger)
    day.run(second)
    assert (stranger.ended or {}).get("refused"), (
        "one process forgot a customer, she wrote again to another, and somebody else could write in that thread: read from "
        "the file each time who owns a thread"
    )

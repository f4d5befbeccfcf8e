"""Public tests of `survive_the_day`."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, message_to_dict, messages_from_dict

from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence
from course.support_agent.evidence import Evidence, Sent
from course.support_agent.invariants import problems
from course.support_agent.scripted import clerk

Event = dict[str, Any]
SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def serve_events(open_door, url, path, stays):
    """Open the door, or take the one that stayed open, and serve the events that the judge hands out, until there are no more."""
    import http.client
    import json
    import sys
    import time
    from pathlib import Path

    from langchain_core.messages import message_to_dict, messages_from_dict
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.config import get_config

    from course.learner.chat_model import ScriptedChatModel

    kept = sys.__dict__.setdefault("_door", {})
    kept |= {"url": url, "halving": False}  # a door may finish what was killed before it serves an event

    def ask(what, **body):
        connection = http.client.HTTPConnection(kept["url"].removeprefix("http://"), timeout=60)
        connection.request("POST", what, json.dumps(body))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status != 200:
            raise ConnectionError(f"{what} is busy: {answer.status}")
        return json.loads(data)

    class Shop:
        def find(self, order):
            return ask("/find", order=order)

        def refunded(self, order):
            return ask("/refunded", order=order)

        def refund(self, key, order, cents):
            return ask("/refund", key=key, order=order, cents=cents)

    def think(messages):
        thread = get_config()["configurable"]["thread_id"]
        said = ask("/model", thread=thread, messages=[message_to_dict(m) for m in messages])
        return messages_from_dict([said])[0]

    class Deleting:  # tells the judge that a thread's checkpoints are gone: a moment for a power cut
        def __init__(self, delete):
            self.delete = delete

        def __get__(self, saver, owner=None):
            return lambda thread: (self.delete(saver, thread), ask("/deleted", thread=thread))[0]

    def put(saver, config, checkpoint, *more):
        said = checkpoint["channel_values"].get("messages")
        # Another moment: the result of the model, or of what staff decided, is saved, and the step isn't.
        if kept["halving"] and said and said[-1].type == "ai":
            for _ in range(100):  # LangGraph begins to save both at once
                saved = saver.get_tuple(config)
                if saved and any(not name.startswith("__") for _, name, _ in saved.pending_writes or ()):
                    break
                time.sleep(0.01)
            ask("/put")
        return putting(saver, config, checkpoint, *more)

    before, putting = SqliteSaver.delete_thread, SqliteSaver.put
    SqliteSaver.delete_thread, SqliteSaver.put = Deleting(before), put
    try:
        Path(path).parent.mkdir(exist_ok=True)
        serve = kept.get(path) if stays else None
        serve = serve or open_door(path, ScriptedChatModel(reply=think), Shop())
        kept |= {path: serve} if stays else {}
        if not callable(serve):
            return {"no function": type(serve).__name__}
        event = ask("/next", ended=None)
        while event is not None:
            ended, kept["halving"] = {"number": event.pop("number")}, event.pop("halving")
            try:
                given = serve(event)
                ended["answers"] = list(given) if isinstance(given, list | tuple) else repr(given)[:200]
            except PermissionError as error:
                ended["refused"] = str(error) or "nothing"
            except ConnectionError as error:
                ended["busy"] = str(error)
            event = ask("/next", ended=ended)
    finally:
        SqliteSaver.delete_thread, SqliteSaver.put = before, putting
    return {"files": sorted(each.name for each in Path(path).parent.iterdir())[:60]}


@dataclass
class Kill:
    """A power cut: at which call, and whether the outside world has noted the call before.

    At "/put" a task's result is saved, and its step isn't.
    """

    call: str
    noted: bool = False


@dataclass
class Planned:
    """An event of the day: what it should bring, and the power cut while it's served for the first time."""

    event: Event
    refused: bool = False
    silent: bool = False  #: a person has the conversation: there's no answer yet
    kill: Kill | None = None
    later: int = 0  #: after how many other events it comes again, once it was killed
    halved: bool = False  #: the power was cut between a task's result and its step
    ended: dict[str, Any] | None = None


@dataclass
class Day:
    """A day at the desk: its events, the model, the bank with its ledger, and what should come of it."""

    submission: Any
    name: str = "day"
    busy_every: int = 0
    busy_each: int = 0  #: how often each call is busy before it's answered
    stays: bool = False  #: a process's door stays open from one run to the next
    orders: dict[str, Any] = field(default_factory=dict[str, Any])
    canaries: dict[str, str] = field(default_factory=dict[str, str])
    forgotten: str = ""  #: the customer whose threads may be gone

    def __post_init__(self) -> None:
        self.rng = self.submission.rng
        self.ledger, self.sent, self.owner = list[Any](), list[Sent](), dict[str, str]()
        self.human, self.by_thread = set[str](), Counter[str]()
        self.waiting, self.all, self.kills, self.files = deque[int](), list[Planned](), 0, list[str]()
        self._row, self.most_at_once, self._asked, self._armed, self._cut = 0, 0, 0, dict[str, Kill](), False
        self._lock, self.meet, self.calling = threading.Lock(), threading.Event(), threading.Event()
        self.held = 0  #: seconds that a model call waits for another one of its thread, or for `meet`

    # --- planning -----------------------------------------------------------------------------------

    def order(self, customer: str, paid: int) -> str:
        number = str(self.rng.randrange(10**6, 10**7))
        self.orders[number] = {
            "order": number,
            "customer": customer,
            "paid": paid,
            "item": "roses",
            "status": "sent",
        }
        return number

    def plan(self, *planned: Planned) -> None:
        """Have events served, after those that were planned before."""
        for each in planned:
            self.waiting.append(len(self.all))
            self.all.append(each)

    def say(self, customer: str, thread: str, text: str, **more: Any) -> Planned:
        """Plan a message. Its id is a new one, unless it's given."""
        if not more.get("refused"):
            self.owner.setdefault(thread, customer)
        id = more.pop("id", f"m{self.rng.randrange(10**9)}")
        event = {"kind": "message", "customer": customer, "thread": thread, "id": id, "text": text}
        return Planned(event, **more)

    def answer(self, thread: str, answer: Any, staff: str = "mia", **more: Any) -> Planned:
        return Planned({"kind": "answer", "staff": staff, "thread": thread, "answer": answer}, **more)

    # --- running ------------------------------------------------------------------------------------

    def run(self, target: Any = None) -> None:
        """Have a process serve what's planned, and start another after each power cut."""
        server = self.submission.serve(self._answer)
        path = self.submission.path(f"{self.name}/desk.db")
        while True:
            self._cut = False
            seen = (target or self.submission).observe(
                serve_events, dies=True, url=server.url, path=path, stays=self.stays
            )
            if seen is not None:
                break
            assert self._cut, "the process ended by itself"
            self.submission.restart()
        assert "no function" not in seen, (
            f"`open_door` returned a value of type {seen.get('no function')}: return a function"
        )
        self.files = seen["files"]

    def _answer(self, request: Request) -> Response:
        with self._lock:
            if self._cut:
                return Response(reset=True)
            body, call = request.json, request.path
            if call == "/next":
                return Response(body=self._next(body["ended"]))
            if kill := next((k for k in self._armed.values() if k.call == call), None):
                if kill.noted:
                    self._note(call, body)
                return self._kill()
            self._asked += call != "/find"
            if self.busy_every and call in ("/model", "/refund") and not self._asked % self.busy_every:
                return Response(status=503)
            if call in ("/model", "/refund") and self._row < self.busy_each:
                self._row += 1
                return Response(status=503)
            self._row = 0
            if call == "/model":
                self.by_thread[body["thread"]] += 1
                self.most_at_once = max(self.most_at_once, self.by_thread[body["thread"]])
                if self.by_thread[body["thread"]] > 1:
                    self.meet.set()
        if call == "/model" and self.held:
            self.calling.set()
            self.meet.wait(self.held)
        with self._lock:
            if call == "/model":
                self.by_thread[body["thread"]] -= 1
            return Response(body=self._note(call, body))

    def _kill(self) -> Response:
        """Cut the power, and let the events that were being served come again."""
        self.kills, self._cut = self.kills + 1, True
        number = min(map(int, self._armed))
        self.submission.tell(
            f"event {number + 1} of {len(self.all)}: the agent is killed, {_nth(self.kills)} time"
        )
        for number in map(int, self._armed):
            self.all[number].halved, self.all[number].kill = self._armed[str(number)].call == "/put", None
            self.waiting.insert(min(self.all[number].later, len(self.waiting)), number)
        self._armed.clear()
        self.by_thread.clear()
        self.submission.kill()
        return Response(reset=True)

    def _next(self, ended: Event | None) -> Event | None:
        """Note how an event ended, and hand out the next one."""
        if ended is not None:
            planned = self.all[int(ended["number"])]
            planned.ended = ended
            self._armed.pop(str(ended["number"]), None)
            if planned.silent:
                self.human.add(planned.event["thread"])
            unanswered = (
                planned.event["kind"] == "message" and not planned.silent and not ended.get("answers")
            )
            if (
                "busy" in ended
                or bool(ended.get("refused")) != planned.refused
                or (unanswered and not planned.refused)
            ):
                self.waiting.clear()  # the rest of the day would say nothing else
        if not self.waiting:
            return None
        number = self.waiting.popleft()
        planned = self.all[number]
        if not number % 10:
            self.submission.tell(f"event {number + 1} of {len(self.all)}, {_nth(self.kills + 1)} process")
        if planned.kill:
            self._armed[str(number)] = planned.kill
        given = planned.event.get("answer")
        if isinstance(given, dict) and given.get("done"):
            self.human.discard(planned.event["thread"])
        halving = planned.kill is not None and planned.kill.call == "/put"
        return {**planned.event, "number": number, "halving": halving}

    def _note(self, call: str, body: Event) -> Any:
        """Do what the model, the shop or the bank does."""
        match call:
            case "/model":
                messages: list[BaseMessage] = messages_from_dict(body["messages"])
                thread = body["thread"]
                owner = "human" if thread in self.human else "bot"
                self.sent.append(Sent(self.owner.get(thread, "?"), owner, messages))
                return message_to_dict(clerk(messages))
            case "/find":
                return self.orders.get(body["order"])
            case "/refunded":
                return next((line for line in self.ledger if line["order"] == body["order"]), None)
            case "/refund":
                line = {"key": body["key"], "order": body["order"], "cents": body["cents"]}
                line["receipt"] = f"r-{body['order']}"
                if all(one["key"] != line["key"] for one in self.ledger):
                    self.ledger.append(line)
                return next(one for one in self.ledger if one["key"] == line["key"])
        return None

    # --- judging ------------------------------------------------------------------------------------

    def threads(self) -> list[str]:
        """Return the threads that the file has checkpoints of."""
        return evidence.threads(self.submission.file(f"{self.name}/desk.db"))

    def states(self) -> dict[str, Any]:
        """Return each thread's state, read from the file."""
        file, found = self.submission.file(f"{self.name}/desk.db"), dict[str, Any]()
        for thread in evidence.threads(file):
            rows = evidence.checkpoints(file, thread)
            found[thread] = rows[-1].values | {"rows": rows}
        return found

    def assert_served(self, states: dict[str, Any]) -> None:
        """Expect each event to have ended as it should, and each message to have its answers."""
        about = {
            id(
                one
            ): f"`{one.event.get('text', one.event.get('answer', one.event['kind']))}` in thread {one.event.get('thread')}"
            for one in self.all
        }
        for planned in self.all:
            event, ended = planned.event, planned.ended or {}
            assert "busy" not in ended, (
                f"{about[id(planned)]}: `ConnectionError: {ended.get('busy')}` came out, and the service was only busy: go on with the run. Two calls of an "
                "event may each be busy twice"
            )
            refused = bool(ended.get("refused"))
            assert refused or not planned.refused or not ended, (
                f"{about[id(planned)]}: another customer wrote first, {event.get('customer')} writes now, and nothing was raised: "
                "raise `PermissionError`"
            )
            assert planned.refused or not refused, (
                f"{about[id(planned)]}: `PermissionError: {ended.get('refused')}` came out, and nobody else's thread was asked for. "
                "A run's context is the thread's owner, whoever wakes it up"
            )
        for planned in self.all:
            if planned.event["kind"] != "message" or planned.ended is None:
                continue
            thread, customer = planned.event["thread"], planned.event["customer"]
            assert thread in states or customer == self.forgotten, (
                f"thread {thread} of {customer} has no checkpoint any more"
                + (f": only {self.forgotten} was to be forgotten" if self.forgotten else "")
            )
            if thread in states:
                self._assert_answered(planned, states[thread].get("messages", []), about[id(planned)])

    def _assert_answered(self, planned: Planned, messages: list[BaseMessage], about: str) -> None:
        id, given = planned.event["id"], (planned.ended or {}).get("answers")
        places = [place for place, m in enumerate(messages) if m.type == "human" and m.id == id]
        if planned.refused:
            assert not places, f"{about} was refused, and it's in the thread: save nothing of it"
            return
        assert len(places) == 1, (
            f"{about} has the id {id}, and the thread has {len(places)} messages with that id: give the `HumanMessage` the event's `id`, "
            "and run the graph once for it"
        )
        behind = messages[places[0] + 1 :]
        until = next((place for place, m in enumerate(behind) if m.type == "human"), len(behind))
        texts = [m.text for m in behind[:until] if m.type == "ai" and m.text]
        assert isinstance(given, list), f"{about}: a list of texts should be returned, and it was {given}"
        if planned.silent:
            return
        assert texts or not planned.halved, (
            f"{about} has no answer of its own: a run was killed between a task's result and its step, and never finished. There `next` is "
            "empty, and `tasks` isn't"
        )
        assert texts, (
            f"{about} has no answer of its own: it was taken in while a killed run wasn't finished. Finish that first"
        )
        assert given, (
            f"{about}: nothing was returned, and the thread has {texts[0][:60]!r}: return it also when the message comes again"
        )
        wrong = [text for place, text in enumerate(given) if text not in texts[place : place + 1]]
        assert not wrong, (
            f"{about}: {wrong[0][:60]!r} was returned, and isn't its answer. Return the thread's texts between the message and the next"
        )

    def assert_invariants(self, states: dict[str, Any], without: str = "") -> None:
        """Expect the ten invariants to hold, as the lesson's own function has them."""
        orders = {number: o for number, o in self.orders.items() if o["customer"] != without}
        ledger = [line for line in self.ledger if line["order"] in orders]
        known = {thread: state for thread, state in states.items() if thread in self.owner}
        charged = {line["order"]: _charged_at(known.values(), line["order"]) for line in ledger}
        found = problems(
            Evidence(orders, ledger, known, self.owner, self.sent, self.canaries, charged_at=charged)
        )
        assert not found, f"an invariant is broken: {found[0]}" + (
            f" (and {len(found) - 1} more)" if found[1:] else ""
        )

    def assert_facts(self) -> None:
        """Expect what customers asked to be remembered in the store of the file."""
        items = str(evidence.store_items(self.submission.file(f"{self.name}/desk.db")))
        lost = [who for who, words in self.canaries.items() if words not in items]
        assert not lost, (
            f"the file's store has no note of {lost[0]}'s street: keep facts in a `SqliteStore` on `path`"
        )

    def assert_refunded(self, wanted: dict[str, int]) -> None:
        """Expect the ledger to be this."""
        times = Counter(line["order"] for line in self.ledger)
        twice = [order for order, count in times.items() if count > 1]
        assert not twice, (
            f"order {twice[0]} was refunded {times[twice[0]]} times: leave the bank's key as it is"
        )
        paid = {line["order"]: line["cents"] for line in self.ledger}
        missing = [order for order in wanted if order not in paid]
        assert not missing, (
            f"order {missing[0]} was never refunded, though policy or staff had approved it: give a valid answer to the question that "
            "waits, and finish a run that was killed"
        )
        wrong = [order for order in paid if paid[order] != wanted.get(order)]
        assert not wrong, (
            f"order {wrong[0]} should be refunded {wanted.get(wrong[0], 0)} cents, and it was {paid[wrong[0]]}: the first valid answer "
            "decides, and who gave it is the event's `staff`, whatever the answer says"
        )

    def files_with(self, words: list[str]) -> str:
        """Name the folder's files that have one of these words in them."""
        held = self.submission.bytes_of(f"{self.name}/{name}" for name in self.files)
        return ", ".join(
            name.rpartition("/")[2] for name in held if any(each.encode() in held[name] for each in words)
        )

    def bytes_left(self) -> bytes:
        """Return all that's in the folder."""
        return b"".join(self.submission.bytes_of(f"{self.name}/{name}" for name in self.files).values())


def _charged_at(states: Any, order: str) -> str | None:
    """Return the oldest checkpoint whose log has an order's charge."""
    for state in states:
        for row in state["rows"]:
            log = row.values.get("log", [])
            if any((entry["what"], entry.get("order")) == ("charged", order) for entry in log):
                return row.id
    return None


def asks(order: str, cents: int) -> str:
    """Return what a customer says who wants money back."""
    return f"I want {cents // 100}.{cents % 100:02} back for order {order}, they were brown."


def _nth(number: int) -> str:
    return f"{number}{SUFFIXES.get(number, 'th')}"


def word(rng: Any) -> str:
    """Draw a word that's in no file by chance."""
    return "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=12))


@pytest.mark.exercise("survive_the_day", points=1, needs=("server",), rules=(1, 3, 4), timeout=30)
def test_a_quiet_morning(submission):
    """Messages sent twice, another's thread, staff who press twice: each is served once."""
    day = Day(submission)
    small, large = day.order("ida", 1500), day.order("ida", 9000)
    first = day.say("ida", "t1", f"Where is my order {small}?")
    twice = day.say("ida", "t1", asks(small, 1500))
    day.plan(
        day.answer("t1", {"order": small, "approve": True}),
        first,
        day.say("ben", "t1", "What do you know about me?", refused=True),
        twice,
        day.say("ida", "t1", twice.event["text"], id=twice.event["id"]),
        day.say("ida", "t1", asks(large, 8000)),
        day.say("ida", "t1", first.event["text"], id=first.event["id"]),
        day.answer("t1", {"staff": "mia", "order": large, "approve": True}, staff="ida"),
        day.answer("t1", "yes"),
        day.answer("t1", {"order": large, "approve": True, "cents": 7000}),
        day.answer("t1", {"order": large, "approve": True}, staff="tom"),
        day.say("ben", "t2", "I want to talk to a person.", silent=True),
        day.answer("t2", {"say": "Yes?", "done": True}),
        day.answer("t2", {"say": "Yes?", "done": True}, staff="tom"),
    )
    day.run()
    states = day.states()
    day.assert_served(states)
    day.assert_refunded({small: 1500, large: 7000})
    day.assert_invariants(states)
    replies = [m for m in states["t2"]["messages"] if m.type == "ai" and m.name == "staff"]
    assert len(replies) == 1, (
        f"two members of staff replied to one message, and the customer got {len(replies)} replies"
    )


@pytest.mark.exercise(
    "survive_the_day", points=1, restarts=True, needs=("server",), rules=(1, 2, 3, 5), timeout=30
)
def test_a_busy_noon_with_power_cuts(submission):
    """Busy services and six power cuts: what was killed is finished first, by whoever comes next, and is whose it was."""
    day = Day(submission, busy_every=7)
    small, large = day.order("ida", 1500), day.order("ida", 9000)
    street = day.canaries["ida"] = word(submission.rng)
    day.plan(
        day.say("ben", "t2", "What do you know about me?", kill=Kill("/put"), later=1),
        day.say("ida", "t2", "What do you know about me?", refused=True),
        day.say("ida", "t1", f"Remember: my street is {street}.", kill=Kill("/put"), later=1),
        day.say("ida", "t1", asks(large, 8000)),
        day.say("ida", "t1", f"Where is my order {small}?", kill=Kill("/find"), later=1),
        day.answer("t1", {"order": large, "approve": True}, kill=Kill("/put"), later=1),
        day.say("ida", "t1", f"Where is my order {large}?"),
        day.say("ida", "t1", asks(small, 1500), kill=Kill("/refund"), later=1),
        day.say("ida", "t1", "What do you know about me?", kill=Kill("/model"), later=1),
        day.say("ida", "t1", "What is your policy on refunds?"),
    )
    day.run()
    day.busy_every, day.busy_each = 0, 2
    day.plan(day.say("ida", "t1", f"Where is my order {small}?"))
    day.run()
    states = day.states()
    day.assert_served(states)
    assert day.kills == 6, (
        f"only {day.kills} of 6 power cuts came: a call of the model, the bank or the saver wasn't made"
    )
    day.assert_refunded({large: 8000, small: 1500})
    day.assert_facts()
    day.assert_invariants(states)


@pytest.mark.exercise("survive_the_day", points=1, needs=("server",), rules=(7,), timeout=30)
def test_forgotten(submission):
    """A customer with twelve threads is forgotten: no word of theirs is left, and everybody else's is."""
    day = Day(submission)
    words = [word(submission.rng) for _ in range(13)]
    day.canaries["ida1"] = word(submission.rng)
    for number, each in enumerate(words):
        day.plan(day.say("ida", f"t{number}", f"Remember: my thing{number} is {each}."))
    day.plan(day.say("ida1", "u1", f"Remember: my street is {day.canaries['ida1']}."))
    day.plan(
        Planned({"kind": "forget", "customer": "ida"}), Planned({"kind": "forget", "customer": "nobody"})
    )
    day.run()
    assert_forgotten(day, words)
    day.assert_served(day.states())
    day.all.clear()
    day.plan(
        day.say("ida", "t0", "What do you know about me?"),
        day.say("ida1", "u2", "What do you know about me?"),
    )
    day.run()
    states = day.states()
    day.assert_served(states)
    day.assert_facts()
    said = states["u2"]["messages"][-1].text
    assert day.canaries["ida1"] in said, f"ida was forgotten, and now ida1's facts are {said!r}"


def assert_forgotten(day: Day, words: list[str]) -> None:
    """Expect no word to be left in any byte."""
    day.forgotten, left, kept = "ida", day.bytes_left(), day.threads()
    threads = [thread for thread, who in day.owner.items() if who == "ida" and thread in kept]
    assert not threads, f"ida was forgotten, and the checkpoints of her thread {threads[0]} are still there"
    found = [each for each in words if each.encode() in left]
    assert not found, (
        f"ida was forgotten, and {len(found)} of the {len(words)} things she said are still in the bytes of {day.files_with(found)}: "
        "delete threads and facts, all of them, then `vacuum`, and empty the -wal"
    )

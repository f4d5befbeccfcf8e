"""Public tests of `bound_the_history`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted, often
from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def converse(build_agent, db, budget, talk, killed=()):
    """Let customers ask one question after the other; note each input of the model, and how each run ended.

    A reply that is None is a model that raises.
    """
    import os
    import signal
    import sqlite3

    from langchain_core.messages import AIMessage, HumanMessage
    from langchain_core.tools import tool
    from langgraph.checkpoint.sqlite import SqliteSaver

    def count(messages):
        return sum(
            4 + len(one.content) // 4 + 6 * len(getattr(one, "tool_calls", [])) for one in list(messages)
        )

    @tool
    def look_up(text: str) -> str:
        """Look something up."""
        if text in killed:
            os.kill(os.getpid(), signal.SIGKILL)
        return text

    inputs, todo = [], []

    class Down(Exception):
        pass

    def note(one):
        calls = [call["id"] for call in getattr(one, "tool_calls", [])]
        return [one.type, one.content, *([one.tool_call_id] if one.type == "tool" else calls)]

    def model(messages):
        messages = list(messages)
        inputs.append({"messages": [note(one) for one in messages], "count": count(messages)})
        reply = todo.pop(0)
        if reply is None:
            raise Down("the model is down")
        text, calls = reply
        asked = [{"name": "look_up", "args": {"text": found}, "id": id} for id, found in calls]
        return AIMessage(text, tool_calls=asked)

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # a process is killed here, and never the machine
    agent = build_agent(model, [look_up], SqliteSaver(connection), budget, count)
    if not hasattr(agent, "invoke"):
        return {"no graph": type(agent).__name__}
    runs = []
    for turn in talk:
        todo[:], begun = turn["replies"], len(inputs)
        config = {"configurable": {"thread_id": turn["thread"]}, "recursion_limit": 200}
        asked = {"messages": [HumanMessage(turn["question"], id=turn.get("id"))]}
        try:
            result = agent.invoke(asked, config, durability="sync" if killed else "async")
        except Down:
            result = None
        messages = result.get("messages") if isinstance(result, dict) else None
        answer = getattr(messages[-1], "content", None) if messages else None
        runs.append({"inputs": inputs[begun:], "answer": answer, "left": len(todo)})
    connection.close()
    return {"runs": runs}


@dataclass(frozen=True, slots=True)
class Group:
    """A question or a round: its messages belong together."""

    keys: list[list[str]]
    turn: int

    @property
    def is_question(self) -> bool:
        return self.keys[0][0] == "human"

    @property
    def cost(self) -> int:
        return cost(self.keys)


@dataclass(slots=True)
class Thread:
    """What was really said in a thread, and which of its turns were too long once, or killed."""

    groups: list[Group] = field(default_factory=list[Group])
    too_long: set[int] = field(default_factory=set[int])
    killed: set[int] = field(default_factory=set[int])  #: or got no answer, for the model raised

    def add(self, *keys: list[str]) -> None:
        turn = self.groups[-1].turn if self.groups else -1
        self.groups.append(Group(list(keys), turn + (keys[0][0] == "human")))

    def hole(self, left_out: Sequence[int], sent: Sequence[int], budget: int) -> str:
        """Say what was left out, though something older was sent, and how to cut instead."""
        turn = self.groups[left_out[-1]].turn
        others = [place for place in sent if self.groups[place].turn == turn]
        gone = [place for place in left_out if self.groups[place].turn == turn][-1 if others else 0 :]
        newer = [place for place in sent if place > gone[-1]]
        fits = sum(self.groups[place].cost for place in {*gone, *others[:1], *newer}) <= budget
        keys = [self.groups[place].keys for place in gone]
        is_part = bool(others) and turn not in self.too_long
        if not fits and not is_part:
            part = "round" if others else "turn"
            advice = f"that {part} doesn't fit, so stop there, and send no {part} before it"
        elif [["ai", ""]] in keys:
            advice = "an answer may have no text, so keep whole turns, whatever is in their messages"
        elif any(self.groups[place].keys in keys for place in sent):
            advice = "an equal one was sent, so find messages by their place, not by `==`"
        elif is_part:
            advice = "send turns whole, each with its question, all its rounds and its answer"
        else:
            advice = "cut the history at its beginning, and keep what is newer as it is"
        return f"{describe(self.groups[gone[0]])} was left out of the middle: {advice}"

    def least(self, budget: int) -> list[int]:
        """Return the places of the groups that every right input has."""
        turn = self.groups[-1].turn
        current = [place for place, group in enumerate(self.groups) if group.turn == turn]
        room = budget - sum(self.groups[place].cost for place in current)
        if room < 0:
            self.too_long.add(turn)
            kept, room = list[int](), budget - self.groups[current[0]].cost
            for place in reversed(current[1:]):
                room -= self.groups[place].cost
                if room < 0:
                    break
                kept.insert(0, place)
            return [current[0], *kept]
        for earlier in range(turn - 1, -1, -1):
            whole = [place for place, group in enumerate(self.groups) if group.turn == earlier]
            size = sum(self.groups[place].cost for place in whole)
            if size > budget:  # by its answer alone, maybe
                self.too_long.add(earlier)
            room -= size
            if room < 0 or earlier in self.too_long | self.killed:
                break
            current = whole + current
        return current


def cost(keys: Sequence[list[str]]) -> int:
    """Count the tokens of messages as the probe does."""
    return sum(4 + len(key[1]) // 4 + 6 * (len(key) - 2) * (key[0] == "ai") for key in keys)


def draw_turn(
    rng: random.Random, thread: str, rounds: Sequence[int] = (), question: str | None = None
) -> dict[str, Any]:
    """Draw a question, rounds of so many calls each, and an answer."""
    thing = rng.choice(THINGS)
    if question is None:
        question = f"Where's my {thing} {rng.randrange(10**4)}?" + " Please." * rng.randrange(3)
    replies = list[list[Any]]()
    for calls in rounds:
        ids = [f"c{rng.randrange(10**9)}" for _ in range(calls)]
        replies.append(["", [[id, f"{thing} {id}" + " left" * rng.randrange(4)] for id in ids]])
    replies.append([f"Your {thing} is in row {rng.randrange(99)}.", []])
    return {"thread": thread, "question": question, "replies": replies}


class Desk:
    """Has an agent talk, and expects what its model was sent, and what its threads keep, to be right."""

    def __init__(self, submission: Any, budget: int, db: str = "agent.db") -> None:
        self._submission, self._budget, self._db = submission, budget, db
        self._threads: dict[str, Thread] = {}
        self.after = ""

    def talk(self, turns: list[dict[str, Any]]) -> None:
        seen = self._submission.observe(
            converse, db=self._submission.path(self._db), budget=self._budget, talk=turns
        )
        kind = seen.get("no graph")
        assert kind is None, (
            f"`build_agent` returned a value of type {kind}: return what `builder.compile(checkpointer=saver)` gives"
        )
        for turn, run in zip(turns, seen["runs"], strict=True):
            self._assert_run(turn, run)
        for name in {turn["thread"] for turn in turns}:
            self._assert_small(name)

    def kill(self, turn: dict[str, Any]) -> None:
        """Ask a question, and have the process killed in the last tool call before the answer."""
        killed = [found for _, found in turn["replies"][-2][1]][-1:]
        given = {
            "db": self._submission.path(self._db),
            "budget": self._budget,
            "talk": [turn],
            "killed": killed,
        }
        seen = self._submission.observe(converse, **given, dies=True)
        assert seen is None, (
            "no tool was run, though the model asked for it: lead from the model to the tools"
        )
        self._submission.restart()
        thread = self._threads[turn["thread"]]
        thread.add(["human", turn["question"]])
        for text, calls in turn["replies"][:-2]:
            thread.add(["ai", text, *(id for id, _ in calls)], *(["tool", found, id] for id, found in calls))
        thread.killed.add(thread.groups[-1].turn)
        self.after = "after a kill"

    def _assert_run(self, turn: dict[str, Any], run: dict[str, Any]) -> None:
        thread = self._threads.setdefault(turn["thread"], Thread())
        thread.add(["human", turn["question"]])
        for number, reply in enumerate(turn["replies"]):
            assert number < len(run["inputs"]), (
                f"the model asked for tools in {number} rounds, and it wasn't called again with the last results: "
                "lead from the tools back to the model"
            )
            sent = run["inputs"][number]
            self._assert_input(thread, sent["messages"], where(number, self.after))
            if reply is None:
                thread.killed.add(thread.groups[-1].turn)
                self.after = "after the model raised"
                return
            text, calls = reply
            thread.add(["ai", text, *(id for id, _ in calls)], *(["tool", found, id] for id, found in calls))
        assert len(run["inputs"]) == len(turn["replies"]), (
            f"the model was called {often(len(run['inputs']))} in a turn of {counted(len(turn['replies']), 'reply', 'replies')}: "
            "once it asks for no tool, the run ends"
        )
        assert run["answer"] == turn["replies"][-1][0], (
            f"the model answered {short(turn['replies'][-1][0])}, and the last message of the run's result is "
            f"{short(str(run['answer']))}: the answer must end `messages`"
        )

    def _assert_input(self, thread: Thread, sent: list[list[str]], place: str) -> None:
        budget = self._budget
        asked = max(n for n, group in enumerate(thread.groups) if group.is_question)
        assert sent, (
            f"{place}, the model was sent no messages at all: in a chain of tool calls the newest human message is far "
            "back, and a cut that must start on one finds none"
        )
        groups = parsed(sent)
        assert groups[0][0][0] != "tool", (
            f"{place}, the input begins with a tool result whose call was cut off, which providers refuse with 400: "
            "keep each round whole"
        )
        for group in groups:
            assert_whole(group, place)
        assert groups[0][0][0] == "human", (
            f"{place}, the input begins with a message of type {groups[0][0][0]!r}: begin with a question"
        )
        question = thread.groups[asked].keys[0][1]
        longer = [key[1] for key in sent if key[0] == "human" and question and question in key[1]]
        assert question in longer or not longer, (
            f"{place}, the current question {short(question)} was sent as a part of {short(longer[0])}: send each message as it is"
        )
        assert thread.groups[asked].keys in groups, (
            f"{place}, the current question isn't in the input, which begins with {short(groups[0][0][1])}: "
            "the model can't know what its tools were called for"
        )
        least = thread.least(budget)
        in_a_row = any(one[0] == other[0] == "human" for one, other in pairwise(sent))
        assert cost(sent) <= budget, (
            f"{place}, the model was sent {cost(sent)} tokens, more than the budget of {budget}: "
            + (
                "each question begins a turn, even behind one that got no answer, so leave out an earlier one that doesn't fit"
                if in_a_row
                else "cut the list before you call the model, and measure what you send with `count(messages)`"
            )
        )
        places = placed(thread, groups, place)
        missing = [n for n in least if n not in places]
        room = budget - sum(thread.groups[n].cost for n in {*places, *missing})
        is_long = bool(missing) and thread.groups[missing[0]].turn in thread.too_long
        assert not missing or room < 0 or is_long or places[0] > missing[0], (
            f"{place}, {thread.hole(missing, places, budget)}"
        )
        assert not missing, (
            f"{place}, {describe(thread.groups[missing[-1]])} was left out, though the input of {cost(sent)} tokens "
            f"had room for it{self._lost(thread, missing)}"
        )
        for before, after in reversed(list(pairwise(places))):  # the newest hole is where to stop
            group = thread.groups[before]
            was_long = group.is_question and group.turn in thread.too_long
            between = {thread.groups[n].turn for n in range(before + 1, after)}
            was_killed = between <= thread.killed and thread.groups[after].is_question
            was_cut = was_killed or (was_long and thread.groups[after].turn == group.turn)
            assert after == before + 1 or was_cut, (
                f"{place}, {thread.hole(range(before + 1, after), places, budget)}"
            )

        is_long = thread.groups[-1].turn in thread.too_long
        assert not is_long or places[0] == asked, (
            f"{place}, the current turn is too long, and an older one was sent with it, from {describe(thread.groups[places[0]])} on: "
            "send only the current question and its newest rounds that fit"
        )

    def _lost(self, thread: Thread, missing: list[int]) -> str:
        earlier = thread.groups[missing[-1]].turn < thread.groups[-1].turn
        if thread.groups[missing[-1]].is_question and not earlier:
            return "; an earlier equal one was sent: search by place, not by `==`"
        if self.after and earlier:
            return (
                f": keep it in checkpoints, and send the newest turns that fit, up to {self._budget} tokens"
            )
        if earlier:
            return f": send the newest turns that fit, whole, up to {self._budget} tokens"
        return ": of a turn that's too long, send the question and the newest rounds that fit"

    def _assert_small(self, name: str) -> None:
        rows = evidence.checkpoints(self._submission.file(self._db), name)
        assert rows, f"thread {name!r} has no checkpoint: compile the graph with `checkpointer=saver`"
        kept = distinct(rows[-1].values)
        tokens = cost([key_of(message) for message in kept])
        assert tokens <= 2 * self._budget, (
            f"after the run, the thread's newest checkpoint has {counted(len(kept), 'message')} of {tokens} tokens, and the budget is "
            f"{self._budget}: what the model is sent was cut, but not what is kept; remove the rest from the state"
        )
        last = self._threads[name].groups[-1].keys[0][1]
        assert last in [message.content for message in kept], (
            f"after the run, the thread's newest checkpoint doesn't have the answer {short(last)}: keep it in the graph's state"
        )


def where(number: int, after: str) -> str:
    """Say which input it is."""
    call = (
        "at the first call of a turn"
        if number == 0
        else f"after {number} round{'s' * (number > 1)} of a turn"
    )
    return f"{after + ', ' if after else ''}{call}"


def describe(group: Group) -> str:
    """Say which group it is."""
    if group.is_question:
        return f"the question {short(group.keys[0][1])}" if group.keys[0][1] else "a question without text"
    calls = len(group.keys) - 1
    return f"a round of {calls} call{'s' * (calls > 1)}" if calls else f"the answer {short(group.keys[0][1])}"


def short(text: str) -> str:
    """Quote a text, or its beginning: some fill half of a budget."""
    return repr(text if len(text) <= 25 else f"{text[:24]}…")


def parsed(sent: list[list[str]]) -> list[list[list[str]]]:
    """Split an input into questions and rounds."""
    groups = list[list[list[str]]]()
    for key in sent:
        if key[0] != "tool" or not groups:
            groups.append([])
        groups[-1].append(key)
    return groups


def assert_whole(group: list[list[str]], place: str) -> None:
    """Expect each call of a round to have its result, and each result its call."""
    called, given = group[0][2:], [key[2] for key in group[1:]]
    orphans = [id for id in given if id not in called]
    assert not orphans, (
        f"{place}, the input has a tool result whose call was cut off, which providers refuse with 400: "
        "keep each round whole"
    )
    open_ = [id for id in called if given.count(id) != 1]
    assert not open_, (
        f"{place}, the input has a tool call with {given.count(open_[0]) or 'no'} results, which providers refuse: "
        "keep rounds whole, and look for results only right behind their call, since ids repeat"
    )


def placed(thread: Thread, groups: list[list[list[str]]], place: str) -> list[int]:
    """Return where the groups of an input are in the thread; the latest places where there are several."""
    places, end = list[int](), len(thread.groups)
    for group in reversed(groups):
        same = [n for n in range(end) if same_group(thread.groups[n].keys, group)]
        known = any(same_group(other.keys, group) for other in thread.groups)
        assert same or known, (
            f"{place}, the input has a message of type {group[-1][0]!r} that was changed, or that nobody wrote: "
            f"{short(group[-1][1])}; leave messages out, but send them as they are"
        )
        assert same, f"{place}, the messages of the input aren't in the order in which they were said"
        end = same[-1]
        places.insert(0, end)
    return places


def same_group(one: list[list[str]], other: list[list[str]]) -> bool:
    """Compare two groups; the results of a round may come in any order."""
    return one[0] == other[0] and sorted(one[1:]) == sorted(other[1:])


def messages_in(value: Any) -> list[Any]:
    """Return the messages in a value, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [message for part in value for message in messages_in(part)]
    return [value] if hasattr(value, "content") and hasattr(value, "type") else []


def distinct(values: dict[str, Any]) -> list[Any]:
    """Return the messages in a checkpoint: one that's in several channels once, and alike ones without an id each."""
    found = dict[tuple[Any, ...], Any]()
    for value in values.values():
        alike = Counter[tuple[Any, ...]]()
        for message in messages_in(value):
            key = (message.id,) if message.id else tuple(key_of(message))
            alike[key] += not message.id
            found[*key, alike[key]] = message
    return list(found.values())


def key_of(message: Any) -> list[str]:
    """Describe a message as the probe does."""
    calls = [str(call["id"]) for call in getattr(message, "tool_calls", [])]
    return [message.type, message.content, *calls]


@pytest.mark.exercise("bound_the_history", points=2, rules=(1, 2, 3))
def test_inputs_are_whole_and_within_the_budget(submission):
    """Each input of the model is whole, has the question, and fits into the budget."""
    rng, thread = submission.rng, submission.rng.choice(PEOPLE)
    desk = Desk(submission, rng.randrange(170, 200))
    desk.talk([draw_turn(rng, thread), draw_turn(rng, thread, [1]), draw_turn(rng, thread, [2, 3])])
    desk.talk([draw_turn(rng, thread, rounds) for rounds in ([], [1], [3, 1], [], [2, 2], [4], [], [1])])


@pytest.mark.exercise("bound_the_history", points=1, rules=(3, 5))
def test_thread_stays_small(submission):
    """After a long talk the thread's newest checkpoint is small, and nothing that fits was left out."""
    rng, thread = submission.rng, submission.rng.choice(PEOPLE)
    desk = Desk(submission, rng.randrange(150, 180))
    desk.talk([draw_turn(rng, thread, [rng.randrange(1, 4)] * (number % 2)) for number in range(24)])

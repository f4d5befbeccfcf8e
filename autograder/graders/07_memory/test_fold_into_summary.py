"""Public tests of `fold_into_summary`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def converse(build_chat, db, keep, talk):
    """Let customers write; note each input of the model and call of the summary, and what a crash left."""
    import os
    import re
    import signal
    import sqlite3

    from langchain_core.messages import HumanMessage
    from langgraph.checkpoint.sqlite import SqliteSaver

    class Crash(BaseException):
        pass

    class Overloaded(Exception):
        pass

    errors = {"ConnectionError": ConnectionError, "ValueError": ValueError, "Overloaded": Overloaded}
    now = {"down": None, "crash": {}, "dead": False, "reply": ""}

    def reach(place):
        if now["dead"]:
            raise Crash
        left = now["crash"]
        if left.get(place):
            left[place] -= 1
            if left[place] == 0:
                if left.get("kill"):
                    os.kill(os.getpid(), signal.SIGKILL)
                now["dead"] = True
                raise Crash

    class Saver(SqliteSaver):
        def put(self, *args, **kwargs):
            reach("put")
            return super().put(*args, **kwargs)

        def put_writes(self, *args, **kwargs):
            reach("writes")
            return super().put_writes(*args, **kwargs)

    def text_of(one):
        if getattr(one, "type", "") == "remove":
            return "RemoveMessage"
        return one if isinstance(one, str) else str(getattr(one, "content", one))

    def model(messages):
        reach("model")
        run["inputs"].append([text_of(one) for one in messages])
        return now["reply"]

    def summarize(messages):
        texts = [text_of(one) for one in messages]
        run["summaries"].append(texts)
        reach("summarize")
        if now["down"]:
            raise errors[now["down"]]("the summary model is down")
        numbers = [number for text in texts for number in re.findall(r"#\d+", text)]
        return "Numbers: " + ", ".join(numbers) if numbers else ""

    def saved(thread):
        tuple_ = SqliteSaver(connection).get_tuple({"configurable": {"thread_id": thread}})
        values = tuple_.checkpoint["channel_values"] if tuple_ else {}
        return str([value for name, value in values.items() if name != "__start__"])

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # a process is killed here, and never the machine
    chat = build_chat(model, summarize, Saver(connection), keep)
    if not hasattr(chat, "invoke"):
        return {"no graph": type(chat).__name__}
    runs = []
    for turn in talk:
        run = {"inputs": [], "summaries": [], "crashed": False, "raised": None, "reply": None}
        runs.append(run)
        now.update(down=turn["down"], crash=dict(turn["crash"] or {}), dead=False, reply=turn["reply"])
        config = {"configurable": {"thread_id": turn["thread"]}}
        try:
            result = chat.invoke({"messages": [HumanMessage(turn["text"])]}, config, durability="sync")
            messages = result.get("messages") if isinstance(result, dict) else None
            run["reply"] = text_of(messages[-1]) if messages else None
        except Crash:
            run["crashed"] = True
        except Exception as error:
            if "the summary model is down" not in str(error):
                raise
            run["raised"] = type(error).__name__
        if turn["crash"]:
            now.update(dead=False, crash={})
            run["saved"] = saved(turn["thread"])
            chat = build_chat(model, summarize, Saver(connection), keep)
    connection.close()
    return {"runs": runs}


def what_is_saved(db, thread):
    """Return what the newest checkpoint of a thread has, as text."""
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(db, check_same_thread=False)
    found = SqliteSaver(connection).get_tuple({"configurable": {"thread_id": thread}})
    values = found.checkpoint["channel_values"] if found else {}
    connection.close()
    return str([value for name, value in values.items() if name != "__start__"])


class Talk:
    """Has customers write to a chat, and expects each input to have what was said, once."""

    def __init__(self, submission: Any, keep: int, db: str = "chat.db") -> None:
        self._submission, self._keep, self._db = submission, keep, db
        self._said = dict[str, list[str]]()  # by thread: numbers that must be there
        self._maybe = dict[str, list[str]]()  # and those that a crash may have taken
        self._turns, self._folds = dict[str, int](), dict[str, int]()
        self._texts = dict[str, set[str]]()  # by thread: all that was written
        self._blind = dict[str, bool]()  # by thread: whether the last fold didn't get the old summary
        self.after = ""

    def turn(
        self,
        thread: str,
        text: str = "",
        down: str | None = None,
        crash: dict[str, Any] | None = None,
        reply: str = "",
    ) -> dict[str, Any]:
        """Draw what a customer writes and what the model replies."""
        rng: random.Random = self._submission.rng
        text = text or f"My {rng.choice(THINGS)} has the number #{rng.randrange(10**6, 10**7)}."
        reply = reply or f"Noted as #{rng.randrange(10**7, 10**8)}."
        return {"thread": thread, "text": text, "reply": reply, "down": down, "crash": crash}

    def hear(self, talk: Sequence[dict[str, Any]]) -> None:
        """Have turns played, and expect each to be right."""
        given = {"db": self._submission.path(self._db), "keep": self._keep, "talk": list(talk)}
        kills = any((turn["crash"] or {}).get("kill") for turn in talk)
        seen = self._submission.observe(converse, **given, dies=kills)
        if seen is None:
            self._submission.restart()
            thread = talk[-1]["thread"]
            saved = self._submission.observe(what_is_saved, db=given["db"], thread=thread)
            for turn in talk:
                self._heard(turn, saved if turn is talk[-1] else None)
            return
        kind = seen.get("no graph")
        assert kind is None, (
            f"`build_chat` returned a value of type {kind}: return what `builder.compile(checkpointer=saver)` gives"
        )
        for turn, run in zip(talk, seen["runs"], strict=True):
            self._assert_run(turn, run)
            self._heard(turn, run.get("saved"))
        for thread in {turn["thread"] for turn in talk}:
            last = next(turn for turn in reversed(talk) if turn["thread"] == thread)
            if not last["down"] and not last["crash"]:
                self._assert_small(thread, last)

    def _heard(self, turn: dict[str, Any], saved: str | None) -> None:
        self._texts.setdefault(turn["thread"], set()).update((turn["text"], turn["reply"]))
        for number in re.findall(r"#\d+", turn["text"] + turn["reply"]):
            sure = saved is None or number in saved
            (self._said if sure else self._maybe).setdefault(turn["thread"], []).append(number)

    def _assert_run(self, turn: dict[str, Any], run: dict[str, Any]) -> None:
        assert run["raised"] is None, (
            f"`summarize` raised {run['raised']}, and so did the run: the customer must be answered, and what "
            "couldn't be folded waits for a later run"
        )
        self._assert_summaries(turn["thread"], run["summaries"])
        if run["crashed"]:
            return
        folded = bool(run["summaries"]) and not turn["down"]
        assert run["inputs"], "the run ended, and `model` was never called: its string is the reply"
        assert run["reply"] != "RemoveMessage", (
            "the result's `messages` end with a RemoveMessage, which nobody understood: a channel of messages needs "
            "`add_messages`, and `operator.add` only appends"
        )
        again = " as it had before" if turn["reply"] in self._texts.get(turn["thread"], ()) else ""
        assert run["reply"] == turn["reply"], (
            f"the model replied {turn['reply']!r}{again}, and the last message of the result is {run['reply']!r}: end with the reply"
        )
        texts, after = run["inputs"][-1], self.after or "in a long talk"
        assert texts and texts[-1] == turn["text"], (
            f"{after}, the customer wrote {turn['text'][:60]!r}, and the model's input ends with {(texts or [''])[-1][:60]!r}: "
            "the newest message comes last"
        )
        summaries = [place for place, text in enumerate(texts) if "Numbers:" in text]
        before = [
            one for one in texts[: summaries[-1] if summaries else 0] if "#" in one and "Numbers:" not in one
        ]
        assert not before, (
            f"{after}, {before[0][:60]!r} comes before the summary in the model's input, and was said later: the summary "
            "goes in front of the messages"
        )
        said, everything = self._said.get(turn["thread"], []), "\n".join(texts)
        numbers = re.findall(r"#\d+", everything)
        maybe = [*self._maybe.get(turn["thread"], []), *re.findall(r"#\d+", turn["text"])]
        known, found = Counter(said) + Counter(maybe), Counter(numbers)
        merged = Counter(re.findall(r"#\d+", "\n".join(texts[place] for place in summaries)))
        inside = [number for number in numbers if merged[number] > known[number] > 0]
        why = (
            "save the summary and remove what it holds in one step, and let it take the old one's place"
            if "kill" in after
            else "what `summarize` returns has the old summary in it, so it takes the old one's place"
        )
        assert not inside, (
            f"{after}, number {inside[0]} was said {often(known[inside[0]])} and is in the summary {often(merged[inside[0]])}: {why}"
        )
        twice = [number for number in numbers if found[number] > known[number] > 0]
        assert not twice, (
            f"{after}, number {twice[0]} was said {often(known[twice[0]])} and is in the input {often(found[twice[0]])}: a message "
            "is in the summary and still there; put the summary and the removal into one step"
        )
        missing = Counter(said) - found
        gone = [number for number in dict.fromkeys(said) if number in missing]
        folds = self._folds.get(turn["thread"], 0)
        blind = folds >= 2 and self._blind[turn["thread"]]
        assert not gone or not blind or gone != said[: len(gone)] or self.after, (
            f"{after}, number {gone[0]} isn't in the input, but what was said later is in the summary: `summarize` knows only what "
            "it's given, so give it the old summary, too"
        )
        assert not gone or gone[0] not in found, (
            f"{after}, a customer said number {gone[0]} {often(known[gone[0]])}, and the input has it {often(found[gone[0]])}: "
            "people repeat themselves, so fold each message, whatever its text, and remove messages by id, not by text"
        )
        assert not gone, (
            f"{after}, number {gone[0]} was said{self._place(turn['thread'], gone[0])} and isn't in the input: each message must be, "
            "whole, in the summary or among the messages, also when a summary fails or a process dies"
        )
        self._folds[turn["thread"]] = folds + folded
        if folded:
            self._blind[turn["thread"]] = not any("Numbers:" in text for text in run["summaries"][-1])
        strange = [number for number in numbers if number not in known]
        assert not strange, (
            f"{after}, number {strange[0]} is in the input, and was said in another thread: keep the summary in the state"
        )

    def _place(self, thread: str, number: str) -> str:
        """Say how far into a message a number was, if the message is a long one."""
        long = [text for text in self._texts[thread] if number in text and len(text) > 1000]
        return f", {long[0].index(number):,} letters into a message of {len(long[0]):,}," if long else ""

    def _assert_summaries(self, thread: str, summaries: list[list[str]]) -> None:
        assert len(summaries) <= 1, (
            f"`summarize` was called {len(summaries)} times in a run: call it at most once a run, and leave the rest to a later one"
        )
        self._turns[thread] = self._turns.get(thread, 0) + 1
        early = 2 * self._turns[thread] <= self._keep and summaries
        assert not early and [] not in summaries, (
            f"`summarize` was called when no message was older than the newest {self._keep}: call it only when there's something to fold"
        )

    def _assert_small(self, thread: str, last: dict[str, Any]) -> None:
        rows = evidence.checkpoints(self._submission.file(self._db), thread)
        assert rows, f"thread {thread!r} has no checkpoint: compile the graph with `checkpointer=saver`"
        found = {message.content for message in messages_in(rows[-1].values)}
        kept = found & self._texts[thread]
        assert len(kept) <= self._keep or self._said.get(thread), (
            f"nothing with a number was said, so `summarize` returned an empty text, and the thread keeps {len(kept)} messages, not "
            f"{self._keep}: that's a summary, too; only an exception is a failure"
        )
        assert len(kept) <= self._keep, (
            f"after the run, the newest checkpoint of the thread has {len(kept)} messages of the conversation, and {self._keep} may "
            "stay: fold what's older into the summary, and remove it from the state"
        )
        for text in (last["text"], last["reply"]):
            assert text in found, (
                f"after the run, the newest checkpoint doesn't have the message {text!r}: the newest ones stay as they are"
            )


def messages_in(value: Any) -> list[Any]:
    """Return the messages in a value, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [message for part in value for message in messages_in(part)]
    return [value] if hasattr(value, "content") and hasattr(value, "type") else []


@pytest.mark.exercise("fold_into_summary", points=2, rules=(1, 2, 3))
def test_long_talk(submission):
    """In a long talk each input has everything said so far, once, and the thread stays small."""
    thread = submission.rng.choice(PEOPLE)
    talk = Talk(submission, 6)
    talk.hear([talk.turn(thread)])
    talk.hear([talk.turn(thread) for _ in range(6)])
    there = talk.turn(thread, "Are you there?", reply="Yes.")  # asked twice, and answered alike
    talk.hear([*(talk.turn(thread) for _ in range(50)), there, there])
    quiet = f"{thread}2"  # a long message is in each checkpoint from then on: it comes late in a short thread
    talk.hear([talk.turn(quiet, f"Hello, {word}.", reply=f"Hello, {word}?") for word in THINGS[:6]])
    talk.hear([talk.turn(quiet) for _ in range(5)])
    many = " ".join(f"#{submission.rng.randrange(10**6, 10**7)}" for _ in range(1500))
    talk.hear([talk.turn(quiet, f"My orders are {many}."), *(talk.turn(quiet) for _ in range(6))])


@pytest.mark.exercise("fold_into_summary", points=1, rules=(2, 3, 4))
def test_summary_model_is_down(submission):
    """While the summary model is down customers are answered, and later everything is folded."""
    thread = submission.rng.choice(PEOPLE)
    talk = Talk(submission, 3)
    talk.hear([talk.turn(thread) for _ in range(2)])
    down = {0: "ConnectionError", 3: "ValueError", 4: "Overloaded", 7: "ConnectionError"}
    turns = [talk.turn(thread, down=down.get(number)) for number in range(10)]
    for first, end in (
        (0, 2),
        (2, 6),
        (6, 9),
        (9, 10),
    ):  # a part ends where nothing failed
        talk.hear(turns[first:end])
    talk.hear([*(talk.turn(thread, down="ConnectionError") for _ in range(30)), talk.turn(thread)])

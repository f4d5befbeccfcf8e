"""Public tests of `cache_across_restarts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted, often
from autograder.sandbox.http_server import Response

if TYPE_CHECKING:
    from autograder.sandbox.http_server import Request


CACHE_USERS = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo")
CACHE_QUESTIONS = ("my balance?", "my last order?", "my address?", "open invoices?", "my points?", "my rate?")


def ask_advisor(build_advisor, url, cache, requests, days_later=0, graphs=1, renamed=False, moves=False):
    """Send requests to the advisor; return what each came to. What `ask` is asked goes to the backend.

    With `days_later`, the clocks of Python tell the time of that many days later. Two graphs are built at once, the second
    with a relative path, and take turns. If it's `renamed`, `ask` is another function, in another module. If it `moves`, the
    process works in another folder as soon as the graphs are built.
    """
    import datetime
    import json
    import os
    import tempfile
    import time
    from pathlib import Path
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    class Down(Exception):
        pass

    errors = (Down, ConnectionError, TimeoutError, RuntimeError, LookupError, ValueError)

    def ask(user, question):
        data = json.dumps([user, question]).encode()
        try:
            return urlopen(Request(url, data=data, method="POST")).read().decode()
        except HTTPError as error:
            kind = error.read().decode()
        raise next(error for error in errors if error.__name__ == kind)("the advisor is down")

    real_time, real_datetime = time.time, datetime.datetime

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return real_datetime.now(tz) + datetime.timedelta(days=days_later)

        @classmethod
        def utcnow(cls):
            return real_datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(days=days_later)

    def ask_politely(user, question):
        return ask(user, question)

    # LangGraph makes the name of a function part of its keys, and each probe is a module of its own: where the key names
    # `ask`, this loses one test, and not all.
    ask.__module__, ask.__qualname__ = "backend", "ask"
    home, folder = Path.cwd(), Path(cache).parent
    if moves:
        os.chdir(folder)
    paths = [cache, os.path.relpath(cache)][:graphs]
    built = [build_advisor(path, ask_politely if renamed else ask) for path in paths]
    if not hasattr(built[0], "invoke"):
        return {"no graph": type(built[0]).__name__}
    came = []
    if moves:
        os.chdir(tempfile.mkdtemp(dir=folder))
    if days_later:
        time.time, datetime.datetime = lambda: real_time() + days_later * 86_400, Later
    try:
        for number, (user, question, request_id) in enumerate(requests):
            try:
                state = built[number % graphs].invoke(
                    {"user": user, "question": question, "request_id": request_id}
                )
            except errors as error:
                came.append({"raised": type(error).__name__})
            else:
                came.append(state if isinstance(state, dict) else {"answer": state})
    finally:
        time.time, datetime.datetime = real_time, real_datetime
        os.chdir(home)
    return came


class Advice:
    """The backend that `ask` calls, each call another answer, and the advisor that is asked through it."""

    def __init__(self, submission: Any, failures: int = 0) -> None:
        self.submission, self.failures, self.numbers = submission, failures, 0
        self.kinds: dict[tuple[str, str], str] = {}  #: the error that `ask` raises for it
        self.fixed: dict[tuple[str, str], str] = {}  #: what is answered by a certain text
        self.given: dict[tuple[str, str], list[str]] = {}  #: user and question → the answers to each call
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        user, question = request.json
        answers = self.given.setdefault((user, question), [])
        if len(answers) < self.failures:
            answers.append("")
            return Response(status=503, body=self.kinds[user, question])
        if (user, question) in self.fixed:
            answers.append(self.fixed[user, question])
            return Response(body=answers[-1])
        answers.append(f"answer {self.submission.rng.randrange(10**6)} for {user}:\n\t12 \u20ac\n")
        return Response(body=answers[-1])

    def ask(
        self, *pairs: tuple[str, str], repeated: bool = False, name: str = "answers.db", **how: int
    ) -> list[dict[str, Any]]:
        """Send a request for each pair of user and question, the first perhaps twice; return what each came to."""
        ids = [f"r{self.numbers + number}" for number in range(1, len(pairs) + 1)]
        self.numbers += len(pairs)
        if repeated:
            ids[1] = ids[0]
        requests = [(*pair, id) for pair, id in zip(pairs, ids, strict=True)]
        url, cache = self.backend.url, self.submission.path(name)
        seen = self.submission.observe(ask_advisor, url=url, cache=cache, requests=requests, **how)
        kind = seen.get("no graph") if isinstance(seen, dict) else None
        assert kind is None, (
            f"`build_advisor` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(…)` gives"
        )
        for (user, question, id), state in zip(requests, seen, strict=True):
            if "raised" not in state:
                self.assert_answered(user, question, id, state)
        return seen

    def calls(self, user: str, question: str) -> int:
        """Return how often the backend was asked this."""
        return len(self.given.get((user, question), ()))

    def assert_answered(self, user: str, question: str, id: str, state: dict[str, Any]) -> None:
        """Expect an answer that was given to this user for this question, and the id of the request."""
        mine, answer = self.given.get((user, question), []), state.get("answer")
        others = {text: pair for pair, texts in self.given.items() for text in texts if pair[0] != user}
        assert not (mine and isinstance(answer, int | float)), (
            f"`ask` returned {short(mine[-1])}, and `answer` is {short(answer)}, of type {type(answer).__name__}: return the "
            "text that it returned. SQLite makes numbers of what looks like one in a `STRING` column, but not in a `TEXT` column"
        )
        known = [pair for pair, texts in self.given.items() if answer in texts]
        assert answer in mine or not known or not same_number((user, question), known[0]), (
            f"{short(user)} asked {short(question)}, and got what {short(known[0][0])} was told about {short(known[0][1])}: "
            "both came to one number. SQLite does that in a `STRING` column, but not in a `TEXT` column"
        )
        assert answer in mine or answer not in others or others[answer][1] == question, (
            f"user {short(user)} asked {short(question)} and got what {short(others[answer][0])} was told about "
            f"{short(others[answer][1])}: the two came to the same key, so take both exactly as they're spelled, in a form that can be taken apart again"
        )
        assert answer in mine or answer not in others, (
            f"what user {short(others[answer][0])} was told about {short(question)} was shown to {short(user)}: the key must name "
            "whatever the answer depends on, and take users exactly as they're spelled"
        )
        mixed = [pair[1] for pair, texts in self.given.items() if pair[0] == user and answer in texts]
        assert answer in mine or not mixed, (
            f"{short(user)} asked {short(question)}, and got the answer to {short(mixed[0])}: the key must name whatever "
            "the answer depends on, and take questions exactly as they're spelled"
        )
        assert answer in mine, (
            f"{short(user)} asked {short(question)}, and `answer` is {short(answer)}, which `ask` never returned for that: "
            "return what it returned, to the last character"
            + (", and let what it raises come out: a failure was kept or hidden" if self.failures else "")
        )
        assert state.get("request_id") == id, (
            f"request {id!r} came back with the id {state.get('request_id')!r} of an earlier request, or with none: "
            "a hit writes again all that the cached node returned, so let it return the answer only"
        )


def same_number(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Say whether two users, or their questions, are one number that's spelled in two ways."""
    return one != other and all(
        a == b or (is_number(a) and is_number(b) and float(a) == float(b))
        for a, b in zip(one, other, strict=True)
    )


def is_number(text: str) -> bool:
    """Say whether a text spells a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def short(text: Any) -> str:
    """Return how a text is spelled, or of a long one its ends and its length."""
    if len(ascii(text)) < 40:
        return ascii(text)
    return (
        f"{ascii(str(text)[:6])[:-1]}…{ascii(str(text)[-12:])[1:]} ({counted(len(str(text)), 'character')})"
    )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",), rules=(1, 2))
def test_a_known_question_is_free(submission):
    """A question that is asked again costs nothing, whatever the id of the request."""
    user, question = submission.rng.choice(CACHE_USERS), submission.rng.choice(CACHE_QUESTIONS)
    advice = Advice(submission)
    advice.ask(*[(user, question)] * 4, repeated=True)
    calls = advice.calls(user, question)
    assert calls < 4, (
        "one request came twice, two more asked the same, and `ask` was called 4 times: nothing is kept; "
        "a `cache_policy` says what may be, and `compile(cache=…)` says where"
    )
    assert calls == 1, (
        f"a new `request_id` was asked for again, {calls} calls in all: the id is part of your key. Without a `key_func`, "
        "LangGraph makes it from the node's whole input"
    )
    silent = next(one for one in CACHE_USERS if one != user), question
    advice.fixed[silent] = ""
    advice.ask(silent, silent)
    assert advice.calls(*silent) == 1, (
        f"`ask` answered {silent[0]!r} with an empty string, and was called again for the same: an empty answer is an answer too, "
        "so check whether one is kept, not whether it's true"
    )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",), rules=(1, 2))
def test_each_user_is_told_their_own(submission):
    """The same question of two users is asked twice, and so are two questions of one."""
    one, other = submission.rng.sample(CACHE_USERS, 2)
    question, more = submission.rng.sample(CACHE_QUESTIONS, 2)
    pairs, advice = [(one, question), (other, question), (one, more), (other, more)], Advice(submission)
    advice.ask(*pairs, *submission.rng.sample(pairs, 4))
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            f"{pair[0]} asked {pair[1]!r} twice, with others in between, and `ask` was called {often(advice.calls(*pair))}: "
            "keep an answer for each user and question, and leave out of the key whatever changes with every request"
        )


@pytest.mark.exercise("cache_across_restarts", points=2, restarts=True, needs=("server",), rules=(2, 3))
def test_answers_survive_a_restart(submission):
    """After a restart, two years later, and for another graph on the same file, the kept answers are still there."""
    users = submission.rng.sample(CACHE_USERS, 2)
    # No other test asks these, which an answer that's kept in memory would know.
    pairs = [(user, f"today, {submission.rng.choice(CACHE_QUESTIONS)}") for user in users]
    advice = Advice(submission)
    before = advice.ask(*pairs)
    # Names that a URI or `with_suffix` would take for one.
    names, moved = ("kept 50%41? #1.v1", "kept 50%41? #1.v2"), (users[0], "is it kept apart?")
    for name in names:
        advice.ask(moved, name=name)
    submission.restart()
    after = advice.ask(*pairs)
    try:
        held = submission.file("answers.db").stat().st_size
    except AssertionError:  # there is none
        held = 0
    why = (
        "the file is there, but the later key differs: is the request id in it, or what `hash()` returns, "
        "which is new in each process?"
        if held
        else "what was kept lived in the memory of the process, so keep it in the file `cache_path`"
    )
    for pair, old, new in zip(pairs, before, after, strict=True):
        assert advice.calls(*pair) == 1 and old.get("answer") == new.get("answer"), (
            f"{pair[0]} asked {pair[1]!r} before and after a restart, and `ask` was called {often(advice.calls(*pair))}: "
            + why
        )
    submission.file("answers.db")
    asked = advice.calls(*moved)
    for name in names:
        submission.file(name)
        advice.ask(moved, name=name)
    assert advice.calls(*moved) == asked, (
        "graphs on two files were asked the same in one process. After a restart `ask` was called again: keep each answer in the "
        "graph's own `cache_path`, also if it's known from another file"
    )
    question = submission.rng.choice(CACHE_QUESTIONS)
    advice.ask(*[(users[0], question)] * 4, *[(users[1], question)] * 2, graphs=2)
    for user in users:
        assert advice.calls(user, question) == 1, (
            f"two graphs on the same file, one with a relative path, took turns with one question of {user}, and `ask` was called "
            f"{often(advice.calls(user, question))}: look into the file at each request, and leave its path out of the key"
        )
    there = users[0], "is it kept there?"
    advice.ask(there, there, graphs=2, moves=True)
    assert advice.calls(*there) == 1, (
        "a graph was built with a relative path, then the process changed its working directory, and `ask` was called again for what's "
        "in the file: the path means a file in the directory where the graph was built, so open it there, or resolve it"
    )
    advice.ask(*pairs, renamed=True)
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            "a graph whose `ask` is another function asked again for what's in the file: your key depends on that function. "
            "LangGraph's keys name a node's or task's function: use your own, without `ask`'s name"
        )
    advice.ask(*pairs, days_later=800)
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            f"{pair[0]} asked {pair[1]!r} again two years later, and `ask` was called once more: your answers are "
            "forgotten after a while, so look for a `ttl`"
        )

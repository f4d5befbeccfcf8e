"""Public tests of `cache_across_restarts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response

if TYPE_CHECKING:
    from autograder.sandbox.http_server import Request


CACHE_USERS = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo")
CACHE_QUESTIONS = ("my balance?", "my last order?", "my address?", "open invoices?", "my points?", "my rate?")


def ask_advisor(build_advisor, url, cache, requests, days_later=0):
    """Send requests to the advisor; return what each came to. What `ask` is asked goes to the backend.

    With `days_later`, the clocks of Python tell the time of that many days later.
    """
    import datetime
    import json
    import time
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    def ask(user, question):
        data = json.dumps([user, question]).encode()
        return urlopen(Request(url, data=data, method="POST")).read().decode()

    real_time, real_datetime = time.time, datetime.datetime

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return real_datetime.now(tz) + datetime.timedelta(days=days_later)

        @classmethod
        def utcnow(cls):
            return real_datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(days=days_later)

    # LangGraph makes the name of a task's function part of its keys, and each probe is a module of its own.
    ask.__module__, ask.__qualname__ = "backend", "ask"
    graph = build_advisor(cache, ask)
    if not hasattr(graph, "invoke"):
        return {"no graph": type(graph).__name__}
    came = []
    if days_later:
        time.time, datetime.datetime = lambda: real_time() + days_later * 86_400, Later
    try:
        for user, question, request_id in requests:
            try:
                state = graph.invoke({"user": user, "question": question, "request_id": request_id})
            except HTTPError:
                came.append({"raised": True})
            else:
                came.append(state if isinstance(state, dict) else {"answer": state})
    finally:
        time.time, datetime.datetime = real_time, real_datetime
    return came


class Advice:
    """The backend that `ask` calls, each call another answer, and the advisor that is asked through it."""

    def __init__(self, submission: Any, failures: int = 0) -> None:
        self.submission, self.failures, self.numbers = submission, failures, 0
        self.silent: set[tuple[str, str]] = set()  #: what is answered by an empty text
        self.given: dict[tuple[str, str], list[str]] = {}  #: user and question → the answers to each call
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        user, question = request.json
        answers = self.given.setdefault((user, question), [])
        if len(answers) < self.failures:
            answers.append("")
            return Response(status=503)
        if (user, question) in self.silent:
            answers.append("")
            return Response(body="")
        answers.append(f"answer {self.submission.rng.randrange(10**6)} for {user}")
        return Response(body=answers[-1])

    def ask(
        self, *pairs: tuple[str, str], repeated: bool = False, days_later: int = 0
    ) -> list[dict[str, Any]]:
        """Send a request for each pair of user and question, the first perhaps twice; return what each came to."""
        ids = [f"r{self.numbers + number}" for number in range(1, len(pairs) + 1)]
        self.numbers += len(pairs)
        if repeated:
            ids[1] = ids[0]
        requests = [(*pair, id) for pair, id in zip(pairs, ids, strict=True)]
        url, cache = self.backend.url, self.submission.path("answers.db")
        seen = self.submission.observe(
            ask_advisor, url=url, cache=cache, requests=requests, days_later=days_later
        )
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
        assert answer in mine or answer not in others or others[answer][1] == question, (
            f"what user {others[answer][0]!r} was told about {others[answer][1]!r} was given to user {user!r} for "
            f"{question!r}: the two came to the same key, so put it together in a way that can be taken apart again"
        )
        assert answer in mine or answer not in others, (
            f"what user {others[answer][0]!r} was told about {question!r} was shown to {user!r}: the key must tell "
            "apart whatever the answer depends on, and users are taken exactly as they are spelled"
        )
        mixed = [pair[1] for pair, texts in self.given.items() if pair[0] == user and answer in texts]
        assert answer in mine or not mixed, (
            f"{user!r} asked {question!r}, and was given the answer to {mixed[0]!r}: the key must tell apart whatever "
            "the answer depends on, and questions are taken exactly as they are spelled"
        )
        assert answer in mine, (
            f"{user!r} asked {question!r}, and `answer` is {answer!r}, which the backend never gave for that: "
            "return what `ask(user, question)` returned"
            + (", and let what it raises come out: a failure was kept or hidden" if self.failures else "")
        )
        assert state.get("request_id") == id, (
            f"request {id!r} came back with the id {state.get('request_id')!r} of an earlier request, or with none: "
            "what a cached node returned is written again, all of it, so let it return the answer only"
        )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
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
        f"the very same request was answered from the cache, and one with a new `request_id` was not, {calls} calls in all: "
        "the request id is part of the key, and without a `key_func` LangGraph makes it from the node's whole input"
    )
    silent = next(one for one in CACHE_USERS if one != user), question
    advice.silent = {silent}
    advice.ask(silent, silent)
    assert advice.calls(*silent) == 1, (
        f"`ask` answered {silent[0]!r} with an empty string, and was called again for the same: an empty answer is an answer too, "
        "so look whether one is kept, and not whether it's true"
    )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
def test_each_user_is_told_their_own(submission):
    """The same question of two users is asked twice, and so are two questions of one."""
    one, other = submission.rng.sample(CACHE_USERS, 2)
    question, more = submission.rng.sample(CACHE_QUESTIONS, 2)
    pairs, advice = [(one, question), (other, question), (one, more), (other, more)], Advice(submission)
    advice.ask(*pairs, *submission.rng.sample(pairs, 4))
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            f"{pair[0]} asked {pair[1]!r} twice, in between others, and `ask` was called {advice.calls(*pair)} times: "
            "keep an answer for each user and question, and leave out of the key what is another for every request"
        )


@pytest.mark.exercise("cache_across_restarts", points=2, restarts=True, needs=("server",))
def test_answers_survive_a_restart(submission):
    """After a restart the kept answers are still there."""
    users = submission.rng.sample(CACHE_USERS, 2)
    pairs = [(user, submission.rng.choice(CACHE_QUESTIONS)) for user in users]
    advice = Advice(submission)
    before = advice.ask(*pairs)
    submission.restart()
    after = advice.ask(*pairs)
    try:
        held = submission.file("answers.db").stat().st_size
    except AssertionError:  # there is none
        held = 0
    why = (
        "the file is there, but the later request came to another key: is the request id part of it, or something "
        "that each process has anew?"
        if held
        else "what was kept lived in the memory of the process, so keep it in the file `cache_path`"
    )
    for pair, old, new in zip(pairs, before, after, strict=True):
        assert advice.calls(*pair) == 1 and old.get("answer") == new.get("answer"), (
            f"{pair[0]} asked {pair[1]!r} before and after a restart, and `ask` was called {advice.calls(*pair)} times: "
            + why
        )
    submission.file("answers.db")
    advice.ask(*pairs, days_later=800)
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            f"{pair[0]} asked {pair[1]!r} again two years later, and `ask` was called for it once more: what you keep is "
            "forgotten after a while, so look for a `ttl`"
        )

"""Public tests of `bounded_parallelism`."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.sandbox.outcomes import TimedOut
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.sandbox.http_server import Request


def summarise_night(summarise_all, url, db, nights):
    """Have each night's documents summarised; return what came of each. A summary is the backend's answer."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    def summarise(document):
        return urlopen(Request(url, data=document.encode(), method="POST")).read().decode()

    came = []
    for thread, documents, limit in nights:
        try:
            came.append(summarise_all(db, thread, documents, summarise, limit))
        except HTTPError:
            came.append("raised")
    return came


def draw_documents(rng: random.Random, count: int) -> list[str]:
    """Draw documents, no two the same, though some are alike."""
    number, long = rng.randrange(10**6), "page " * 80
    alike = [f"Page {number}", f"page {number}", f"page {number}/", f"{long}{number}", f"{long}{number + 1}"]
    drawn = [f"page {number}" for number in rng.sample(range(1000, 10_000), count - len(alike))]
    return rng.sample([*drawn, *alike], count)


class Provider:
    """The backend that writes summaries and counts how many calls are under way.

    The first calls wait until as many have come as may, so that the count owes nothing to the machine's speed.
    Then each stays long enough for a call too many to be seen.
    """

    def __init__(self, submission: Any, limit: int, wait: float = 3.0, hold: float = 0.04) -> None:
        self.submission, self.limit, self.wait, self.hold = submission, limit, wait, hold
        self.under_way = self.peak = 0
        self.gave_up = False
        self.broken: set[str] = set()  #: documents whose calls fail
        self.slow: set[str] = set()  #: documents whose calls take three times as long
        self.asked: list[str] = []
        self.held = 0  #: the first call is held until so many have come: 0 for not at all
        self.came_meanwhile = 0  #: how many had come when it was answered
        self.summaries: dict[str, str] = {}
        self.changed = threading.Condition()
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        document = request.body.decode()
        with self.changed:
            self.asked.append(document)
            self.under_way += 1
            self.peak = max(self.peak, self.under_way)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.peak >= self.limit or self.gave_up, self.wait)
            self.gave_up |= self.peak < self.limit
            if self.held and document == self.asked[0]:
                self.changed.wait_for(lambda: len(self.asked) >= self.held or self.gave_up, self.wait)
                self.came_meanwhile = len(self.asked)
        time.sleep(self.hold * (3 if document in self.slow else 1))
        with self.changed:
            self.under_way -= 1
            if document in self.broken:
                return Response(status=503)
            self.changed.notify_all()
            number = self.submission.rng.randrange(10**6)
            return Response(body=self.summaries.setdefault(document, f"summary {number} of {document}"))

    def night(self, documents: Sequence[str], *, thread: str = "night", timeout: float = 9) -> Any:
        """Have documents summarised; return the list, or `"raised"`."""
        self.asked.clear()
        db, nights = self.submission.path("night.db"), [(thread, documents, self.limit)]
        try:
            [came] = self.submission.observe(
                summarise_night, url=self.backend.url, db=db, nights=nights, timeout=timeout
            )
        except TimedOut:
            raise AssertionError(
                f"with a limit of {self.limit}, {len(self.asked)} of {len(documents)} calls had been made, and after "
                f"{timeout:g} s `summarise_all` had still not come back: a deadlock, if every thread that "
                "`max_concurrency` allows waits for a task which has no thread left; a sync `entrypoint` needs "
                "threads for itself, besides those of its tasks"
            ) from None
        return came


def assert_within(provider: Provider) -> None:
    """Expect as many calls under way as may be, and no more."""
    limit, peak = provider.limit, provider.peak
    assert provider.asked, (
        "no call came to the provider: call `summarise` for each document that has no summary in the thread `thread_id`"
    )
    where = (
        "`max_concurrency` counts at the top level of a config and nowhere else, and without it the number of "
        "the machine's cores decides"
    )
    assert peak <= limit, (
        f"{peak} calls were under way at the same time, with a limit of {limit}, more than the provider allows: {where}"
    )
    assert peak > 1 or limit == 1, (
        f"the calls came one after the other, though {limit} may be under way: make a task of each document, "
        "and LangGraph runs them side by side"
    )
    assert peak == limit, (
        f"at most {peak} calls were under way at the same time, though {limit} may be: {where}; and a sync "
        "`entrypoint` takes places that its tasks then lack"
    )


def assert_none_waited(provider: Provider) -> None:
    """Expect a call to have begun whenever another one had ended."""
    assert provider.came_meanwhile >= provider.held, (
        f"one call took long, and while it was under way only {provider.came_meanwhile} of {provider.held} were begun, with a "
        f"limit of {provider.limit}: yours wait until a whole batch has ended, so begin one whenever another has ended"
    )


def assert_summaries(provider: Provider, documents: Sequence[str], came: Any) -> None:
    """Expect the summary of each document, in order."""
    assert came != "raised", (
        "every call was answered, and `summarise_all` raised what a call had raised before"
    )
    assert isinstance(came, list), (
        "`summarise_all` did not return a list: return the summary of each document"
    )
    wanted = [provider.summaries.get(document) for document in documents]
    assert len(came) == len(wanted), (
        f"{len(documents)} documents gave {len(came)} summaries: return one for each, those of earlier attempts too"
    )
    assert came == wanted or sorted(map(str, came)) != sorted(map(str, wanted)), (
        "the summaries are all there, but not in the order of `documents`: they stand in the order in which the calls ended, "
        "or in which they were made, so note for each which document it belongs to"
    )
    assert came == wanted, (
        "what `summarise_all` returned are not the summaries that the provider wrote: return what `summarise` returned"
    )


def assert_asked_once(provider: Provider, documents: Sequence[str]) -> None:
    """Expect one call for each document."""
    counts = Counter(provider.asked)
    wrong = [document for document in documents if counts[document] != 1]
    assert not wrong, f"{wrong[0]!r} was asked for {counts[wrong[0]]} times: ask once for each document"


def why_paid_again(path: Path) -> str:
    """Explain, from the database, why nothing that was saved was used."""
    histories = [evidence.checkpoints(path, thread) for thread in evidence.threads(path)]
    if any(sum(row.source == "input" for row in rows) > 1 for rows in histories):
        return "the input was sent again, which begins the run anew; `None` goes on with it"
    if len(histories) == 2:
        return "it looked in another thread; make the thread's id from `thread_id` alone"
    return "no task had been saved by itself; where one task does them all, it is saved as a whole, or not at all"


@pytest.mark.exercise("bounded_parallelism", points=2, needs=("server",))
def test_as_many_as_may(submission):
    """64 documents eight at a time, and 15 three at a time: never more, and not fewer."""
    for count, limit in ((64, 8), (15, 3)):
        documents, provider = draw_documents(submission.rng, count), Provider(submission, limit)
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


@pytest.mark.exercise("bounded_parallelism", points=1, restarts=True, needs=("server",))
def test_two_at_a_time_and_one(submission):
    """Limits of 2 and 1 are kept, and nothing hangs."""
    for limit in (2, 1):
        documents, provider = draw_documents(submission.rng, 5), Provider(submission, limit)
        came = provider.night(documents, thread=f"night-{limit}", timeout=4)
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


@pytest.mark.exercise("bounded_parallelism", points=2, restarts=True, needs=("server",))
def test_paid_for_once(submission):
    """After two failed calls and a restart, only what has no summary is asked for."""
    documents, provider = draw_documents(submission.rng, 14), Provider(submission, 4)
    provider.broken = set(documents[6:8])
    provider.summaries[documents[2]] = ""  # a summary, too
    came = provider.night(documents)
    assert came == "raised", (
        f"the calls for {' and '.join(sorted(provider.broken))} failed, and `summarise_all` came back as if they had not: "
        "let what `summarise` raises come out"
    )
    paid, provider.broken = set(provider.summaries), set()
    submission.restart()
    for attempt in ("second", "third"):
        came = provider.night(documents)
        again = [document for document in provider.asked if document in paid]
        assert len(again) < len(paid), (
            f"on the {attempt} attempt all {len(paid)} documents that had a summary already were paid for again: "
            + why_paid_again(submission.file("night.db"))
        )
        assert not again, (
            f"on the {attempt} attempt {again[0]!r} was paid for again, and had a summary already: save each by itself"
        )
        assert_summaries(provider, documents, came)
        paid = set(provider.summaries)
    assert_in_checkpoints(submission.file("night.db"), provider)
    for thread in ("night/2", "Night"):
        came = provider.night(documents, thread=thread)
        left = [document for document in documents if document not in provider.asked]
        assert not left, (
            f"the thread {thread!r} is new, and {left[0]!r} was not asked for: it was given a summary of the thread 'night', "
            "so make the ids of your threads from `thread_id`, too"
        )
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


def assert_in_checkpoints(path: Path, provider: Provider) -> None:
    """Expect each summary in what LangGraph saved."""
    rows = [row for thread in threads_in(path) for row in evidence.raw_rows(path, thread)]
    held = b"\n".join(value for row in rows for value in row if isinstance(value, bytes))
    lost = [document for document, text in provider.summaries.items() if text.encode() not in held]
    assert not lost, (
        f"no LangGraph checkpoint in `night.db` holds the summary of {lost[0]!r}: let a graph with a saver do the work, so "
        "that what a task returned is saved with its checkpoint, and keep it nowhere else"
    )


def threads_in(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []

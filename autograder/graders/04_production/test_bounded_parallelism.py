"""Public tests of `bounded_parallelism`."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted, often
from autograder.sandbox.http_server import Response
from autograder.sandbox.outcomes import TimedOut
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.sandbox.http_server import Request


def summarise_night(summarise_all, url, db, nights, archive):
    """Have each night's documents summarised; return what came of each. A summary is the backend's answer.

    `left` is how many calls were under way when `summarise_all` raised. With `archive`, the file is moved away before.
    """
    from pathlib import Path
    from unittest.mock import patch
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    class RefusedError(Exception):
        """An error that LangGraph knows nothing of: a `RetryPolicy` tries again after it, as after a `ConnectionError`."""

    def summarise(document):
        under_way.append(document)
        try:
            return urlopen(Request(url, data=document.encode(), method="POST")).read().decode()
        except HTTPError as error:
            kind = {502: ConnectionError, 500: RefusedError}.get(error.code)
            failure = kind(f"status {error.code}") if kind else error
        finally:
            under_way.remove(document)
        kinds.add(type(failure))
        raise failure

    came, kinds, under_way, left, file = [], set(), [], 0, Path(db)
    for old in file.parent.glob(f"{file.name}*") if archive else ():
        old.rename(old.with_name(f"archived-{old.name}"))
    for thread, documents, limit in nights:
        try:
            with patch("os.cpu_count", return_value=2):  # on every machine: a limit may be larger
                came.append(summarise_all(db, thread, documents, summarise, limit))
        except Exception as error:
            left += len(under_way)
            named, inner = type(error).__name__, type(error.__context__)
            if type(error) not in kinds and inner not in kinds:
                raise
            came.append("raised" if type(error) in kinds else f"raised {named} for {inner.__name__}")
    return {"came": came, "left": left}


def draw_documents(rng: random.Random, count: int) -> list[str]:
    """Draw documents, no two the same, though some are alike."""
    number, long = rng.randrange(10**6), "page " * 80
    alike = [f"Page {number}", f"page {number}", f"page {number}/", f"{long}{number}", f"{long}{number + 1}"]
    alike += [f" page {number}", f"page {number} "]
    drawn = [f"page {number}" for number in rng.sample(range(1000, 10_000), count - len(alike))]
    return rng.sample([*drawn, *alike], count)


def draw_joined(rng: random.Random, sign: str) -> tuple[str, list[str]]:
    """Draw the second part of a thread's name, and documents which a key could take for another thread's."""
    part, page = (str(number) for number in rng.sample(range(100, 1000), 2))
    return part, [page, f"{part}{sign}{page}"]


class Provider:
    """The backend that writes summaries and counts how many calls are under way.

    The first calls wait until as many have come as may, so that the count owes nothing to the machine's speed.
    These stay long enough for a call too many to be seen, the later ones for a moment.
    """

    def __init__(self, submission: Any, limit: int, wait: float = 3.0, hold: float = 0.06) -> None:
        self.submission, self.limit, self.wait, self.hold = submission, limit, wait, hold
        self.under_way = self.peak = self.failing = 0
        self.left = 0  #: how many calls were under way when `summarise_all` raised
        self.gave_up = False
        self.down = False  #: every call fails at once
        self.broken: set[str] = set()  #: documents whose calls fail
        self.slow: set[str] = set()  #: documents whose calls take three times as long
        self.lasting: set[str] = set()  #: documents whose calls are still under way when others have failed
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
            if self.down:
                return Response(status=503)
            hold = self.hold if len(self.asked) <= self.limit else self.hold / 5
            self.under_way += 1
            self.failing += document in self.broken
            self.peak = max(self.peak, self.under_way)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.peak >= self.limit or self.gave_up, self.wait)
            self.gave_up |= self.peak < self.limit
            if self.held and document == self.asked[0]:
                self.changed.wait_for(lambda: len(self.asked) >= self.held or self.gave_up, self.wait)
                self.came_meanwhile = len(self.asked)
            if document in self.lasting:
                hold = 0.3
            if (
                document in self.broken
            ):  # it fails while another call is under way, whose summary is to be kept
                self.changed.wait_for(lambda: self.others_under_way() or self.gave_up, self.wait)
        time.sleep(0 if document in self.broken else hold * (3 if document in self.slow else 1))
        with self.changed:
            self.under_way -= 1
            if document in self.broken:
                self.failing -= 1
                return Response(status=502 if document == min(self.broken) else 500)
            self.changed.notify_all()
            number = self.submission.rng.randrange(10**6)
            name = document.encode("ascii", "replace").decode()  # which looks the same in any encoding
            return Response(body=self.summaries.setdefault(document, f"summary {number} of {name}"))

    def others_under_way(self) -> bool:
        """Say whether calls that won't fail are under way, those that last among them."""
        return self.under_way > self.failing and (not self.lasting or not self.lasting.isdisjoint(self.asked))

    def night(
        self,
        documents: Sequence[str],
        *,
        thread: str = "night",
        timeout: float = 9,
        db: str = "night.db",
        archive: bool = False,
    ) -> Any:
        """Have documents summarised; return the list, or `"raised"`."""
        self.asked.clear()
        path, nights = self.submission.path(db), [(thread, documents, self.limit)]
        try:
            seen = self.submission.observe(
                summarise_night,
                url=self.backend.url,
                db=path,
                nights=nights,
                archive=archive,
                timeout=timeout,
            )
        except TimedOut:
            raise AssertionError(
                f"`summarise_all` made {len(self.asked)} of {len(documents)} calls with a limit of {self.limit}, then hung "
                f"for {timeout:g} s. It may be a deadlock: a sync `entrypoint` needs a thread of its own, and "
                "`max_concurrency` counts it"
            ) from None
        self.left += seen["left"]
        [came] = seen["came"]
        return came


def assert_within(provider: Provider, *, again: bool = False) -> None:
    """Expect as many calls under way as may be, and no more. With `again`, an earlier attempt had failed."""
    limit, peak = provider.limit, provider.peak
    assert provider.asked, (
        "no call came to the provider: call `summarise` for each document that has no summary in the thread `thread_id`"
    )
    where = "`max_concurrency` counts only at the top level of a config, and without it the machine's cores decide; give it each call's own `limit`"
    assert peak <= limit or not provider.left, (
        f"`summarise_all` raised while {counted(provider.left, 'call')} ran, and with those of the thread's next one, {peak} ran at the "
        f"same time, of {limit} allowed: before you raise, wait for what's under way"
    )
    assert peak <= limit or not again, (
        f"every call had failed, and in the thread's next `summarise_all` {peak} calls ran at the same time, with a limit of {limit}: "
        "a run that goes on takes `max_concurrency` from its own config"
    )
    assert peak <= limit, (
        f"{peak} calls ran at the same time with a limit of {limit}, more than the provider allows: {where}"
    )
    assert peak > 1 or limit == 1, (
        f"the calls came one after the other, and {limit} may run: make a task of each document, "
        "and LangGraph runs them side by side"
    )
    assert peak == limit, (
        f"at most {peak} calls ran at the same time, of {limit} allowed: look at your own pool or the config's top-level "
        "`max_concurrency`. Without it the machine's cores decide, as for asyncio's own pool. A sync `entrypoint` takes a place"
    )


def assert_none_waited(provider: Provider) -> None:
    """Expect a call to have begun whenever another one had ended."""
    assert provider.came_meanwhile >= provider.held, (
        f"while one slow call ran, only {provider.came_meanwhile} of {provider.held} calls had begun, with a limit of "
        f"{provider.limit}: the rest waited for that one. Begin a call whenever another ends, be it the oldest or not"
    )


def assert_summaries(provider: Provider, documents: Sequence[str], came: Any) -> None:
    """Expect the summary of each document, in order."""
    assert came != "raised", (
        "every call was answered, and `summarise_all` raised what a call had raised before: ask again for that document"
    )
    assert isinstance(came, list), (
        f"`summarise_all` returned a value of type {type(came).__name__}, not a list: return each document's summary"
    )
    wanted = [provider.summaries.get(document) for document in documents]
    assert len(came) == len(wanted), (
        f"{len(documents)} documents gave {counted(len(came), 'summary', 'summaries')}: return one for each, from earlier attempts too"
    )
    assert came == wanted or sorted(map(str, came)) != sorted(map(str, wanted)), (
        "the summaries are all there, but not in the order of `documents`: they're in the order in which the calls ended or "
        "began, so note for each which document it belongs to"
    )
    of = {text: document for document, text in provider.summaries.items() if text}
    mixed = [
        (mine, of[got]) for mine, got in zip(documents, came, strict=True) if of.get(str(got), mine) != mine
    ]
    assert not mixed, (
        f"the document {name_of(mixed[0][0])} got the summary of {name_of(mixed[0][1])}: tell documents apart by their whole text, "
        "exactly as it's spelled"
    )
    assert came == wanted, (
        "`summarise_all` returned other summaries than the provider wrote: return what `summarise` returned for that "
        "document, an empty text too"
    )


def assert_asked_once(provider: Provider, documents: Sequence[str]) -> None:
    """Expect one call for each document."""
    counts = Counter(provider.asked)
    wrong = [document for document in documents if counts[document] != 1]
    assert not wrong, (
        f"`summarise` was called {counts[wrong[0]]} times for the document {name_of(wrong[0])}: call it once for each, "
        "and tell documents apart by their whole text"
    )


def name_of(document: str) -> str:
    """Return a document's text, or the end of it."""
    return ascii(document) if len(document) < 40 else f"'…{ascii(document[-20:])[1:]}"


def why_paid_again(path: Path) -> str:
    """Explain, from the database, why nothing that was saved was used."""
    histories = [evidence.checkpoints(path, thread) for thread in evidence.threads(path)]
    if any(sum(row.source == "input" for row in rows) > 1 for rows in histories):
        return "the input was sent again, which begins the run anew; `None` goes on with it"
    if len(histories) == 2:
        return "it looked in another thread; make the thread's id from `thread_id` alone"
    return "no task had been saved by itself; if one task does them all, it's saved as a whole or not at all"


@pytest.mark.exercise("bounded_parallelism", points=2, needs=("server",), rules=(1, 2, 3))
def test_as_many_as_may(submission):
    """64 documents eight at a time, and 15 three at a time: never more, and not fewer."""
    for count, limit in ((64, 8), (15, 3)):
        documents, provider = draw_documents(submission.rng, count), Provider(submission, limit)
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


@pytest.mark.exercise("bounded_parallelism", points=1, restarts=True, needs=("server",), rules=(2, 3))
def test_two_at_a_time_and_one(submission):
    """Limits of 2 and 1 are kept, after a failure too, nothing hangs, and a night without documents is over at once."""
    for limit in (2, 1):
        documents, provider = draw_documents(submission.rng, 7), Provider(submission, limit)
        provider.down = failed = limit == 2
        if failed:  # all of them are left to do, and under another limit than before
            provider.limit = 4
            provider.night(documents, thread=f"night-{limit}", timeout=4)
            provider.down, provider.limit = False, limit
        came = provider.night(documents, thread=f"night-{limit}", timeout=4)
        assert_within(provider, again=failed)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)
        for _ in range(2):
            assert_summaries(provider, [], provider.night([], thread=f"empty-{limit}", timeout=4))


@pytest.mark.exercise("bounded_parallelism", points=2, restarts=True, needs=("server",), rules=(1, 4, 5, 6))
def test_paid_for_once(submission):
    """After two failed calls and a restart, only what has no summary is asked for."""
    documents, provider = draw_documents(submission.rng, 14), Provider(submission, 4)
    provider.broken, provider.lasting = set(documents[6:8]), set(documents[8:10])
    provider.summaries[documents[2]] = ""  # a summary, too
    came = provider.night(documents)
    assert not str(came).startswith("raised "), (
        f"a call failed, and `summarise_all` {came}: let the same exception out"
    )
    assert came == "raised", (
        f"the calls for {' and '.join(map(name_of, sorted(provider.broken)))} failed, and `summarise_all` came back as if "
        "they hadn't: let what `summarise` raises come out"
    )
    twice = [(document, calls) for document, calls in Counter(provider.asked).items() if calls > 1]
    assert not twice, (
        f"the call for {name_of(twice[0][0])} failed, and `summarise_all` made it {often(twice[0][1])} before it raised: ask again when "
        "it's called again. A `RetryPolicy` asks again at once"
    )
    with provider.changed:  # what's under way when `summarise_all` raises is paid for, too
        provider.changed.wait_for(lambda: not provider.under_way, provider.wait)
    paid, provider.broken, provider.lasting = set(provider.summaries), set(), set()
    submission.restart()
    for attempt in ("second", "third"):
        came = provider.night(documents)
        assert_nothing_paid_again(provider, attempt, paid)
        assert_summaries(provider, documents, came)
        paid = set(provider.summaries)
    assert_in_checkpoints(submission.file("night.db"), provider)
    assert_new_night(provider, documents, "night/2", "night")
    assert_new_night(provider, documents, "night1", "night")  # its document 2 isn't document 12 of the other
    assert_new_night(provider, documents, "Night", "night")
    provider.night(documents[:3], thread="Night", db="other.db")
    assert len(provider.asked) == 3, (
        f"the file `other.db` is new, and of 3 documents nobody asked for {3 - len(provider.asked)}: a summary is kept in the file "
        "`db_path`, and what a process remembers isn't there"
    )
    provider.night(documents[:3], thread="Night", db="other.db", archive=True)
    assert len(provider.asked) == 3, (
        f"between two calls `other.db` was moved away, and of 3 documents nobody asked for {3 - len(provider.asked)}: what was saved "
        "went with the file, so open `db_path` at each call"
    )


def assert_nothing_paid_again(provider: Provider, attempt: str, paid: set[str]) -> None:
    """Expect no call for what has a summary."""
    again = [document for document in provider.asked if document in paid]
    assert len(again) < len(paid), (
        f"on the {attempt} attempt all {len(paid)} documents that had a summary were paid for again: "
        + why_paid_again(provider.submission.file("night.db"))
    )
    empty = [document for document in again if not provider.summaries.get(document, "?")]
    assert not empty, (
        f"on the {attempt} attempt {name_of(empty[0])} was paid for again, and its summary had been `''`: an empty summary is a "
        "summary, so check whether there is one, not whether it's true"
    )
    assert not again, (
        f"on the {attempt} attempt {name_of(again[0])} was paid for again, and it had been answered before: save each summary by "
        "itself, also of calls that run while another one fails"
    )


def assert_new_night(provider: Provider, documents: Sequence[str], thread: str, known: str) -> None:
    """Expect a thread to have summaries of its own."""
    came = provider.night(documents, thread=thread)
    left = [document for document in documents if document not in provider.asked]
    assert not left, (
        f"the thread {thread!r} is new, and nobody asked for {name_of(left[0])}: it got a summary of the thread {known!r}, so "
        "make the ids of your threads from `thread_id`, unmistakably"
    )
    assert_asked_once(provider, documents)
    assert_summaries(provider, documents, came)


def assert_in_checkpoints(path: Path, provider: Provider) -> None:
    """Expect each summary in what LangGraph saved."""
    rows = [row for thread in threads_in(path) for row in evidence.raw_rows(path, thread)]
    held = b"\n".join(value for row in rows for value in row if isinstance(value, bytes))
    lost = [document for document, text in provider.summaries.items() if text.encode() not in held]
    assert not lost, (
        f"no LangGraph checkpoint in `night.db` holds the summary of {name_of(lost[0])}: let a graph with a saver do the work, "
        "and it saves what each task returns"
    )


def threads_in(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []

"""Public tests of `split_the_work`."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

import pytest

from autograder.counts import counted
from autograder.sandbox.http_server import Request, Response

from common import draw_orders, text_of


def work_through(split_the_work, url, path, text, parts, size, beside, after_empty):
    """Have a graph work through a file. Each call goes to the desk, which is a server.

    With `beside`, the graph works through another file meanwhile, which the desk isn't told of. Then `work` looks whether
    it's called with a part only, and `report` returns something. With `after_empty`, an empty file had this path in the
    graph's run before, of which the desk isn't told either.
    """
    import os
    import threading
    from pathlib import Path

    import httpx

    path = os.path.relpath(path)  # as in the prompt
    Path(path).write_text(text)
    other, runs = f"{path}.other", [threading.Lock()] if beside else []
    under_way, others, counts, added, nothing = [], [], {}, [], []
    Path(other).write_text("one line\n")
    client = httpx.Client(base_url=url, timeout=20, limits=httpx.Limits(max_connections=200))

    def work(part, /, store=nothing):
        if store is not nothing:
            added.append(repr(store))
        if str(part.get("path")).endswith(".other"):
            return {"ok": 7000, "bad": 3000}
        seen = {"part": [part["start"], part["end"]], "keys": sorted(part), "path": part.get("path") == path}
        counted = client.post("/work", json=seen).raise_for_status().json()
        if runs and runs[0].acquire(blocking=False):  # once, when the desk knows that the part has ended
            run = threading.Thread(target=graph.invoke, args=({"path": other}, config))
            under_way.append(run)
            run.start()
            run.join()
            under_way.clear()
        return counts.setdefault((counted["ok"], counted["bad"]), counted)  # one dict for equal counts

    def report(*sums, **named):
        told = [*sums, *([named] if named else [])]
        if under_way:  # another run's
            others.append(told)
        else:
            client.post("/report", json=told)
        return {"ok": 500_000, "bad": 800_000} if beside else None

    builder = split_the_work(work, report, parts, size)
    if not hasattr(builder, "compile"):
        return {"returned": type(builder).__name__}
    # No more steps than a loop needs: one that never ends is told so soon.
    config = {"max_concurrency": 4 * parts, "recursion_limit": 500}
    graph = builder.compile()
    if after_empty:
        Path(path).write_text("")
        under_way.append(None)
        graph.invoke({"path": path}, config)
        under_way.clear()
        Path(path).write_text(text)
    state = graph.invoke({"path": path}, config)
    changed = next(([*was, one] for was, one in counts.items() if one != {"ok": was[0], "bad": was[1]}), None)
    return {
        "ok": state.get("ok"),
        "bad": state.get("bad"),
        "others": others,
        "changed": changed,
        "added": added,
    }


class Desk:
    """Says how a file is to be worked on, and sees how it is: it answers each call for a part.

    A call waits until all parts of its chunk are there, or until nobody else comes.
    """

    def __init__(
        self,
        submission: Any,
        lines: int,
        parts: int,
        size: int,
        *,
        beside: bool = False,
        all_bad: bool = False,
        uncounted: int | None = None,
        alike: bool = False,
        after_empty: bool = False,
        earlier: Desk | None = None,
    ) -> None:
        self.earlier = earlier.parts if earlier else []  #: of the file that was here before
        self.after_empty = after_empty
        self._submission, self._size, self.at_once, self.beside = submission, size, parts, beside
        self.text = text_of(draw_orders(submission.rng, lines))
        pieces = self.text.splitlines(keepends=True)
        sizes = [sum(map(len, pieces[n : n + size])) for n in range(0, lines, size)]
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        self.parts = [(start, start + length) for start, length in zip(starts, sizes, strict=True)]
        self.chunk_of = {part: number // parts for number, part in enumerate(self.parts)}
        self.bad = {part: submission.rng.randrange(0, size + 1) for part in self.parts}
        self.lines = {part: min(size, lines - n * size) for n, part in enumerate(self.parts)}
        self.bad = {part: min(bad, self.lines[part]) for part, bad in self.bad.items()}
        if all_bad:
            self.bad = dict(self.lines)
        neither = {
            part: submission.rng.choice([0, 1]) for part in self.parts
        }  # some line is no order, and not bad
        self.ok = {part: max(self.lines[part] - self.bad[part] - neither[part], 0) for part in self.parts}
        self.alike = alike  #: all parts have the same counts
        if alike:
            self.ok, self.bad = dict.fromkeys(self.parts, 1), dict.fromkeys(self.parts, 0)
        self.uncounted = uncounted  #: a chunk whose lines are neither good nor bad
        for part in self.parts:
            if self.chunk_of[part] == uncounted:
                self.ok[part] = self.bad[part] = 0
        self.slow: set[int] = set()
        self.begun: list[tuple[int, int]] = []
        self.ended: Counter[tuple[int, int]] = Counter()
        self.reports: list[Any] = []
        self.keys: list[list[str]] = []  #: what else than a part `work` was given
        self.peak, self.early, self.alone = 0, [], 0
        self._patience = max(0.4, parts / 40)  # many calls take longer to come
        self._changed = threading.Condition()

    def run(self) -> Any:
        """Run the learner's graph over the file, and return its sums."""
        server = self._submission.serve(self._answer)
        path = self._submission.path("orders.jsonl")
        given = {"text": self.text, "parts": self.at_once, "size": self._size, "beside": self.beside}
        given["after_empty"] = self.after_empty
        return self._submission.observe(work_through, url=server.url, path=path, **given)

    def _answer(self, request: Request) -> Response:
        if request.path == "/report":
            self.reports.append(request.json)
            return Response()
        part = (request.json["part"][0], request.json["part"][1])
        if request.json["keys"] != ["end", "path", "start"] or not request.json["path"]:
            self.keys.append(request.json["keys"])
        with self._changed:
            self.begun.append(part)
            self._look(part)
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._all_there(part), timeout=self._patience if self.alone < 4 else 0
            )
            self.alone += not self._all_there(part)
        if part[0] in self.slow:
            time.sleep(0.03)
        with self._changed:
            self.ended[part] += 1
        return Response(body={"ok": self.ok.get(part, 0), "bad": self.bad.get(part, 0)})

    def _look(self, part: tuple[int, int]) -> None:
        """Note what is wrong with a call that comes now."""
        self.peak = max(self.peak, (Counter(self.begun) - self.ended).total())
        before = [other for other, chunk in self.chunk_of.items() if chunk < self.chunk_of.get(part, 0)]
        if not all(other in self.ended for other in before):
            self.early.append(part)

    def _all_there(self, part: tuple[int, int]) -> bool:
        mine = [other for other, chunk in self.chunk_of.items() if chunk == self.chunk_of.get(part)]
        return all(other in self.begun for other in mine)


def assert_worked(desk: Desk, seen: Any) -> None:
    """Expect a file to have been worked on, chunk by chunk, and reported on."""
    assert "returned" not in seen, f"it returned a {seen['returned']}: return a `StateGraph`, not compiled"
    what = f"{len(desk.parts)} parts, {desk.at_once} at a time"
    strange = [part for part in desk.begun if part not in desk.parts]
    assert not strange or strange[0] not in desk.earlier, (
        f"{what}: `work` was called for bytes {strange[0]}, a part of the file that had this path in an earlier run, and not of "
        "the one there now: ask `cut` again in each run"
    )
    assert not strange, (
        f"{what}: `work` was called for bytes {strange[0]}, which is no part that `cut` returns for this file: pass its parts on as "
        "they are, and go on at the `end` of the last one"
    )
    assert not desk.keys or desk.keys[0] == ["end", "path", "start"], (
        f"{what}: `work` was given a dict with the keys {desk.keys[0]}: pass each part on as `cut` returns it"
    )
    assert not desk.keys, (
        f"{what}: the `path` of the part that `work` was given isn't the input's: call `cut` with the path as it is, and pass "
        "each part on as `cut` returns it"
    )
    assert not desk.beside or not seen["added"], (
        f"`work(part, store=…)` was called with `store={seen['added'][0]}` beside the part: LangGraph fills in a node's parameters "
        "by their names, so call `work(part)` in a node of your own"
    )
    twice = [part for part, count in Counter(desk.begun).items() if count > 1]
    assert not twice, (
        f"{what}: the part {twice[0]} was worked on {desk.begun.count(twice[0])} times, not once"
    )
    assert desk.peak <= desk.at_once, (
        f"{what}: {desk.peak} calls of `work` were under way at the same time: plan a chunk, wait for it, plan the next"
    )
    missing = [part for part in desk.parts if part not in desk.begun]
    assert not missing or desk.uncounted != desk.chunk_of[missing[0]] - 1, (
        f"{what}: {len(missing)} parts were never worked on, {missing[0]} first: the chunk before had no good line and no bad "
        "one, and only `cut` tells where the file ends"
    )
    assert not missing or not desk.after_empty, (
        f"{what}: {len(missing)} parts were never worked on. In the graph's run before, an empty file had this path: ask `cut` again "
        "in each run"
    )
    assert not missing, (
        f"{what}: {len(missing)} parts were never worked on, {missing[0]} first: the last chunk may be smaller than the others"
    )
    assert not desk.alone or desk.peak > 1, (
        f"{what}: they were worked on one at a time: send all parts of a chunk in the same step"
    )
    assert not desk.early, (
        f"{what}: {desk.early[0]}, a part of a later chunk, was begun before the chunk before had ended: a kill would cost parts of "
        "both, so let a chunk end first"
    )
    assert not desk.alone, (
        f"{what}: {counted(desk.alone, 'call')} waited for the rest of their chunk, and it didn't come: start all its parts at the "
        "same time, however many they are"
    )
    assert not seen["changed"], (
        f"`work` returned ok={seen['changed'][0]} and bad={seen['changed'][1]}, and that dict is {seen['changed'][2]} now: "
        "`work` may return one dict for several parts, so add up in variables of your own"
    )
    sums = [sum(desk.ok.values()), sum(desk.bad.values())]
    why = (
        ""
        if desk.parts
        else (
            "; it was an empty file, and there is nothing to join: an empty list of `Send`s starts nothing, so ask for the end "
            "before you send"
        )
    )
    if desk.parts and not sums[0]:
        why = "; all its lines were bad, and that has to be reported, too"
    assert len(desk.reports) == 1, f"{what}: `report` was called {len(desk.reports)} times, not once{why}"
    assert not isinstance(desk.reports[0][-1], dict), (
        f"{what}: `report` was called with the names {[*desk.reports[0][-1]]}: pass `ok` and `bad` by their places, since any "
        "function of two numbers may be given"
    )
    assert not desk.beside or seen["others"] == [[7000, 3000]], (
        f"the graph worked through a second file meanwhile, with 7000 good lines and 3000 bad, and `report` got "
        f"{str(seen['others'])[:30]}. Add up what `work` returns, and keep sums and the cursor in the state, not beside the nodes"
    )
    assert not desk.alike or desk.reports[0] == sums, (
        f"{what}: `report` was called with {desk.reports[0]}, not {sums}. `work` returned one dict for all parts: "
        "equal counts of several parts all count"
    )
    assert not desk.beside or seen["ok"] is None or seen["ok"] < 500_000, (
        f"`report` returned a dict with ok=500000 and bad=800000, and the final state has ok={seen['ok']} and bad={seen['bad']}: "
        "what `report` returns is no update of the state, so don't return it from a node"
    )
    assert not desk.beside or desk.reports[0] == [seen["ok"], seen["bad"]] == sums, (
        f"`report` got {desk.reports[0]}, the final state has {[seen['ok'], seen['bad']]}, the sums are {sums}, and a second run "
        "was under way: add up each part, and keep sums and the cursor in the state, not beside the nodes"
    )
    assert desk.reports[0] == sums, (
        f"{what}: `report` was called with {desk.reports[0]}, and the sums over all chunks are {sums}"
    )
    assert [seen["ok"], seen["bad"]] == sums, (
        f"{what}: the final state has ok={seen['ok']} and bad={seen['bad']}, and the sums over all chunks are {sums}"
    )


@pytest.mark.exercise("split_the_work", points=2, needs=("server",), rules=(1, 2, 3, 4, 6))
def test_chunk_by_chunk(submission):
    """A file of several chunks is worked on chunk by chunk, all parts of one at the same time."""
    desk = None
    for lines in (24, submission.rng.randrange(17, 22)):  # the second file takes the place of the first
        desk = Desk(submission, lines, 4, 2, earlier=desk)
        assert_worked(desk, desk.run())


@pytest.mark.exercise("split_the_work", points=1, needs=("server",), rules=(5,))
def test_an_empty_file(submission):
    """An empty file is reported on, too, and so is a file that takes its place."""
    for desk in (Desk(submission, 0, 3, 2), Desk(submission, 5, 3, 2, after_empty=True)):
        assert_worked(desk, desk.run())

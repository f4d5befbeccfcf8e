"""Public tests of `keep_the_state_small`."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import pytest

from autograder.counts import counted, often
from autograder.testing import evidence

KB = 1000


def work_through(keep_the_state_small, paths, lines, length, bad, twins, falsy, parts, size, watch, nights):
    """Have a graph work through a file of numbered lines; note all that it does, and the memory it takes.

    Each of the `twins` is a line's number and that of an earlier one, which has the same text. Each of the `falsy` is a
    line's number and its result. Each of the `nights` is a thread that runs in the middle of a chunk.
    """
    import sqlite3
    import threading
    import tracemalloc
    from contextlib import closing
    from pathlib import Path

    from langgraph.checkpoint.sqlite import SqliteSaver

    with Path(paths["orders.jsonl"]).open("w", encoding="utf-8") as file:
        same = dict(twins)
        file.writelines(
            f"{same.get(n, n)} é{'x' * (length - 3)} \n" for n in range(lines)
        )  # an é has two bytes
    Path(other := f"{paths['orders.jsonl']}.other").write_text("7 is bad \n8 is good \n9 is good \n")
    poison, priced, kept, happened, strange = {7}, [], [], [], set()
    results_of, numbers_of = dict(falsy), {repr(result): n for n, result in falsy}
    beside = {"turns": [], "now": threading.Event(), "waiting": False, "alarms": [], "stuck": False}

    def run_beside():
        """Let another night of the same graph run to its end while this one is in a chunk with bad lines."""
        with turn:
            if not beside["turns"] or beside["stuck"]:
                return
            config = {"configurable": {"thread_id": beside["turns"].pop()}}
            beside["now"].set()
            run = threading.Thread(target=graph.invoke, args=({"path": other}, config))
            run.start()
            run.join(8)
            beside["stuck"] = run.is_alive()
            if not beside["stuck"]:
                beside["now"].clear()

    def price(some):
        if beside["now"].is_set() and any(" is " in line for line in some):
            return [None if "bad" in line else "beside" for line in some]
        if beside["waiting"] and len(beside["turns"]) == 1:
            run_beside()
        firsts = [line.split()[0] for line in some]
        numbers = [int(first) if first.isdigit() else -1 for first in firsts]
        strange.update(["a piece of a line"] * (-1 in numbers))
        strange.update(["another line"] * any(line[-1:] != " " for line in some))
        priced.append(numbers)
        beside["waiting"] |= bool(poison & {*numbers})
        happened.append(["price", min(numbers, default=-1)])
        return [None if n in poison else results_of.get(n, f"{n} {'y' * length}") for n in numbers]

    def keep(results):
        if beside["now"].is_set() and "beside" in results:
            return
        if beside["waiting"] and len(beside["turns"]) == 2:
            run_beside()
        strange.update([type(results).__name__] * (not isinstance(results, list)))
        for result in results:
            of = numbers_of.get(repr(result), -1)
            kept.append(of if of >= 0 or result is None else int(str(result).split()[0]))

    def alarm(places):
        if beside["now"].is_set():
            beside["alarms"].append(list(places))
            return
        beside["waiting"] = False
        happened.append(["alarm", list(places)])

    turn = threading.Lock()
    builder = keep_the_state_small(price, keep, alarm, parts, size)
    if not hasattr(builder, "compile"):
        return {"returned": type(builder).__name__}
    with closing(sqlite3.connect(paths["night.db"], check_same_thread=False)) as db:
        db.execute("pragma synchronous = off")
        graph = builder.compile(checkpointer=SqliteSaver(db))
        config = {"configurable": {"thread_id": "night"}, "recursion_limit": 4 * lines + 100}
        # Another night of the same graph, before this one.
        graph.invoke({"path": other}, {"configurable": {"thread_id": "another night"}})
        poison = set(bad)
        for each in (priced, kept, happened):
            each.clear()
        beside |= {"waiting": False, "turns": nights}
        if watch:
            tracemalloc.start()
        state = graph.invoke({"path": paths["orders.jsonl"]}, config, durability="sync")
        peak = tracemalloc.get_traced_memory()[1] if watch else 0
        tracemalloc.stop()
    sums = {"ok": state.get("ok"), "bad": state.get("bad")}
    seen = {"sums": sums, "priced": priced, "kept": sorted(kept), "happened": happened, "peak": peak}
    return seen | {"strange": sorted(strange), "beside": beside["alarms"], "stuck": beside["stuck"]}


class Run:
    """One night over a drawn file, and what should come of it."""

    def __init__(
        self,
        submission: Any,
        lines: int,
        parts: int,
        size: int,
        length: int,
        bad: set[int] | None = None,
        twins: dict[int, int] | None = None,
        falsy: dict[int, Any] | None = None,
    ) -> None:
        drawn = submission.rng.sample(range(1, lines), lines // 10) if bad is None else bad
        self._twins, self._falsy = twins or {}, falsy or {}
        self.lines, self.bad, self._submission = lines, sorted(drawn), submission
        self._chunk, self._size, self.length = parts * size, size, length
        self.db = f"{lines}-{len(self.bad)}.db"
        paths = {"orders.jsonl": submission.path("orders.jsonl"), "night.db": submission.path(self.db)}
        given = {"lines": lines, "length": length, "bad": self.bad, "parts": parts, "size": size}
        given |= {"twins": [*self._twins.items()], "falsy": [*self._falsy.items()]}
        given |= {"watch": lines > 5000, "nights": ["a second night", "a third night"] if lines < 500 else []}
        self.seen = submission.observe(work_through, paths=paths, **given)

    def place(self, number: int) -> str:
        """Say where a line is: the first byte of its part, and its number there."""
        before = number // self._size * self._size
        return f"{self._begins[before]}+{number - before}"

    @cached_property
    def _begins(self) -> list[int]:
        """The first byte of each line."""
        return [0, *accumulate(len(str(n)) + self.length + 2 for n in range(self.lines))]

    def assert_right(self) -> None:
        """Expect each part priced once, the good results kept, and an alarm for each chunk with bad lines."""
        assert "returned" not in self.seen, (
            f"it returned a {self.seen['returned']}: return a `StateGraph`, not compiled"
        )
        assert not self.seen["stuck"], (
            "another night of the same graph waited for this one to leave `price` or `keep`: do they share a thread or a lock? Call `keep` in "
            "the step itself, so that no night waits for another"
        )
        strange = self.seen["strange"]
        assert "another line" not in strange, (
            "`price` got a line without the blank at its end: pass the lines on as `read` returns them"
        )
        assert "a piece of a line" not in strange, (
            "`price` got a piece of a line: go on at the `end` of the last part, since a letter may be two bytes, and keep the cursor "
            "in the state, because the graph reads another file, too"
        )
        assert not strange, f"`keep` got a {strange[0]}: give it a list"
        before = "" if self.seen["priced"] else ", after another file of 3 lines with the same graph"
        assert self.seen["priced"] or not self.lines, (
            f"no line was priced{before}: where a night is belongs in its state, not beside the nodes"
        )
        wanted = [list(range(n, min(n + self._size, self.lines))) for n in range(0, self.lines, self._size)]
        wanted = [[self._twins.get(n, n) for n in some] for some in wanted]
        assert sorted(self.seen["priced"]) == wanted, (
            f"`price` was called {often(len(self.seen['priced']))}, and the file has {len(wanted)} parts: call it once for each part, "
            "with all its lines"
        )
        good = sorted({*range(self.lines)} - {*self.bad})
        lost = {n: result for n, result in self._falsy.items() if n not in self.seen["kept"]}
        assert not lost or self.seen["kept"] != [n for n in good if n not in lost], (
            f"a line's result is {next(iter(lost.values()))!r}, and `keep` didn't get it: only `None` means a bad line"
        )
        assert self.seen["kept"] == good, (
            f"`keep` got {len(self.seen['kept'])} results, {self.seen['kept'].count(-1)} of them `None`, and {len(good)} lines are "
            "good"
        )
        self._assert_alarms()
        sums = {"ok": len(good), "bad": len(self.bad)}
        absent = [name for name, held in self.seen["sums"].items() if held is None]
        assert not absent, (
            f"after a file of {self.lines} lines, {len(self.bad)} of them bad, the final state has no `{absent[0]}`: it's there in every "
            "case, so begin it at 0"
        )
        others = [{"ok": len(good) + 2 * nights, "bad": len(self.bad) + nights} for nights in (1, 2, 3)]
        assert self.seen["sums"] == sums, (
            f"the final state has {self.seen['sums']}, and the sums are {sums}"
            + (
                ": the graph went through another file of 3 lines, too, so keep sums in the state, not beside the nodes"
                if self.seen["sums"] in others
                else ": count each line once, and only `None` as bad"
            )
        )

    def _assert_alarms(self) -> None:
        mixed = [places for places in self.seen["beside"] if places != ["0+0"]]
        assert not mixed, (
            f"another night of the same graph ran in the middle of a chunk, and `alarm` got {mixed[0][:3]}, which are places of this one: "
            "keep them in the state, not beside the nodes, and wait for `keep`"
        )
        happened = self.seen["happened"]
        told = [what for kind, what in happened if kind == "alarm"]
        chunks = [range(n, n + self._chunk) for n in range(0, self.lines, self._chunk)]
        wanted = [[self.place(n) for n in self.bad if n in chunk] for chunk in chunks]
        wanted = [places for places in wanted if places]
        assert [] not in told, (
            "`alarm` was called without a place: it's for chunks with bad lines, and there were no bad lines"
        )
        everything = [place for places in wanted for place in places]
        silent = [place for place in everything if not any(place in places for places in told)]
        if silent:
            raise AssertionError(
                f"the line at {silent[0]} is bad, and {self._why_silent(silent[0], told, chunks)}"
            )
        assert (
            len(told) == len(wanted) or sum(map(len, told)) != len(everything) or len(told) < len(wanted)
        ), (
            f"`alarm` was called {often(len(told))}, and {len(wanted)} chunks have bad lines: call it once for a chunk, not for a part"
        )
        ends = {self.place(n): n - n % self._chunk + self._chunk for n in self.bad}
        late, before, begun = list[str](), set[str](), 0
        for kind, what in happened:
            if kind == "price":
                begun = max(begun, what)
                continue
            late += [place for place in what if place not in before and begun >= ends.get(place, self.lines)]
            before |= {*what}
        assert not late, (
            f"`alarm` was told of {late[0]} after a later chunk had begun: call it before the next chunk begins"
        )
        assert told == wanted, f"`alarm` was told of {_why_others(told, everything)}"

    def _why_silent(self, place: str, told: list[list[str]], chunks: list[range]) -> str:
        """Say what `alarm` was told instead of this place."""
        twice = [one for places in told for one in places if places.count(one) > 1]
        if twice:
            return (
                f"`alarm` was told of {twice[0]} twice instead: count the part's lines, since a line's text, and its result, may come "
                "again"
            )
        chunk = next(chunk for chunk in chunks if self._in(place, chunk))
        heard = [one for places in told for one in places if self._in(one, chunk)]
        if heard:
            return f"`alarm` was told of {counted(len(heard), 'bad line')} of its chunk, but never of this one: tell it of all of them"
        return (
            "`alarm` was never told, nor of another line of its chunk: each chunk with bad lines has its alarm, the first and "
            "the last one too"
        )

    def _in(self, place: str, chunk: range) -> bool:
        return any(self.place(n) == place for n in self.bad if n in chunk)

    def assert_small_rows(self, *, even: bool = False) -> None:
        """Expect each checkpoint and each saved write to be small; where bad lines are spread evenly, they don't grow."""
        path = self._submission.file(self.db)
        for table, name in (("checkpoints", "checkpoint"), ("writes", "saved write")):
            sizes = [
                len(value) for row in evidence.table(path, table) for value in row if isinstance(value, bytes)
            ]
            large = max(sizes, default=0)
            assert large <= 5 * KB, (
                f"a {name} has {large / KB:.0f} kB after {self.lines} lines, and may have 5: does it hold records, results, entries for "
                "all parts or bad lines, or more than a bad line's place? Keep only what the next step needs"
            )
            quarter = len(sizes) // 4
            middle, end = max(sizes[quarter : 2 * quarter], default=0), max(sizes[-quarter:], default=0)
            assert end <= middle + 150 or not even, (
                f"a {name} has {end - middle} bytes more at the file's end than in its middle, so a longer file's has more than 5 kB: does it "
                "hold an entry for each chunk?"
            )

    def assert_small(self) -> None:
        """Expect small rows, a small file, and little in memory, if that was watched."""
        size = self._submission.file(self.db).stat().st_size
        assert size <= 3000 * KB, (
            f"the database has {size / KB:.0f} kB after {self.lines} lines, and may have 1000: records or results are saved with it, in the "
            "state, in what nodes return, or in a `Send`"
        )
        self.assert_small_rows()
        assert size <= 1000 * KB, (
            f"the database has {size / KB:.0f} kB after {self.lines} lines, and may have 1000: each step saves its whole state again, so "
            "keep no list of parts in it, or take fewer steps"
        )
        whole = self.lines * self.length
        assert self.seen["peak"] <= whole // 2 or not self.seen["peak"], (
            f"at one time {self.seen['peak'] / KB:.0f} kB were in memory, and the file has {whole / KB:.0f}: read a part when it's "
            "worked on, and let it go"
        )


def _why_others(told: list[list[str]], everything: list[str]) -> str:
    """Say what is wrong with alarms that leave out no bad line, and come in time."""
    heard = [place for places in told for place in places]
    strange = [place for place in heard if place not in everything]
    if strange:
        return f"{strange[0]}, and no line with the result `None` is there: only `None` means a bad line"
    again = next((place for place in heard if heard.count(place) > 1), None)
    if again:
        calls = counted(sum(again in places for places in told), "call")
        return f"{again} {often(heard.count(again))}, in {calls}: tell it the bad lines of that chunk, and forget them then"
    place_of = {place: number for number, place in enumerate(everything)}
    wrong = next(some for some in told if some != sorted(some, key=place_of.__getitem__))
    one, other = next((a, b) for a, b in pairwise(wrong) if place_of[a] > place_of[b])
    why = ". As texts, they're sorted, but a text's order isn't a number's" * (wrong == sorted(wrong))
    return f"{one} before {other}, and in the file it's the other way round: keep the file's order{why}"


@pytest.mark.exercise("keep_the_state_small", points=2, rules=(1, 2, 3, 4))
def test_chunks_and_alarms(submission):
    """Each part is priced once, good results are kept, falsy ones too, and each chunk tells of its bad lines."""
    rng = submission.rng
    bad, twins = {1, 2, 7, 14, 40, 41, 52}, {2: 1, 41: 40}  # equal lines side by side, and both bad
    lines, falsy = rng.randrange(55, 70), {0: 0, 5: "", 16: False, 30: [], 54: {}}
    Run(submission, lines=lines, parts=3, size=4, length=20, bad=bad, twins=twins, falsy=falsy).assert_right()
    Run(submission, lines=40, parts=2, size=5, length=20).assert_right()


@pytest.mark.exercise("keep_the_state_small", points=1, rules=(5,))
def test_six_hundred_lines(submission):
    """Six hundred lines: each checkpoint is small, and so is each saved write."""
    run = Run(submission, lines=600, parts=8, size=10, length=300)
    run.assert_small()
    run.assert_right()

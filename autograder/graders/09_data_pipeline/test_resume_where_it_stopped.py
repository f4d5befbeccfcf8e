"""Public tests of `resume_where_it_stopped`."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any

import pytest

from autograder.counts import counted, often
from autograder.sandbox.http_server import Request, Response

from common import draw_orders, text_of


def run_on(resume_where_it_stopped, url, db, path, text, thread, most, slow):
    """Run a night, or go on with it. Each part and each save is reported to the service, which may keep saves back."""
    import sqlite3
    from pathlib import Path
    from unittest.mock import patch

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client = httpx.Client(base_url=url, timeout=25)

    class SlowDisk(SqliteSaver):
        def put(self, config, checkpoint, metadata, new_versions):
            client.post("/save")
            return super().put(config, checkpoint, metadata, new_versions)

        def put_writes(self, config, writes, task_id, task_path=""):
            if slow:  # otherwise they are there before the checkpoint at which it may be killed
                client.post("/writes")
            return super().put_writes(config, writes, task_id, task_path)

    def work(part):
        answer = client.post("/work", json={"start": part["start"], "end": part["end"]})
        if answer.status_code == 502:
            raise ConnectionError("the line broke")
        return answer.raise_for_status().json()

    Path(path).write_text(text, encoding="utf-8")
    saver = SlowDisk(sqlite3.connect(db, check_same_thread=False))
    saver.conn.execute("pragma synchronous = off")  # the machine goes on, whatever is killed here
    cores = patch("os.cpu_count", lambda: 28), patch("os.process_cpu_count", lambda: 28, create=True)
    try:
        with cores[0], cores[1]:  # so many threads that saves which wait keep nothing else from going on
            sums = resume_where_it_stopped(saver, thread, path, work, most)
    except (httpx.HTTPStatusError, ConnectionError):
        return {"raised": True}
    return {"ok": sums["ok"], "bad": sums["bad"]}


class Service:
    """Works on parts, counts how often it has worked on each line, and kills when told to.

    Attributes:
        peak: how many lines were under way at the same time, at most.
        step: how many lines were begun in a row without a checkpoint, at most.
        neither: its first so many lines are neither good nor bad.
        holds: let the first few calls wait a little, so that all of a chunk are seen at once.
        die_after: kill once so many lines have been begun by this process.
        die_at_save: kill at this checkpoint of this process.
        fail_after: answer `fail_with` once so many lines have been begun by this process; 502 is a ConnectionError.
    """

    def __init__(self, submission: Any, lines: int, most: int, thread: str = "monday") -> None:
        self._submission, self.most, self.thread = submission, most, thread
        orders = [each | {"sku": f"{each['sku']} für zwölf"} for each in draw_orders(submission.rng, lines)]
        self.text = text_of([json.dumps(each, ensure_ascii=False) for each in orders])
        pieces = self.text.encode().splitlines(keepends=True)
        starts = [sum(map(len, pieces[:n])) for n in range(lines)]
        self.bad = {start for start in starts if submission.rng.random() < 0.2}
        self.starts, self.begun, self.done = starts, Counter(), set()
        self._size = sum(map(len, pieces))
        self.stops, self.peak, self.strange = 0, 0, None
        self.holds, self._dead, self.neither = False, False, 0
        self._runs = self._under_way = self._calls = 0
        self.die_after = self.die_at_save = self.fail_after = 0
        self._here = self._saves = 0
        self._lock, self.fail_with = threading.Lock(), 500
        self._moved = threading.Condition(self._lock)
        self._slow, self._kept_back, self._quick, self._saved = False, 0, set(), False
        self.step = self._since_save = 0

    def work(self, slow: bool = False) -> Any:
        """Have a process work on, a new one if the last one died; return its sums, or `None` where it died.

        If its disk is `slow`, each save after the first chunk is kept back while the process goes on without it.
        """
        if self._dead:
            self._submission.restart()
        with self._lock:
            self._here = self._saves = self._under_way = self._kept_back = self._since_save = 0
            self._slow, self._quick = slow, set()
            self._runs += 1
        server = self._submission.serve(self._answer)
        paths = {"db": self._submission.path("night.db"), "path": self._submission.path("orders.jsonl")}
        given = {"text": self.text, "thread": self.thread, "most": self.most, "slow": slow, **paths}
        seen = self._submission.observe(run_on, dies=True, url=server.url, **given)
        self.die_after = self.die_at_save = self.fail_after = 0
        self._dead = seen is None
        return seen

    def _answer(self, request: Request) -> Response:
        with self._lock:
            if request.path == "/save":
                return self._save()
            if request.path == "/writes":
                self._keep_back("writes")
                return Response()
            lines = sum(request.json["start"] <= line < request.json["end"] for line in self.starts)
            self._under_way += lines
            self.peak = max(self.peak, self._under_way)
            self._calls += 1
            self._since_save += 0 if self._kept_back else lines
            self.step = max(self.step, self._since_save)
            self._moved.notify_all()
        if self.holds and self._calls <= 8:
            time.sleep(0.15)
        with self._lock:
            self._under_way -= lines
            return self._work(**request.json)

    def _save(self) -> Response:
        self._saves += 1
        if self._saves == self.die_at_save:
            self._stop()
        run, self._saved, self._since_save = self._runs, True, 0
        self._kept_back += 1
        self._moved.notify_all()
        self._keep_back("checkpoint")
        if run == self._runs:
            self._kept_back -= 1
        return Response()

    def _keep_back(self, kind: str) -> None:
        """Wait while the process goes on. Once nothing does, it waits for this save, and from then on these saves are quick."""
        run, saves = self._runs, self._saves

        def enough() -> bool:
            # What tasks have returned is needed no more once the checkpoint that follows is there.
            overtaken = kind == "writes" and (self._kept_back > 0 or saves != self._saves)
            return overtaken or kind in self._quick or run != self._runs

        while self._slow and self._here >= self.most and not enough():
            calls = self._calls
            if not self._moved.wait_for(lambda calls=calls: enough() or self._calls != calls, 0.3):
                self._quick.add(kind)
                self._moved.notify_all()

    def _stop(self) -> None:
        self.stops += 1
        self.die_after = self.die_at_save = 0
        self._submission.kill()

    def _work(self, start: int, end: int) -> Response:
        mine = [line for line in self.starts if start <= line < end]
        whole = start in self.starts and (end in self.starts or end == self._size)
        self.strange = self.strange or (None if whole else (start, end))
        self.begun.update(mine)
        self._here += len(mine)
        if self.die_after and self._here >= self.die_after:
            self._stop()
            return Response()
        if self.fail_after and self._here >= self.fail_after:
            self.stops, self.fail_after = self.stops + 1, 0
            return Response(status=self.fail_with)
        self.done.update(mine)
        return Response(body=self._sums(mine) | {"bad_places": []})

    def _sums(self, lines: list[int]) -> dict[str, int]:
        counted = {*lines} - {*self.starts[: self.neither]}
        return {"ok": len(counted - self.bad), "bad": len(counted & self.bad)}

    def repeats(self) -> int:
        """Say how many lines were begun more than once, each time counted."""
        return self.begun.total() - len(self.begun)

    def assert_few_repeats(self) -> None:
        """Expect no more repeats than one chunk for each time that it was stopped."""
        assert not self.strange, (
            f"`work` was called for bytes {self.strange}, which aren't whole lines: use `cut`"
        )
        what = f"it was stopped {often(self.stops)}, and worked on {counted(self.repeats(), 'line')} again"
        anew = bool(self.starts) and self.begun[self.starts[0]] == self._runs > 1
        many = self.repeats() > self.stops * self.most
        assert self.peak <= self.most, (
            f"{self.peak} lines were under way at the same time: a chunk may have {self.most}, because a kill costs all of it"
        )
        assert not many or not self._saved or self.step <= 2 * self.most, (
            f"{what}: {self.step} lines were begun without a checkpoint. A step may have {self.most} lines at most, because the results of its "
            "parts, and of a `@task`, are saved in the background"
        )
        assert not many or not anew, (
            f'{what}: each process began the file again. Use `durability="sync"`, so that each step is saved at '
            "once, in this thread of `saver`, and go on with `None`"
        )
        assert not many, (
            f"{what}, where {self.stops * self.most} were allowed: save each chunk, of {self.most} lines at most, before the next. "
            'Without `durability="sync"`, steps are saved in the background'
        )

    def work_with_kills(self, kills: int) -> None:
        """Kill again and again, on a slow disk; expect everything to be right in the end."""
        rng = self._submission.rng
        for _ in range(kills):
            self.die_after = rng.randrange(2 * self.most + 2, 3 * self.most)
            seen = self.work(slow=True)
            assert seen is None or len(self.done) == len(self.starts), (
                f"it came back after {len(self.done)} of {len(self.starts)} lines: the night is not finished"
            )
            self.assert_few_repeats()
        self.assert_finished(self.work())

    def assert_finished(self, seen: Any) -> None:
        """Expect a night to be at its end."""
        self.assert_few_repeats()
        left = [line for line in self.starts if line not in self.done]
        stopped = f"was stopped {often(self.stops)}" if self.stops else "was never stopped"
        where = f"the night {self.thread!r} {stopped}, and came to an end"
        assert len(left) < len(self.starts) or not left, (
            f"the night {self.thread!r} worked on nothing: each `thread_id` is a night of its own, and one that was killed before its "
            "first part isn't finished"
        )
        assert not left, (
            f"{where} with {counted(len(left), 'line that was', 'lines that were')} never worked on, so it's not finished: `next` is empty, too, while the "
            "last results are waiting for their checkpoint; look at `tasks`"
        )
        sums = self._sums(self.starts)
        why = "add up each part's own sums, once"
        lines = len(self.starts)
        if seen in (sums | {"bad": lines - sums["ok"]}, sums | {"ok": lines - sums["bad"]}):
            why = "a line may be neither good nor bad, so add up each part's own sums"
        elif self.stops:
            why = "each part counts once; an input starts an unfinished thread's graph again, and `None` goes on"
        assert seen == sums, f"{where} with the sums {seen}, not {sums}: {why}"

    def assert_finished_again(self) -> None:
        """Expect a finished night to work on nothing, not even on a line that was appended to its file later."""
        before, calls, text = self.begun.total(), self._calls, self.text
        self.text += '{"order": "of the next night"}\n'
        seen = self.work()
        self.text = text
        assert self.begun.total() == before, (
            f"the night was finished, and {counted(self.begun.total() - before, 'line was', 'lines were')} worked on when it was called again"
            + ": its lines were neither good nor bad, and sums of 0 don't say that nothing was done"
            * (not any(self._sums(self.starts).values()))
        )
        assert self._calls == calls, (
            "the night was finished, and `work` was called again after a line had been appended to the file: have the saver "
            "say that the night is over, and don't look at the file again"
        )
        sums = self._sums(self.starts)
        assert seen == sums, (
            f"the night was finished with the sums {sums}, and when it was called again, it returned {seen}: a finished night returns the same"
        )


@pytest.mark.exercise("resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 2, 3))
def test_three_kills_on_a_slow_disk(submission):
    """Three kills on a slow disk: each costs one chunk at most."""
    most = submission.rng.choice([6, 9])
    service = Service(submission, lines=12 * most, most=most)
    service.work_with_kills(3)


@pytest.mark.exercise("resume_where_it_stopped", points=1, restarts=True, needs=("server",), rules=(1, 2, 4))
def test_an_error_and_a_finished_night(submission):
    """An exception comes out, the next call goes on, and a finished night works on nothing."""
    service = Service(submission, lines=30, most=submission.rng.choice([6, 7]))
    service.holds = True
    for service.fail_with in submission.rng.sample([500, 502], 2):
        service.fail_after = submission.rng.randrange(8, 12)
        seen = service.work()
        assert seen == {"raised": True}, f"`work` raised, and it returned {seen}: let the exception out"
    service.assert_finished(service.work())
    service.assert_finished_again()

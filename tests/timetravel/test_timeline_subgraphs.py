"""What a subgraph did is drawn below the step that ran it, however deep, from graph and database alike."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from timeline_graphs import a, b, chain, failed, nested, thread

from timetravel import timeline
from timetravel.draw.text import plain
from timetravel.errors import WrongUse
from timetravel.model.history import History
from timetravel.model.nest import title


def outline(history: History) -> list[Any]:
    """Each step that ran subgraphs: its number, and what they are."""
    return [
        (step.step, title(inner.namespace), [one.step for one in inner.steps], outline(inner))
        for step in history.steps
        for inner in history.inner.get(step.checkpoint_id, ())
    ]


ONE = [(1, "team|research", [-1, 0, 1, 2], [])]
EXPECTED = [
    (0, "team", [-1, 0, 1, 2], ONE),
    (1, "memory", [-1, 0, 1], []),  # it remembers its last run: the second one goes on with step 2
    (2, "calls", [-1, 0, 1, 2], []),
    (6, "team", [-1, 0, 1, 2], ONE),
    (7, "memory", [2, 3, 4], []),
    (8, "calls", [-1, 0, 1, 2], []),
]


def test_every_subgraph_hangs_at_its_step_whoever_tells(db: Path, saver: Any) -> None:
    live, stored = timeline(nested(saver), thread("deep")).history, timeline(db, "deep").history
    assert outline(live) == outline(stored) == EXPECTED
    ids = [[step.checkpoint_id for _, step in history.walk()] for history in (live, stored)]
    assert ids[0] == ids[1]
    rows = saver.conn.execute("SELECT checkpoint_id FROM checkpoints").fetchall()
    assert sorted(ids[1]) == sorted(row[0] for row in rows)  # every checkpoint of the thread, each once


def test_in_a_terminal_they_are_open_or_a_line() -> None:
    history = timeline(nested(), thread("deep")).history
    drawn = re.sub(r" +…[0-9a-f]{6}$", "", plain(history), flags=re.MULTILINE).splitlines()
    assert drawn[3:13] == [
        "●   -1 input             log: ['one']",
        "●    0 loop   __start__  log + 'one'",
        "│      ▾ team: 4 checkpoints and 4 below, finished",
        "│        ●   -1 input             log: ['one']",
        "│        ●    0 loop   __start__  log + 'one'",
        "│        ●    1 loop   plan       log + 'plan'",
        "│        │      ▾ research: 4 checkpoints, finished",
        "│        │        ●   -1 input             log: ['one', 'plan']",
        "│        │        ●    0 loop   __start__  log + 'one', 'plan'",
        "│        │        ●    1 loop   search     log + 'search'",
    ]
    closed = plain(history, depth=0).splitlines()
    assert len(closed) == 3 + 12 + 6 and closed[5].endswith("▸ team: 4 checkpoints and 4 below, finished")
    assert sum("▸ research" in line for line in plain(history, depth=1).splitlines()) == 2


def test_a_namespace_is_drawn_alone_by_its_name_or_its_nodes(db: Path, saver: Any) -> None:
    history = timeline(nested(saver), thread("deep")).history
    inner = history.inner[history.steps[1].checkpoint_id][0]
    alone = timeline(db, {"configurable": {"thread_id": "deep", "checkpoint_ns": inner.namespace}}).history
    assert [step.step for step in alone.steps] == [-1, 0, 1, 2] and outline(alone) == ONE
    memory = timeline(db, {"configurable": {"thread_id": "deep", "checkpoint_ns": "memory"}}).history
    assert [step.step for step in memory.steps] == [-1, 0, 1, 2, 3, 4]
    with pytest.raises(WrongUse, match="several namespaces with these names; it has `team:"):
        timeline(db, {"configurable": {"thread_id": "deep", "checkpoint_ns": "team"}})
    with pytest.raises(WrongUse, match=r"no checkpoints in namespace `nope`; it has `calls:.* and 2 more"):
        timeline(db, {"configurable": {"thread_id": "deep", "checkpoint_ns": "nope"}})


def test_a_subgraph_whose_step_is_cut_off_or_gone_is_left_out(db: Path, saver: Any) -> None:
    nested(saver)
    assert outline(timeline(db, "deep", limit=6).history) == EXPECTED[3:]
    saver.conn.execute(
        "DELETE FROM checkpoints WHERE checkpoint_ns = '' AND json_extract(metadata, '$.step') = 0"
    )
    saver.conn.commit()
    assert outline(timeline(db, "deep").history) == EXPECTED[1:]


def test_a_namespace_that_names_itself_its_parent_ends(db: Path, saver: Any) -> None:
    nested(saver)
    spaces = [row[0] for row in saver.conn.execute("SELECT DISTINCT checkpoint_ns FROM checkpoints")]
    for parents in ('{"parents": 7}', '{"parents": {"%s": "x", "": [1]}}', '{"parents": {"a|b": null}}'):
        for space in filter(None, spaces):
            told = parents.replace("%s", space)
            saver.conn.execute("UPDATE checkpoints SET metadata = ? WHERE checkpoint_ns = ?", (told, space))
        saver.conn.commit()
        assert len(timeline(db, "deep")) == 12 and timeline(db, "deep").to_html()


def test_the_page_and_json_hold_them_too() -> None:
    drawn = timeline(nested(), thread("deep"))
    html = drawn.to_html()
    assert html.count('class="lgtl-ns"') == 8 and html.count('class="lgtl-r"') == 42
    below = drawn.to_json()["steps"][1]["subgraphs"][0]
    assert [step["step"] for step in below["steps"]] == [-1, 0, 1, 2]
    assert below["steps"][2]["subgraphs"][0]["checkpoint_ns"].startswith("team:")


def test_a_thread_without_subgraphs_says_nothing_of_them() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"))
    assert "▾" not in repr(timeline(graph, thread("1"))) and "lgtl-ns" not in re.sub(
        "<style>.*?</style>|<script>.*?</script>", "", timeline(graph, thread("1")).to_html()
    )
    assert not any(timeline(failed(), thread("error")).history.inner.values())


def test_half_a_database_without_writes_still_nests(db: Path, saver: Any) -> None:
    nested(saver)
    connection = sqlite3.connect(db)
    connection.execute("DROP TABLE writes")
    connection.commit()
    connection.close()
    assert outline(timeline(db, "deep").history) == EXPECTED

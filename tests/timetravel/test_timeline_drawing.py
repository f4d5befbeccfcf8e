"""How a timeline looks, in a terminal and as HTML, and what a page must never do."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import markdown
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from rich.cells import cell_len
from timeline_graphs import State, a, ask, b, chain, failed, forked, thread

from timetravel import timeline
from timetravel.model.values import brief, full

SCRIPTS = ['<script type="application/json" class="lgtl-data">', "<script>"]
ATTACK = '</pre></details><script>alert(1)</script><img src=x onerror="alert(2)">'


class Balance(HTMLParser):
    """Follows opening and closing tags; keeps the names of all."""

    VOID = frozenset({"meta", "br", "img", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)
        self.open.append(tag)
        if tag in self.VOID:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_html(html: str) -> set[str]:
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def test_forks_as_text() -> None:
    drawn = repr(timeline(forked(), thread("forks")))
    bare = re.sub(r"…[0-9a-f]{6}$", "…id", drawn, flags=re.MULTILINE)
    assert bare.splitlines() == [
        "Thread forks",
        "11 checkpoints, 3 branches, head at step 4: finished",
        "",
        "●       -1 input             log: ['in']                                 …id",
        "●        0 loop   __start__  log + 'in'                                  …id",
        "●        1 loop   a          log + 'a', x = 1                            …id",
        "├─┬─╮",
        "○ │ │    2 loop   b          log + 'b', x 1 → 2                          …id",
        "○ │ │    3 loop   c          log + 'c'                                   …id",
        "  ○ │    2 fork              same state as its parent                    …id",
        "  ○ │    3 loop   b          log + 'b', x 1 → 2                          …id",
        "  ○ │    4 loop   c          log + 'c'                                   …id",
        "    ●    2 update            x 1 → 50                                    …id",
        "    ●    3 loop   b          log + 'b', x 50 → 51                        …id",
        "    ◆    4 loop   c          log + 'c'                                   …id",
        "",
        "◆ head   ● led to the head   ○ left behind by a fork",
    ]


@pytest.mark.parametrize("graph", [failed, forked])
def test_text_keeps_to_80_cells(graph: Any) -> None:
    name = "東京" * 60
    made = graph(name=name)
    made.update_state(thread(name), {"log": ["漢字と🏯" * 90], "x": 10**18}, as_node="a")
    for width in (80, 60):
        from timetravel.draw.text import plain

        drawn = plain(timeline(made, thread(name)).history, width)
        assert max(cell_len(line) for line in drawn.splitlines()) <= width
    assert "failed: KeyError" in repr(timeline(failed(), thread("error")))


def test_many_forks_share_the_last_lane() -> None:
    graph, config = chain(a, b), thread("1")
    graph.invoke({"log": []}, config)
    first = list(graph.get_state_history(config))[-2].config
    for i in range(30):
        graph.update_state(first, {"x": i}, as_node="a")
    drawn = timeline(graph, config)
    assert max(cell_len(line) for line in repr(drawn).splitlines()) <= 80
    check_html(drawn.to_html())


def test_the_config_of_a_row_can_be_copied_and_written_to() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"))
    page = unescape(timeline(graph, thread("1")).to_html())
    config = json.loads(re.findall(r"Its config: <code>(.*?)</code>", page)[0])
    assert config["configurable"]["checkpoint_ns"] == ""
    graph.update_state(config, {"x": 1}, as_node="a")


def test_a_terminal_is_not_obeyed() -> None:
    graph = chain(a)
    graph.invoke({"log": ["\x1b[31mred\u202e"]}, thread("bad\x1b]0;title\x07\nname"))
    drawn = repr(timeline(graph, thread("bad\x1b]0;title\x07\nname")))
    assert "\x1b" not in drawn and "\x07" not in drawn and "\u202e" not in drawn


def test_everything_untrusted_is_escaped() -> None:
    def evil(state: State) -> Any:
        raise ValueError(ATTACK)

    builder = StateGraph(State).add_node(ATTACK.replace(":", ""), evil).add_edge(START, ATTACK)
    graph = builder.compile(checkpointer=InMemorySaver())
    with pytest.raises(ValueError, match="script"):
        graph.invoke({"log": [ATTACK, {ATTACK: ATTACK}]}, thread(ATTACK))
    drawn = timeline(graph, thread(ATTACK))
    for html in (drawn.to_html(), drawn.to_html_page()):
        assert "img" not in check_html(html)
        assert re.findall("<script[^>]*>", html) == SCRIPTS and html.count("</script") == 2


def test_what_the_script_reads_cannot_end_it() -> None:
    ends = [*"<>&", "</script>", "<!--", "]]>", "\u2028"]
    graph = chain(a)
    graph.invoke({"log": [{end: end} for end in ends]}, thread("1"))
    html = timeline(graph, thread("1")).to_html()
    (held,) = re.findall(r'<script type="application/json" class="lgtl-data">(.*?)</script>', html)
    assert not re.search("[<>&\u2028]", held)
    assert "'</script>'" in json.loads(held)["nodes"]


def test_html_is_one_line_and_survives_markdown() -> None:
    graph = chain(a, ask)
    graph.invoke({"log": ["two\n\nlines\n    indented", "*stars* and __bars__"]}, thread("1"))
    html = timeline(graph, thread("1"))._repr_html_()
    assert "\n" not in html
    assert html in markdown.markdown(f"Before\n\n{html}\n\nAfter", extensions=["md_in_html"])


def test_html_loads_nothing() -> None:
    html = timeline(forked(), thread("forks")).to_html_page()
    assert not re.search(r"url\(|@import|https?:|<link|src=|fetch|import\(", html)
    assert "script-src 'sha256-" in html and "default-src 'none'" in html


def test_the_notebook_gets_html_and_text() -> None:
    graph = chain(a)
    graph.invoke({"log": []}, thread("1"))
    bundle = timeline(graph, thread("1"))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}


def test_500_checkpoints_stay_small_and_quick() -> None:
    from timetravel.model.history import Record
    from timetravel.model.tree import build
    from timetravel.view import Timeline

    log: list[str] = []
    records = []
    for i in range(500):
        log = [*log, f"line {i} " + "x" * 200]
        records.append(
            Record(
                checkpoint_id=f"{i:036}",
                parent_id=f"{i - 1:036}" if i else None,
                step=i - 1,
                source="loop",
                created_at="",
                values={"log": log, "doc": "y" * 50_000, "n": i},
            )
        )
    html = Timeline(build(records, thread_id="long")).to_html()
    assert len(html) < 1_500_000
    assert html.count("<details>") == 1000


def test_values_are_cut_not_lost() -> None:
    assert brief("x" * 10_000_000, 20) == "'" + "x" * 18 + "…"
    assert brief([[[[[[[[[[[[1]]]]]]]]]]]], 40).startswith("[[[")
    assert full({"a": "x" * 50}) == "{'a': '" + "x" * 50 + "'}"
    whole = full({"note": "y" * 100, "more": list(range(60))})
    assert "y" * 100 in whole and "59" in whole
    assert "cut here, after 50 characters" in full(list(range(1000)), 50)


def test_how_many_items_are_left_out_is_said() -> None:
    from timetravel.model.changes import compare
    from timetravel.model.words import change_line

    (grown,) = compare({"items": [1]}, {"items": [1, *range(50)]}, {})
    assert change_line(grown, 76) == "items + 0, 1, 2, 3, 4, 5, 6, 7, 8 … and 41 more"
    assert change_line(grown, 30) == "items + 0, 1, 2 … and 47 more"
    (shrunk,) = compare({"items": ["x" * 99] * 50}, {"items": []}, {})
    assert change_line(shrunk, 40) == "items − 'xxxxxxxxxxxxxxxx… … and 49 more"
    (three,) = compare({"items": []}, {"items": [1, 2, 3]}, {})
    assert change_line(three, 76) == "items + 1, 2, 3"

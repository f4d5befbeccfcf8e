"""Public tests of `erase_me`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import THINGS

if TYPE_CHECKING:
    import random

FILES = ("shop.db", "memories.db", "cache.db")
ESCAPED = ('Zoë "Z"', "a\\b", "a\nb")  # as JSON these ids are other texts; only metadata name their threads


def erase(erase_me, paths, shop, asked):
    """Fill a shop, and erase customers from it; leave all its files open, as in a service that runs."""
    import sqlite3
    from contextlib import closing
    from typing import TypedDict

    from langgraph.cache.sqlite import SqliteCache
    from langgraph.checkpoint.base.id import uuid6
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.store.base import PutOp
    from langgraph.store.sqlite import SqliteStore
    from langgraph.types import CachePolicy, interrupt

    from course.stage import connect

    def embed(texts):
        return [[1.0, float(sum(map(ord, text)) % 97)] for text in texts]

    def answer(state):
        return {"messages": [("ai", f"You asked: {state['messages'][-1].text}")]}

    saver = SqliteSaver(sqlite3.connect(paths["shop.db"], check_same_thread=False))
    store = SqliteStore(
        connect(paths["memories.db"]), index={"dims": 2, "embed": embed, "text_fields": ["text"]}
    )
    cache = SqliteCache(path=paths["cache.db"])
    for connection in (saver.conn, store.conn, cache._conn):
        connection.execute("pragma secure_delete = off")  # as SQLite itself has it; Debian's build has not
        connection.execute("pragma synchronous = off")  # nothing is killed here
    saver.setup()
    store.setup()

    class Form(TypedDict):
        choice: str

    class Filled(MessagesState):
        choice: str

    def choose(state):
        return {"choice": interrupt("Which one?")}

    # What a subgraph saves is in the thread, too, in a namespace of its own.
    form = StateGraph(Form).add_node("choose", choose).add_edge(START, "choose").compile()
    paused = StateGraph(Filled).add_node("form", form).add_edge(START, "form").compile(checkpointer=saver)
    builder = StateGraph(MessagesState).add_node(
        "answer", answer, cache_policy=CachePolicy(key_func=lambda state: state["messages"][-1].text)
    )
    graph = builder.add_edge(START, "answer").compile(checkpointer=saver, cache=cache)
    for thread, customer, texts in shop["threads"]:
        config = {"configurable": {"thread_id": thread}}
        for number, text in enumerate(texts):
            # Only the first run names the customer.
            marked = {"metadata": {"customer": customer}} if customer and number == 0 else {}
            graph.invoke({"messages": [("user", text)]}, {**config, **marked})
    for thread, text in shop["paused"].items():
        opened = {"messages": [("user", text)], "choice": ""}
        paused.invoke(opened, {"configurable": {"thread_id": thread}})
    lately = saver.get_tuple({"configurable": {"thread_id": shop["threads"][-1][0]}})
    for _ in range(120):  # the shop is busy: the newest checkpoints are nobody's
        saver.put(
            {"configurable": {"thread_id": "busy", "checkpoint_ns": ""}},
            {**lately.checkpoint, "id": str(uuid6())},
            {"source": "loop", "step": 1},
            {},
        )
    for part in (shop["items"], shop["deleted"]):
        store.batch([PutOp(tuple(namespace), key, value) for namespace, key, value in part])
    for namespace, key, _ in shop["deleted"]:
        store.delete(tuple(namespace), key)
    if not shop["index"]:
        store = SqliteStore(store.conn)  # as after an update of the service; the vectors are still there
    before = {}
    for name in ("shop.db", "memories.db"):
        before[name] = paths[name].replace(name, f"before-{name}")
        with closing(sqlite3.connect(before[name])) as copy:
            (saver if name == "shop.db" else store).conn.backup(copy)
    globals()["held"] = (saver, store, cache)

    def look():
        """Return what there is: the threads, and the rows of the store, without those of what was deleted last year."""
        if len(asked) < 2:
            return set()
        found = set()
        for what, name, query in (
            ("thread", "shop.db", "select distinct '', thread_id from checkpoints"),
            ("item", "memories.db", "select prefix, key from store"),
            ("vector", "memories.db", "select prefix, key from store_vectors where key not like 'gone-%'"),
        ):
            # A connection that only reads leaves the -wal as it is.
            with closing(sqlite3.connect(f"file:{paths[name]}?mode=ro", uri=True)) as connection:
                found |= {(what, *place) for place in connection.execute(query)}
        return found

    seen, there = [], look()
    for customer in asked:
        try:
            kept = erase_me(saver, store, cache, customer)
        except ValueError as error:
            seen.append({"raised": str(error)})
            continue
        was, there = there, look()
        seen.append({"kept": kept, "gone": sorted(was - there)})
    if shop["goes on"]:
        graph.invoke({"messages": [("user", "And now?")]}, {"configurable": {"thread_id": "afterwards"}})
        store.put(("customers", "afterwards"), "afterwards", {"text": "came later"})
    query = shop["search"]
    found = store.search(tuple(query["namespace"]), query=query["text"], limit=1000)
    return {"seen": seen, "found": sorted(item.key for item in found if item.score is not None)}


def draw_word(rng: random.Random) -> str:
    """Draw a word that's in no file by chance."""
    return "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=10))


def draw_shop(rng: random.Random) -> dict[str, Any]:
    """Draw a shop with a customer, others whose ids resemble hers, and one thread that nobody owns."""
    number = rng.randrange(10**5, 10**6)
    ida = f"ida_{number}"
    others = (
        f"ida_{number}0",
        f"idax{number}",
        f"IDA_{number}",
        f"{ida}/b",
        "%",
        "*",
        "?",
        "[i]",
        "Zoë",
        " ",
        "None",
        *ESCAPED,
    )
    words = {name: draw_word(rng) for name in ("thread", "email", "old", "memory", "session", "orphan")}
    threads: list[tuple[str, str | None, list[Any]]] = []
    items: list[tuple[list[str], str, dict[str, Any]]] = []
    paused: dict[str, str] = {}
    for place in range(13):
        thread = f"t-{rng.randrange(10**9)}"
        said: list[Any] = [f"My {rng.choice(THINGS)} is {words['thread']}{place}"]
        if place == 0:
            said += [f"Write to {words['email']}@example.org", "And now?"]
            said.append(
                [{"type": "text", "text": part} for part in (f"At {words['thread']}", " or at home?")]
            )
        if place == 3:
            said.append("")
        if place == 4:
            paused[thread] = f"Which {words['thread']} do I take?"
        if place == 6:
            block = {"type": "text", "text": f" for {words['thread']}"}
            said.append(
                ["The bill", block, {"type": "image_url", "image_url": {"url": "data:,"}}, ", please"]
            )
        if place == 5:
            said = []  # opened, and never used
        if place == 2:
            said += ["Have you got my last message?"]
        marked = ida if place in (1, 2, 3) else None
        if said:
            threads.append((thread, marked, said))
        if place != 2:
            # What has a `text` is indexed, and has a vector.
            named = "text" if place % 2 else "title"
            items.append((["sessions", ida], thread, {named: f"{words['session']} {place}"}))
    shared = {"text": f"{words['memory']} has a {rng.choice(THINGS)}"}
    items += [
        (
            # `list_namespaces` returns a hundred, unless it's told more.
            ["customers", ida, "facts", *([f"n{place}"] if place > 11 else [])],
            f"{place:03}",
            shared if place < 2 else {"text": f"{words['memory']} {place}"},
        )
        for place in range(120)
    ]
    items.append(
        (["customers", ida, "orders"], "000", {"text": f"{words['memory']} ordered a {rng.choice(THINGS)}"})
    )
    items.append((["customers", ida], "profile", {"email": f"{words['email']}@example.org"}))
    items.append((["customers", ida, "facts", "home"], "street", {"text": words["old"], "n": 0}))
    for other in others:
        thread = f"o-{rng.randrange(10**9)}"
        threads.append((thread, other, [f"{other}: a {rng.choice(THINGS)}"]))
        if other not in ESCAPED:
            items.append((["sessions", other], thread, {"title": other}))
        items.append(
            (["customers", other, "facts"], "000", {"text": f"{other} likes her {rng.choice(THINGS)}"})
        )
    threads.append((f"n-{rng.randrange(10**9)}", None, ["Are you open today?"]))
    deleted = [
        (namespace, f"gone-{words['orphan']}", {"text": "forgotten last year"})
        for namespace in (["customers", ida, "facts"], ["sessions", ida])
    ]
    search = {"namespace": ["customers"], "text": "anything"}
    return {
        "ida": ida,
        "words": words,
        "threads": threads,
        "paused": paused,
        "items": items,
        "deleted": deleted,
        "search": search,
        "others": others,
        "goes on": False,
        "index": True,
    }


def run_shop(
    submission: Any, shop: dict[str, Any], asked: list[str | None], at: str = ""
) -> list[dict[str, Any]]:
    """Erase customers from a shop whose files' names begin with `at`; return what each call gave."""
    paths = {name: submission.path(f"{at}{name}") for name in FILES}
    return submission.observe(erase, paths=paths, shop=shop, asked=asked)["seen"]


def told(seen: dict[str, Any]) -> dict[str, Any]:
    """Return what a call returned, if it's of the form that the prompt asks for."""
    assert "raised" not in seen, (
        f"`erase_me` raised ValueError for a customer who is known, {seen['raised'][:60]!r}: only None and '' are nobody"
    )
    kept = seen["kept"]
    threads, memories = (
        kept.get(name) if isinstance(kept, dict) else None for name in ("threads", "memories")
    )
    assert isinstance(threads, dict) and isinstance(memories, list), (
        "`erase_me` must return `{'threads': {thread id: [texts]}, 'memories': [values]}`, and it returned "
        f"{str(kept)[:60]!r}"
    )
    return kept


WILDCARDS = (
    "to `glob`, `like` and `list_namespaces` some letters of an id are wildcards, so compare with `=`, or with the prefix's "
    "first letters"
)


def assert_only_hers(shop: dict[str, Any], asked: list[str], seen: list[dict[str, Any]]) -> None:
    """Expect that each call took nothing of anybody else."""
    owners = {thread: customer or "nobody" for thread, customer, _ in shop["threads"]}
    owners |= {key: namespace[1] for namespace, key, _ in shop["items"] if namespace[0] == "sessions"}
    for customer, one in zip(asked, seen, strict=True):
        why = "ids must be equal; a prefix or LIKE finds others, too"
        if {*customer} & {*"%*?["}:
            why = WILDCARDS
        for what, prefix, key in one.get("gone", ()):
            owner = prefix.split(".")[1] if prefix else owners.get(key, "nobody")
            assert owner != "nobody", (
                f"when {customer!r} was erased, a thread went whose metadata name no customer: an id is an id, so take it as it is, "
                "and compare values, not texts"
            )
            assert owner == customer, (
                f"when {customer!r} was erased, {'an' if what == 'item' else 'a'} {what} of {owner!r} went, too: {why}"
            )


def of_ida(shop: dict[str, Any]) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Return the texts of her threads, and her memories."""
    ida = shop["ida"]
    registered = {key for namespace, key, _ in shop["items"] if namespace == ["sessions", ida]}
    threads: dict[str, list[str]] = {key: [] for key in registered}
    for thread, customer, said in shop["threads"]:
        if thread in registered or customer == ida:
            texts = [text_of(one) for one in said]
            threads[thread] = [part for text in texts for part in (text, f"You asked: {text}")]
            threads[thread] += [text for other, text in shop["paused"].items() if other == thread]
    memories = [value for namespace, _, value in shop["items"] if namespace[:2] == ["customers", ida]]
    return threads, memories


def text_of(content: Any) -> str:
    """Return the text of a message with this content."""
    blocks = [content] if isinstance(content, str) else content
    return "".join(block if isinstance(block, str) else block.get("text", "") for block in blocks)


def bytes_of(submission: Any, at: str = "") -> dict[str, bytes]:
    """Return what the shop's files and their -wal hold."""
    held: dict[str, bytes] = {}
    for name in FILES:
        for one in (name, f"{name}-wal"):
            try:
                held[one] = submission.file(f"{at}{one}").read_bytes()
            except AssertionError:  # there is none
                assert one != name, f"`{one}` is gone: erase one customer, not the file"
    return held


def rows(submission: Any, name: str, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table of the shop."""
    return sorted(evidence.table(submission.file(name), table), key=repr)


TABLES = {
    "shop.db": ("checkpoints", "writes"),
    "memories.db": ("store", "store_vectors"),
    "cache.db": ("cache",),
}


def assert_gone(submission: Any, held: dict[str, bytes], what: str, secret: str, at: str = "") -> None:
    """Expect a text of hers to be in no file; the names of those that are `held` begin with `at`."""
    pattern = re.compile(rb"(?<![0-9a-z/])" + re.escape(secret.encode()) + rb"(?![0/])")
    for name, data in held.items():
        assert not pattern.search(data), (
            f"after `erase_me`, `{name}` still holds {what}: {why_held(submission, name.removesuffix('-wal'), pattern, at)}"
        )


def why_held(submission: Any, name: str, pattern: re.Pattern[bytes], at: str) -> str:
    """Say whether a row holds a text, or only a page whose rows were deleted."""
    for table in TABLES[name]:
        cells = [one for row in rows(submission, f"{at}{name}", table) for one in row]
        if any(pattern.search(one if isinstance(one, bytes) else str(one).encode()) for one in cells):
            cached = "the node cache holds her answers, so clear it"
            return cached if table == "cache" else f"it's in a row of `{table}`, so delete that, too"
    return (
        "a deleted row's bytes stay in old pages. VACUUM writes new ones to the -wal, and a checkpoint after that, truncated, "
        "moves them into the file"
    )


@pytest.mark.exercise("erase_me", points=1, rules=(1, 2, 3))
def test_export_holds_everything(submission):
    """What is returned holds all her threads and memories, before they go."""
    shop = draw_shop(submission.rng)
    kept = told(run_shop(submission, shop, [shop["ida"]])[0])
    threads, memories = of_ida(shop)
    missing = [thread for thread in threads if thread not in kept["threads"]]
    marked = {thread for thread, customer, _ in shop["threads"] if customer == shop["ida"]}
    found = f"{len(kept['threads'])} of her {len(threads)} threads were returned"
    listed = {key for namespace, key, _ in shop["items"] if namespace == ["sessions", shop["ida"]]}
    assert len(listed & set(kept["threads"])) != 10, (
        f"{found}: `search` gives ten items unless you say `limit=`"
    )
    assert not set(missing) & marked, (
        f"{found}: one that's missing had her id in the metadata of its first run only; look at every checkpoint"
    )
    assert not missing, f"{found}: some are in the registry only, and no metadata name their customer"
    strange = set(kept["threads"]) - set(threads)
    assert not strange, "a thread was returned that belongs to somebody else: ids must be equal, not alike"
    of_blocks = {text_of(one) for *_, said in shop["threads"] for one in said if isinstance(one, list)}
    for thread, said in sorted(threads.items(), key=lambda one: one[0] in shop["paused"]):
        back = kept["threads"][thread]
        blocks = [one for one in back if "'type'" in str(one)] if isinstance(back, list) else []
        assert not blocks, (
            f"for a thread of hers, {str(blocks[0])[:60]} was returned: a message's `content` may be a list of blocks, so return "
            "its `text`"
        )
        got = back if isinstance(back, list) else []
        assert got or not said or thread not in shop["paused"], (
            f"a thread of hers is paused in a subgraph, and none of its {len(said)} texts was returned: a subgraph's checkpoints have "
            "a `checkpoint_ns`, and the thread's own have an empty one"
        )
        assert got == said or got != [text for text in said if text], (
            f"a thread of hers holds {len(said)} messages, and {counted(len(got), 'text')} came back: leave out no message, for the "
            "text of an empty one is `''`"
        )
        lost = [text for text in said if text in of_blocks and text not in got]
        assert len(got) != len(said) or not lost, (
            f"a message of hers has the text {lost[0]!r}, which wasn't returned: its `content` is a list of "
            "blocks, some of them plain strings, so return its `text`"
        )
        lost = [f"without {text!r}" for text in reversed(said) if text not in got]
        assert back == said, (
            f"a thread of hers holds {len(said)} texts, and {len(got)} were returned, {[*lost, 'or not these'][0]}: read the thread's "
            "newest checkpoint before you delete it"
        )
    count = len(kept["memories"])
    assert count not in (10, 100), (
        f"{count} of her {len(memories)} memories were returned: `search` has a `limit`"
    )
    spaces = {
        str(namespace) for namespace, *_ in shop["items"] if namespace[:2] == ["customers", shop["ida"]]
    }
    assert len(memories) - count != len(spaces) - 100, (
        f"{count} of her {len(memories)} memories were returned: they're in {len(spaces)} namespaces, and "
        "`list_namespaces` returns a hundred unless you say `limit=`"
    )
    assert sorted(map(repr, kept["memories"])) == sorted(map(repr, memories)), (
        f"she has {len(memories)} memories, and {count} were returned, or not these: return the value of each item "
        "under her namespace, at any depth, equal ones too"
    )


@pytest.mark.exercise("erase_me", points=2, rules=(1, 2, 4))
def test_no_file_holds_her(submission):
    """No database and no -wal holds what she wrote, or her id."""
    shop = draw_shop(submission.rng)
    told(run_shop(submission, shop, [shop["ida"]])[0])
    ida, words, held = shop["ida"], shop["words"], bytes_of(submission)
    listed = {thread for thread, _, said in shop["threads"] if said and thread.startswith("t-")}
    written = {thread for thread, *_ in rows(submission, "shop.db", "writes")}
    left = listed & {*evidence.threads(submission.file("shop.db")), *written}
    assert not left, (
        f"{len(left)} of her {len(listed)} threads are still in `shop.db`: take those that the registry names and those "
        "that have her id in the metadata of any checkpoint; a thread is in two tables"
    )
    items = [key for key in evidence.store_items(submission.file("memories.db")) if ida in key[0].split(".")]
    assert not items, (
        f"{counted(len(items), 'item of hers is', 'items of hers are')} still in the store, such as one in `{items[0][0]}`: delete her memories, "
        "at any depth, and the registry's entries; `search` has a `limit`"
    )
    for what, word in (
        ("a message of hers", words["thread"]),
        ("her e-mail address", words["email"]),
        ("a memory of hers", words["memory"]),
        ("a memory of hers", words["old"]),
        ("the title of a session", words["session"]),
        ("the key of an item deleted last year", words["orphan"]),
        ("her customer id", ida),
    ):
        assert_gone(submission, held, what, word)


@pytest.mark.exercise("erase_me", points=1, rules=(6,))
def test_others_stay(submission):
    """Everybody else's threads and memories stay, byte for byte."""
    shop = draw_shop(submission.rng)
    shop["goes on"] = True
    asked = [shop["ida"], "*"]
    seen = submission.observe(
        erase, paths={name: submission.path(name) for name in FILES}, shop=shop, asked=asked
    )
    for one in seen["seen"]:
        told(one)
    mine = {*of_ida(shop)[0], *(thread for thread, customer, _ in shop["threads"] if customer == "*")}
    before, after = submission.file("before-shop.db"), submission.file("shop.db")
    for thread, customer, _ in shop["threads"]:
        if thread not in mine:
            assert evidence.raw_rows(before, thread) == evidence.raw_rows(after, thread), (
                f"a thread of {customer or 'nobody'} has changed when {' and '.join(asked)} were erased: ids must be equal; "
                "a prefix or LIKE finds others, too"
            )
    assert_only_hers(shop, asked, seen["seen"])
    for table in ("store", "store_vectors"):
        was, now = (
            [row for row in rows(submission, name, table) if row[0].split(".")[1] not in asked]
            for name in ("before-memories.db", "memories.db")
        )
        lost = [row[0] for row in was if row not in now]
        what = "items" if table == "store" else "vectors"
        assert not lost, (
            f"{what} of others are gone or changed when {' and '.join(asked)} were erased, such as one in `{lost[0]}`: delete "
            "what's in her namespace, and nothing that only looks like it"
        )
        came = [row[:2] for row in now if row not in was]
        assert len(came) == 1, (
            f"after `erase_me` the service kept one item more, and the file has {len(came)} new {what}: its connections "
            "must still lead to the files"
        )
    assert "afterwards" in evidence.threads(after), (
        "after `erase_me` the service ran a thread, and it isn't in `shop.db`: its connections must still lead to the files"
    )
    assert len(seen["found"]) >= len(shop["others"]), "others' memories are no longer found by meaning"

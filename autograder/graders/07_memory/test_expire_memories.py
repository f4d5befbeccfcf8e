"""Public tests of `expire_memories`."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence
from course.errors import UsageError

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Generator

    from autograder.sandbox.http_server import Request

CONFIG = {"default_ttl": 20, "refresh_on_read": True}


def keep(Notes, where, config, steps, ahead):
    """Keep notes in a store, a SQLite file or a server that has a PostgresStore; move the time; tell what came back."""
    import json
    from datetime import UTC, datetime, timedelta
    from urllib.request import Request, urlopen

    from langgraph.store.base import BaseStore, GetOp, Item, PutOp, SearchItem, SearchOp
    from langgraph.store.sqlite import SqliteStore

    from course.stage import connect

    def ask(what, given):
        data = json.dumps(given).encode()
        with urlopen(Request(f"{where}/{what}", data), timeout=10) as answer:
            back = json.load(answer)
        if "error" in back:
            raise ValueError(back["error"])
        return back["back"]

    kinds = {GetOp: "get", PutOp: "put", SearchOp: "search"}

    class Far(BaseStore):
        """A PostgresStore on the other side of a wire."""

        supports_ttl, ttl_config = True, config

        def batch(self, ops):
            told = ask("batch", [[kinds.get(type(op), "list"), list(op)] for op in ops])
            return [self.made(one) for one in told]

        async def abatch(self, ops):
            return self.batch(ops)

        def sweep_ttl(self):
            return ask("sweep", [])

        def made(self, one):
            if isinstance(one, list):
                return [SearchItem(**part) if isinstance(part, dict) else tuple(part) for part in one]
            return None if one is None else Item(**{name: one[name] for name in one if name != "score"})

    if where.startswith("http"):
        store = Far()
    else:
        index = {"dims": 2, "embed": lambda texts: [[1.0, float(len(text))] for text in texts]}
        store = SqliteStore(connect(where), index=index, ttl=config)
        store.setup()
        store.conn.execute("pragma synchronous = off")
    ahead, stopped = timedelta(minutes=ahead), None
    notes = Notes(store, lambda: stopped or datetime.now(UTC) + ahead)
    told = []
    for what, *given in steps:
        if what == "later":
            ahead += timedelta(minutes=given[0])
            if where.startswith("http"):
                ask("later", given[0])
            else:
                store.conn.execute(
                    "update store set expires_at = datetime(expires_at, ?) where expires_at is not null",
                    (f"-{60 * given[0]:.0f} seconds",),
                )
            told.append(None)
        elif what == "store sweeps":  # as its own sweeper would, in the background
            told.append(store.sweep_ttl())
        elif what == "stop the clock":  # at this part of a second
            stopped = (datetime.now(UTC) + ahead).replace(microsecond=given[0])
            told.append(None)
        elif what == "move the clock":
            stopped += timedelta(seconds=given[0])
            told.append(None)
        else:
            told.append(getattr(notes, what)(*given))
    return told


class Database:
    """A real PostgreSQL with a PostgresStore, for the length of the judge's process."""

    def __init__(self) -> None:
        import psycopg
        from langgraph.store.postgres import PostgresStore
        from psycopg.rows import dict_row

        from course.stage import postgres

        self.lock = Lock()
        self.db = psycopg.connect(postgres("notes"), autocommit=True, row_factory=dict_row)
        index: Any = {"dims": 2, "embed": lambda texts: [[1.0, float(len(text))] for text in texts]}
        self.store = PostgresStore(self.db, index=index, ttl=CONFIG)  # pyright: ignore[reportArgumentType]
        self.store.setup()

    def empty(self) -> None:
        """Forget what was kept before."""
        self.db.execute("truncate store cascade")

    def answer(self, request: Request) -> Response:
        """Do with the store what is asked."""
        with self.lock:
            try:
                return Response(body={"back": self._done(request.path.strip("/"), request.json)})
            except Exception as error:
                return Response(body={"error": f"{type(error).__name__}: {error}"})

    def _done(self, what: str, given: Any) -> Any:
        if what == "later":
            self.db.execute(
                "update store set expires_at = expires_at - make_interval(secs => %s)", (60 * given,)
            )
            return None
        return (
            self.store.sweep_ttl()
            if what == "sweep"
            else [_plain(one) for one in self.store.batch(_ops(given))]
        )

    def rows(self) -> tuple[str, int]:
        """Return the values of all items as text, and how many vectors belong to none."""
        values = self.db.execute("select value::text from store").fetchall()
        orphans = self.db.execute(
            "select 1 from store_vectors where (prefix, key) not in (select prefix, key from store)"
        ).fetchall()
        return str([row["value"] for row in values]), len(orphans)


def _ops(given: list[Any]) -> list[Any]:
    from langgraph.store.base import GetOp, ListNamespacesOp, PutOp, SearchOp

    kinds: dict[str, Any] = {"get": GetOp, "put": PutOp, "search": SearchOp, "list": ListNamespacesOp}
    return [kinds[kind](tuple(place) if kind != "list" else None, *more) for kind, (place, *more) in given]


def _plain(one: Any) -> Any:
    if isinstance(one, list):
        return [_plain(part) for part in one]
    return one.dict() if hasattr(one, "dict") else one


@cache
def database() -> Database:
    """Start it once for all submissions: that takes some seconds."""
    return Database()


@contextmanager
def postgres_of(submission: Any) -> Generator[tuple[str, Database]]:
    """Serve an empty store to a submission.

    Raises:
        ImportError: no Postgres is installed here, which is no fault of the submission's.
    """
    try:
        far = database()
    except UsageError as missing:
        raise ImportError(str(missing)) from None
    far.empty()
    yield submission.serve(far.answer).url, far


def draw_value(rng: random.Random) -> dict[str, Any]:
    """Draw a note's value."""
    return {"thing": f"{rng.choice(THINGS)}{rng.randrange(10**9)}"}


def draw_odd_value(rng: random.Random) -> dict[str, Any]:
    """Draw a note's value, with names that somebody could use for something else."""
    return {
        **draw_value(rng),
        "until": 0,
        "minutes": None,
        "note": "",
        **dict.fromkeys(("expires_at", "_expires_at", "expires", "deadline", "_deadline", "ttl", "value"), 0),
    }


def run(submission: Any, steps: list[list[Any]], where: str | None = None, ahead: float = 0) -> list[Any]:
    """Keep notes; by default in a SQLite file. The clock is `ahead` already, by so many minutes."""
    path = where or submission.path("notes.db")
    return submission.observe(keep, where=path, config=CONFIG, steps=steps, ahead=ahead)


def told_of(name: str, told: list[Any], steps: list[list[Any]]) -> list[Any]:
    """Return what the steps of one kind gave."""
    return [back for (what, *_), back in zip(steps, told, strict=True) if what == name]


@pytest.mark.exercise("expire_memories", points=1, needs=("server",), rules=(1,))
def test_gone_after_its_time(submission):
    """A note is returned until its time is over, and then no more, though nobody has swept."""
    rng, customer = submission.rng, f"{submission.rng.choice(PEOPLE)}@shop.org"
    number = rng.randrange(100)
    others = [
        f"u{number}",
        f"u{number}0",
        f"U{number}",
        f"u{number}.b",
        f"u{number}_b",
        "%",
        f"u%2E{number}",
        f"u.{number}",
        f" u{number}",
        "Zoë",
        "Zoe\u0308",
    ]
    others += [f"{'x' * 200}{end}" for end in "ab"]
    others += [
        "x" * 2**size for size in range(7)
    ]  # a long id, cut into labels of some length, begins with one
    others += [f"u{number}.b".encode().hex(), "None"]
    one, marks = f"u{number}+", ":/|-_. "  # "u5+:x" and "y", "u5+" and "x:y"
    short, ever, long, zero, late = (draw_odd_value(rng) for _ in range(5))
    steps = [
        ["put", customer, "short", short, 10],
        ["put", customer, "ever", ever, None],
        ["put", customer, "long", long, 61.9],
        ["put", customer, "again", short, 5],
        ["put", customer, "again", ever, 60],
        *(["put", other, "short", {"of": other}, 60] for other in others),
        *(["put", f"{one}{mark}x", "y", {"of": "long"}, 60] for mark in marks),
        *(["put", one, f"x{mark}y", {"of": "short"}, 60] for mark in marks),
        ["later", 9],
        ["get", customer, "short"],
        ["put", customer, "zero", zero, 60],
        ["put", customer, "zero", zero, 0],
        ["put", customer, "late", late, 10],
        ["later", 2],
        *(["get", customer, key] for key in ("short", "zero", "ever", "long", "again", "nothing", "late")),
        ["all", customer],
        *(["get", other, "short"] for other in others),
        *(["all", other] for other in others),
        *(["get", f"{one}{mark}x", "y"] for mark in marks),
        ["all", one],
        ["later", 50.5],
        ["sweep"],
        ["get", customer, "long"],
        ["later", 1],
        ["get", customer, "long"],
        ["later", 60_000_000],
        ["store sweeps"],
        ["get", customer, "ever"],
        ["all", customer],
    ]
    told = run(submission, steps)
    got = told_of("get", told, steps)
    every, *each, many, last = told_of("all", told, steps)
    lacks = [name for name in short if name not in (got[0] or short)]
    assert not lacks, (
        f"a note has a {lacks[0]!r} of its own, and came back without it: keep the note in one place of the item's value and its "
        "time in another"
    )
    assert got[0] == short, f"a note for 10 minutes gave {got[0]} after 9, not {short}"
    assert got[1] is None, (
        f"a note for 10 minutes gave {got[1]} after 11: a store looks at `expires_at` only when it's swept, so check "
        "the time when you read"
    )
    assert got[3:5] == [ever, long], (
        f"notes that last for ever and for 61.9 minutes gave {got[3:5]} after 11 minutes"
    )
    assert got[5] == ever, "a note was put again for another hour, and is gone: `put` replaces the time, too"
    assert got[2] is None, (
        f"a note was put again for 0 minutes, and gave {got[2]} two minutes later: 0 isn't None, and it replaces the time "
        "that was there"
    )
    assert got[6] is None, f"a note that nobody has put gave {got[6]}: return None"
    assert got[7] == late, (
        f"a note for 10 minutes was put 9 minutes later than the first, and gave {got[7]} after 2: ask `clock()` for the time "
        "whenever you need it"
    )
    del got[7]
    assert every == {"ever": ever, "long": long, "again": ever, "late": late}, (
        f"after 11 minutes `all` returned the keys {sorted(every or {})}, not 'again', 'ever', 'late' and 'long' with their notes: "
        "check the time there, too"
    )
    for other, note in zip(others, got[7:], strict=False):
        assert note == {"of": other}, (
            f"{other!r} put a note, and got {note}: make a label from the whole id, so that no two get the same"
        )
    for other, notes in zip(others, each, strict=True):
        assert notes == {"short": {"of": other}}, (
            f"{other!r} put one note, and `all` returned {str(notes)[:60]}: make one label from the whole id, because a search also "
            "finds what's in longer namespaces"
        )
    longer = got[7 + len(others) : 7 + len(others) + len(marks)]
    assert longer == [{"of": "long"}] * len(marks) and many == {
        f"x{mark}y": {"of": "short"} for mark in marks
    }, (
        f"two customers have ids like {one!r} and '{one}:x', and one's note took the place of the other's: a key that joins "
        "id and key must not read the same for two"
    )
    assert got[-3:-1] == [long, None], (
        f"a note for 61.9 minutes gave {got[-3]} after 61.5 and a sweep, and {got[-2]} after 62.5: keep its time to the second, "
        "and say `ttl=` in each put, or the store's default counts"
    )
    assert got[-1] == ever and last == {"ever": ever}, (
        f"after a hundred years and a sweep by the store, a note for ever gave {got[-1]}, and `all` the keys {sorted(last or {})}: without "
        "`ttl=` a `put` takes the store's default, and None is no number of minutes"
    )
    steps = [
        ["stop the clock", 0],
        ["put", "standing still", "nil", zero, 0],
        ["get", "standing still", "nil"],
        ["all", "standing still"],
        ["correct", "standing still", "nil", zero],
        ["stop the clock", 900_000],
        ["put", "brief", "note", {"n": 1}, 0.5],
        ["move the clock", 29.2],
        ["get", "brief", "note"],
        ["stop the clock", 0],
        ["put", "whole", "note", {"n": 2}, 0.5],
        ["move the clock", 30.2],
        ["later", 32 / 60],  # for the store, which sweeps by whole seconds
        ["get", "whole", "note"],
    ]
    _, _, nil, listed, corrected, _, _, _, brief, *_, whole = run(submission, steps)
    assert nil is None and listed == {} and corrected is False, (
        f"the clock stood still, and a note for 0 minutes gave {nil}, `all` {len(listed or {})} notes, `correct` {corrected}: "
        "at its deadline a note has expired, not only a moment after it"
    )
    assert brief == {"n": 1}, (
        f"a note for 30 seconds was put at 0.9 of a second, and gave {brief} 29.2 seconds later: its time isn't over, so count in "
        "parts of seconds, too"
    )
    assert whole is None, (
        f"a note for 30 seconds was put at a whole second, and gave {whole} 30.2 seconds later: compare times, not texts of them, "
        "since a whole second's text has no part of a second"
    )


@pytest.mark.exercise("expire_memories", points=1, needs=("server",), rules=(2,))
def test_reading_gives_no_time(submission):
    """Reading a note never gives it more time."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    value = draw_value(rng)
    steps: list[list[Any]] = [["put", customer, key, value, 10] for key in ("got", "listed", "left")]
    for _ in range(3):
        steps += [["later", 3], ["get", customer, "got"], ["all", customer]]
    steps += [["later", 3], ["get", customer, "got"], ["all", customer], ["sweep"]]
    with postgres_of(submission) as (url, far):
        for where, what in ((None, "SQLite"), (url, "Postgres")):
            told = run(submission, steps, where)
            *got, late = told_of("get", told, steps)
            assert got == [value] * 3, (
                f"on {what}, a note for 10 minutes gave {got} when it was read after 3, 6 and 9, not {value} each time"
            )
            assert late is None, (
                f"on {what}, a note for 10 minutes was read every three, and after 12 `get` still returned it: it was "
                "given time by being read, or never checked"
            )
            left = [sorted(one) for one in told_of("all", told, steps)]
            assert left == [["got", "left", "listed"]] * 3 + [[]], (
                f"on {what}, three notes for 10 minutes were listed every three, and `all` gave {left[-1]} after 12"
            )
        held = {"Postgres": far.rows()[0], "SQLite": rows_of(submission)[0]}
    for where, rows in held.items():
        assert value["thing"] not in rows, (
            f"on {where}, after 12 minutes and a sweep, notes for 10 minutes are still in the store: `sweep` leaves them, or "
            "reading gave them time, as it does unless `refresh_ttl` is False"
        )


def rows_of(submission: Any) -> tuple[str, list[str]]:
    """Return the values of all items of a SQLite store as text, and the keys of vectors that belong to none."""
    db = submission.file("notes.db")
    items = {(prefix, key): value for prefix, key, value, *_ in evidence.table(db, "store")}
    vectors = {(prefix, key) for prefix, key, *_ in evidence.table(db, "store_vectors")}
    return str(list(items.values())), sorted(key for _, key in vectors - {*items})


@pytest.mark.exercise("expire_memories", points=1, needs=("server",), rules=(3,))
def test_correcting_keeps_the_deadline(submission):
    """A correction changes a note and keeps its deadline; there's nothing to correct in one that's gone."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    old, ever = draw_value(rng) | {"replaced": True}, draw_value(rng)
    new = {"word": f"new{rng.randrange(10**9)}", "thing": "new"}
    steps = [
        ["put", customer, "door", old, 10],
        ["put", customer, "ever", old, None],
        ["put", customer, "days", old, 5000],
        ["put", customer, "empty", {}, 10],
        ["get", customer, "empty"],
        ["correct", customer, "empty", {}],
        ["later", 6],
        ["correct", customer, "door", new],
        ["correct", customer, "ever", ever],
        ["correct", customer, "days", ever],
        ["correct", customer, "nothing", new],
        ["correct", f"{customer}2", "door", new],
        ["get", customer, "door"],
        ["get", customer, "nothing"],
        ["later", 3],
        ["get", customer, "door"],
        ["later", 2],
        ["get", customer, "door"],
        ["correct", customer, "door", new],
        ["get", customer, "door"],
        ["all", customer],
        ["sweep"],
    ]
    told = run(submission, steps)
    kept, _ = rows_of(submission)
    read = [["get", customer, "ever"], ["get", customer, "days"]]
    later = run(submission, [["later", 4900], *read, ["sweep"], *read])
    ends = run(submission, [["later", 110], *read], ahead=4900)
    empty, first, forever, days, nothing, strange, late = told_of("correct", told, steps)
    none, *got = told_of("get", told, steps)
    assert none == {} and empty is True, (
        f"an empty note, {{}}, gave {none}, and `correct` returned {empty} for it: it's a note, though it's falsy"
    )
    assert first is True, f"`correct` returned {first} for a note that was there: return True"
    assert forever is True, (
        f"`correct` returned {forever} for a note that's for ever: it has no deadline, and yet it's there"
    )
    assert nothing is False and strange is False and got[1] is None, (
        f"`correct` returned {nothing} for a note that isn't there: change nothing, and return False"
    )
    assert got[0] == new, f"a note was corrected to {new}, and `get` gave {got[0]}"
    assert got[2] == new, (
        "a note for 10 minutes was corrected after 6, and is gone after 9: it keeps its deadline"
    )
    assert got[3] is None, (
        f"a note for 10 minutes was corrected after 6, and gave {got[3]} after 11: a new `put` sets a new deadline, so "
        "keep the first, and put the note for what's left"
    )
    assert late is False and got[4] is None, (
        f"`correct` returned {late} for a note that has expired, and then it gave {got[4]}: it mustn't bring it back"
    )
    assert old["thing"] not in kept and new["word"] not in kept, (
        "a note for 10 minutes was corrected after 6 and after 11, and a sweep left it in the store: does each `put` say "
        "its `ttl=`, for what's left, and each read, also the one in `correct`, `refresh_ttl=False`?"
    )
    assert [later[1], later[4]] == [ever, ever], (
        f"a note for ever was corrected, and gave {later[1]} after 4900 minutes, and {later[4]} after a sweep: an item that's put "
        "without `ttl=` takes the store's default"
    )
    assert days is True and [later[2], later[5], ends[2]] == [ever, ever, None], (
        f"a note for 5000 minutes was corrected after 6, and gave {[one and '…' for one in (later[2], later[5], ends[2])]} after "
        "4900, after a sweep, and after 5010: it keeps its deadline, though that's days away"
    )


@pytest.mark.exercise("expire_memories", points=1, needs=("server",), rules=(5,))
def test_the_same_on_postgres(submission):
    """The same code works on a real Postgres, also for 30 seconds."""
    rng, customer = submission.rng, f"{submission.rng.choice(PEOPLE)}@shop.org"
    old, new, ever = (draw_value(rng) for _ in range(3))
    steps = [
        ["put", customer, "door", old, 0.5],
        ["put", customer, "read", old, 0.5],
        ["put", customer, "ever", ever, None],
        *[["get", customer, "read"], ["all", customer]] * 2,
        ["later", 0.2],
        ["sweep"],
        ["get", customer, "read"],
        ["correct", customer, "door", new],
        ["get", customer, "door"],
        ["later", 0.4],
        *(["get", customer, key] for key in ("door", "read", "ever")),
        ["correct", customer, "read", new],
        ["all", customer],
        ["sweep"],
    ]
    with postgres_of(submission) as (url, far):
        told = run(submission, steps, url)
        rows, orphans = far.rows()
    got = told_of("get", told, steps)
    assert got[:2] == [old, old], (
        f"on Postgres, a note for 30 seconds gave {got[:2]} when it was read twice at once"
    )
    assert got[2] == old, (
        f"on Postgres, a note for 30 seconds that had been read gave {got[2]} after 12 and a sweep: keep its time "
        "to the second, and reading mustn't take any away"
    )
    assert got[3] == new, (
        f"on Postgres, a note for 30 seconds was corrected after 12, and gave {got[3]}, not {new}"
    )
    assert got[4:6] == [None, None], (
        f"on Postgres, notes for 30 seconds gave {got[4:6]} after 36: keep seconds, not whole minutes"
    )
    assert got[6] == ever, f"on Postgres, a note for ever gave {got[6]} after 36 seconds"
    assert told_of("correct", told, steps) == [True, False], (
        f"on Postgres, `correct` returned {told_of('correct', told, steps)}, not True and then, for one that has expired, False"
    )
    assert sorted(told_of("all", told, steps)[-1]) == ["ever"], (
        "on Postgres, `all` returned a note that has expired"
    )
    assert new["thing"] not in rows, (
        "on Postgres, a note for 30 seconds was corrected after 12, and a sweep after 36 left it in the store: put it for what's left"
    )
    assert old["thing"] not in rows, (
        "on Postgres, notes for 30 seconds are still in the store after a sweep at 36"
    )
    assert not orphans, (
        "on Postgres, notes for 30 seconds are gone after the sweep, and their vectors are still there"
    )
    assert ever["thing"] in rows, "on Postgres, a note for ever isn't in the store after the sweep"

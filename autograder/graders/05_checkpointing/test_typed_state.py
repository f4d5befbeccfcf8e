"""Public tests of `typed_state`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often

from common import PLACES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


def make_offers(build_booking, Tariff, Shipper, db, offers, earlier):
    """Have offers quoted in strict mode, and let their threads wait; some threads book `earlier` offers before."""
    import sqlite3
    from decimal import Decimal

    import langgraph._internal._serde as compiling
    import langgraph.checkpoint.serde._msgpack as loading
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    asked, booked, now = [], [], None

    def quote(number):
        asked.append(number)
        one = now
        shipper = one["shipper"]
        return {
            "total": Decimal(one["total"]),
            "tariff": Tariff[one["tariff"]],
            "shipper": Shipper(
                name=shipper["name"],
                limit=Decimal(shipper["limit"]),
                tariffs=[Tariff[name] for name in shipper["tariffs"]],
            ),
            "route": tuple(one["route"]),
            "legs": [(place, Decimal(price)) for place, price in one["legs"]],
        }

    was = loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED
    # What LANGGRAPH_STRICT_MSGPACK sets when these are imported; they look at it whenever they are used.
    loading.STRICT_MSGPACK_ENABLED = compiling.STRICT_MSGPACK_ENABLED = True
    connection = sqlite3.connect(db, check_same_thread=False)
    try:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer())
        graph = build_booking(saver, quote, booked.append)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for thread, one in earlier:
            now = one
            graph.invoke({"number": one["number"]}, {"configurable": {"thread_id": thread}})
        quoted = len(asked)
        for thread, _ in earlier:
            graph.invoke(Command(resume=True), {"configurable": {"thread_id": thread}})
        done = [str(one.get("total")) if isinstance(one, dict) else type(one).__name__ for one in booked]
        again = len(asked) > quoted
        booked[:], asked[:] = [], []
        for thread, one in offers.items():
            now = one
            graph.invoke({"number": one["number"]}, {"configurable": {"thread_id": thread}})
        return {"asked": asked, "booked": len(booked), "earlier": done, "again": again}
    finally:
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


def book_offers(build_booking, Tariff, Shipper, db, threads, marks):
    """Approve offers in strict mode; tell what `book` was given, type by type, and whether a stranger is built.

    Tell, too, which classes `pickle` looked up, and whether text with one of these marks was compiled.
    """
    import pickle
    import sqlite3
    import sys
    from contextlib import suppress
    from decimal import Decimal
    from unittest import mock

    import langgraph._internal._serde as compiling
    import langgraph.checkpoint.serde._msgpack as loading
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command
    from pydantic import BaseModel

    class Stranger(BaseModel):
        name: str

    def told(value):
        kind = type(value).__name__
        if type(value) is Decimal:
            return [kind, str(value)]
        if type(value) is Tariff:
            return ["Tariff", value.name]
        if type(value) is Shipper:
            return ["Shipper", {name: told(part) for name, part in vars(value).items()}]
        if isinstance(value, dict):
            return ["dict", {str(name): told(part) for name, part in value.items()}]
        if type(value) in (list, tuple):
            return [kind, [told(part) for part in value]]
        return [kind, value if isinstance(value, str | int | float | bool | None) else repr(value)]

    asked, given, unpickled, pickles, compiled, watching = [], [], [], [], [], [True]

    class QuotedAgain(Exception):
        pass

    def quote(number):
        asked.append(number)
        raise QuotedAgain

    def hear(event, about):
        if watching and event == "pickle.find_class":
            unpickled.append(".".join(map(str, about)))
        if watching and event == "compile" and any(mark in str(about[0]) for mark in marks):
            compiled.append(str(about[0])[:60])

    def book(offer):
        given.append(told(offer))
        return f"booking {len(given)}"

    def imported_are_built(serde):
        """Whether a row gets a class that it names, and that the notebook has imported. `Stranger` takes the place of each."""
        here, names = Shipper.__module__, getattr(build_booking, "__globals__", {})
        foreign = [name for name, one in names.items() if isinstance(one, type) and one.__module__ != here]
        home = vars(sys.modules[here])
        for name in (*foreign, "Stranger"):
            Stranger.__module__, Stranger.__name__ = here, name
            with mock.patch.dict(home, {name: Stranger}):
                row = JsonPlusSerializer().dumps_typed(Stranger(name="mallory"))
                if type(serde.loads_typed(row)) is Stranger:
                    return True
        return False

    Stranger.__qualname__ = "Stranger"
    globals()["Stranger"] = Stranger  # at the module's top level, where it could be found
    getattr(build_booking, "__globals__", {})["Stranger"] = (
        Stranger  # and in the notebook, like any class there
    )
    was = loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED
    loading.STRICT_MSGPACK_ENABLED = compiling.STRICT_MSGPACK_ENABLED = True
    connection = sqlite3.connect(db, check_same_thread=False)
    try:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer())
        graph = build_booking(saver, quote, book)
        sys.addaudithook(hear)  # it stays for as long as the process does, and hears nothing more after this
        confirmations = []
        for thread in threads:
            config = {"configurable": {"thread_id": thread}}
            with suppress(QuotedAgain):
                state = graph.invoke(Command(resume=True), config)
                confirmations.append(state.get("confirmation"))
        serde = graph.checkpointer.serde
        built = serde.loads_typed(JsonPlusSerializer().dumps_typed(Stranger(name="mallory")))
        imported = imported_are_built(serde)
        watching.clear()
        with suppress(Exception):  # what it should do
            pickles.append(serde.loads_typed(("pickle", pickle.dumps("mallory"))) == "mallory")
        return {
            "asked": asked,
            "given": given,
            "confirmations": confirmations,
            "stranger": type(built) is Stranger or imported,
            "pickles": pickles == [True],
            "unpickled": unpickled,
            "compiled": compiled,
        }
    finally:
        watching.clear()
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


def name_others_in_rows(build_booking, Tariff, Shipper, what):
    """Name other modules or classes in the rows of an offer, and approve it; return what these rows had called.

    A name is replaced by one of its length, so that the row is whole, however the offer is written there.
    """
    import builtins
    import decimal
    import re
    import sqlite3
    import sys
    from contextlib import suppress
    from decimal import Decimal
    from types import ModuleType

    import langgraph._internal._serde as compiling
    import langgraph.checkpoint.serde._msgpack as loading
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    called = []

    class Trap:
        """Notes that it was used, as a class or an enum is."""

        def __init__(self, name):
            self.called_for = name

        def __call__(self, *_args, **_fields):
            called.append(self.called_for)

        __getitem__ = __call__

    class Elsewhere(ModuleType):
        """A module that has whatever it's asked for."""

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Trap(self.__doc__)

    def quote(number):
        shipper = Shipper(name="Ida", limit=Decimal("9.50"), tariffs=[Tariff.SAVER])
        legs = [("Oslo", Decimal("4.90"))]
        return {
            "total": Decimal("4.90"),
            "tariff": Tariff.NIGHT,
            "shipper": shipper,
            "route": ("Oslo",),
            "legs": legs,
        }

    here = Shipper.__module__
    if what == "modules":
        names = dict.fromkeys((here, "decimal", "builtins"))
        others = {name: letter * len(name) for name, letter in zip(names, "qvz", strict=False)}
        traps = {other: Elsewhere(other, name) for name, other in others.items()}
        places = [sys.modules]
    else:
        names = ("Decimal", "Tariff", "Shipper", "tuple")
        others = {name: letter * len(name) for name, letter in zip(names, "QVZX", strict=True)}
        traps = {other: Trap(name) for name, other in others.items()}
        homes = vars(builtins), vars(decimal), vars(sys.modules[here])
        places = [*homes, getattr(build_booking, "__globals__", {})]
    word = re.compile(rb"(?<![A-Za-z0-9_])(" + "|".join(others).encode() + rb")(?![A-Za-z0-9_])")

    was = loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED
    loading.STRICT_MSGPACK_ENABLED = compiling.STRICT_MSGPACK_ENABLED = True
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    config = {"configurable": {"thread_id": "1"}}
    try:
        graph = build_booking(
            SqliteSaver(connection, serde=JsonPlusSerializer()), quote, lambda offer: "done"
        )
        graph.invoke({"number": "A1"}, config)
        for table, column in (("checkpoints", "checkpoint"), ("writes", "value")):
            for key, row in connection.execute(f"select rowid, {column} from {table}").fetchall():
                row = word.sub(lambda found: others[found[0].decode()].encode(), row)
                connection.execute(f"update {table} set {column} = ? where rowid = ?", (row, key))
        connection.commit()
        for place in places:
            for name, trap in traps.items():
                place[name] = trap
        with suppress(Exception):  # what it should do
            graph.invoke(Command(resume=True), config)
        return called
    finally:
        for place in places:
            for name in traps:
                place.pop(name, None)
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


TARIFFS = ("EXPRESS", "NIGHT", "SAVER")


def others_beside(db):
    """Name what is in the folder of a database and not its own, and its tables that aren't LangGraph's."""
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    names = sorted(path.name for path in Path(db).parent.iterdir())
    others = [name for name in names if not name.startswith(Path(db).name)]
    with closing(sqlite3.connect(db)) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
    return others + [
        name for name in tables if name not in ("checkpoints", "writes") and name[:7] != "sqlite_"
    ]


TRICKY_PLACES = (
    "",
    "St. John's, NL | 50% off; x/y:z",
    'a "b"\n\tc\x1f\\d',
    " Oslo ",
    "oslo",
    "Oslo",
    "a\u2028b\u2029c\x85d\re\x0bf\x0cg\x1ch",
    "\x00\ufeffA\u030alesund \U0001f6a2",
)
# Places named like the marks by which a number or an enum might be told from a text.
MARKED_PLACES = (
    "1.50",
    "decimal:1.50",
    "Decimal:1.50",
    "Decimal('1.50')",
    "__decimal__:1.50",
    "d:1.50",
    "night",
    "Tariff.NIGHT",
)


TRICKY_PRICES = ("-2.50", "-0.00", "1E+3", "0E-8")


def draw_price(rng: random.Random) -> str:
    """Draw a price that a float would not keep: its last digit is a zero."""
    return f"{rng.randrange(1, 900)}.{rng.randrange(1, 10)}0"


def draw_offer(rng: random.Random, stops: int, *, any_text: bool = True) -> dict[str, Any]:
    """Draw an offer, as the judge writes it down; a long one has places whose names are any text."""
    route = rng.sample(PLACES, stops)
    if stops > 2:  # a place may be visited twice
        route += [route[0], *(any_text * (*TRICKY_PLACES, *MARKED_PLACES))]
    prices = [draw_price(rng) for _ in route]
    if stops > 2:
        prices[-len(TRICKY_PRICES) :] = TRICKY_PRICES
    return {
        "number": f"A{rng.randrange(100)}",
        "total": draw_price(rng),
        "tariff": rng.choice(TARIFFS),
        "shipper": {
            "name": rng.choice(PLACES).lower(),
            "limit": draw_price(rng),
            "tariffs": [*rng.sample(TARIFFS, 3), rng.choice(TARIFFS)],
        },
        "route": route,
        "legs": list(zip(route, prices, strict=True)),
    }


def offer_told(offer: dict[str, Any]) -> dict[str, Any]:
    """Return what a probe tells of this offer when nothing was lost."""
    shipper = offer["shipper"]
    return {
        "total": ["Decimal", offer["total"]],
        "tariff": ["Tariff", offer["tariff"]],
        "shipper": [
            "Shipper",
            {
                "name": ["str", shipper["name"]],
                "limit": ["Decimal", shipper["limit"]],
                "tariffs": ["list", [["Tariff", name] for name in shipper["tariffs"]]],
            },
        ],
        "route": ["tuple", [["str", place] for place in offer["route"]]],
        "legs": [
            "list",
            [["tuple", [["str", place], ["Decimal", price]]] for place, price in offer["legs"]],
        ],
    }


QUOTED_AGAIN = (
    "after the approval, `quote` was called again: code before `interrupt` runs again when its node is resumed, so ask in one node and "
    "wait in the next"
)


def through_the_night(
    submission: Any,
    offers: dict[str, dict[str, Any]],
    morning: Sequence[str],
    earlier: Sequence[tuple[str, dict[str, Any]]] = (),
) -> dict[str, Any]:
    """Have offers quoted, one in each thread, kill the process, and have another book them, in this order."""
    db = submission.path("offers.db")
    evening = submission.observe(make_offers, db=db, offers=offers, earlier=list(earlier))
    kind = evening.get("no graph")
    assert kind is None, f"`build_booking` returned a `{kind}` and no graph: return what `compile` returns"
    assert not evening["again"], QUOTED_AGAIN
    assert len(evening["earlier"]) == len(earlier), (
        f"{len(earlier)} offers were approved in the evening, but `book` was called {often(len(evening['earlier']))}: call it once "
        "for each"
    )
    totals = [offer["total"] for _, offer in earlier]
    changed = [pair for pair in zip(totals, evening["earlier"], strict=True) if pair[0] != pair[1]]
    assert not any(got in totals for _, got in changed), (
        "two threads with one number were approved in the process that had quoted them, and `book` got the other one's offer: "
        "each thread's offer is in its own state"
    )
    assert not changed, (
        f"in the process that had quoted it, an offer with the `total` {changed[0][0]} came to `book` with {changed[0][1]}: it must "
        "come back exactly as it was quoted"
    )
    wanted = [offer["number"] for offer in offers.values()]
    for thread, one in earlier:
        number = offers.get(thread, one)["number"]
        assert thread not in offers or number in evening["asked"], (
            f"a thread that had booked an offer was given {'the same' if number == one['number'] else 'another'} number, and `quote` "
            "wasn't called for it: an earlier run's offer is still in the state, so don't take it for this run's"
        )
    assert evening["asked"] == wanted, (
        f"in {len(offers)} runs, `quote` was called with {evening['asked']}: call it once a run, with its number"
    )
    assert not evening["booked"], "`book` was called before anybody had approved: wait before you call it"
    submission.restart()
    others = submission.observe(others_beside, db=db)
    assert not others, (
        f"the evening left `{others[0]}`, which isn't part of LangGraph's checkpoints: keep the offer in the graph's state"
    )
    marks = [mark for offer in offers.values() for mark in marks_of(offer)]
    seen = submission.observe(book_offers, db=db, threads=list(morning), marks=marks)
    assert not seen["asked"], QUOTED_AGAIN
    assert len(seen["given"]) == len(morning), (
        f"{len(morning)} offers were approved, but `book` was called {often(len(seen['given']))}: call it once for each"
    )
    wanted = [f"booking {number}" for number in range(1, len(morning) + 1)]
    assert seen["confirmations"] == wanted, (
        f"the runs ended with the confirmations {seen['confirmations']}: put what `book` returns into the state"
    )
    return seen


def marks_of(offer: dict[str, Any]) -> list[str]:
    """Return texts by which code that was made from an offer is known."""
    legs = [price for _, price in offer["legs"]]
    return [offer["total"], offer["shipper"]["limit"], *legs, *map(repr, offer["route"])]


def assert_same_offer(given: Any, offer: dict[str, Any], fields: Iterable[str]) -> None:
    """Expect these fields of an offer as quoted, types and all."""
    kind, found = given
    wanted_keys = set(offer_told(offer))
    assert kind == "dict" and set(found) == wanted_keys, (
        f"`book` was given a {kind} with {sorted(found) if kind == 'dict' else found}: "
        f"give it a dict with the keys of an `Offer`, {', '.join(sorted(wanted_keys))}"
    )
    for field in fields:
        got, wanted = found[field], offer_told(offer)[field]
        assert got == wanted, f"in `{field}`, {first_change(got, wanted)}: {why_changed(got, wanted)}"


def innermost(got: Any, wanted: Any) -> tuple[Any, Any]:
    """Return the parts of two values that differ first."""
    if got[0] == wanted[0] and type(got[1]) is type(wanted[1]):
        pairs: list[tuple[Any, Any]] = []
        if isinstance(wanted[1], list):
            pairs = list(zip(got[1], wanted[1], strict=False))
        elif isinstance(wanted[1], dict) and set(got[1]) == set(wanted[1]):
            pairs = [(got[1][name], part) for name, part in wanted[1].items()]
        for one, other in pairs:
            if one != other:
                return innermost(one, other)
    return got, wanted


def first_change(got: Any, wanted: Any) -> str:
    """Say in a few words where two values first differ."""
    got, wanted = innermost(got, wanted)
    if got[0] == wanted[0] and isinstance(wanted[1], list):
        return f"there were {len(wanted[1])} items, but `book` got {len(got[1])}"
    return f"{plainly(wanted)} became {plainly(got)}"


def plainly(told: Any) -> str:
    """Write a value and its type in a few words."""
    kind, value = told
    text = str(value)
    text = text if len(text) < 24 else f"{text[:8]}…{text[-12:]}"
    return f"a {kind}" if isinstance(value, (list, dict)) else f"{kind} {text!r}"


def why_changed(got: Any, wanted: Any) -> str:
    """Say why a value has lost its type."""
    if wanted[0] == "tuple" and got[0] == "list":
        return "a tuple is saved as a list, whatever its annotation says, so make it a tuple again"
    if wanted[0] == got[0] == "list" and len(got[1]) == len(wanted[1]) and tuples(got) < tuples(wanted):
        return "the tuples inside a list are saved as lists too"
    if wanted[0] == "list" and got[0] == "tuple":
        return "this was a list and must stay one"
    part, quoted = innermost(got, wanted)
    if quoted[0] == "str" and part[0] != "str":
        return (
            "a place may be named like a number or a mark of yours, so save by position what is which, and don't guess "
            "from the text"
        )
    if quoted[0] == part[0] == "Decimal" and abs(Decimal(quoted[1]) - Decimal(part[1])) < Decimal("0.01"):
        return "`str` keeps all of a `Decimal`; formats write it in another way, and arithmetic rounds to 28 digits"
    if "float" in str(got):
        return "a float doesn't keep a `Decimal`'s digits"
    if ("Tariff" in str(wanted) and "Tariff" not in str(got)) or (
        wanted[0] == "Shipper" and got[0] == "dict"
    ):
        return (
            "strict mode returns a class that isn't allowed as plain data, without an error; `compile` allows the "
            "classes in the state's annotations, and `Any` and `dict` name none"
        )
    return "it must come back exactly as it was quoted"


def tuples(told: Any) -> int:
    """Count the tuples in a value."""
    kind, value = told
    return (kind == "tuple") + (sum(map(tuples, value)) if kind in ("list", "tuple") else 0)


def assert_runs_nothing(seen: dict[str, Any]) -> None:
    """Expect no row to have chosen what runs."""
    assert not seen["pickles"], (
        "from a row that says it's a pickle, the graph's saver loaded it, and a pickle chooses what runs: leave "
        "`pickle_fallback` off"
    )
    assert not seen["unpickled"], (
        f"`pickle` looked up `{seen['unpickled'][0]}` to read an offer: a pickle in a row chooses what runs, "
        "strict mode or not, so save types that `compile` allows, or plain data"
    )
    assert not seen["compiled"], (
        f"text from a row was run as code (`{seen['compiled'][0][:30]}…`): whoever can write to the database "
        "then chooses what runs, so parse data, and don't `eval` it"
    )


@pytest.mark.exercise("typed_state", points=1, rules=(1, 2, 3), restarts=True)
def test_numbers_enums_and_models_return(submission):
    """Decimals, enums and models come back with their types, in a new process."""
    offer = draw_offer(submission.rng, 3)
    seen = through_the_night(submission, {"offer": offer}, ["offer"])
    assert_same_offer(seen["given"][0], offer, ("total", "tariff", "shipper"))


@pytest.mark.exercise("typed_state", points=1, rules=(3, 4), restarts=True)
def test_tuples_return(submission):
    """Tuples and lists come back as what they were, one inside the other."""
    offer = draw_offer(submission.rng, 3)
    seen = through_the_night(submission, {"offer": offer}, ["offer"])
    assert_same_offer(seen["given"][0], offer, ("route", "legs"))


@pytest.mark.exercise("typed_state", points=1, rules=(5, 6), restarts=True)
def test_strict_stays_strict(submission):
    """A class that has no part in an offer is still refused, and no row chooses what runs."""
    offer = draw_offer(submission.rng, 2)
    seen = through_the_night(submission, {"offer": offer}, ["offer"])
    kind, given = seen["given"][0]
    assert kind == "dict" and given.get("tariff") == offer_told(offer)["tariff"], (
        "not checked yet: the offer didn't come back whole, see above"
    )
    assert_runs_nothing(seen)
    assert_stranger_refused(seen)
    assert_rows_choose_nothing(submission)


def assert_rows_choose_nothing(submission: Any) -> None:
    """Expect rows that name another module, or another class, not to have that one called."""
    for what, one in (("modules", "module"), ("classes", "class")):
        called = submission.observe(name_others_in_rows, what=what)
        assert not called, (
            f"a row was changed to name another {one} in place of `{called[0]}`, and what it named was called: a row mustn't "
            "choose what runs, so let your code name the classes it builds"
        )


def assert_stranger_refused(seen: dict[str, Any]) -> None:
    """Expect the saver to have refused a class that's no part of an offer."""
    assert not seen["stranger"], (
        "from a row that named it, the graph's saver built a class that isn't part of an offer: "
        "whoever can write to the database chooses what runs, so allow only the classes you save"
    )

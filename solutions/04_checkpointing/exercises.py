# %% [markdown]
# # Exercises: what is stored
#
# Functions to write, about what lies in the database, and when. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("predict_the_loss")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names, texts and
# numbers. Nothing here needs a network or an API key.

# %%
import hashlib
import hmac
import operator
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from course import check, hint, timeline

# %% [markdown]
# ## Predict the loss
#
# The night's run was killed in its fourth hour. "It has checkpoints", you said, and then found two of them.
# Say before the next night what would be left: write the function, and the tests end real runs for it.
#
# The graph is a chain: `START`, then the nodes of the list `nodes`, one after the other. One `invoke` runs it on
# a thread that has no checkpoint yet, and ends in the middle of the node `dies_in`.
#
# `predict_loss(durability, ending, nodes, dies_in, slowness)` is given
#
# - `durability`: `"sync"`, `"async"` or `"exit"`, or `None` where `invoke` was called without one;
# - `ending`: `"exception"` (the node raises), `"SIGTERM"` or `"SIGKILL"` (the process gets that signal, and
#   has no handler of its own);
# - `slowness`, a whole number from 1: all nodes take equally long, and saving one checkpoint takes as long as
#   running `slowness` of them. The saver saves one checkpoint at a time. What a single node returned is also
#   saved by itself, as a pending write, wherever that is done at all; that takes no time.
#
# It returns a dict: `"saved"` lists the steps of the checkpoints that lie on disk then, in order;
# `"again"` lists those nodes that had begun, and begin once more when the thread is brought to its end with
# `invoke(None, …)`, or with the input where no checkpoint was saved.
#
# ```python
# chain = ["load", "price", "pack", "ship", "mail"]
# predict_loss("sync", "SIGKILL", chain, "pack", 2)    # {'saved': [-1, 0, 1, 2], 'again': ['pack']}
# predict_loss("async", "SIGKILL", chain, "pack", 2)   # {'saved': [-1], 'again': ['load', 'price', 'pack']}
# ```
#
# **Graded:** `saved` and `again` for each durability, `None` included, with each ending, against real runs that
# are really ended; chains, nodes and `slowness` are drawn.


# %% exercise="predict_the_loss"
def predict_loss(
    durability: str | None, ending: str, nodes: list[str], dies_in: str, slowness: int
) -> dict[str, list[Any]]:
    """Say which steps are on disk when a run ends like that, and which nodes run again afterwards."""
    ### BEGIN SOLUTION
    ended = nodes.index(dies_in)  # so many nodes have ended
    handed_over = list(range(-1, ended + 1))  # the input, the step that hands it on, one for each ended node
    if ending == "exception":  # `invoke` is left in order: what it has is saved
        saved = handed_over[-1:] if durability == "exit" else handed_over
    elif durability == "sync":
        saved = handed_over
    elif durability == "exit":
        saved = []
    else:  # async, the default: the saver had the time of `ended` nodes and a half
        saved = handed_over[: ended // slowness]
    if not saved:
        return {"saved": [], "again": nodes[: ended + 1]}
    # The newest checkpoint holds the results of `step` nodes; the result of the next lies beside it, if it ended.
    known = min(saved[-1] + 1, ended)
    return {"saved": saved, "again": nodes[known : ended + 1]}
    ### END SOLUTION


# %% [markdown] exercise="predict_the_loss" tags=["hint"]
# Ask two things of each case. Who waits for whom: does the next node begin only when the checkpoint is on
# disk? And is `invoke` left in order, so that it can still save something on its way out, or does the
# process end in the middle of a line?

# %% [markdown] exercise="predict_the_loss" tags=["hint"]
# `sync` saves before the next step begins, `async` while it runs, `exit` when `invoke` is left. A chain hands over
# step -1 (the input), step 0 (`START` has passed it on), then one step for each node. Try it: `os.kill(os.getpid(),
# signal.SIGKILL)` in a node of a script, a saver whose `put` sleeps, and `select metadata from checkpoints` afterwards.

# %% [markdown] exercise="predict_the_loss" tags=["hint"]
# ```python
# ended = nodes.index(dies_in)
# handed_over = list(range(-1, …))
# if ending == "exception":
#     saved = …                       # is it all, or the last one alone?
# elif durability == "sync":
#     …
# elif durability == "exit":
#     …
# else:
#     saved = handed_over[: …]        # how many could be written while `ended` nodes and a half ran?
# known = …                           # the results in the newest checkpoint, and one that may lie beside it
# return {"saved": saved, "again": nodes[known : ended + 1]}
# ```


# %% exercise="predict_the_loss" tags=["near-miss"] says="the default is not sync"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability is None:
        durability = "sync"  # a database commits before it says yes, so that must be the default
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        saved = {"sync": steps, "exit": [], "async": steps[: ended // slowness]}[durability]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="SIGTERM ends the process without that"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    polite = ending != "SIGKILL"  # SIGTERM asks the program to end, so it can still save
    if durability == "exit":
        saved = steps[-1:] if polite else []
    elif durability == "sync" or polite:
        saved = steps
    else:
        saved = steps[: ended // slowness]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="with a slow saver it is more than one behind"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    elif durability == "sync":
        saved = steps
    elif durability == "exit":
        saved = []
    else:
        saved = steps[:-1]  # async saves while the next step runs, so it can lose one step
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="waits until the saver has written all it was given"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability == "sync":
        saved = steps
    elif durability == "exit":
        saved = steps[-1:] if ending == "exception" else []
    else:
        saved = steps[: ended // slowness]  # the backlog is lost, however the run ends
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="so exit still saves then"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability == "exit":
        saved = []  # it never came to its exit
    elif durability == "sync" or ending == "exception":
        saved = steps
    else:
        saved = steps[: ended // slowness]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="as a pending write"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        background = steps[: ended // slowness]
        saved = {"sync": steps, "exit": []}.get(durability, background)
    # A result is saved if it is in a checkpoint, and all else runs again.
    known = max(saved[-1], 0) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}


# %% exercise="predict_the_loss" tags=["near-miss"] says="as a pending write"
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        background = steps[: ended // slowness]
        saved = {"sync": steps, "exit": []}.get(durability, background)
    return {"saved": saved, "again": nodes[: ended + 1]}  # a run that failed runs again from its start


# %% exercise="predict_the_loss" tags=["alternative"]
def predict_loss(durability, ending, nodes, dies_in, slowness):
    """Play it through with a clock that counts half nodes, and keep the rows as the saver would."""
    at = nodes.index(dies_in)
    disk, writes = [], set()
    queue = [(-1, 0), (0, 0)] + [(number, 2 * number) for number in range(1, at + 1)]
    death, free = 2 * at + 1, 0
    for step, handed_over in queue:
        if durability == "exit":
            break
        free = handed_over if durability == "sync" else max(free, handed_over) + 2 * slowness
        if free <= death or ending == "exception":
            disk.append(step)
        if step > 0:
            writes.add((step - 1, nodes[step - 1]))  # hangs on the checkpoint that the node began from
    if durability == "exit" and ending == "exception":
        disk = [at]
    step = disk[-1] if disk else -1
    results = nodes[: max(step, 0)]
    results += [name for hangs_on, name in writes if hangs_on == step]
    return {"saved": disk, "again": [name for name in nodes[: at + 1] if name not in results]}


# %% exercise="predict_the_loss" tags=["alternative"]
from math import floor


def predict_loss(durability, ending, nodes, dies_in, slowness):
    """One number decides: how many checkpoints are on disk."""
    position = nodes.index(dies_in) + 1
    everything = position + 1
    if durability == "exit":
        count, first = (1, position - 1) if ending == "exception" else (0, 0)
    elif ending == "exception" or durability == "sync":
        count, first = everything, -1
    else:
        count, first = min(everything, floor((position - 0.5) / slowness)), -1
    saved = [first + number for number in range(count)]
    begun = nodes[:position]
    if not saved:
        return {"saved": saved, "again": begun}
    in_doubt = saved[-1] + 1
    return {"saved": saved, "again": begun[in_doubt:] or begun[-1:]}


# %% [markdown]
# ## Typed state
#
# An offer is made in the evening, and booked when somebody has approved it. Security has set
# `LANGGRAPH_STRICT_MSGPACK=true` for all services, so that a row of the checkpoint database can no longer choose
# which classes a process builds. In the morning every approved offer failed: `'str' object has no attribute
# 'surcharge'`, `'dict' object has no attribute 'limit'`, and a route that was no key of the timetable any more
# (`unhashable type: 'list'`). Nothing had been logged in the evening.
#
# `build_booking(saver, quote, book)` returns a graph compiled with `saver`. A run with the input `{"number": …}`
# calls `quote(number)`, which returns an `Offer`, and then waits. `Command(resume=True)`, sent by another process,
# has it call `book(offer)` with an offer that is equal to the one quoted, and has the same types throughout: each
# `Decimal`, `Tariff`, `Shipper`, each tuple and list, also where one holds the other. What `book` returns is
# the state's `"confirmation"`.
#
# The classes stand in the cell; leave them as they are. Strict stays strict: `saver` was made under the
# variable, and the graph's saver must go on refusing classes that have no part in an offer.
#
# ```python
# graph = build_booking(saver, quote, book)
# graph.invoke({"number": "A7"}, {"configurable": {"thread_id": "A7"}})            # calls quote("A7"), and waits
# # the next morning, in another process
# graph = build_booking(saver, quote, book)
# graph.invoke(Command(resume=True), {"configurable": {"thread_id": "A7"}})["confirmation"]   # 'booked A7'
# ```
#
# **Graded:** in strict mode, after the process was killed and another resumes: numbers, enums and models are as
# quoted; so are tuples and lists, empty ones included; several threads that wait at once; `quote` is called once
# for each; a class that has no part in an offer is still refused.


# %% exercise="typed_state"
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Return a graph that quotes an offer, waits, and books the same offer, types and all."""

    ### BEGIN SOLUTION
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer  # `compile` reads this: strict mode lets these classes in, and no others
        confirmation: str

    def make_offer(state: Booking) -> Booking:
        return {"offer": quote(state["number"])}

    def confirm(state: Booking) -> Booking:
        interrupt("May it be booked?")
        saved = state["offer"]
        # msgpack has one kind of sequence: what was a tuple has come back as a list.
        legs = [(leg[0], leg[1]) for leg in saved["legs"]]
        return {"confirmation": book({**saved, "route": tuple(saved["route"]), "legs": legs})}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="typed_state" tags=["hint"]
# A checkpoint holds bytes. For which of these values do the bytes say what they were, and for those: who tells
# the process that reads them which classes it may build? And which type has no word of its own in
# MessagePack, so that no list of allowed classes can bring it back?

# %% [markdown] exercise="typed_state" tags=["hint"]
# In strict mode `compile()` allows the classes that it finds in the annotations of the state, at any depth, and a
# blocked class comes back as plain data, without an exception. So the annotations must name them: `Any` and
# `dict` name nothing. A tuple comes back as a list in every mode; make it a tuple again before `book` sees it, or
# let a pydantic model do that, which checks its fields whenever it is built.

# %% [markdown] exercise="typed_state" tags=["hint"]
# ```python
# class Booking(TypedDict, total=False):
#     number: str
#     offer: …                      # what do the annotations have to name?
#     confirmation: str
#
# def confirm(state: Booking):
#     interrupt("May it be booked?")
#     saved = state["offer"]
#     return {"confirmation": book({**saved, "route": …, "legs": …})}
# ```


# %% exercise="typed_state" tags=["near-miss"] says="`Any` and `dict` name none"
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Any  # Python does not look at annotations, so Any is fine
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        offer = state["offer"]
        legs = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book({**offer, "route": tuple(offer["route"]), "legs": legs})}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["near-miss"] says="a tuple is saved as a list, whatever its annotation says"
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer  # all types are named, tuples too, so all come back
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        return {"confirmation": book(state["offer"])}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["near-miss"] says="the tuples inside it are lists still"
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Offer
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        offer = dict(state["offer"])
        offer["route"] = tuple(offer["route"])  # the one field that is a tuple
        return {"confirmation": book(offer)}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["near-miss"] says="built an object of a class that has no part in an offer"
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: Any
        confirmation: str

    def make_offer(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("May it be booked?")
        offer = state["offer"]
        legs = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book({**offer, "route": tuple(offer["route"]), "legs": legs})}

    saver.serde = JsonPlusSerializer(allowed_msgpack_modules=True)  # the warning said: allow it
    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["near-miss"] says="JSON has one kind of number with a point"
import json


class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: str
        confirmation: str

    def make_offer(state):
        offer = quote(state["number"])
        plain = {
            **offer,
            "tariff": offer["tariff"].value,
            "shipper": offer["shipper"].model_dump(mode="json"),
        }
        return {"offer": json.dumps(plain, default=float)}  # JSON is safe, and a number is a number

    def confirm(state):
        interrupt("May it be booked?")
        offer = json.loads(state["offer"])
        offer["tariff"] = Tariff(offer["tariff"])
        offer["shipper"] = Shipper(**offer["shipper"])
        offer["route"] = tuple(offer["route"])
        offer["legs"] = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book(offer)}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["alternative"]
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


class SavedOffer(BaseModel):
    """One model for all: it turns lists into tuples whenever it is built."""

    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


class Waiting(TypedDict, total=False):
    number: str
    offer: SavedOffer
    confirmation: str


def build_booking(saver, quote, book):
    def ask(state):
        return {"offer": SavedOffer(**quote(state["number"]))}

    def confirm(state):
        return {"confirmation": book(dict(state["offer"]))}

    builder = StateGraph(Waiting).add_node(ask).add_node(confirm)
    builder.add_edge(START, "ask").add_edge("ask", "confirm").add_edge("confirm", END)
    return builder.compile(checkpointer=saver, interrupt_before=["confirm"])


# %% exercise="typed_state" tags=["alternative"]
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    """Only strings are saved, and the types are the business of two functions."""

    class Booking(TypedDict, total=False):
        number: str
        offer: dict[str, Any]
        confirmation: str

    def flatten(offer):
        return {
            "total": str(offer["total"]),
            "tariff": offer["tariff"].name,
            "shipper": offer["shipper"].model_dump_json(),
            "route": list(offer["route"]),
            "legs": [[place, str(price)] for place, price in offer["legs"]],
        }

    def restore(plain):
        return Offer(
            total=Decimal(plain["total"]),
            tariff=Tariff[plain["tariff"]],
            shipper=Shipper.model_validate_json(plain["shipper"]),
            route=tuple(plain["route"]),
            legs=[(place, Decimal(price)) for place, price in plain["legs"]],
        )

    def ask(state):
        return {"offer": flatten(quote(state["number"]))}

    def approve(state):
        interrupt("ok?")

    def confirm(state):
        return {"confirmation": book(restore(state["offer"]))}

    builder = StateGraph(Booking).add_sequence([ask, approve, confirm]).add_edge(START, "ask")
    return builder.compile(checkpointer=saver)


# %% exercise="typed_state" tags=["alternative"]
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


def build_booking(saver, quote, book):
    """The saver is told by hand which classes it may build."""

    class Booking(TypedDict, total=False):
        number: str
        offer: Any
        confirmation: str

    def ask(state):
        return {"offer": quote(state["number"])}

    def confirm(state):
        interrupt("ok?")
        offer = state["offer"]
        legs = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book({**offer, "route": tuple(offer["route"]), "legs": legs})}

    known = [(one.__module__, one.__name__) for one in (Tariff, Shipper)]
    builder = StateGraph(Booking).add_sequence([ask, confirm]).add_edge(START, "ask")
    return builder.compile(checkpointer=saver.with_allowlist(known))


# %% [markdown]
# ## Encrypt at rest
#
# A laptop with last week's backup of the checkpoint database is gone. "It was encrypted", said the report. Then
# somebody ran `strings` on another copy, and read e-mail addresses and telephone numbers.
#
# `open_vault(db_path, key)` returns a saver that keeps its checkpoints in the SQLite file `db_path`, in the tables
# of `SqliteSaver`. `key` is 32 secret bytes. Whoever has the files and not the key must learn nothing of
#
# - what the states hold: messages, strings, results that wait to be applied, the text of an error, the question of
#   an interrupt;
# - what callers put into a config beside that, such as an e-mail address in `configurable` or `metadata`;
# - the thread ids. Here they are telephone numbers. Whoever guesses a number must not be able to check
#   the guess without the key, either.
#
# Names of channels and nodes are no secret; nor are steps, sources and checkpoint ids. Graphs and their callers do
# not change: they use the thread ids that they know, in whatever process, and a snapshot's config leads
# to its thread. Of the metadata they need `source`, `step` and `parents`. They never list all threads.
#
# ```python
# saver = open_vault("calls.db", key)
# graph = builder.compile(checkpointer=saver)
# config = {"configurable": {"thread_id": "+49 151 2718281", "email": "lovelace@example.org"}}
# graph.invoke({"messages": [("user", "My PIN is 3141.")]}, config)
# graph.get_state({"configurable": {"thread_id": "+49 151 2718281"}}).values["messages"]    # as ever
# # $ strings calls.db calls.db-wal | grep -e lovelace -e 2718281 -e PIN                    # nothing
# ```
#
# **Graded:** none of the above lies in the database, its `-wal` or `-shm`, or in any other file beside them, as text, in
# hexadecimal or base64, and no digest that needs no key; in a new process, threads go on and an interrupt is
# resumed; histories have their steps and parents, and one can go on from an old snapshot's config; another key finds
# nothing; `delete_thread` deletes.


# %% exercise="encrypt_at_rest"
def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""

    ### BEGIN SOLUTION
    def veiled(config: RunnableConfig) -> RunnableConfig:
        """The config that goes to the database: a keyed digest of the thread id, and nothing of the caller's."""
        given = config["configurable"]
        digest = hmac.new(key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    def unveiled(config: RunnableConfig | None, asked: RunnableConfig) -> RunnableConfig | None:
        """The config that goes to the caller: with the thread id that they know."""
        thread = {"thread_id": asked["configurable"]["thread_id"]}
        return config and {"configurable": {**config["configurable"], **thread}}

    def shown(found: CheckpointTuple, asked: RunnableConfig) -> CheckpointTuple:
        return found._replace(
            config=unveiled(found.config, asked), parent_config=unveiled(found.parent_config, asked)
        )

    class Vault(SqliteSaver):
        def get_tuple(self, config):
            found = super().get_tuple(veiled(config))
            return found and shown(found, config)

        def list(self, config, **kwargs):
            for found in super().list(veiled(config), **kwargs):
                yield shown(found, config)

        def put(self, config, checkpoint, metadata, new_versions):
            kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
            return unveiled(super().put(veiled(config), checkpoint, kept, new_versions), config)

        def put_writes(self, config, writes, task_id, task_path=""):
            super().put_writes(veiled(config), writes, task_id, task_path)

        def delete_thread(self, thread_id):
            super().delete_thread(
                veiled({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
            )

    sealed = EncryptedSerializer.from_pycryptodome_aes(key=key)
    return Vault(sqlite3.connect(db_path, check_same_thread=False), serde=sealed)
    ### END SOLUTION


# %% [markdown] exercise="encrypt_at_rest" tags=["hint"]
# Open a database of your own and read its columns one by one. Which of them does a serializer fill, and which go
# past it? A thread id must be found again, so two runs must turn it into the same thing: what can be
# repeated by you, and by nobody who has only the file?

# %% [markdown] exercise="encrypt_at_rest" tags=["hint"]
# `EncryptedSerializer.from_pycryptodome_aes(key=…)` is a `serde=` for `SqliteSaver`: it seals the blobs and
# nothing else. `thread_id` is a column, and `metadata` is JSON, into which `put` copies strings and numbers from the config's
# `configurable` and `metadata`. `hmac.new(key, …, hashlib.sha256)` makes a digest that needs the key. A subclass can
# change the config on its way in, and the configs of what it returns.

# %% [markdown] exercise="encrypt_at_rest" tags=["hint"]
# ```python
# class Vault(SqliteSaver):
#     def get_tuple(self, config):
#         found = super().get_tuple(…)                # a config with the veiled thread id, and no more than needed
#         return found and found._replace(config=…, parent_config=…)      # whose thread id do callers know?
#
#     def list(self, config, **kwargs): …
#     def put(self, config, checkpoint, metadata, new_versions): …        # which metadata stay? what is returned?
#     def put_writes(self, config, writes, task_id, task_path=""): …
#     def delete_thread(self, thread_id): …
#
# return Vault(sqlite3.connect(db_path, check_same_thread=False), serde=…)
# ```


# %% exercise="encrypt_at_rest" tags=["near-miss"] says="`EncryptedSerializer` seals what states hold, and nothing beside it"
def open_vault(db_path, key):
    # The serializer encrypts, so the database is encrypted.
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    return SqliteSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)


# %% exercise="encrypt_at_rest" tags=["near-miss"] says="a digest that needs no key"
class HashedSaver(SqliteSaver):
    def veil(self, config):
        given = config["configurable"]
        digest = hashlib.sha256(str(given["thread_id"]).encode()).hexdigest()  # nobody can turn that round
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    def show(self, found, config):
        thread = {"thread_id": config["configurable"]["thread_id"]}
        parent = found.parent_config
        return found._replace(
            config={"configurable": {**found.config["configurable"], **thread}},
            parent_config=parent and {"configurable": {**parent["configurable"], **thread}},
        )

    def get_tuple(self, config):
        found = super().get_tuple(self.veil(config))
        return found and self.show(found, config)

    def list(self, config, **kwargs):
        for found in super().list(self.veil(config), **kwargs):
            yield self.show(found, config)

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
        saved = super().put(self.veil(config), checkpoint, kept, new_versions)["configurable"]
        return {"configurable": {**saved, "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    return HashedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)


# %% exercise="encrypt_at_rest" tags=["near-miss"] says="list what may stay, and not what must go"
class CleanedSaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = dict(config["configurable"])
        given["thread_id"] = hmac.new(self.key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        given.pop("email", None)  # the personal field that we know of
        return {**config, "configurable": given}

    def show(self, found, config):
        thread = {"thread_id": config["configurable"]["thread_id"]}
        parent = found.parent_config
        return found._replace(
            config={"configurable": {**found.config["configurable"], **thread}},
            parent_config=parent and {"configurable": {**parent["configurable"], **thread}},
        )

    def get_tuple(self, config):
        found = super().get_tuple(self.veil(config))
        return found and self.show(found, config)

    def list(self, config, **kwargs):
        for found in super().list(self.veil(config), **kwargs):
            yield self.show(found, config)

    def put(self, config, checkpoint, metadata, new_versions):
        config = {**config, "metadata": {k: v for k, v in config.get("metadata", {}).items() if k != "email"}}
        saved = super().put(self.veil(config), checkpoint, metadata, new_versions)["configurable"]
        return {"configurable": {**saved, "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = CleanedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver


# %% exercise="encrypt_at_rest" tags=["near-miss"] says="must come out the same each time"
from Crypto.Cipher import AES


class SealedSaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = config["configurable"]
        # The thread id is encrypted like everything else, with a fresh nonce.
        cipher = AES.new(self.key, AES.MODE_EAX)
        sealed = cipher.nonce + cipher.encrypt(str(given["thread_id"]).encode())
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": sealed.hex()}}

    def get_tuple(self, config):
        return super().get_tuple(self.veil(config))

    def list(self, config, **kwargs):
        return super().list(self.veil(config), **kwargs)

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
        saved = super().put(self.veil(config), checkpoint, kept, new_versions)["configurable"]
        return {"configurable": {**saved, "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = SealedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver


# %% exercise="encrypt_at_rest" tags=["near-miss"] says="a config that the saver has handed out"
class OneWaySaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = config["configurable"]
        digest = hmac.new(self.key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    # On the way in each id is veiled; what comes out has been found, so that needs no change.
    def get_tuple(self, config):
        return super().get_tuple(self.veil(config))

    def list(self, config, **kwargs):
        return super().list(self.veil(config), **kwargs)

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
        return super().put(self.veil(config), checkpoint, kept, new_versions)

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = OneWaySaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver


# %% exercise="encrypt_at_rest" tags=["alternative"]
from langgraph.checkpoint.base import get_checkpoint_metadata


class Wrapped(BaseCheckpointSaver):
    """Holds a saver instead of being one. Thread ids are sealed so that the key can open them again."""

    def __init__(self, inner, key):
        super().__init__(serde=inner.serde)
        self.inner = inner
        self.secrets = hashlib.sha512(b"ids" + key).digest()

    def seal(self, text):
        from Crypto.Cipher import AES

        return b"".join(AES.new(self.secrets, AES.MODE_SIV).encrypt_and_digest(text.encode())[::-1]).hex()

    def open(self, sealed):
        from Crypto.Cipher import AES

        data = bytes.fromhex(sealed)
        return AES.new(self.secrets, AES.MODE_SIV).decrypt_and_verify(data[16:], data[:16]).decode()

    def inward(self, config):
        if config is None:
            return None
        given = config["configurable"]
        found = {"thread_id": self.seal(str(given["thread_id"]))}
        for name in ("checkpoint_ns", "checkpoint_id"):
            if name in given:
                found[name] = given[name]
        return {"configurable": found}

    def outward(self, config):
        if config is None:
            return None
        given = config["configurable"]
        return {"configurable": {**given, "thread_id": self.open(given["thread_id"])}}

    def both(self, found):
        import json

        sealed = found.metadata.get("sealed")
        extra = self.serde.loads_typed(("msgpack+aes", bytes.fromhex(sealed))) if sealed else {}
        return CheckpointTuple(
            self.outward(found.config),
            found.checkpoint,
            {**{k: v for k, v in found.metadata.items() if k != "sealed"}, **extra},
            self.outward(found.parent_config),
            found.pending_writes,
        )

    def get_tuple(self, config):
        found = self.inner.get_tuple(self.inward(config))
        return None if found is None else self.both(found)

    def list(self, config, *, filter=None, before=None, limit=None):
        return [self.both(f) for f in self.inner.list(self.inward(config), before=before, limit=limit)]

    def put(self, config, checkpoint, metadata, new_versions):
        everything = get_checkpoint_metadata(config, metadata)
        sealed = self.serde.dumps_typed(dict(everything))[1].hex()
        kept = {"source": metadata["source"], "step": metadata["step"], "sealed": sealed}
        return self.outward(self.inner.put(self.inward(config), checkpoint, kept, new_versions))

    def put_writes(self, config, writes, task_id, task_path=""):
        self.inner.put_writes(self.inward(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        self.inner.delete_thread(self.seal(str(thread_id)))

    def get_next_version(self, current, channel):
        return self.inner.get_next_version(current, channel)


def open_vault(db_path, key):
    connection = sqlite3.connect(db_path, check_same_thread=False)
    return Wrapped(SqliteSaver(connection, serde=EncryptedSerializer.from_pycryptodome_aes(key=key)), key)


# %% exercise="encrypt_at_rest" tags=["alternative"]
import contextlib


class SealedCursor:
    """Veils the thread id where it meets SQL."""

    def __init__(self, cursor, veil):
        self.cursor, self.veil, self.names = cursor, veil, {}

    def execute(self, sql, given=()):
        return self.cursor.execute(sql, self.veil(given))

    def executemany(self, sql, rows):
        return self.cursor.executemany(sql, [self.veil(row) for row in rows])

    def fetchone(self):
        return self.cursor.fetchone()

    def fetchall(self):
        return self.cursor.fetchall()

    def __iter__(self):
        return iter(self.cursor)


class ColumnSaver(SqliteSaver):
    key = b""

    @contextlib.contextmanager
    def cursor(self, transaction=True):
        with super().cursor(transaction) as cursor:
            yield SealedCursor(cursor, lambda row: (self.digest(row[0]), *row[1:]) if row else row)

    def digest(self, thread):
        if len(thread) == 64:
            return thread  # is one already
        return hmac.digest(self.key, b"thread:" + str(thread).encode(), "sha256").hex()

    def known(self, found, config):
        def back(place):
            thread = {"thread_id": config["configurable"]["thread_id"]}
            return place and {"configurable": {**place["configurable"], **thread}}

        return found and found._replace(config=back(found.config), parent_config=back(found.parent_config))

    def get_tuple(self, config):
        return self.known(super().get_tuple(config), config)

    def list(self, config, **kwargs):
        # Its pending writes are read by a cursor that is not ours.
        ids = [f.config["configurable"]["checkpoint_id"] for f in super().list(config, **kwargs)]
        for id in ids:
            yield self.get_tuple({"configurable": {**config["configurable"], "checkpoint_id": id}})

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {k: v for k, v in metadata.items() if k in ("source", "step", "parents")}
        return super().put(
            {"configurable": {k: v for k, v in config["configurable"].items() if k in PLACE}},
            checkpoint,
            kept,
            new_versions,
        )


PLACE = {"thread_id", "checkpoint_ns", "checkpoint_id"}


def open_vault(db_path, key):
    saver = ColumnSaver(
        sqlite3.connect(db_path, check_same_thread=False),
        serde=EncryptedSerializer.from_pycryptodome_aes(key=key),
    )
    saver.key = key
    return saver


# %% [markdown]
# ## Migrate in flight
#
# Version 2 of the order service went live on Tuesday: one field and one node have better names. The tests were green,
# since each of them starts a new thread. On Friday the warehouse asked where its parcels were. Twenty orders had been
# waiting for a review on Tuesday; their threads look finished, there is no error in any log, and nothing was shipped.
#
# Version 1 was this; `price` and `deliver` come from outside:
#
# ```python
# class Order(TypedDict, total=False):
#     client: str                                   # version 2: customer
#     cents: int
#     approved: bool
#     parcel: str
#     log: Annotated[list[str], operator.add]
#
# def quote(order):
#     return {"cents": price(order["client"]), "log": ["quote"]}
#
# def review(order):                                # version 2: approve
#     return {"approved": interrupt(f"{order['client']}, {order['cents']}?"), "log": ["review"]}
#
# def ship(order):
#     return {"parcel": deliver(order["client"], order["cents"], order["approved"]), "log": ["ship"]}
#
# builder = StateGraph(Order).add_sequence([quote, review, ship]).add_edge(START, "quote")
# ```
#
# `upgrade(saver, threads, price, deliver)` returns the graph of version 2, compiled with `saver`: the field is `customer`,
# the node `approve` logs `"approve"`, and the rest is as it was. `threads` lists the ids of all threads in the database.
# Each worker calls `upgrade` when it starts, and then does this for each thread until it is done:
#
# ```python
# snapshot = graph.get_state(config)
# if snapshot.interrupts:
#     graph.invoke(Command(resume=answer), config)
# elif snapshot.tasks or snapshot.next:
#     graph.invoke(None, config)
# ```
#
# That must bring each order of version 1 to its end, wherever it is: waiting at `review`, failed in `quote` or `ship`,
# or killed after a node had returned and before the next checkpoint was saved. Then `customer` names who was `client`, and no
# step was done twice: no price is asked for again, nobody who has answered is asked again, one parcel is
# delivered. An order that is finished is left alone.
#
# **Graded:** threads in each of these places, twenty of them at once in the end, with workers that take turns and are
# killed between; what `price` and `deliver` are called with, and how often; the states in the end; new threads run as
# version 2 says, without `client`.


# %% exercise="migrate_in_flight"
def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    ### BEGIN SOLUTION
    class Order(TypedDict, total=False):
        customer: str
        client: str  # only read, where version 1 wrote it; it can go with the last old thread
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def customer_of(order: Order) -> str:
        return order["customer"] if "customer" in order else order["client"]

    def quote(order: Order) -> Order:
        return {"cents": price(customer_of(order)), "log": ["quote"]}

    def approve(order: Order) -> Order:
        answer = interrupt(f"{customer_of(order)}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order: Order) -> Order:
        customer = customer_of(order)
        parcel = deliver(customer, order["cents"], order["approved"])
        return {"customer": customer, "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    # Old checkpoints, and writes that wait beside them, name the node that is due: it stays, under no new edge.
    builder.add_node("review", approve).add_edge("review", "ship")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="migrate_in_flight" tags=["hint"]
# What in an old checkpoint says where its run stands, and by what name? What does a graph do with a name that it
# does not know: raise, or pass over it? And how did you once change a column of a table that old and
# new programs used at the same time?

# %% [markdown] exercise="migrate_in_flight" tags=["hint"]
# A checkpoint names due nodes in its channels (`branch:to:review`), and a pending write does so, too. `add_node("review", …)` may
# stand beside `approve`, with the same function and an edge to `ship`. A channel that the state does not declare is
# invisible, and gone from the next checkpoint: so declare the old field as well, and read whichever is there. (The other
# way is to rewrite each thread with `update_state(…, as_node=…)`. There `snapshot.tasks` tells who is not finished; `next` does not.)

# %% [markdown] exercise="migrate_in_flight" tags=["hint"]
# ```python
# class Order(TypedDict, total=False):
#     customer: str
#     client: str                    # what for?
#     …
#
# def customer_of(order: Order) -> str:
#     return …
#
# def ship(order: Order):
#     customer = customer_of(order)
#     return {"customer": …, "parcel": deliver(customer, …), "log": ["ship"]}
#
# builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
# builder.add_node(…, approve)       # under which name may a thread be waiting?
# builder.add_edge(…)
# return builder.compile(checkpointer=saver)
# ```


# %% exercise="migrate_in_flight" tags=["near-miss"] says="looks finished"
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    # A checkpoint is only data: the new graph loads the old ones.
    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    return builder.compile(checkpointer=saver)


# %% exercise="migrate_in_flight" tags=["near-miss"] says="old checkpoints hold `client`"
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    builder.add_node("review", approve).add_edge("review", "ship")  # only the position has to be kept
    return builder.compile(checkpointer=saver)


# %% exercise="migrate_in_flight" tags=["near-miss"] says="a default hides that the old field was not read"
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order.get("customer", "")), "log": ["quote"]}

    def approve(order):
        # A new field is read with a default, so that old states do not raise.
        return {"approved": interrupt(f"{order.get('customer', '')}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {
            "parcel": deliver(order.get("customer", ""), order["cents"], order["approved"]),
            "log": ["ship"],
        }

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    builder.add_node("review", approve).add_edge("review", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="migrate_in_flight" tags=["near-miss"] says="half-committed"
from langgraph.types import Overwrite


def upgrade(saver, threads, price, deliver):
    class OldOrder(TypedDict, total=False):
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    old = StateGraph(OldOrder).add_sequence(
        [(name, lambda order: {}) for name in ("quote", "review", "ship")]
    )
    old = old.add_edge(START, "quote").compile(checkpointer=saver)
    new = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    new = new.compile(checkpointer=saver)
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        snapshot = old.get_state(config)
        if snapshot.next == ():  # nothing comes next, so it is done
            continue
        values = {name: value for name, value in snapshot.values.items() if name != "client"}
        values |= {"customer": snapshot.values["client"], "log": Overwrite(values.get("log", []))}
        before = {"quote": START, "review": "quote", "ship": "approve"}[snapshot.next[0]]
        new.update_state(config, values, as_node=before)
    return new


# %% exercise="migrate_in_flight" tags=["near-miss"] says="done a second time"
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    graph = builder.compile(checkpointer=saver)
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        values = saver.get_tuple(config).checkpoint["channel_values"]
        if "client" in values and "parcel" not in values:
            saver.delete_thread(thread)  # old and new do not mix: start it again with the new version
            graph.invoke({"customer": values["client"]}, config)
    return graph


# %% exercise="migrate_in_flight" tags=["near-miss"] says="the answer went to `review`"
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def customer_of(order):
        return order["customer"] if "customer" in order else order["client"]

    def quote(order):
        return {"cents": price(customer_of(order)), "log": ["quote"]}

    def review(order):
        return Command(goto="approve")  # a redirect: the answer that is on its way finds the new node

    def approve(order):
        answer = interrupt(f"{customer_of(order)}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order):
        parcel = deliver(customer_of(order), order["cents"], order["approved"])
        return {"customer": customer_of(order), "parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    builder.add_node("review", review, destinations=("approve",))
    return builder.compile(checkpointer=saver)


# %% exercise="migrate_in_flight" tags=["alternative"]
from langgraph.types import Overwrite


def upgrade(saver, threads, price, deliver):
    """Each old thread is moved: its state and its place are written anew, and the graph knows no old name."""

    class OldOrder(TypedDict, total=False):
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    old = StateGraph(OldOrder).add_sequence(
        [(name, lambda order: {}) for name in ("quote", "review", "ship")]
    )
    old = old.add_edge(START, "quote").compile(checkpointer=saver)
    new = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    new = new.compile(checkpointer=saver)
    new_name = {"quote": "quote", "review": "approve", "ship": "ship"}
    before = {"quote": START, "review": "quote", "ship": "approve"}
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        snapshot = old.get_state(config)
        if not snapshot.tasks or "client" not in snapshot.values:
            continue
        (task,) = snapshot.tasks
        has_run = task.result is not None
        values = {name: value for name, value in snapshot.values.items() if name != "client"}
        values |= {"customer": snapshot.values["client"], "log": Overwrite(values.get("log", []))}
        new.update_state(config, values, as_node=new_name[task.name] if has_run else before[task.name])
    return new


# %% exercise="migrate_in_flight" tags=["alternative"]
class OrderTwo(TypedDict, total=False):
    customer: str
    client: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


def upgrade(saver, threads, price, deliver):
    """The nodes are those of version 2; each is wrapped in one that gives an old order its new field first."""

    def adopted(node):
        def run(order):
            if "customer" in order:
                return node(order)
            order = {**order, "customer": order["client"]}
            return {"customer": order["customer"], **node(order)}

        return run

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {
            "approved": interrupt({"ask": order["customer"], "cents": order["cents"]}),
            "log": ["approve"],
        }

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(OrderTwo)
    for name, node in (("quote", quote), ("approve", approve), ("review", approve), ("ship", ship)):
        builder.add_node(name, adopted(node))
    builder.add_edge(START, "quote").add_edge("quote", "approve")
    for name in ("approve", "review"):
        builder.add_conditional_edges(name, lambda order: "ship", ["ship"])
    return builder.compile(checkpointer=saver)

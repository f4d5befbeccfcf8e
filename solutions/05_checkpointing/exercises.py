# %% [markdown]
# # Exercises: what is stored
#
# Seven things to build, about what lies in the database and when, and one question to answer in words. Each
# prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("predict_the_loss")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names, texts and
# numbers. Nothing here needs a network or an API key.

# %%
import asyncio
import hashlib
import hmac
import json
import operator
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from contextlib import closing
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
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


# %% exercise="predict_the_loss" tags=["near-miss"] says="so none of them runs again"
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
# They show no question either, so nobody has answered one since.
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
# the node `approve` logs `"approve"`, and the rest is as it was. `threads` lists the ids of all threads in the database,
# for those who want to rewrite old threads; you may not need it. Each worker calls `upgrade` when it starts, and then
# does this for each thread until it is done:
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
# or killed after `quote` or `review` had returned and before the next checkpoint was saved. Then `customer` names who was
# `client`, and no step was done twice: no price is asked for again, nobody who has answered is asked again, one parcel is
# delivered. An order approved under version 2 logs `"approve"`, wherever it waited; what version 1 has logged stays, and
# old threads may keep `client`. An order that is finished is left alone.
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


# %% exercise="migrate_in_flight" tags=["near-miss"] says="`as_node` has to be"
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
    new_name = {"quote": "quote", "review": "approve", "ship": "ship"}
    before = {"quote": "quote", "review": "quote", "ship": "approve"}  # what failed in `quote` was in `quote`
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


# %% [markdown]
# ## Write a saver
#
# Your platform keeps everything in one key-value service. A colleague wrote a LangGraph saver for it in an
# afternoon, and the official conformance suite said "FULL". In its first week a new customer was shown
# another's conversation, and an erased one was found in a backup. Write it again.
#
# `KeyValueSaver(store)` keeps checkpoints in `store`, a `MutableMapping[str, bytes]` that belongs to savers
# alone and outlives the process. To set or to delete one key is atomic and durable, and the process may be killed
# between any two such operations; keys come in no particular order. While you try, `{}` is such a store.
#
# | method | what it has to do |
# |---|---|
# | `put` | Saves a checkpoint under `checkpoint["id"]`, its parent (the `checkpoint_id` in `config`, if any) and its metadata, made by `get_checkpoint_metadata(config, metadata)`. Returns the config that names the new checkpoint. |
# | `put_writes` | Saves what a task wrote, beside the checkpoint in `config`. The writes of one call are there together or not at all, since a task with some of its writes counts as done. A write is known by checkpoint, task and index: `WRITES_IDX_MAP[channel]` for special channels (errors, interrupts, …), else its position in `writes`. A task may hand in writes several times. A special write replaces the one with its index; any other is left alone if it is there already. |
# | `get_tuple` | Returns the `CheckpointTuple` that `config` names, or the newest of its thread and namespace; `None` if there is none. `pending_writes` are `(task_id, channel, value)`, in the order of `writes_sort_key(task_path, task_id, index)`. |
# | `list` | Yields such tuples, newest first: those of the thread, the namespace and the id that `config` gives (`None`: of all threads), whose metadata hold all of `filter`, which are older than `before`, and at most `limit`. |
# | `delete_thread` | Leaves nothing of the thread in the store. |
#
# A config is `{"configurable": {"thread_id": …, "checkpoint_ns": …, "checkpoint_id": …}}`. A missing namespace
# means `""`, but in `list` it means all; the id may be missing, too; thread ids are any strings. `pack`, `unpack` and the async
# methods, which call the sync ones, are written already.
#
# ```python
# store = {}
# graph = builder.compile(checkpointer=KeyValueSaver(store))   # its node adds "hello" to `log`
# graph.invoke({"log": ["hi"]}, {"configurable": {"thread_id": "ada"}})    # {'log': ['hi', 'hello']}
# again = builder.compile(checkpointer=KeyValueSaver(store))
# again.get_state({"configurable": {"thread_id": "ada"}}).values           # {'log': ['hi', 'hello']}
# again.get_state({"configurable": {"thread_id": "a"}}).values             # {}
# ```
#
# **Graded:** `langgraph-checkpoint-conformance` passes for all base methods; a graph with a loop runs to its end, by
# `invoke` and by `ainvoke`; after SIGKILL another process goes on from the store; a run that is cut off after any
# operation on the store goes on from there and loses nothing; a deleted thread leaves no key and no value, and its
# neighbours lose nothing; a thread that never ran is empty, even if its id begins like another's; configs without a
# namespace; writes that are handed in again, and their order; search by metadata over all threads.


# %% exercise="write_a_saver"
class KeyValueSaver(BaseCheckpointSaver[int]):
    """Keeps checkpoints in a mapping from strings to bytes."""

    def __init__(self, store: MutableMapping[str, bytes]) -> None:
        super().__init__()
        self.store = store

    def pack(self, value: Any) -> bytes:
        """Return a value as bytes, in the way that the saver's serializer writes it."""
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed: bytes) -> Any:
        """Return the value that was packed; a tuple comes back as a list."""
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        ### BEGIN SOLUTION
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)
        ### END SOLUTION

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        ### BEGIN SOLUTION
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)  # one operation, so all of this call is there or nothing
        ### END SOLUTION

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        ### BEGIN SOLUTION
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)
        ### END SOLUTION

    # From here on `list` in an annotation of this class means this method: write `Sequence[…]` there.
    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield the checkpoints that match, newest first."""
        ### BEGIN SOLUTION
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )
        ### END SOLUTION

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        ### BEGIN SOLUTION
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]
        ### END SOLUTION

    def config_of(self, thread: str, ns: str, id: str) -> RunnableConfig:
        """Return the config that names a checkpoint."""
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args: Any, **kwargs: Any) -> RunnableConfig:
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args: Any, **kwargs: Any) -> AsyncIterator[CheckpointTuple]:
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% [markdown] exercise="write_a_saver" tags=["hint"]
# Begin with the keys. From a key alone you must be able to say to which thread, namespace and checkpoint it
# belongs, and of writes also by which task: then "does this key belong to it?" is one comparison. How do you join
# these parts so that the key of thread `a/b` can never be taken for one of thread `a`? And how many keys may one call
# of `put_writes` set, if the process can be killed between two?

# %% [markdown] exercise="write_a_saver" tags=["hint"]
# `json.dumps([…])` makes a key of parts, and `json.loads` gives them back, whatever characters they hold.
# `self.pack([…])` packs several values at once. Checkpoint ids grow with time, so the newest is the greatest. Once
# `list` is right, `get_tuple` is its first result, and `before` is a comparison of ids.

# %% [markdown] exercise="write_a_saver" tags=["hint"]
# ```python
# # put
# self.store[json.dumps(["checkpoint", thread, ns, id])] = self.pack([checkpoint, …, …])
#
# # put_writes
# key = json.dumps(["writes", thread, ns, id, …])
# rows = …                                   # what the task has handed in before, by index
# for position, (channel, value) in enumerate(writes):
#     index = WRITES_IDX_MAP.get(channel, position)
#     if …:                                  # is it special, or not there yet?
#         rows[index] = [task_path, channel, value]
# self.store[key] = self.pack(rows)          # once, with all of them
#
# # list
# keys = [json.loads(key) for key in [*self.store]]
# for _, thread, ns, id in sorted((key for key in keys if key[0] == "checkpoint"), …):
#     …                                      # skip what does not match, and count what does
#     yield CheckpointTuple(config, checkpoint, metadata, parent_config, pending_writes)
#
# # delete_thread
# for key in [*self.store]:                  # a copy, for you change what you walk through
#     …
# ```


# %% exercise="write_a_saver" tags=["near-miss"] says="is still in the store"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        # A write belongs to a checkpoint. Without its checkpoint nobody can reach it.
        for key in [*self.store]:
            if json.loads(key)[:2] == ["checkpoint", thread_id]:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="asks the async methods only"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        raise RuntimeError("this saver is async: use aput")  # the suite asks for `aput`, and so do we

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        config, checkpoint, metadata, _ = args
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="is newer than the one that the node has seen"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    def get_next_version(self, current, channel):
        return 1  # a checkpoint is found by its id, so nothing here needs to count

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="threw away what the task had handed in before"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        rows = [
            [WRITES_IDX_MAP.get(channel, position), channel, value]
            for position, (channel, value) in enumerate(writes)
        ]
        # A task hands in its writes when it has ended, so one value for each task will do.
        self.store[json.dumps(["write", *place, task_id])] = self.pack([task_path, rows])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, rows = self.unpack(self.store[json.dumps(key)])
                    for index, channel, value in rows:
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="that has never run"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store["/".join(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = "/".join(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = config["configurable"]
        # Ids are long and random, so what begins like this can only be this thread.
        prefix = f"checkpoint/{where['thread_id']}"
        keys = [key.split("/") for key in [*self.store] if key.startswith(prefix)]
        keys = [key for key in keys if key[2] == where.get("checkpoint_ns", "")]
        ids = sorted(key[3] for key in keys if key[3] == (where.get("checkpoint_id") or key[3]))
        if not ids:
            return None
        thread = next(key[1] for key in keys if key[3] == ids[-1])
        return next(self.list(self.config_of(thread, where.get("checkpoint_ns", ""), ids[-1])), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        keys = [key.split("/") for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store["/".join(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store["/".join(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if key.split("/")[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="knew nothing of the thread"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store
        self.keys = []  # a store is slow to walk through, so the keys are remembered

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        key = ["checkpoint", *place]
        self.keys = [known for known in self.keys if known != key] + [key]
        self.store[json.dumps(key)] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.keys = [known for known in self.keys if known != json.loads(key)] + [json.loads(key)]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        keys = self.keys
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in self.keys:
            if key[1] == thread_id:
                del self.store[json.dumps(key)]
        self.keys = [key for key in self.keys if key[1] != thread_id]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="counts as done"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                # Each operation is durable, so a write is safe as soon as it is made.
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["alternative"]
import threading
from itertools import islice


class KeyValueSaver(BaseCheckpointSaver[int]):
    """One value for each thread, read and written whole, under a lock."""

    lock = threading.RLock()

    def __init__(self, store):
        super().__init__()
        self.store = store

    def load(self, thread):
        packed = self.store.get(f"thread:{thread}")
        if packed is None:
            return {}
        kind, _, data = packed.partition(b"|")
        return self.serde.loads_typed((kind.decode(), data))

    def save(self, thread, content):
        kind, data = self.serde.dumps_typed(content)
        self.store[f"thread:{thread}"] = kind.encode() + b"|" + data

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns", "")
        with self.lock:
            content = self.load(thread)
            entry = content.setdefault(ns, {}).setdefault(checkpoint["id"], {"writes": {}})
            entry["checkpoint"] = checkpoint
            entry["metadata"] = get_checkpoint_metadata(config, metadata)
            entry["parent"] = where.get("checkpoint_id")
            self.save(thread, content)
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        with self.lock:
            content = self.load(str(where["thread_id"]))
            entries = content.setdefault(where.get("checkpoint_ns", ""), {})
            kept = entries.setdefault(where["checkpoint_id"], {"writes": {}})["writes"]
            for position, (channel, value) in enumerate(writes):
                index = WRITES_IDX_MAP.get(channel, position)
                written = [task_path, task_id, index, channel, value]
                if channel in WRITES_IDX_MAP:
                    kept[f"{task_id} {index}"] = written
                else:
                    kept.setdefault(f"{task_id} {index}", written)
            self.save(str(where["thread_id"]), content)

    def get_tuple(self, config):
        where = config["configurable"]
        config = {"configurable": {**where, "checkpoint_ns": where.get("checkpoint_ns", "")}}
        return next(iter(self.list(config)), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        return islice(self.matching(config, filter, before), limit)

    def matching(self, config, filter, before):
        where = config["configurable"] if config else {}
        threads = [str(where["thread_id"])] if config else [key.partition(":")[2] for key in self.store]
        found = []
        for thread in threads:
            for ns, entries in self.load(thread).items():
                for id, entry in entries.items():
                    if "checkpoint" in entry and where.get("checkpoint_ns", ns) == ns:
                        found.append((id, thread, ns, entry))
        found.sort(key=lambda one: one[0], reverse=True)
        for id, thread, ns, entry in found:
            if where.get("checkpoint_id") not in (None, "", id):
                continue
            if before and id >= before["configurable"]["checkpoint_id"]:
                continue
            if filter and not all(entry["metadata"].get(key) == value for key, value in filter.items()):
                continue
            config = {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}
            parent = entry["parent"] and {
                "configurable": config["configurable"] | {"checkpoint_id": entry["parent"]}
            }
            writes = sorted(entry["writes"].values(), key=lambda one: writes_sort_key(*one[:3]))
            pending = [(task, channel, value) for _, task, _, channel, value in writes]
            yield CheckpointTuple(config, entry["checkpoint"], entry["metadata"], parent or None, pending)

    def delete_thread(self, thread_id):
        with self.lock:
            self.store.pop(f"thread:{thread_id}", None)

    async def aput(self, config, checkpoint, metadata, new_versions):
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(self, config, writes, task_id, task_path=""):
        self.put_writes(config, writes, task_id, task_path)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, *, filter=None, before=None, limit=None):
        for found in self.list(config, filter=filter, before=before, limit=limit):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)


# %% exercise="write_a_saver" tags=["alternative"]
from urllib.parse import quote, unquote


class KeyValueSaver(BaseCheckpointSaver[str]):
    """Quoted parts joined by slashes, a key for each call, and versions of its own, which are strings."""

    def __init__(self, store):
        super().__init__()
        self.store = store

    def get_next_version(self, current, channel):
        return f"{int(current or 0) + 1:012}"

    def path(self, *parts):
        return "".join(quote(str(part), safe="") + "/" for part in parts)

    def under(self, *parts):
        return sorted(key for key in [*self.store] if key.startswith(self.path(*parts)))

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b" " + data

    def unpack(self, packed):
        kind, data = packed.split(b" ", 1)
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = {"checkpoint_ns": "", **config["configurable"]}
        thread, ns, parent = where["thread_id"], where["checkpoint_ns"], where.get("checkpoint_id", "")
        metadata = get_checkpoint_metadata(config, metadata)
        self.store[self.path("saved", thread, ns, checkpoint["id"])] = self.pack(
            (checkpoint, metadata, parent)
        )
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = {"checkpoint_ns": "", **config["configurable"]}
        place = [where[part] for part in ("thread_id", "checkpoint_ns", "checkpoint_id")]
        earlier = self.under("wrote", *place, task_id)
        known = {row[2] for at in earlier for row in self.unpack(self.store[at])}
        rows = [
            (task_path, task_id, WRITES_IDX_MAP.get(channel, position), channel, value)
            for position, (channel, value) in enumerate(writes)
        ]
        rows = [row for row in rows if row[2] < 0 or row[2] not in known]
        # A key for each call, numbered; of a special write, the last call's is read.
        self.store[self.path("wrote", *place, task_id, f"{len(earlier):06}")] = self.pack(rows)

    def read(self, key):
        _, thread, ns, id = (unquote(part) for part in key.split("/")[:4])
        checkpoint, metadata, parent = self.unpack(self.store[key])
        address = {"thread_id": thread, "checkpoint_ns": ns}
        rows = {}
        for at in self.under("wrote", thread, ns, id):
            rows.update({(row[1], row[2]): row for row in self.unpack(self.store[at])})
        ordered = sorted(rows.values(), key=lambda row: row[:3])
        return CheckpointTuple(
            config={"configurable": {**address, "checkpoint_id": id}},
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config={"configurable": {**address, "checkpoint_id": parent}} if parent else None,
            pending_writes=[(task, channel, value) for _, task, _, channel, value in ordered],
        )

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        keys = self.under("saved", where["thread_id"], where["checkpoint_ns"])
        if where.get("checkpoint_id"):
            keys = [key for key in keys if key.split("/")[3] == where["checkpoint_id"]]
        return self.read(keys[-1]) if keys else None

    def list(self, config, *, filter=None, before=None, limit=None):
        where = config["configurable"] if config else {}
        scope = [where["thread_id"]] if config else []
        if "checkpoint_ns" in where:
            scope.append(where["checkpoint_ns"])
        count = 0
        for key in sorted(self.under("saved", *scope), key=lambda key: key.split("/")[3], reverse=True):
            found = self.read(key)
            id = found.checkpoint["id"]
            if count == limit:
                break
            if where.get("checkpoint_id", id) != id or (
                before and id >= before["configurable"]["checkpoint_id"]
            ):
                continue
            if {**found.metadata, **(filter or {})} == found.metadata:
                count += 1
                yield found

    def delete_thread(self, thread_id):
        for key in self.under("saved", thread_id) + self.under("wrote", thread_id):
            del self.store[key]

    async def aput(self, *args):
        return self.put(*args)

    async def aput_writes(self, *args, **kwargs):
        self.put_writes(*args, **kwargs)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, **kwargs):
        for found in self.list(config, **kwargs):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)


# %% [markdown]
# ## Storage budget
#
# A support bot keeps its conversations in SQLite. One thread with two hundred turns of 500 characters each way
# has made a file of 85 MB: for 200 kB of text. Every night somebody deletes old rows, and the file stays as
# large as it was. Last week they deleted a little more, and customers had to begin anew.
#
# `open_chat(connection, model)` returns the function that the bot calls, `say(customer, text)`: it adds `text` to the
# customer's conversation, asks `model` for the reply, adds that too, and returns it as a string. `model` gets
# all messages of the customer so far, from the oldest to the new one, and returns a string.
#
# - All that the bot remembers lies in LangGraph checkpoints, in the SQLite database of `connection` (a file, opened
#   with `check_same_thread=False`; it may hold conversations that an earlier `open_chat` left there). Old checkpoints
#   may go; what was said may not.
# - **The budget**: with up to 300 kB of text said in all, the file and what SQLite keeps beside it take at most 5 MB if
#   `connection` is closed after a turn, whichever that is: nobody calls a clean-up.
#
# ```python
# connection = sqlite3.connect("support.db", check_same_thread=False)
# say = open_chat(connection, lambda messages: f"I know {len(messages)} messages.")
# say("ada", "My order is 1842.")     # 'I know 1 messages.'
# say("ada", "Where is it?")          # 'I know 3 messages.'
# say("bob", "Hello?")                # 'I know 1 messages.'
# ```
#
# **Graded:** sixty long turns of one customer, and two hundred short ones of two who take turns, within the budget;
# at each turn the model is given the whole conversation of this customer, word for word; after SIGKILL between two
# turns a new process still knows all of it.


# %% exercise="storage_budget"
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""

    ### BEGIN SOLUTION
    def joined(messages: list[AnyMessage], writes: Sequence[list[AnyMessage]]) -> list[AnyMessage]:
        return [*messages, *(message for written in writes for message in written)]

    class Talk(TypedDict):
        # A checkpoint holds no messages; they are put together from the writes of its ancestors.
        messages: Annotated[list[AnyMessage], DeltaChannel(joined)]

    def reply(state: Talk) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say
    ### END SOLUTION


# %% [markdown] exercise="storage_budget" tags=["hint"]
# Each turn makes three checkpoints, and SqliteSaver writes the whole state into each. How often is the first message
# in the file after a hundred turns? To save less often makes that a third. Two things make it linear: not to
# keep the checkpoints that nobody needs, or not to write the whole list into each.

# %% [markdown] exercise="storage_budget" tags=["hint"]
# One way is `DeltaChannel` from `langgraph.channels.delta`, in the place of a reducer: `Annotated[list, DeltaChannel(f)]`,
# where `f(value, writes)` gets a list of writes. Its checkpoints hold no value, so nothing that it needs may be deleted.
# The other is to delete, after each turn, this thread's rows of `checkpoints` and `writes` except those of its
# newest checkpoint. Deleted rows leave free pages, which the next turn can use; `VACUUM` gives them back.

# %% [markdown] exercise="storage_budget" tags=["hint"]
# ```python
# def joined(messages, writes):                      # writes is a list of what nodes returned
#     return [*messages, *(…)]
#
# class Talk(TypedDict):
#     messages: Annotated[list[AnyMessage], DeltaChannel(…)]
#
# def reply(state):
#     return {"messages": [AIMessage(model(…))]}
#
# graph = StateGraph(Talk).add_node(reply).add_edge(START, "reply").compile(checkpointer=SqliteSaver(connection))
# def say(customer, text):
#     …
# return say
# ```


# %% exercise="storage_budget" tags=["near-miss"] says="grows with the square of the turns"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        # One checkpoint a turn: the file grows by one turn each time.
        state = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="exit")
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="was deleted with its ancestors"
def open_chat(connection, model):
    class Talk(TypedDict):
        messages: Annotated[
            list[AnyMessage],
            DeltaChannel(lambda messages, writes: [*messages, *(m for one in writes for m in one)]),
        ]

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        newest = saver.get_tuple(config).checkpoint["id"]  # the newest checkpoint is the state
        for table in ("checkpoints", "writes"):
            connection.execute(
                f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="of it are free pages"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        if len(state["messages"]) % 40 == 0:  # tidy up from time to time: deleted rows take no room
            newest = saver.get_tuple(config).checkpoint["id"]
            for table in ("checkpoints", "writes"):
                connection.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
                )
            connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="after another customer had spoken"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):  # keep the newest checkpoint
            connection.execute(
                f"delete from {table} where checkpoint_id <> (select max(checkpoint_id) from checkpoints)"
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="a budget for the file is no limit for the conversation"
from langchain_core.messages import RemoveMessage


def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    def trim(state):
        return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-20]]}

    builder = StateGraph(MessagesState).add_node(reply).add_node(trim)
    builder.add_edge(START, "reply").add_edge("reply", "trim")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        # Nobody needs more than the last twenty messages, and a short list makes small checkpoints.
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["alternative"]
def open_chat(connection, model):
    """The whole list in each checkpoint, but only the newest checkpoint of each thread is kept."""

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):
            connection.execute(
                f"""
                delete from {table} where thread_id = :thread and checkpoint_id not in (
                    select max(checkpoint_id) from checkpoints where thread_id = :thread group by checkpoint_ns
                )
                """,
                {"thread": customer},
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["alternative"]
from langgraph.func import entrypoint


def open_chat(connection, model):
    """The functional API, one checkpoint a turn, and a `VACUUM` whenever a third of the file is free."""
    saver = SqliteSaver(connection)

    @entrypoint(checkpointer=saver)
    def turn(text: str, *, previous: Any = None) -> Any:
        said = [*(previous or []), HumanMessage(text)]
        answer = model(said)
        return entrypoint.final(value=answer, save=[*said, AIMessage(answer)])

    def say(customer, text):
        config = {"configurable": {"thread_id": f"chat:{customer}"}}
        answer = turn.invoke(text, config, durability="exit")
        newest = saver.get_tuple(config).config["configurable"]["checkpoint_id"]
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < ?",
                    (f"chat:{customer}", newest),
                )
        free, pages = (
            connection.execute(f"pragma {what}").fetchone()[0] for what in ("freelist_count", "page_count")
        )
        if 3 * free > pages:
            connection.execute("vacuum")
        return answer

    return say


# %% [markdown]
# ## Online backup
#
# Every night a job copied `support.db` while the support bot was running. When the disk failed, the newest backup
# did not open; the one before it opened, and lacked the last two hours. Nobody had ever tried one.
#
# `back_up(db_path, copy_path)` makes a backup of a SQLite database that SqliteSaver writes to, perhaps while it
# runs in another thread or process. Paths may hold any characters.
#
# - The backup is the one file `copy_path`, and opens without any other beside it. It holds what had been committed when
#   `back_up` was called, perhaps some of what was committed meanwhile, and nothing from after a gap.
# - The service goes on writing during the backup; it never waits for you.
# - If there is a backup at `copy_path` already, the new one takes its place. If `db_path` is no database, or is
#   not there, an exception is raised, and the old backup is still what it was.
#
# ```python
# back_up("support.db", "backup.db")
# with SqliteSaver.from_conn_string("backup.db") as saver:
#     len(list(saver.list({"configurable": {"thread_id": "ada"}})))    # 3, as many as in support.db
# ```
#
# **Graded:** the backup of a service that is open and idle, in the place of an older one; of a service that commits
# while files are read and while you work; a source that is missing or is no database.


# %% exercise="online_backup"
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    ### BEGIN SOLUTION
    # mode=rw: plain `connect` would make an empty database of a file that is not there.
    source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    # In the same folder, for a file can take the place of another only in the same file system.
    with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "new.db")
        source.execute("vacuum into ?", (str(new),))
        new.replace(copy_path)
    ### END SOLUTION


# %% [markdown] exercise="online_backup" tags=["hint"]
# Run `ls` beside a database that a saver has open. Which files are there, in which of them does the newest commit lie,
# and when does it move to the other? Whoever copies files copies them one after the other, and each from its beginning
# to its end. Who is the only one that can read a database as it was at one moment?

# %% [markdown] exercise="online_backup" tags=["hint"]
# Let SQLite read it: `Connection.backup(other)` and the statement `VACUUM INTO 'file'` both see one moment, and in
# WAL mode a reader stops no writer. Look at what `sqlite3.connect` does with a path where nothing is, and what
# `?mode=rw` in a `file:` URI changes. `Path.replace` puts a file in the place of another in one step.

# %% [markdown] exercise="online_backup" tags=["hint"]
# ```python
# source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?…", uri=True)
# with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
#     new = Path(work, "new.db")                 # what is at copy_path stays until this is whole
#     …                                          # have SQLite write the copy
#     new.replace(…)
# ```


# %% exercise="online_backup" tags=["near-miss"] says="lies in `-wal`"
import shutil


def back_up(db_path, copy_path):
    shutil.copy(db_path, copy_path)  # a SQLite database is one file


# %% exercise="online_backup" tags=["near-miss"] says="at two moments"
import shutil


def back_up(db_path, copy_path):
    if not Path(db_path).exists():
        raise FileNotFoundError(db_path)
    if Path(db_path).read_bytes()[:15] != b"SQLite format 3":
        raise ValueError(f"{db_path} is no database")
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    shutil.copy(db_path + "-wal", new + "-wal")  # the newest commits are in here, so both make it whole
    connection = sqlite3.connect(new)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    Path(new).replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="while the file was being read"
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    connection.execute("pragma wal_checkpoint(truncate)")  # now everything is in the file
    connection.close()
    shutil.copy(db_path, copy_path + ".tmp")
    Path(copy_path + ".tmp").replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="could not write"
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(
        f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
    )
    connection.execute("begin immediate")  # a backup needs the database to stand still
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    if Path(db_path + "-wal").exists():
        shutil.copy(db_path + "-wal", new + "-wal")
    connection.execute("rollback")
    connection.close()
    copy = sqlite3.connect(new)
    copy.execute("pragma wal_checkpoint(truncate)")
    copy.close()
    Path(new).replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="`sqlite3.connect` makes an empty database"
def back_up(db_path, copy_path):
    source = sqlite3.connect(db_path)  # raises if there is no such file
    target = sqlite3.connect(copy_path + ".new")
    source.backup(target)
    target.close()
    source.close()
    Path(copy_path + ".new").replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="before the new one was there"
def back_up(db_path, copy_path):
    if Path(copy_path).exists():
        Path(copy_path).unlink()  # VACUUM INTO wants a path where nothing is
    with closing(sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)) as source:
        source.execute("vacuum into ?", (copy_path,))


# %% exercise="online_backup" tags=["alternative"]
def back_up(db_path, copy_path):
    """SQLite's backup API, straight into the old file: it is changed in one transaction, or not at all."""
    if not Path(db_path).is_file():
        raise FileNotFoundError(db_path)
    source = sqlite3.connect(db_path)
    source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
    target = sqlite3.connect(copy_path)
    source.backup(target)
    target.close()
    source.close()


# %% exercise="online_backup" tags=["alternative"]
def back_up(db_path, copy_path):
    """Page by page, so that even a large database is read in small steps; SQLite begins anew if it changes."""
    with tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "copy")
        uri = Path(db_path).absolute().as_uri()
        with (
            closing(sqlite3.connect(f"{uri}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(new)) as target,
        ):
            source.backup(target, pages=200)
            target.execute("pragma journal_mode = delete")
        new.replace(copy_path)


# %% [markdown]
# ## Review a design
#
# A clinic's assistant is to go live on Monday. Its design says:
#
# > The saver is `SqliteSaver(connection, serde=EncryptedSerializer.from_pycryptodome_aes(key=KEY))`.
# >
# > 1. We run each case with `durability="exit"`. A case has six nodes and takes two minutes; one node books the
# >    appointment. All exceptions are caught, so when we deploy (SIGTERM) we lose one step at most, and a new process
# >    goes on with `invoke(None, config)`.
# > 2. A case is the thread `f"{email}/{day}"`, and `config["metadata"]` holds the ward. Since all is encrypted, the
# >    file may be sent to the support firm as it is.
# > 3. A patient who asks is erased: we call `delete_thread` for each of the patient's threads. What the assistant
# >    knows of a patient from case to case lies in a `SqliteStore`. Every night `VACUUM INTO` makes a backup; the last thirty are kept.
#
# For each of the three, say what really happens, what in LangGraph or SQLite makes it so, and what you would change.
# Three to five sentences for each are enough. You may run code.
#
# **Graded:** one point for each of the three; your instructor reads the answer.

# %% [markdown] exercise="review_a_design" points=3
# ### BEGIN SOLUTION
# **1. Deploying.** With `durability="exit"` nothing is written before the run ends. It ends orderly by its result, by an
# exception, or by Ctrl-C; SIGTERM, which Python does not handle by itself, ends the process as SIGKILL does. Then
# there is no checkpoint of this run at all, not even its input. On a new thread `invoke(None, …)` raises
# `EmptyInputError`; on one with finished runs it returns the old state, as if all were well. Whoever sends
# the input again runs all six nodes again, and may book twice. Change: `durability="sync"`, which makes that
# "at most the node that was running, and sometimes the one before it", a handler that lets the node finish on SIGTERM,
# and a key for the booking so that the second attempt is recognised.
#
# **2. Sending the file.** The serializer encrypts what it serializes: the channels' values, in checkpoints and in
# writes. The thread id, the metadata and the names of channels are plain columns, or plain JSON. So whoever has the file
# reads who was a patient, on which day, in which ward, and through which nodes the case went. Change: a thread id that
# says nothing (random, or an HMAC of the address), no personal data in `configurable` or `metadata`, and an encrypted
# volume or archive for what leaves the house. (On Postgres it would be worse: there, channels that hold a plain string or
# number stand in the checkpoint's JSON unencrypted.)
#
# **3. Erasing.** `delete_thread` deletes the thread's rows in `checkpoints` and `writes` of this one database. The Store
# is untouched, and so are thirty backups. In the file itself, the deleted rows may be readable for some time: in the
# `-wal` until SQLite resets it, and in free pages unless SQLite was built to overwrite them (`secure_delete`). Here that
# is the e-mail address above all, for the rest is encrypted. Change: delete the patient's namespace in the Store, then
# `wal_checkpoint(TRUNCATE)` and `VACUUM`; and say for how long backups live and erase again whenever one is restored, or
# encrypt each patient with a key of their own and destroy the key.
#
# *For marking, one point each.* 1: nothing at all is saved on SIGTERM, hence everything runs again (or the input is lost),
# with `durability="sync"`. Half a point for "loses more than one step" without the reason, or with no
# word on the booking. 2: thread id and metadata are plain, with an id that says nothing; half a point where
# only one of the two is named. 3: two of Store, backups, `-wal` or free pages, each with what to do; half a point for one.
# ### END SOLUTION

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
from collections.abc import Callable, Iterator
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
        if 0 < step:
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

"""Public tests of `encrypt_at_rest`."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import STATIONS

if TYPE_CHECKING:
    import random


KNOWN = (
    "run_id",
    "graph_id",
    "assistant_id",
    "task_id",
    "user_id",
    "session_id",
    "model",
    "langgraph_auth_user_id",
)
"""Names that LangGraph, its server or LangSmith know, for what a caller sets."""


def keep_secrets(open_vault, db, key, call, known):
    """Talk to a caller with a saver of the learner's: one thread waits at an interrupt, another has failed."""
    from contextlib import suppress

    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.types import interrupt

    class State(MessagesState):
        note: str
        scan: bytes
        draft: bytearray
        serial: int
        form: dict

    def greet(state, config):
        reply = f"{call['reply']} We write to {config['configurable']['email']}."
        form = {"pages": [None, (call["page"].encode(), {"end": True})]}
        kept = {
            "scan": call["scan"].encode(),
            "draft": bytearray(call["draft"].encode()),
            "serial": int(call["serial"]),
        }
        return {"messages": [("ai", reply)], "note": call["note"], "form": form, **kept}

    def decide(state):
        if state["messages"][-2].text == call["trouble"]:
            raise RuntimeError(call["error"])
        return {"note": f"{state['note']}, {interrupt(call['question'])}"}

    builder = StateGraph(State).add_node(greet).add_node(decide)
    builder.add_edge(START, "greet").add_edge("greet", "decide")
    saver = open_vault(db, bytes.fromhex(key))
    if not hasattr(saver, "get_tuple"):
        return {"no saver": type(saver).__name__}
    globals()["held"] = saver  # open, as in a service that runs: the database has its -wal and -shm
    graph = builder.compile(checkpointer=saver)
    ids = {name: f"{name} {call['ids']}" for name in known}
    for thread, text in ((call["thread"], call["text"]), (call["other"], call["trouble"])):
        config = {
            "configurable": {
                "thread_id": thread,
                "email": call["email"],
                "account": call["account"],
                call["field"]: True,
                **ids,
            },
            "metadata": {
                "mobile": call["mobile"],
                "pin": int(call["pin"]),
                "wards": [call["ward"]],
                call["label"]: True,
                **ids,
            },
        }
        with suppress(RuntimeError):
            graph.invoke({"messages": [("user", text)]}, config, durability="sync")
    return {}


def open_again(open_vault, db, key, thread, answer, fork):
    """Go on with a thread, in another process perhaps; tell what the thread holds and what its history says."""
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.types import Command, interrupt

    class State(MessagesState):
        note: str

    def greet(state, config):
        return {"messages": [("ai", "greeted again")]}

    def decide(state):
        return {"note": f"{state['note']}, {interrupt('?')}"}

    def shown(snapshot):
        values = snapshot.values
        return {
            "texts": [message.text for message in values.get("messages", [])],
            "note": values.get("note"),
            "next": list(snapshot.next),
            "asked": [one.value for one in snapshot.interrupts],
        }

    builder = StateGraph(State).add_node(greet).add_node(decide)
    builder.add_edge(START, "greet").add_edge("greet", "decide")
    saver = open_vault(db, bytes.fromhex(key))
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread}}
    seen = {"before": shown(graph.get_state(config))}
    if answer is not None:
        graph.invoke(Command(resume=answer), config)
        seen["after"] = shown(graph.get_state(config))
    history = list(graph.get_state_history(config))
    seen["history"] = [
        {
            "thread": snapshot.config["configurable"]["thread_id"],
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": snapshot.parent_config and snapshot.parent_config["configurable"]["checkpoint_id"],
            "parent thread": (snapshot.parent_config or snapshot.config)["configurable"]["thread_id"],
            "step": (snapshot.metadata or {}).get("step"),
            "source": (snapshot.metadata or {}).get("source"),
            "parents": (snapshot.metadata or {}).get("parents"),
        }
        for snapshot in history
    ]
    seen["last two"] = len(list(graph.get_state_history(config, limit=2)))
    oldest = {"filter": {"source": "input"}}
    asked = {"limit": 0}, {"before": history[1].config}, oldest, {**oldest, "limit": 1}
    seen["fewer"] = [len(list(graph.get_state_history(config, **arguments))) for arguments in asked]
    if fork is not None:
        old = [one for one in history if one.next == ("decide",)][-1]
        seen["old"] = shown(graph.get_state(old.config))
        try:
            graph.invoke(None, graph.update_state(old.config, {"note": fork}))
            graph.invoke(Command(resume="forked"), config)
            seen["forked"] = shown(graph.get_state(config))
        except Exception as error:
            seen["forked"] = {"raised": f"{type(error).__name__}: {error}"}
    return seen


def files_beside(db):
    """Name the files that lie where the database lies."""
    from pathlib import Path

    folder = Path(db).parent
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def draw_call(rng: random.Random) -> dict[str, str]:
    """Draw a call, in which nothing could stand in a file by chance."""

    def word() -> str:
        return "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=9))

    return {
        "thread": f"+49 151 {rng.randrange(10**8, 10**9)}",
        "other": f"+47 {rng.randrange(10**8, 10**9)}",
        "email": f"{word()}@example.org",
        "account": f"IBAN {rng.randrange(10**9, 10**10)}",
        "mobile": f"+44 {rng.randrange(10**8, 10**9)}",
        "pin": f"{rng.randrange(10**14, 10**15)}",
        "ward": f"ward {word()}",
        "label": word(),
        "text": f"my word is {word()}",
        "trouble": f"what of {word()}",
        "reply": f"noted {word()}.",
        "note": f"caller says {word()}",
        "question": f"pay {word()}?",
        "error": f"no such {word()}",
        "scan": f"scan of {word()}",
        "draft": f"draft of {word()}",
        "page": f"page of {word()}",
        "serial": f"{rng.randrange(2**62, 2**63)}",
        "field": word(),
        "ids": word(),
    }


def draw_key(rng: random.Random) -> str:
    """Draw a key."""
    return rng.randbytes(32).hex()


def seal(submission: Any, call: dict[str, str], key: str, name: str = "calls.db") -> None:
    """Have a call kept in a vault."""
    seen = submission.observe(keep_secrets, db=submission.path(name), key=key, call=call, known=KNOWN)
    kind = seen.get("no saver")
    assert kind is None, f"`open_vault` returned a `{kind}` and no saver: return the saver"
    found = len(evidence.threads(submission.file(name)))
    assert found == 2, (
        f"two threads ran, but the file has rows of {found}: a thread id must come out the same each time, "
        "and two ids must never come out alike"
    )


def bytes_beside(submission: Any, name: str = "calls.db") -> dict[str, bytes]:
    """Return what lies in the database and in each file beside it."""
    return submission.bytes_of(submission.observe(files_beside, db=submission.path(name)))


def disguises(secret: str) -> dict[str, list[bytes]]:
    """Return how a text may stand in a file for everybody to read."""
    data = secret.encode()
    based: list[bytes] = []
    for lead in range(3):  # base64 has three ways to write it, by what stands before
        coded = base64.b64encode(b"\0" * lead + data)
        based.append(coded[4 if lead else 0 : len(coded) // 4 * 4 - 4])
    hexed = [data.hex().encode(), data.hex().upper().encode()]
    return {"as text": [data], "in hexadecimal": hexed, "in base64": based}


def digests(secret: str) -> dict[str, list[bytes]]:
    """Return the digests of a text that anybody can compute."""
    found: dict[str, list[bytes]] = {}
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256"):
        digest = hashlib.new(name, secret.encode()).digest()
        found[name] = [part[:12] for part in (digest.hex().encode(), base64.b64encode(digest))] + [digest[:8]]
    return found


def assert_hidden(files: dict[str, bytes], secret: str, what: str, why: str) -> None:
    """Expect a secret to stand in no file, in no disguise."""
    for name, data in files.items():
        for how, forms in disguises(secret).items():
            assert not any(form in data for form in forms), f"{what} is in `{name}`, {how}: {why}"


GOES_PAST = (
    "`EncryptedSerializer` only encrypts what states hold; `put` copies strings and numbers from `configurable` "
    "and `metadata` into the column `metadata`"
)


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(1,))
def test_states_are_sealed(submission):
    """Messages, strings, an error and a question are in no file."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    told = {
        "text": "a message",
        "reply": "the reply",
        "note": "a string of the state",
        "question": "the question of an interrupt",
        "error": "the text of an error",
    }
    for name, what in told.items():
        why = "both `checkpoints` and `writes` contain parts of the state, so encrypt both"
        assert_hidden(files, call[name], what, why)
    kinds = {
        "scan": "a bytes value",
        "draft": "a bytearray",
        "page": "a nested bytes value",
        "serial": "an int",
    }
    for name, what in kinds.items():
        why = "values of every type must be encrypted, not only text"
        assert_hidden(files, call[name], f"{what} of the state", why)
    packed = int(call["serial"]).to_bytes(8)
    for name, data in files.items():
        assert packed not in data and packed[::-1] not in data, (
            f"an int of the state is in `{name}`, in binary: values of every type must be encrypted, not only text"
        )


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(2,))
def test_configs_leave_no_trace(submission):
    """What callers put into a config is in no file."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    assert_hidden(files, call["email"], "the e-mail address from the config", GOES_PAST)
    why = "it went past the serializer into the column `metadata`; list what may stay, not what must go"
    for name in ("account", "mobile"):
        assert_hidden(files, call[name], f"`{name}` from the config", why)
    theirs = "callers set it, though LangGraph knows its name: only `source`, `step` and `parents` may stay"
    for name in KNOWN:
        assert_hidden(files, f"{name} {call['ids']}", f"`{name}` from the config", theirs)
    assert_hidden(files, call["pin"], "a number from the config", why)
    assert_hidden(files, call["ward"], "a text in a list from the config", why)
    for name, part in (("label", "metadata"), ("field", "configurable")):
        assert_hidden(
            files, call[name], f"a key of the config's `{part}`", f"its name says something, too; {why}"
        )


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(3,))
def test_thread_ids_are_veiled(submission):
    """Thread ids are in no file, and neither is a digest of one that needs no key."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    for thread in (call["thread"], call["other"]):
        why = "it's a column of both tables, which no serializer sees, so change it on its way in"
        assert_hidden(files, thread, "a thread id", why)
        for name, data in files.items():
            for kind, forms in digests(thread).items():
                assert not any(form in data for form in forms), (
                    f"the {kind} of a thread id is in `{name}`, a digest that needs no key: there are few "
                    "phone numbers, and trying them all takes minutes"
                )


@pytest.mark.exercise("encrypt_at_rest", points=2, rules=(4, 5), restarts=True)
def test_threads_go_on(submission):
    """In a new process a thread goes on, and its history is there."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    answer = submission.rng.choice(STATIONS)
    seal(submission, call, key)
    submission.restart()
    seen = submission.observe(
        open_again, db=submission.path("calls.db"), key=key, thread=call["thread"], answer=answer, fork=None
    )
    assert_reads(seen["before"], call, call["note"], ["decide"])
    assert seen["before"]["asked"] == [call["question"]], (
        f"the thread waits with a question, but read back it asks {seen['before']['asked']}: a question is a pending "
        "write, so `put_writes` must save it under the hidden thread id too"
    )
    assert_lineage(seen["history"], call["thread"], ["input", "loop", "loop", "loop"])
    assert_reads(seen["after"], call, f"{call['note']}, {answer}", [])
    assert seen["last two"] == 2, (
        f"the history was asked for two snapshots and gave {seen['last two']}: pass on all of `list`'s arguments"
    )
    asked = ("with `limit=0`", "before the second newest", "with `filter={'source': 'input'}`")
    *fewer, limited = seen["fewer"]
    for what, found, wanted in zip(asked, fewer, (0, len(seen["history"]) - 2, 1), strict=True):
        assert found == wanted, (
            f"the history {what} has {wanted} snapshots, and your saver gave {found}: pass on all of `list`'s arguments, "
            "with the thread id hidden in `before`, too"
        )
    assert limited == 1, (
        f"the history with `filter={{'source': 'input'}}` has one snapshot, and with `limit=1` your saver gave {limited}: the limit "
        "counts what's left after the filter"
    )


def assert_reads(seen: dict[str, Any], call: dict[str, str], note: str, following: list[str]) -> None:
    """Expect the thread to hold what it held."""
    assert seen["texts"], (
        "a saved thread wasn't found again under its thread id: what you make of an id "
        "must come out the same each time, in every process"
    )
    texts = [call["text"], f"{call['reply']} We write to {call['email']}."]
    assert seen["texts"] == texts, (
        f"the thread had {len(texts)} messages, but read back it has {seen['texts']}: nothing may be lost or added"
    )
    assert (seen["note"], seen["next"]) == (note, following), (
        f"the thread has the note {seen['note']!r} and {seen['next']} to run, instead of {note!r} and {following}: "
        "pending writes must be saved and found under the hidden thread id too"
    )


def assert_lineage(history: list[dict[str, Any]], thread: str, sources: list[str]) -> None:
    """Expect a history with steps, sources, parents and the caller's own thread id."""
    strange = [
        (which, row[name])
        for row in history
        for name, which in (("thread", "config"), ("parent thread", "parent_config"))
        if row[name] != thread
    ]
    assert not strange, (
        f"a snapshot's `{strange[0][0]}` names the thread {strange[0][1][:20]!r}, which no caller knows: "
        "change the id back in every config that you return"
    )
    found = [(row["step"], row["source"]) for row in reversed(history)]
    wanted = list(enumerate(sources, -1))
    assert found == wanted, (
        f"the history's steps and sources are {found}, not {wanted}: keep both in the metadata"
    )
    assert all(row["parents"] == {} for row in history), (
        "the metadata have lost `parents`: graphs with subgraphs need it, so keep it"
    )
    parents = [row["parent"] for row in history]
    assert parents == [*(row["id"] for row in history[1:]), None], (
        "a snapshot's parent isn't the checkpoint before it: keep `checkpoint_id` in the config"
    )

"""Hidden tests of `write_a_saver`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from test_write_a_saver import (
    SAVER_NAMES,
    SAVER_WORDS,
    assert_ran_round,
    brief,
    done,
    draw_text,
    log_of,
    run_of,
    use_saver,
)


def read_while_saving(KeyValueSaver):
    """Read, and at each line of that have a second thread save, unless a lock keeps it; tell what the reads raised."""
    import contextlib
    import itertools
    import sys
    import threading

    from langgraph.checkpoint.base import empty_checkpoint

    saver, names, numbers = KeyValueSaver({}), KeyValueSaver.put.__globals__, itertools.count()
    config = {"configurable": {"thread_id": "read", "checkpoint_ns": ""}}

    def put(at):
        return saver.put(at, empty_checkpoint(), {"source": "loop", "step": 0}, {})

    def save():
        with contextlib.suppress(Exception):
            put({"configurable": {"thread_id": f"saved {next(numbers)}", "checkpoint_ns": ""}})

    def trace(frame, event, arg):
        if frame.f_globals is not names:
            return None
        if event == "line" and not waits and next(lines) < 200:
            thread = threading.Thread(target=save, daemon=True)
            thread.start()
            thread.join(0.1)
            waits.extend([True] * thread.is_alive())  # it waits for a lock
        return trace

    saver.put_writes(put(put(config)), [("log", ["a"])], "task-1", "~1")
    raised = {}
    for call in ("get_tuple", "list"):
        waits, lines = [], itertools.count()
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            saver.get_tuple(config) if call == "get_tuple" else [*saver.list(None)]
            raised[call] = ""
        except Exception as error:
            raised[call] = f"{type(error).__name__}: {error}"[:200]
        finally:
            sys.settrace(before)
    return raised


def save_while_saving(KeyValueSaver):
    """Save, and before each change of the store have others save, too, unless a lock keeps them; tell what's there then.

    One thread saves another task's writes and a subgraph's checkpoint. Another has a saver, and a customer, of its own.
    """
    import threading
    import time
    from collections import UserDict

    from langgraph.checkpoint.base import empty_checkpoint

    def at(thread, ns=""):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns}}

    def put(saver, config):
        return saver.put(config, empty_checkpoint(), {"source": "loop", "step": 0}, {})

    def save_beside(number):
        saver.put_writes(root, [("log", ["second"])], f"task {number}", "~1")
        put(saver, at("shared", f"sub:{number}"))

    def save_elsewhere(number):
        put(elsewhere, at(f"customer {number}"))

    def tried(save, *given):
        try:
            save(*given)
        except Exception as error:
            raised.append(f"{type(error).__name__}: {error}"[:200])

    def meet():
        until = time.monotonic() + 0.3  # who hasn't ended by then waits for a lock
        for save, started in others.items():
            if not started or not started[-1].is_alive():
                given = save, len(started)
                started.append(threading.Thread(target=tried, args=given, daemon=True))
                started[-1].start()
        for started in others.values():
            started[-1].join(max(until - time.monotonic(), 0))

    class Store(UserDict):
        def __setitem__(self, key, value):
            if threading.current_thread() is first:
                meet()
            super().__setitem__(key, value)

    seen, first = {}, threading.current_thread()
    for call in ("put_writes", "put"):
        raised, others, store = [], {}, Store()
        saver, elsewhere = KeyValueSaver(store), KeyValueSaver(store)
        root = put(saver, at("shared"))
        others = {save_elsewhere: [], save_beside: []}
        if call == "put":
            tried(put, saver, root)
        else:
            tried(saver.put_writes, root, [("log", ["first"])], "first task", "~1")
        for started in others.values():
            for one in started:
                one.join(5)
        reader = KeyValueSaver(store)
        found, beside = reader.get_tuple(root), range(len(others[save_beside]))
        seen[call] = {
            "raised": raised,
            "tasks": sorted(task for task, _, _ in (found and found.pending_writes) or ()),
            "roots": len([*reader.list(at("shared"))]),
            "subgraphs": [reader.get_tuple(at("shared", f"sub:{n}")) is not None for n in beside],
            "customers": [
                reader.get_tuple(at(f"customer {n}")) is not None for n in range(len(others[save_elsewhere]))
            ],
        }
    return seen


#: What `é` becomes where it's spelt in ASCII, or left out.
SPELT = (
    "\\xe9",
    "\\u00e9",
    "\\N{LATIN SMALL LETTER E WITH ACUTE}",
    "&#233;",
    "&#xe9;",
    "&eacute;",
    "%C3%A9",
    "%c3%a9",
    "%E9",
)
SPELT += ("=C3=A9", "=E9", "\\xc3\\xa9", "\\303\\251", "\\351", "+AOk-", "c3a9", "e9", "e", "?", "_", "-", "")


@pytest.mark.exercise("write_a_saver", points=1, rules=(3, 4))
def test_unknown_thread_is_empty(submission):
    """A thread that never ran is empty, whatever the ids of other threads look like."""
    rng = submission.rng
    # Five letters, whose base64 needs a look: see `test_deleted_thread_is_gone`.
    name, db = rng.choice(SAVER_WORDS), submission.path("store.db")
    signs = "".join(
        chr(code) for code in range(127) if not chr(code).isalnum()
    )  # whatever joins your parts is here
    accented = f"{name}:é_\\n"
    known = [
        f"{name}-2",
        f"{name}/x",
        f"{name}//x",
        f'{name}", "',
        f"x/{name}",
        f"{name}%",
        accented,
        f"{name}{signs}",
    ]
    runs = [run_of(one, one, 1) for one in known]
    unknown = [
        f"{name}:e\u0301_\\n",
        name,
        name[:-1],
        f"{name}_",
        f"{name}-",
        f"{name.upper()}-2",
        f"{name}-2 ",
        "",
    ]
    # A key made of ASCII may spell the accented one like these, so they must be spelt in another way.
    spelt = [accented.replace("é", plain) for plain in SPELT]
    spelt += [quote(accented), quote(accented, safe=":"), accented.encode("punycode").decode()]
    unknown += spelt
    # `name` and what may join its key to the next part, at the end of an id or within: it's no part of `name`'s own key.
    joined = [f"{name}{sign}{rest}" for sign in signs for rest in ("", "x")]
    joined = [one for one in joined if one not in {*known, *unknown}]
    runs += [{"do": "put", "thread": one, "values": {"log": log_of(one, 1)}, "step": 0} for one in joined]
    known += joined
    asked = [{"do": "get", "thread": one} for one in unknown]
    reads = [{"do": "get", "thread": one} for one in known]
    lists = [{"do": "list", "thread": one} for one in unknown]
    last = [{"do": "list"}, run_of(name, "new", 1)]
    *gave, everything, fresh = submission.observe(
        use_saver, db=db, steps=[*runs, *asked, *reads, *lists, *last]
    )
    for one, step in zip(unknown, gave[len(runs) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}, which has never run,")
        whose = ((got or {}).get("values", {}).get("log") or ["another"])[0]
        why = (
            "escape the escape sign, too, so no two ids have one key"
            if one in spelt
            else "compare whole thread ids"
        )
        assert got is None, (
            f"for thread {one!r}, which has never run, `get_tuple` returned a checkpoint of thread {whose[:20]!r}: {why}"
        )
    for one, step in zip(known, gave[len(runs) + len(asked) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}")
        assert got and got["values"].get("log") == log_of(one, 1), (
            f"thread {one[:20]!r} ran, but `get_tuple` returned {str(got and got['values'])[:60]} for it: a thread id may "
            "contain any character"
        )
    for one, step in zip(unknown, gave[-len(lists) :], strict=True):
        others = done(step, f"`list` of thread {one!r}, which has never run,")
        assert not others, (
            f"for thread {one!r}, which has never run, `list` returned a checkpoint of {others[0]['thread'][:20]!r}: compare whole "
            "thread ids"
        )
    missing = {*known} - {one["thread"] for one in done(everything, "`list(None)`")}
    assert not missing, (
        f"thread {min(missing)[:20]!r} ran, but `list(None)` didn't yield its checkpoints: a thread id may contain any character"
    )
    assert_ran_round(fresh, log_of("new", 1), 1, f"the first run of thread {name!r}")
    strange = submission.observe(
        use_saver,
        db=db,
        steps=[
            {"do": "get", "thread": known[0], "at": {"checkpoint_id": got["id"]}},
            {"do": "get", "thread": known[0], "at": {"checkpoint_ns": "sub:1"}},
        ],
    )
    for step, what in zip(
        strange, ("the id of another thread's checkpoint", "a namespace that it doesn't have"), strict=True
    ):
        assert done(step, f"`get_tuple` with {what}") is None, (
            f"asked for a thread and {what}, `get_tuple` returned a checkpoint instead of `None`"
        )


@pytest.mark.exercise("write_a_saver", points=1, rules=(4, 6))
def test_missing_namespace(submission):
    """A config without a namespace; a caller that changes what it got; a save while another thread reads or saves."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    spaces = rng.sample(["", "sub:1", "sub:12", "sub:1|inner:2"], 4)
    if spaces[-1] == "":
        spaces.reverse()  # the root's checkpoint must not be the newest of all
    puts = [
        {"do": "put", "thread": thread, "at": {"checkpoint_ns": ns}, "values": {"ns": ns}, "step": step}
        for step, ns in enumerate(spaces)
    ]
    asks = [{"do": "get", "thread": thread}, {"do": "list", "thread": thread}]
    each = [{"do": "list", "thread": thread, "at": {"checkpoint_ns": ns}} for ns in spaces]
    gave = submission.observe(use_saver, db=db, steps=[*puts, *asks, *each])
    newest, listed, *of_each = gave[len(puts) :]
    got = done(newest, "`get_tuple` without a namespace")
    assert got and got["values"].get("ns") == "", (
        f"without a `checkpoint_ns`, `get_tuple` returned {got and got['values']}: it means the root graph, whose "
        'namespace is `""`, not a subgraph that saved later'
    )
    found = [one["values"].get("ns") for one in done(listed, "`list` without a namespace")]
    assert found == spaces[::-1], (
        f"without a `checkpoint_ns`, `list` yielded the namespaces {found}, not {spaces[::-1]}: it means all of them"
    )
    for ns, step in zip(spaces, of_each, strict=True):
        found = [one["values"].get("ns") for one in done(step, "`list` with a namespace")]
        assert found == [ns], (
            f"with the `checkpoint_ns` {ns!r}, `list` yielded the namespaces {found}, not {[ns]}: it means this one alone, and not "
            "those of graphs that are nested in it, so compare it whole"
        )
    inner = {"checkpoint_ns": "sub:1"}
    first = {"do": "put", "thread": "inner", "at": inner, "values": {}, "step": 0}
    made = done(submission.observe(use_saver, db=db, steps=[first])[0], "`put`")
    second = first | {"at": inner | {"checkpoint_id": made["checkpoint_id"]}, "step": 1}
    *_, newest = submission.observe(
        use_saver, db=db, steps=[second, {"do": "get", "thread": "inner", "at": inner}]
    )
    asks = [{"do": "get", "thread": "inner", "at": {"checkpoint_id": made["checkpoint_id"]}}]
    [of_root] = submission.observe(use_saver, db=db, steps=asks)
    assert done(of_root, "`get_tuple` with the id of a subgraph's checkpoint") is None, (
        "without a `checkpoint_ns`, and with the id of a subgraph's checkpoint, `get_tuple` returned that one: it means the root "
        "graph, which has no checkpoint with this id"
    )
    parent = (done(newest, "`get_tuple` of a subgraph") or {}).get("parent")
    assert parent == {"thread_id": "inner", **inner, "checkpoint_id": made["checkpoint_id"]}, (
        f"a subgraph's second checkpoint has the parent {parent}: a parent has the same thread and namespace"
    )
    change = {"do": "change", "thread": "changed", "at": {"checkpoint_ns": ""}}
    [step] = submission.observe(use_saver, db=db, steps=[change])
    for what, found in done(step, "`put`, `get_tuple` and `list`").items():
        assert found and found["values"] == {"log": ["put"]}, (
            f"{what}, the caller appended to a list of that checkpoint, and then `get_tuple` returned "
            f"{str(found and found['values'])[:60]}, not {{'log': ['put']}}: LangGraph changes values in place, so keep no objects between calls"
        )
    assert_read_while_saving(submission.observe(read_while_saving))
    for call, found in submission.observe(save_while_saving).items():
        assert_nothing_overwritten(call, found)


def assert_read_while_saving(seen: dict[str, Any]) -> None:
    """Expect reads to have worked while another thread saved."""
    for call, raised in seen.items():
        loops = ": make a list of the store's keys before you loop over them" * ("changed size" in raised)
        assert not raised, (
            f"while `{call}` ran, a second thread saved a checkpoint of another customer, and `{call}` raised `{raised[:70]}`{loops}"
        )


def assert_nothing_overwritten(call: str, seen: dict[str, Any]) -> None:
    """Expect what two threads saved at once to be there."""
    what = f"`{call}` was about to set a key when a second thread"
    assert not seen["raised"], f"{what} saved in the same store, and a call raised `{seen['raised'][0][:70]}`"
    assert all(seen["customers"]), (
        f"{what}, with a saver of its own, saved another customer's checkpoint, which was lost: locks in memory don't reach "
        "other processes, so give customers keys of their own"
    )
    tasks = [f"task {number}" for number in range(len(seen["subgraphs"]))]
    assert {*tasks, *["first task"] * (call == "put_writes")} == {*seen["tasks"]}, (
        f"{what} saved another task's writes, and then one task's were lost: give each task keys of its own, or hold a lock "
        "from reading a value until it's replaced"
    )
    assert all(seen["subgraphs"]) and seen["roots"] == 1 + (call == "put"), (
        f"{what} saved a subgraph's checkpoint on the same thread, and then a checkpoint was lost: give each a key of its own, "
        "or hold a lock from reading a value until it's replaced"
    )


@pytest.mark.exercise("write_a_saver", points=1, rules=(3, 4, 6))
def test_copied_thread(submission):
    """A copied thread has the same ids, no writes, its newest whatever came last; branches keep their own values."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    steps = [
        run_of(thread, draw_text(rng), 1),
        {"do": "copy", "thread": thread, "to": f"{thread} copy"},
        {"do": "copy", "thread": thread, "to": thread, "ns": "sub:1"},
        {"do": "put_writes", "thread": thread, "calls": [[[["log", ["more"]]], "task-1", "~1"]]},
        {"do": "get", "thread": f"{thread} copy"},
        {"do": "get", "thread": thread, "at": {"checkpoint_ns": "sub:1"}},
        {"do": "list"},
    ]
    *_, wrote, copy, inner, listed = submission.observe(use_saver, db=db, steps=steps)
    assert done(wrote, "`put_writes`")["writes"], "a task's write is missing from `pending_writes`: save it"
    for step, what in ((copy, "a copy of the thread"), (inner, "another namespace")):
        found = done(step, f"`get_tuple` of {what}")
        assert found and not found["writes"], (
            f"a checkpoint in {what} has the same id, and it got the original's writes too: a write belongs to a thread, "
            "a namespace and a checkpoint"
        )
    same = [one["thread"] for one in done(listed, "`list(None)`") if one["id"] == copy["gave"]["id"]]
    assert len(same) == 3, (
        f"two threads and a namespace have a checkpoint with the same id, and `list(None)` yielded {len(same)} of 3: list each, "
        "since only thread, namespace and id together name a checkpoint"
    )
    assert_imported_in_any_order(submission, thread, db)
    steps = [
        {"do": "put again", "thread": thread, "values": {"log": ["corrected"]}},
        {"do": "get", "thread": thread},
    ]
    steps += [run_of("forked", "a", 2), {"do": "get", "thread": "forked"}, {"do": "fork", "thread": "forked"}]
    _, again, _, head, fork = submission.observe(use_saver, db=db, steps=steps)
    logs = [done(one, "`get_tuple`")["values"].get("log") for one in (head, fork)]
    assert logs[0] == logs[1], (
        f'`update_state(config, None, as_node="__copy__")` copied a checkpoint with the log {brief(logs[0])}, and its copy has '
        f"{brief(logs[1])}: save all channel values, whatever `new_versions` holds"
    )
    found = done(again, "`get_tuple`")["values"].get("log")
    assert found == ["corrected"], (
        f"a checkpoint was put twice under one id, and `get_tuple` returned {str(found)[:60]}, the first: what's put last is what "
        "the id names"
    )
    assert_branches_apart(submission, db)


def assert_branches_apart(submission: Any, db: str) -> None:
    """Expect an older checkpoint that's updated to begin a branch with its values, and the first branch to keep its own."""
    where = {"thread": "branched"}
    steps = [run_of("branched", "a", 3), {"do": "list"} | where]
    listed = done(submission.observe(use_saver, db=db, steps=steps)[1], "`list`")
    (old,) = (one for one in listed if one["step"] == 1)
    ids = [{"checkpoint_ns": "", "checkpoint_id": one["id"]} for one in [old, *listed]]
    branch = {"do": "branch", "at": ids[0], "values": {"log": ["other"], "left": 0}} | where
    gets = [{"do": "get", "at": at} | where for at in ids[1:]]
    began, *kept = submission.observe(use_saver, db=db, steps=[branch, *gets])
    logs = [("that one's first checkpoint", [*old["values"]["log"], "other"], began)]
    logs += [
        (f"the first branch's step {one['step']}", one["values"].get("log"), now)
        for one, now in zip(listed, kept, strict=True)
    ]
    for what, log, now in logs:
        found = (done(now, f"`get_tuple` of {what}") or {}).get("values", {}).get("log")
        assert found == log, (
            f"once `update_state` had begun a second branch, {what} had the log {brief(found)}, not {brief(log)}: branches may "
            "give one version to different values, so keep values under their checkpoint's id"
        )


def assert_imported_in_any_order(submission, thread, db):
    """Expect the newest checkpoint of a copied thread to be the one with the greatest id, whichever came last."""
    ids = [
        one["id"]
        for one in done(
            submission.observe(use_saver, db=db, steps=[{"do": "list", "thread": thread}])[0], "`list`"
        )
    ]
    copies = [
        {"do": "copy", "thread": thread, "at": {"checkpoint_ns": "", "checkpoint_id": id}, "to": "import"}
        for id in (ids[0], ids[-1])
    ]
    asks = [
        {"do": "list", "thread": thread, "at": {"checkpoint_id": ids[-1]}},
        {"do": "get", "thread": "import"},
    ]
    *_, one, got = submission.observe(use_saver, db=db, steps=[*copies, *asks])
    assert [row["id"] for row in done(one, "`list` with a `checkpoint_id`")] == [ids[-1]], (
        "with a `checkpoint_id` in its config, `list` yielded other checkpoints than that one: it lists what the config names"
    )
    found = (done(got, "`get_tuple`") or {}).get("id")
    assert found == ids[0], (
        "a thread's newest checkpoint was put first and an older one last, and `get_tuple` returned the older: the newest has "
        "the greatest id, whatever came last"
    )


@pytest.mark.exercise("write_a_saver", points=1, rules=(5,))
def test_search_by_metadata(submission):
    """A user's checkpoints are found over all threads, newest first."""
    rng = submission.rng
    user, other, third = rng.sample(SAVER_NAMES, 3)
    threads = [f"{rng.choice(SAVER_NAMES)}-{number}" for number in rng.sample(range(100), 4)]
    owners = [user, other, user, third]
    steps = [run_of(one, "a", 1, user=owner) for one, owner in zip(threads, owners, strict=True)]
    steps.append(run_of(threads[0], "b", 1, user=user))
    steps += [
        {"do": "list", "filter": {"user_id": user}},
        {"do": "list", "filter": {"user_id": user}, "limit": 5},
    ]
    steps += [{"do": "list"}]
    *_, found, limited, all_of_them = submission.observe(
        use_saver, db=submission.path("store.db"), steps=steps
    )
    listed = done(found, "`list(None, filter=…)`")
    seen = {one["thread"] for one in listed}
    assert seen == {threads[0], threads[2]}, (
        f"`list(None, filter={{'user_id': {user!r}}})` found the threads {sorted(seen)}, not "
        f"{sorted({threads[0], threads[2]})}: save `get_checkpoint_metadata(config, metadata)`, and search all threads"
    )
    assert len(listed) == 12, (
        f"{user!r} has 12 checkpoints in two threads, but `list` found {len(listed)}: filter them all"
    )
    ids = [one["id"] for one in listed]
    assert ids == sorted(ids, reverse=True), (
        "`list(None)` yields one thread after another: sort by id over all threads"
    )
    assert [one["id"] for one in done(limited, "`list` with a limit")] == ids[:5], (
        "with `limit=5`, `list` didn't yield the five newest that match: count only what matches the filter"
    )
    assert len(done(all_of_them, "`list(None)`")) == 20, (
        "`list(None)` must yield the checkpoints of all threads"
    )
    theirs = next(one for one in done(all_of_them, "`list(None)`") if one["thread"] == threads[1])
    asks = [
        {"thread_id": threads[1], "checkpoint_id": theirs["id"]},
        {"thread_id": user, "checkpoint_id": "0"},
    ]
    steps = [{"do": "list", "filter": {"user_id": user}, "before": before} for before in asks]
    steps.append({"do": "list", "thread": threads[0], "before": asks[0]})
    older, none, of_one = submission.observe(use_saver, db=submission.path("store.db"), steps=steps)
    wanted = [id for id in ids if id < theirs["id"]]
    found = [one["id"] for one in done(older, "`list` with `before`")]
    same = [one["id"] for one in done(of_one, "`list` of a thread with `before`")] == wanted
    assert found == wanted and same and not done(none, "`list` with `before`"), (
        f"of {user!r}, {len(wanted)} checkpoints are older than one of {other!r}, and with `before` that one, or one with the id "
        "'0', `list` yielded others: compare ids, since what `before` names needn't be among those you list"
    )
    falsy = [0, "", None, False, 1, {"x": 1, "y": [2]}]
    puts = [
        {
            "do": "put",
            "thread": f"falsy {number}",
            "values": {},
            "step": 0,
            "metadata": {"grade": grade, "at": number},
        }
        for number, grade in enumerate(falsy)
    ]
    asks = [{"do": "list", "filter": {"grade": grade, "at": number}} for number, grade in enumerate(falsy)]
    asks[-1]["filter"]["grade"] = {"y": [2], "x": 1}  # is equal, but no byte of it is where it was
    asks += [{"do": "list", "filter": {"grade": "", "at": 0}}, {"do": "list", "limit": 0}]
    *found, none, nothing = submission.observe(
        use_saver, db=submission.path("store.db"), steps=[*puts, *asks]
    )[len(puts) :]
    for number, (grade, step) in enumerate(zip(falsy, found, strict=True)):
        assert [one["thread"] for one in done(step, "`list`")] == [f"falsy {number}"], (
            f"`filter={asks[number]['filter']}` should find one checkpoint, but found {len(step['gave'])}: "
            f"compare the values, {'not their bytes: keys may come in any order' if isinstance(grade, dict) else 'falsy ones too'}"
        )
    assert not done(none, "`list`"), (
        'a checkpoint has the grade 0, and `filter={"grade": ""}` found it: every item of the filter must be equal'
    )
    assert not done(nothing, "`list` with a limit"), (
        "with `limit=0`, `list` yielded checkpoints: 0 means none"
    )

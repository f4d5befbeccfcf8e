"""Hidden tests of `write_a_saver`."""

from __future__ import annotations

import pytest

from test_write_a_saver import SAVER_NAMES, assert_ran_round, done, draw_text, log_of, run_of, use_saver


@pytest.mark.exercise("write_a_saver", points=1)
def test_unknown_thread_is_empty(submission):
    """A thread that never ran is empty, whatever the ids of other threads look like."""
    rng = submission.rng
    name, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    known = [f"{name}-2", f"{name}/x", f'{name}", "', f"x/{name}", f"{name}%", f"{name}:é_\\n"]
    texts = {one: draw_text(rng) for one in known}
    runs = [run_of(one, texts[one], 1) for one in known]
    unknown = [name, name[:-1], f"{name}_", f"{name}/", f"{name}-"]
    asked = [{"do": "get", "thread": one} for one in unknown]
    reads = [{"do": "get", "thread": one} for one in known]
    gave = submission.observe(use_saver, db=db, steps=[*runs, *asked, *reads, run_of(name, "new", 1)])
    *_, fresh = gave
    for one, step in zip(unknown, gave[len(runs) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}, which has never run,")
        assert got is None, (
            f"for thread {one!r}, that has never run, `get_tuple` returned a checkpoint of thread {got['thread']!r} with "
            f"{got['values'].get('log')}: a key of one thread was taken for one of another that begins alike"
        )
    for one, step in zip(known, gave[len(runs) + len(asked) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}")
        assert got and got["values"].get("log") == log_of(texts[one], 1), (
            f"thread {one!r} ran, and `get_tuple` returned {got and got['values']} for it: a thread id may hold any character"
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
        strange, ("the id of another thread's checkpoint", "a namespace it has not"), strict=True
    ):
        assert done(step, f"`get_tuple` with {what}") is None, (
            f"asked for a thread and {what}, `get_tuple` returned a checkpoint instead of `None`"
        )


@pytest.mark.exercise("write_a_saver", points=1)
def test_missing_namespace(submission):
    """A config without a namespace names the root graph's checkpoints, and lists those of all namespaces."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    spaces = rng.sample(["", "sub:1", "sub:12"], 3)
    if spaces[-1] == "":
        spaces.reverse()  # the root's checkpoint must not be the newest of all
    puts = [
        {"do": "put", "thread": thread, "at": {"checkpoint_ns": ns}, "values": {"ns": ns}, "step": step}
        for step, ns in enumerate(spaces)
    ]
    asks = [{"do": "get", "thread": thread}, {"do": "list", "thread": thread}]
    *_, newest, listed = submission.observe(use_saver, db=db, steps=[*puts, *asks])
    got = done(newest, "`get_tuple` without a namespace")
    assert got and got["values"].get("ns") == "", (
        f"without a `checkpoint_ns`, `get_tuple` returned {got and got['values']}: it means the root graph, whose "
        "namespace is the empty string, and not a subgraph that happens to have saved later"
    )
    found = [one["values"].get("ns") for one in done(listed, "`list` without a namespace")]
    assert found == spaces[::-1], (
        f"without a `checkpoint_ns`, `list` yielded the namespaces {found} instead of {spaces[::-1]}: it means all"
    )


@pytest.mark.exercise("write_a_saver", points=1)
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
        f"`list(None, filter={{'user_id': {user!r}}})` found the threads {sorted(seen)} instead of "
        f"{sorted({threads[0], threads[2]})}: the metadata to save are those of `get_checkpoint_metadata`, which adds "
        "what the config says, and `None` means all threads"
    )
    assert len(listed) == 12, (
        f"{user!r} has 12 checkpoints in two threads, and `list` found {len(listed)} of them"
    )
    ids = [one["id"] for one in listed]
    assert ids == sorted(ids, reverse=True), (
        "checkpoints of several threads come one thread after the other: newest first holds over all threads"
    )
    assert [one["id"] for one in done(limited, "`list` with a limit")] == ids[:5], (
        "with `limit=5`, `list` did not return the five newest that match: count only what matches the filter"
    )
    assert len(done(all_of_them, "`list(None)`")) == 20, "`list(None)` returns the checkpoints of all threads"

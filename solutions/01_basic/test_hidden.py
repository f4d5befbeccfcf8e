"""Hidden tests of module 01."""

from __future__ import annotations

import pytest

from autograder.testing import evidence
from autograder.graders.test_01_basic import (
    CHECKS,
    NODES,
    PEOPLE,
    THINGS,
    assert_adds_up,
    assert_described,
    assert_graph,
    assert_lists,
    assert_own_notes_only,
    assert_repaired,
    assert_replied,
    assert_saved_as_returned,
    assert_serves,
    assert_threads_apart,
    break_thread,
    describe,
    draw_broken,
    draw_orders,
    draw_posts,
    draw_results,
    draw_turns,
    fill,
    heard,
    post_at_once,
    repair,
    say,
    shown,
    texts_in,
)


@pytest.mark.exercise("restart_proof_chat", points=1)
def test_one_thread_holds_the_conversation(submission):
    """The database holds all turns of a customer in one thread."""
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng, 3)
    db = submission.path("chat.db")
    for text, reply in turns:
        submission.observe(say, db=db, customer=customer, text=text, reply=reply)
    path = submission.file("chat.db")
    threads = evidence.threads(path)
    assert threads, "the file holds no checkpoint at all: compile the graph with a saver on `db_path`"
    assert len(threads) == 1, (
        f"after {len(turns)} turns of one customer the file holds {len(threads)} threads, such as {threads[0]!r}: "
        "make the `thread_id` from the customer and from nothing else"
    )
    held = set(texts_in(evidence.checkpoints(path, threads[0])[-1].values))
    missing = [text for turn in turns for text in turn if text not in held]
    assert not missing, (
        f"the newest checkpoint of the thread does not hold {missing[0]!r}: both the customer's text and the reply "
        "must be part of the state, and a channel of messages needs a reducer to keep the earlier ones"
    )


@pytest.mark.exercise("restart_proof_chat", points=1, restarts=True)
def test_customers_stay_apart(submission):
    """Customers who take turns, with a kill between, each get their own conversation."""
    name, other = submission.rng.sample(PEOPLE, 2)
    customers = [name, f"{name} {other}", other]
    talks = {customer: draw_turns(submission.rng) for customer in customers}
    everything = [turn for talk in talks.values() for turn in talk]
    for number in (0, 1):
        for customer in submission.rng.sample(customers, len(customers)):
            text, reply = talks[customer][number]
            seen = submission.observe(
                say, db=submission.path("chat.db"), customer=customer, text=text, reply=reply
            )
            assert_replied(seen, reply)
            own = [part for turn in talks[customer][:number] for part in turn] + [text]
            strange = [part for part in heard(seen, everything) if part not in own]
            assert not strange, (
                f"{strange[0]!r}, which belongs to another customer, was shown to the model when {customer!r} spoke: "
                "each customer needs a thread of their own, so make the `thread_id` from the customer"
            )
            assert heard(seen, everything) == own, (
                f"when {customer!r} spoke after the restart, the model was given {heard(seen, everything)} and not "
                "their whole conversation: the same customer must lead to the same thread in each process"
            )
        if number == 0:
            submission.restart()


@pytest.mark.exercise("describe_history", points=1)
def test_waiting_thread_among_others(submission):
    """A thread that waits before a node, and was forked, in a file with other threads."""
    thread, *others = submission.rng.sample(PEOPLE, 3)
    nodes = submission.rng.sample(NODES, 3)
    # One id begins with the other: a search by pattern finds both.
    threads = [(one, submission.rng.sample(THINGS, 2)) for one in (thread, f"{thread}-2", *others)]
    seen = submission.observe(
        describe,
        db=submission.path("many.db"),
        nodes=nodes,
        threads=threads,
        fork_at=submission.rng.choice([0, 1, 2]),
        wait_before=nodes[submission.rng.choice([1, 2])],
    )
    assert_described(seen, submission.file("many.db"), thread)


@pytest.mark.exercise("serve_fifty_users", points=2, timeout=20)
def test_fifty_users_at_once(submission):
    """Fifty users, from sixteen worker threads at once: nothing is lost, nothing is mixed."""
    users = [f"{name}{number}" for number, name in enumerate(submission.rng.choices(PEOPLE, k=50))]
    posts, db = draw_posts(submission.rng, users, 2), submission.path("notes.db")
    # Two posts of one user in a row meet in two workers.
    posts.sort(key=lambda post: users.index(post[0]))
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.2, workers=16)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert_own_notes_only(user, notes, "what `post` returned for a note")
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return the state's notes"
        )
    kept = {user: [text for owner, text in posts if owner == user] for user in users}
    assert_threads_apart(submission.file("notes.db"), kept)


@pytest.mark.exercise("return_do_not_mutate", points=1)
def test_every_saver_and_durability(submission):
    """The basket is right under every saver, with durability sync, async and exit."""
    orders = draw_orders(submission.rng, 6)
    for durability in ("sync", "async", "exit"):
        seen = submission.observe(
            fill,
            db=submission.path(f"{durability}.db"),
            orders=orders,
            savers=["InMemorySaver", "SqliteSaver"],
            durability=durability,
        )
        assert_saved_as_returned(seen, orders)


@pytest.mark.exercise("fan_out_with_reducer", points=1)
def test_history_is_kept(submission):
    """The checkpoints of a broken thread stay as they were, and the new one descends from them."""
    broken, db = draw_broken(submission.rng), submission.path("broken.db")
    thread, friday = broken["thread"], broken["claims"][1]
    submission.observe(break_thread, db=db, **broken)
    before = evidence.checkpoints(submission.file("broken.db"), thread)
    submission.observe(repair, db=db, thread=thread, results={friday: broken["results"][friday]}, then=None)
    after = {row.id: row for row in evidence.checkpoints(submission.file("broken.db"), thread)}
    gone = [row for row in before if row.id not in after]
    assert not gone, (
        f"{len(gone)} of {len(before)} checkpoints that the thread had are gone from its history: "
        "a repair adds a checkpoint, and needs to delete none"
    )
    changed = [
        row for row in before if (row.values, row.metadata) != (after[row.id].values, after[row.id].metadata)
    ]
    assert not changed, (
        f"the checkpoint of step {changed[0].step} was changed: repair a thread by going on from it"
    )
    assert len(after) > len(before), "the repair saved no checkpoint, so the thread is as broken as it was"
    newest = max(after)
    ancestors = {newest}
    while (parent := after[newest].parent_id) in after:
        newest = parent
        ancestors.add(newest)
    assert before[-1].id in ancestors, (
        "the thread's newest checkpoint does not descend from the one where the run broke: go on from there"
    )


@pytest.mark.exercise("fan_out_with_reducer", points=1)
def test_repaired_thread_works_on(submission):
    """The next run of a repaired thread works as on any other."""
    broken, db = draw_broken(submission.rng), submission.path("broken.db")
    good, friday = broken["claims"]
    results = broken["results"]
    submission.observe(break_thread, db=db, **broken)
    monday = submission.rng.choice([thing for thing in THINGS if thing not in (good, friday)])
    names = [name for name in CHECKS if name in results[friday]]
    more = draw_results(submission.rng, [monday], names)
    todo = {friday: results[friday]} | more
    seen = submission.observe(repair, db=db, thread=broken["thread"], results=todo, then=monday)
    assert_repaired(seen, [results[good], results[friday]])
    done = [results[good], results[friday], more[monday]]
    assert_adds_up(
        seen["next run"], done, "after one more run of the repaired thread", "it must keep what it held"
    )

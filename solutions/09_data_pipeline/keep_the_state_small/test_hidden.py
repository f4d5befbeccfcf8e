"""Hidden tests of `keep_the_state_small`."""

from __future__ import annotations

import pytest

from autograder.counts import counted

from test_keep_the_state_small import Run


def go_on(keep_the_state_small, file, db, text):
    """Run a night one step at a time, and build it anew for each; begin with a text, until a part has been priced.

    Its first `keep` lasts until the step has ended, or for as long as a step would have waited for it.
    """
    import threading
    from pathlib import Path

    from langgraph.checkpoint.sqlite import SqliteSaver

    priced, kept, told, slow, behind, ended = [], [], [], [], 0, threading.Event()

    def price(lines):
        priced.extend(lines)
        return [None if "bad" in line else line for line in lines]

    def keep(results):
        if text and not slow:
            slow.append(ended.wait(1.5))
        kept.extend(results)

    def alarm(places):
        told.append(list(places))

    if text:
        Path(file).write_text(text)
    config, given = {"configurable": {"thread_id": "night"}}, {"path": file} if text else None
    with SqliteSaver.from_conn_string(db) as saver:
        for _ in range(100):
            builder = keep_the_state_small(price, keep, alarm, 2, 3)
            graph = builder.compile(checkpointer=saver, interrupt_after="*")
            ended.clear()
            graph.invoke(given, config, durability="sync")
            behind = max(behind, sum("bad" not in line for line in priced) - len(kept))
            ended.set()
            state, given = graph.get_state(config), None
            if not state.next or (text and priced):
                break
    return {"told": told, "behind": behind, "sums": {name: state.values.get(name) for name in ("ok", "bad")}}


def assert_goes_on_in_a_new_process(submission):
    """Expect a night to be the same when a process ends after a step, and another goes on."""
    bad = {*submission.rng.sample(range(6), 2), submission.rng.randrange(6, 11), 13}
    text = "".join("bad.\n" if number in bad else "good\n" for number in range(14))
    given = {"file": submission.path("night.jsonl"), "db": submission.path("killed.db")}
    before = submission.observe(go_on, text=text, **given)
    submission.restart()
    after = submission.observe(go_on, text="", **given)
    behind = max(before["behind"], after["behind"])
    assert not behind, (
        f"a step had ended, and {counted(behind, 'result')} of it hadn't been kept: a process that's killed there loses them, since the "
        "cursor has passed them; end the step only when `keep` has returned"
    )
    chunks = (range(6), range(6, 12), range(12, 14))
    places = [[f"{n // 3 * 15}+{n % 3}" for n in chunk if n in bad] for chunk in chunks]
    told = before["told"] + after["told"]
    assert told == places, (
        f"another process went on between two steps. `alarm` was told of {told}, and the bad lines are {places}: keep a chunk's places in "
        "the state until `alarm` has them, in a channel that checkpoints save"
    )
    sums = {"ok": 10, "bad": 4}
    assert after["sums"] == sums, (
        f"another process went on between two steps. The final state has {after['sums']}, and the sums are {sums}: "
        "keep them in the state"
    )


@pytest.mark.exercise("keep_the_state_small", points=2, rules=(4, 5, 6))
def test_ten_thousand_lines(submission):
    """Ten thousand lines: each checkpoint is small, the database is small, and little is in memory."""
    # A hundred of them come in a row.
    bad = {*range(450, 550), *submission.rng.sample(range(1000, 10_000), 900)}
    run = Run(submission, lines=10_000, parts=8, size=25, length=400, bad=bad)
    run.assert_right()
    run.assert_small()
    # A thousand parts, and as many bad lines in each chunk.
    bad = {chunk + n for chunk in range(0, 5000, 40) for n in submission.rng.sample(range(40), 4)}
    run = Run(submission, lines=5000, parts=8, size=5, length=300, bad=bad)
    run.assert_right()
    run.assert_small_rows(even=True)


@pytest.mark.exercise("keep_the_state_small", points=1, rules=(1, 2, 3, 4, 7), restarts=True)
def test_uneven_nights(submission):
    """A file without lines, one without bad lines, one with bad lines in its last chunk only, one with long parts, one in two processes."""
    assert_goes_on_in_a_new_process(submission)
    rng = submission.rng
    for lines, bad in ((0, set()), (17, set()), (23, {22}), (rng.randrange(20, 30), {0, 1, 2})):
        Run(submission, lines=lines, parts=3, size=2, length=20, bad=bad).assert_right()
    # More lines in a part than an integer has bits.
    Run(submission, lines=130, parts=1, size=100, length=20, bad={rng.randrange(9), 99, 129}).assert_right()

"""Hidden tests of `resume_after_crash`."""

from __future__ import annotations

import pytest

from test_resume_after_crash import (
    DO_NOT_START_OVER,
    assert_job_ended,
    do_job,
    draw_job,
    job_kwargs,
    job_nodes,
    job_ran,
    job_saved,
)


def assert_not_again(submission, case, saved, before):
    """Expect no node whose result was saved to have run since."""
    again = [name for name in job_ran(submission)[len(before) :] if name in saved]
    assert not again, (
        f"{case}, {again[0]!r} ran again, although its result was in the database: {DO_NOT_START_OVER}"
    )


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 2, 3), restarts=True)
def test_killed_again_and_again(submission):
    """Killed three times: after a node that returned nothing, at a random place, and before the last checkpoint."""
    count = submission.rng.choice([4, 5])
    job = draw_job(submission.rng, [1] * count)
    rng, kwargs = submission.rng, job_kwargs(submission, job)
    # In order, so that a run which goes on meets each; one that starts anew may meet none.
    first, second = sorted(rng.sample(range(1, count), 2))
    job["stages"][first - 1] = dict.fromkeys(job["stages"][first - 1], 0)
    place = rng.choice(["before put", "after put", "before put_writes", "in node"])
    in_turn = [place, second if place.endswith("put") else job_nodes(job)[second - 1]]
    saved, before = [], []
    for kill in (["before put", first], in_turn, ["before put", count]):
        seen = submission.observe(do_job, **kwargs, kill=kill, dies=True)
        case = f"while it was to be killed ({kill[0]}, {kill[1]})"
        assert_not_again(submission, case, saved, before)
        if seen is not None:  # it came to the end before the kill
            assert_job_ended(submission, job, seen, case, saved, before)
        before, saved = job_ran(submission), job_saved(submission, job)
    seen = submission.observe(do_job, **kwargs)
    assert_job_ended(submission, job, seen, "after three kills", saved, before)


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 2, 3, 4), restarts=True)
def test_killed_among_parallel_nodes(submission):
    """Nodes run in parallel, or behind others, or by `Send`: killed, or failed, when not all results were saved."""
    for failed in submission.rng.sample([True, False], 2):
        job = draw_job(submission.rng, [3, 3, 1] if failed else [3, 1])
        kwargs = job_kwargs(submission, job)
        last = submission.rng.choice(sorted(job["stages"][0]))
        if failed:
            submission.observe(do_job, **kwargs, durability="sync", fails=last)
            case = f"after {last!r} had failed in `graph.invoke`, beside two that had not"
            before, saved = job_ran(submission), job_saved(submission, job)
            last = submission.rng.choice(sorted(job["stages"][1]))
            seen = submission.observe(do_job, **kwargs, fails=last)
            if "raised" not in seen:
                assert last not in job_ran(submission)[len(before) :], (
                    f"{last!r} raised `ConnectionError`, and `run_to_end` returned {seen.get('returned')!r}: let out what a node "
                    "raises, or the job counts as done"
                )
                assert_job_ended(submission, job, seen, case, saved, before)
            assert_not_again(submission, case, saved, before)
            case = f"after {last!r} had failed, too, beside two that had not"
        else:
            kill = ["before put_writes", last]
            submission.observe(do_job, **kwargs, durability="sync", kill=kill, dies=True)
            case = f"after `graph.invoke` was killed before {last!r} was saved, and after two beside it"
        before, saved = job_ran(submission), job_saved(submission, job)
        seen = submission.observe(do_job, **kwargs)
        assert_job_ended(submission, job, seen, case, saved, before)
    for case, sizes, sends in (("behind three others", [1, 3, 1], None), ("started by `Send`", [1, 2], 1)):
        job = draw_job(submission.rng, sizes, sends)
        kwargs, last = job_kwargs(submission, job), job_nodes(job)[-1]
        submission.observe(do_job, **kwargs, durability="sync", fails=last)
        before, saved = job_ran(submission), job_saved(submission, job)
        seen = submission.observe(do_job, **kwargs)
        case = f"after {last!r}, {case}, had failed in `graph.invoke`"
        assert_job_ended(submission, job, seen, case, saved, before)


@pytest.mark.exercise("resume_after_crash", points=1, rules=(2, 3), restarts=True)
def test_killed_in_a_later_node(submission):
    """Killed in its third node, a job goes on from there."""
    job = draw_job(submission.rng, [1] * 4)
    kwargs, nodes = job_kwargs(submission, job), job_nodes(job)
    submission.observe(do_job, **kwargs, kill=["in node", nodes[2]], dies=True)
    before, saved = job_ran(submission), job_saved(submission, job)
    case = f"after a kill in the third node, {nodes[2]!r}"
    assert saved == nodes[:2], (
        f"{case}, the database has the results of {saved or 'no node'}, not of {nodes[:2]}: a run that saves only at its "
        'end starts over, so don\'t use `durability="exit"`'
    )
    seen = submission.observe(do_job, **kwargs)
    assert_job_ended(submission, job, seen, case, saved, before)
    assert_empty_state_is_no_new_job(submission)


def assert_empty_state_is_no_new_job(submission):
    """Expect a job whose state is empty to go on after a kill, and not to run again when it has ended."""
    job = draw_job(submission.rng, [1] * 3) | {"first": {}}
    job["stages"] = [dict.fromkeys(stage, 0) for stage in job["stages"]]
    kwargs, nodes = job_kwargs(submission, job), job_nodes(job)
    submission.observe(do_job, **kwargs, kill=["in node", nodes[2]], dies=True)
    for case, left in (("was killed in its third node", nodes[2:]), ("ended", [])):
        before = job_ran(submission)
        submission.observe(do_job, **kwargs)
        again = job_ran(submission)[len(before) :]
        assert again == left, (
            f"a job's input was `{{}}`, and its nodes returned nothing. After it {case}, {again or 'nothing'} ran instead of "
            f"{left or 'nothing'}: an empty state isn't a new job, so ask whether the thread has a checkpoint"
        )

"""Tests of two small exercises, one for each way in which learners' code can end."""

import pytest


def second_turn(build_graph):
    graph, thread = build_graph(), {"configurable": {"thread_id": "t"}}
    graph.invoke({"notes": ["a"]}, thread)
    return graph.invoke({"notes": ["b"]}, thread)["notes"]


@pytest.mark.exercise("remember", points=2, timeout=2)
def test_second_turn(submission):
    """The second turn sees the first."""
    notes = submission.observe(second_turn)
    assert notes == ["a", "seen", "b", "seen"], f"the graph forgot: {notes}"


@pytest.mark.exercise("remember", points=1, timeout=2)
def test_third_turn(submission):
    """It is the same the third time."""
    assert len(submission.observe(second_turn)) == 4, "four notes are due"


def turn(open_graph, db, text):
    thread = {"configurable": {"thread_id": "t"}}
    return open_graph(db).invoke({"notes": [text]}, thread, durability="sync")["notes"]


@pytest.mark.exercise("survive", points=3, restarts=True)
def test_survive(submission):
    """A killed process's thread goes on in another."""
    db = submission.path("x.db")
    word = f"w{submission.rng.randrange(10**6)}"
    submission.observe(turn, db=db, text=word, kill_before="late")
    submission.restart()
    notes = submission.observe(turn, db=db, text="again")
    assert word in notes, "the first turn is gone"
    assert submission.file("x.db").stat().st_size > 0, "the file is empty"

"""Tests of exercises that need what others have not."""

import pytest

from autograder.server import Response


def call(ask, url):
    return ask(url)


def start(run):
    return run()


@pytest.mark.exercise("call_backend", points=2, needs=("server",))
def test_a_busy_backend_is_asked_again(submission):
    """A backend that is busy is asked again."""
    answers = iter([503, 503, 200])
    backend = submission.serve(lambda request: Response(status=next(answers, 200), body={"ok": True}))
    seen = submission.observe(call, url=backend.url)
    assert seen == {"ok": True}, f"the answer never came back: {seen}"
    assert [r.path for r in backend.requests] == ["/pay"] * 3, "the backend was not asked again"


@pytest.mark.exercise("start_process", points=1, needs=("processes",))
def test_a_process_may_be_started(submission):
    """A program is run."""
    assert submission.observe(start) == "hello\n"


@pytest.mark.exercise("much_memory", points=1, limits={"memory_bytes": 6 << 30})
def test_memory_may_be_more(submission):
    """Two gigabytes are there."""
    assert submission.observe(start) == "hello\n"

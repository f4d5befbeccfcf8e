"""Tests of exercises that need what others have not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.sandbox.http_server import Response


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


def call_noting(ask, url):
    try:
        return ask(url)
    except Exception as error:
        return type(error).__name__


@pytest.mark.exercise("reset_by_backend", points=1, needs=("server",))
def test_a_reset_is_a_reset(submission):
    """A connection that is reset raises, and nothing was answered."""
    backend = submission.serve(lambda request: Response(reset=True))
    assert submission.observe(call_noting, url=backend.url) == "ReadError"
    assert len(backend.requests) == 1


@pytest.mark.exercise("killed_by_backend", points=1, needs=("server",), restarts=True)
def test_a_backend_kills_its_caller(submission):
    """A process is killed while it asks, and asks again in the next."""
    deaths = iter([True, False])

    def app(request):
        if next(deaths):
            submission.kill()
        return Response(body={"ok": True})

    backend = submission.serve(app)
    assert submission.observe(call, url=backend.url, dies=True) is None
    assert submission.observe(call, url=backend.url, dies=True) == {"ok": True}
    assert len(backend.requests) == 2


def call_and_note(ask, url, db):
    import os
    import pathlib

    pathlib.Path(f"{db}.{os.urandom(4).hex()}").touch()
    ask(url)
    return sorted(path.name.split(".")[0] for path in pathlib.Path(db).parent.iterdir())


@pytest.mark.exercise("ask_from_two_processes", points=1, needs=("server",), restarts=True)
def test_two_processes_meet(submission):
    """Two processes with one folder ask one server at the same time."""
    both = threading.Barrier(2)

    def app(request):
        both.wait(timeout=5)
        return Response(body={"ok": True})

    backend, db = submission.serve(app), submission.path("notes")
    with submission.twin() as twin, ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(one.observe, call_and_note, url=backend.url, db=db) for one in (submission, twin)
        ]
        seen = [one.result() for one in asked]
    assert seen == [["notes", "notes"]] * 2, f"they did not meet: {seen}"
    assert submission.observe(call_names) == "alive", "the first process ended with its twin"
    with submission.twin(bare=True) as bare:
        assert bare.observe(die, dies=True) is None, "it wasn't killed"
        assert bare.observe(known) == {"ask": False, "notes": 2}, "it has the cells, or another folder"
    assert submission.observe(call_names) == "alive", "the first process ended with its bare twin"


def die():
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def known(ask=None):
    from pathlib import Path

    return {"ask": ask is not None, "notes": len(list(Path.cwd().glob("notes.*")))}


def call_names(ask):
    return "alive" if ask else None


@pytest.mark.exercise("start_process", points=1, needs=("processes",))
def test_a_process_may_be_started(submission):
    """A program is run."""
    assert submission.observe(start) == "hello\n"


@pytest.mark.exercise("much_memory", points=1, limits={"memory_bytes": 6 << 30})
def test_memory_may_be_more(submission):
    """Two gigabytes are there."""
    assert submission.observe(start) == "hello\n"

"""Grades real cells in real processes."""

import errno
import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest

from autograder.grading.cells import CodeCell, grade_cells
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.probes import Probe
from autograder.sandbox.walls.tiers import UNISOLATED, Tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.sandbox.zygote_process import ZygoteDied
from tests.support.cells import IMPORTS, REMEMBER, SURVIVE, notebook


@pytest.fixture
def grade(judge, zygote):
    def run(*names, seed=1, cells=None, **answers):
        results = grade_cells(judge, zygote, cells or notebook(**answers), names=names or None, seed=seed)
        return {result.name: result for result in results}

    return run


def test_right_answers_get_full_marks(grade):
    results = grade()
    assert {name: (r.status, r.earned, r.points) for name, r in results.items()} == {
        "remember": ("passed", 4, 4),
        "survive": ("passed", 3, 3),
    }


OWN_STATE = "class State(TypedDict):\n    {}: Annotated[list, operator.add]\n"


@pytest.mark.parametrize("first", ["remember", "survive"])  # the second kills and starts again
def test_a_later_answer_may_bind_a_name_again(grade, first):
    """It is the last `State` that a function finds when it is called after all cells have been run."""
    sources = {"remember": REMEMBER, "survive": SURVIVE}
    kept = CodeCell(source=sources.pop(first), exercise=first)
    [(name, source)] = sources.items()
    later = CodeCell(source=OWN_STATE.format("pages") + source.replace('"notes"', '"pages"'), exercise=name)
    assert grade(cells=[CodeCell(source=IMPORTS), kept, later])[first].status == "passed"


def test_a_stub_is_not_written_rather_than_wrong(grade):
    stub = 'def build_graph():\n    raise NotImplementedError("not written yet")'
    tests = grade("remember", remember=stub)["remember"].tests
    assert {test.status for test in tests} == {"not written"}


def test_a_missing_name_is_not_written_and_is_named(grade):
    tests = grade("remember", remember="")["remember"].tests
    assert {test.status for test in tests} == {"not written"}
    assert "`build_graph` is not defined" in tests[0].message


def test_a_library_that_is_not_implemented_is_an_error(grade):
    body = "def build_graph():\n    InMemorySaver().prune(['t'])"
    assert grade("remember", remember=body)["remember"].status == "error"


def test_a_wrong_answer_is_told_our_sentence_and_nothing_else(grade):
    forgetful = REMEMBER.replace("checkpointer=InMemorySaver()", "")
    first, *_ = grade("remember", remember=forgetful)["remember"].tests
    assert (first.status, first.message) == ("failed", "the graph forgot: ['b', 'seen']")
    assert first.traceback == ""


def test_an_error_shows_the_lines_of_the_cell_and_none_of_ours(grade):
    first, *_ = grade("remember", remember="def build_graph():\n    return 1 / 0")["remember"].tests
    assert first.status == "error"
    assert first.message == "your code raised `ZeroDivisionError`: division by zero"
    assert first.traceback == "line 2, in build_graph\n    return 1 / 0"


def test_a_syntax_error_shows_its_line(grade):
    first, *_ = grade("remember", remember="def build_graph(:\n    pass")["remember"].tests
    assert first.message.startswith("your code raised `SyntaxError`")
    assert first.traceback == "line 1\n    def build_graph(:"


def test_a_cell_that_raises_explains_why_its_name_is_missing(grade):
    first, *_ = grade("remember", remember="1 / 0\n" + REMEMBER)["remember"].tests
    assert (first.status, first.traceback) == ("error", "line 1, in the cell\n    1 / 0")


def test_what_comes_back_in_another_shape_is_a_sentence_too(grade):
    body = REMEMBER.replace("return graph.compile", "return Odd(graph.compile").replace("())", "()))")
    odd = "class Odd:\n    def __init__(self, g): pass\n    def invoke(self, *a): return {'notes': 7}\n"
    *_, third = grade("remember", remember=odd + body)["remember"].tests[:2]
    assert third.status == "failed"
    assert third.message.startswith("your code gave back 7, and the prompt's example has another shape")


def test_a_value_that_is_no_json_is_shown_as_python_shows_it(grade):
    odd = (
        "class Odd:\n    def __init__(self, g): pass\n    def invoke(self, *a): return {'notes': range(3)}\n"
    )
    body = REMEMBER.replace("return graph.compile", "return Odd(graph.compile").replace("())", "()))")
    first, *_ = grade("remember", remember=odd + body)["remember"].tests
    assert first.message == "the graph forgot: range(0, 3)"


def test_memory_only_is_lost_with_its_process(grade):
    lost = SURVIVE.replace("sqlite3.connect(db,", "sqlite3.connect(':memory:',")
    assert grade("survive", survive=lost)["survive"].tests[0].message == "the first turn is gone"


def test_a_node_that_is_never_reached_is_said_so(grade):
    short = SURVIVE.replace('    graph.add_edge("early", "late")\n', "")
    test = grade("survive", survive=short)["survive"].tests[0]
    assert (test.status, "never came to the node `late`" in test.message) == ("killed", True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("import os\n    os._exit(0)", "killed"),
        ("import os\n    os.kill(os.getpid(), 9)", "killed"),
        ("import ctypes\n    ctypes.string_at(0)", "killed"),
        ("bytearray(8 << 30)", "out of memory"),
        ("raise SystemExit", "error"),
        ("raise KeyboardInterrupt", "error"),
        (
            "import gc, socket\n    [o.close() for o in gc.get_objects() if isinstance(o, socket.socket)]",
            "killed",
        ),
        ("import os\n    os.write(5, b'garbage' * 9); os.write(6, b'garbage' * 9); 1 / 0", "error"),
    ],
)
def test_whatever_ends_the_process_has_a_status_and_costs_no_other_answer(grade, body, status):
    results = grade(remember=f"def build_graph():\n    {body}")
    assert results["survive"].status == "passed"
    assert results["remember"].status in {status, "tampered", "killed"}
    assert results["remember"].earned == 0


def test_a_loop_without_end_times_out_and_the_rest_is_graded(grade):
    results = grade(remember="def build_graph():\n    while True: pass")
    assert [t.status for t in results["remember"].tests] == ["timed out"] * 3
    assert results["survive"].status == "passed"


def test_a_cell_that_ends_the_process_is_left_out(judge, zygote):
    cells = notebook(remember="import os; os._exit(1)")
    results = {r.name: r for r in grade_cells(judge, zygote, cells, seed=1)}
    assert (results["remember"].status, results["survive"].status) == ("killed", "passed")


def test_a_huge_reply_is_refused(grade):
    big = (
        "class G:\n    def invoke(self, *a): return {'notes': 'x' * (9 << 20)}\ndef build_graph(): return G()"
    )
    assert grade("remember", remember=big)["remember"].tests[0].status == "tampered"


def test_inputs_differ_with_the_seed_and_not_without(judge, zygote):
    from autograder.testing.fixture import Submission

    class Nobody:
        folder = Path("/tmp")

    drawn = [Submission(Nobody(), folder=Path("/tmp"), seed=s, seconds=1).rng.random() for s in "aab"]
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_sqlite_has_put_away_since_it_was_listed_is_in_the_database(zygote):
    """The probe returns the names while its connection is open. The collector closes it."""
    from autograder.testing.fixture import NoSuchFile, Submission

    leave = """
def leave():
    import os, sqlite3
    connection = sqlite3.connect("x.db")
    connection.executescript("pragma journal_mode = wal; create table t (x); insert into t values ('a word')")
    return sorted(os.listdir())
"""
    collect = "def collect():\n    import gc\n    gc.collect()\n"
    with zygote.submission([""]) as process:
        folder = process.folder / "a"
        reply = process.ask(Probe(source=leave, name="leave", kwargs={}, folder=folder, seconds=30))
        assert reply["value"] == ["x.db", "x.db-shm", "x.db-wal"]
        process.ask(Probe(source=collect, name="collect", kwargs={}, folder=folder, seconds=30))
        submission = Submission(process, folder=folder, seed="", seconds=30)
        found = submission.bytes_of(reply["value"])
        assert [*found] == ["x.db"] and b"a word" in found["x.db"]
        with pytest.raises(NoSuchFile, match=r"left no file `x\.db-wal`"):
            submission.file("x.db-wal")


def test_outputs_of_cells_are_kept_as_a_notebook_has_them(zygote):
    with zygote.submission(["print('a'); print('b'); 40 + 2", "1 / 0", "print('x' * 3_000_000)"]) as process:
        stream, result = process.runs[0].outputs
        assert stream == {"output_type": "stream", "name": "stdout", "text": "a\nb\n"}
        assert (result["output_type"], result["data"]["text/plain"]) == ("execute_result", "42")
        assert process.runs[1].outputs[0]["ename"] == "ZeroDivisionError"
        assert "output cut" in process.runs[2].outputs[-1]["text"]


@pytest.mark.parametrize("name", ["A", "B"])
def test_a_module_that_a_cell_writes_can_be_imported_as_in_jupyter(name: str, warm_zygotes):
    cells = ["%%writefile prices.py\nTEA = 3\n", "import prices", "def price():\n    return prices.TEA"]
    again = "def probe(price):\n    import prices\n    return [price(), prices.TEA]\n"
    with warm_zygotes.start(tier=Tier(name=name)) as zygote, zygote.submission(cells) as process:
        assert not any(run.failure for run in process.runs.values())
        for _ in range(2):
            question = Probe(source=again, name="probe", kwargs={}, folder=process.folder / "t", seconds=30)
            assert process.ask(question)["value"] == [3, 3]
            process.restart()


@pytest.mark.parametrize("name", ["A", "B"])
def test_sqlite_finds_a_place_for_what_does_not_fit_into_its_cache(name: str, warm_zygotes):
    """A `vacuum` copies the whole database into a temporary file."""
    vacuum = """
def vacuum():
    import os, sqlite3
    connection = sqlite3.connect("x.db", isolation_level=None)
    connection.executescript("pragma cache_size = 10; create table t (x); insert into t values (zeroblob(9000000))")
    connection.executescript("update t set x = randomblob(8000000); vacuum")
    return sorted(os.listdir())
"""
    with warm_zygotes.start(tier=Tier(name=name)) as zygote, zygote.submission([""]) as process:
        probe = Probe(source=vacuum, name="vacuum", kwargs={}, folder=process.folder / "t", seconds=30)
        assert process.ask(probe)["value"] == ["x.db"]


def test_kills_that_come_while_another_process_is_started_hit_nobody(zygote):
    with zygote.submission(["import time\ntime.sleep(0.3)"]) as process:
        over = threading.Event()

        def too_late() -> None:
            while not over.wait(0.001):
                process.kill()

        thread = threading.Thread(target=too_late)
        thread.start()
        try:
            process.restart()
        finally:
            over.set()
            thread.join()
        assert process.runs[0].ended is None


NUMBERS = "hash(7), hash(1.5), hash((1, (2,)))"
TEXTS = "hash('order-1'), hash(('order', 1)), hash(frozenset('o'))"
HASHES = f"def hashes():\n    return [[{TEXTS}], [{TEXTS}], [{NUMBERS}]]"


def test_texts_hash_in_another_way_once_the_process_is_started_anew(zygote):
    """As they do in a program that's really started anew; numbers hash alike everywhere."""
    seen = []
    with zygote.submission([HASHES]) as process:
        for _ in range(2):
            asked = Probe(
                source="def probe(hashes):\n    return hashes()\n",
                name="probe",
                kwargs={},
                folder=process.folder / "t",
                seconds=30,
            )
            once, again, numbers = process.ask(asked)["value"]
            assert once == again
            assert numbers == list(eval(NUMBERS))
            seen.append(once)
            process.restart()
    assert set(seen[0]).isdisjoint(seen[1])


def test_a_dead_zygote_costs_a_start_and_no_result(judge):
    with ZygoteClient(tier=UNISOLATED) as zygote:
        zygote.wait_until_ready()
        os.killpg(zygote.pid, signal.SIGKILL)
        results = grade_cells(judge, zygote, notebook(), names=["remember"], seed=1)
    assert results[0].status == "passed"


def test_a_zygote_that_dies_amid_a_submission_is_no_verdict_on_it():
    with ZygoteClient(tier=UNISOLATED) as zygote, zygote.submission([REMEMBER]) as process:
        os.killpg(zygote.pid, signal.SIGKILL)
        with pytest.raises(ZygoteDied):
            process.restart()


@pytest.mark.parametrize(
    "error",
    [
        *(OSError(number, os.strerror(number)) for number in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)),
        ModuleNotFoundError("No module named 'psycopg'"),
    ],
    ids=str,
)
def test_a_machine_without_what_judging_takes_gives_no_verdict(judge, zygote, monkeypatch, error):
    """The answer is right, and only its copy for the judge can't be made."""

    def fails(prefix: str) -> None:
        raise error

    monkeypatch.setattr("autograder.sandbox.workdir.scratch_folder", fails)
    with pytest.raises(type(error), match=re.escape(str(error))):
        grade_cells(judge, zygote, notebook(), names=["survive"], seed=1)


def test_a_zygote_that_dies_while_a_cell_runs_is_no_verdict_on_it():
    with ZygoteClient(tier=find_tier()) as zygote:  # whose children end with it
        zygote.wait_until_ready()
        killer = threading.Timer(1, os.killpg, (zygote.pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(ZygoteDied), zygote.submission(["import time; time.sleep(15)"]):
            pass
        killer.join()


def test_the_sandbox_shows_no_files_of_ours_no_processes_and_no_network(zygote, tmp_path, monkeypatch):
    """Each thing is there outside, so that not seeing it means something."""
    canary, root = tmp_path / "canary", Path(__file__).parents[2]
    canary.write_text("here")
    monkeypatch.setenv("SECRET", "key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        look = f"""
import os, socket
def tries(f):
    try: return f() and "reached"
    except Exception as error: return type(error).__name__
{{
    "file": tries(lambda: open({str(canary)!r})),
    "tests": tries(lambda: os.listdir({str(root / "tests")!r})),
    "solutions": tries(lambda: os.listdir({str(root / "solutions")!r})),
    "write": tries(lambda: open({str(root / "course" / "x")!r}, "w")),
    "network": tries(lambda: socket.create_connection({server.getsockname()!r}, 1)),
    "grader": tries(lambda: os.kill({os.getpid()}, 0) or True),
    "secret": tries(lambda: os.environ["SECRET"]),
}}
"""
        with zygote.submission([look]) as process:
            seen = eval(process.runs[0].outputs[0]["data"]["text/plain"])
    refused = {"PermissionError", "FileNotFoundError", "OSError"}
    assert seen.pop("secret") == "KeyError"
    assert set(seen.values()) <= refused, seen


CLIENTS = """
import os, time, httpx
def seconds():
    began = time.process_time()
    httpx.Client().close()
    return time.process_time() - began
here = min(seconds() for _ in range(3))
del os.environ["SSL_CERT_FILE"]
print(here * 4 < min(seconds() for _ in range(3)))
"""


def test_a_client_of_httpx_reads_no_authorities(zygote):
    """There is nobody to trust on a network that isn't there, and reading the list takes 25 ms a client."""
    with zygote.submission([CLIENTS]) as process:
        assert process.runs[0].outputs[0]["text"] == "True\n"

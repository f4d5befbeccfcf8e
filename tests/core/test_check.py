"""`check()` in a real kernel, as a learner meets it."""

import json
import shutil

import pytest
from jupyter_client.manager import start_new_kernel

from tests.support import patience
from tests.support.cells import IMPORTS, REMEMBER, SURVIVE

from .conftest import DATA

pytestmark = [pytest.mark.slow, pytest.mark.alone]


def _cells(name, function):
    for grade_id, source in (
        (f"{name}_answer", f"def {function}():\n    raise NotImplementedError"),
        (name, f"check({name!r})"),
    ):
        yield {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": grade_id}}, "source": source}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course of one module with the two exercises."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("modules/01_mini", "solutions/01_mini/remember", "autograder/graders/01_mini"):
        (root / folder).mkdir(parents=True)
    shutil.copy(DATA / "public.py", root / "autograder/graders/01_mini/test_mini.py")
    shutil.copy(DATA / "test_hidden.py", root / "solutions/01_mini/remember/test_hidden.py")
    exercises = {
        "remember": {
            **{"title": "Remember", "points": 4, "public_points": 3, "hints": ["a"]},
            "hidden": ["It is a compiled graph."],
        },
        "survive": {"title": "Survive", "points": 3, "public_points": 3, "hints": ["a"]},
    }
    cells = [*_cells("remember", "build_graph"), *_cells("survive", "open_graph")]
    course = {"course": {"module": "01_mini", "exercises": exercises}}
    notebook = {"cells": cells, "metadata": course, "nbformat": 4, "nbformat_minor": 5}
    (root / "modules/01_mini/exercises.ipynb").write_text(json.dumps(notebook))
    return root


class Kernel:
    """A kernel to type into."""

    def __init__(self, folder, **environment):
        import os

        env = {**os.environ, **environment}
        env.pop("COURSE_GRADING", None)
        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=env)

    def run(self, source):
        """Run a cell; return its outputs."""
        outputs = []
        reply = self.client.execute_interactive(
            source, timeout=patience.seconds(), output_hook=lambda message: outputs.append(message)
        )
        assert reply["content"]["status"] in {"ok", "error"}
        kept = ("execute_result", "error", "stream", "display_data")
        return [m["content"] | {"kind": m["msg_type"]} for m in outputs if m["msg_type"] in kept]

    def displays(self, source):
        """Run a cell; return what it displayed, update by update."""
        said = []
        self.client.execute_interactive(source, timeout=patience.seconds(), output_hook=said.append)
        return [m["content"]["data"] for m in said if "display_data" in m["msg_type"]]

    def check(self, name):
        """Return the card's score, and its text."""
        outputs = self.run(f"check({name!r})")
        assert not [o for o in outputs if o["kind"] in {"error", "stream"}], outputs
        (result,) = [o for o in outputs if o["kind"] == "execute_result"]
        return float(result["data"]["text/plain"]), result["data"]["text/markdown"]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(root, tmp_path_factory):
    kernel = Kernel(tmp_path_factory.mktemp("work"), COURSE_ROOT=str(root))
    assert kernel.run("from course import check\n" + IMPORTS) == []
    yield kernel
    kernel.close()


def test_a_cell_not_yet_run_is_said_so(kernel):
    score, text = kernel.check("remember")
    assert score == 0
    assert "`build_graph` is not defined yet: write the cell above, and run it first" in text


def test_importing_check_starts_no_process(root, tmp_path):
    fresh = Kernel(tmp_path, COURSE_ROOT=str(root))
    try:
        fresh.run("import os\nfrom course import check\npid = os.getpid()\ncheck\n")
        (shown,) = fresh.run("open(f'/proc/{pid}/task/{pid}/children').read()")
        assert shown["data"]["text/plain"] == "''"
    finally:
        fresh.close()


def test_full_public_marks_count_as_all_that_validate_can_see(kernel):
    kernel.run(REMEMBER)
    score, text = kernel.check("remember")
    assert score == 4
    assert "3 of 3 points" in text
    assert "Also graded, for 1 more point: It is a compiled graph." in text
    assert "Solved" in text


def test_a_wrong_type_gets_a_sentence(kernel):
    kernel.run("build_graph = 42")
    score, text = kernel.check("remember")
    assert score == 0
    assert "using what your code defines or returns raised `TypeError`" in text


def test_noise_on_stderr_costs_nothing(kernel):
    kernel.run(
        REMEMBER.replace("    graph = ", "    import sys; print('noise', file=sys.stderr)\n    graph = ")
    )
    assert kernel.check("remember")[0] == 4


@pytest.mark.parametrize(
    "line",
    [
        "exit()",
        "import os; os._exit(3)",
        "import builtins; builtins.len = None",
        "import os; os.kill(os.getpid(), 9)",
    ],
)
def test_an_answer_that_ends_its_process_costs_no_names(kernel, line):
    kernel.run("survivor = 7")
    kernel.run(REMEMBER.replace("    graph = ", f"    {line}\n    graph = "))
    score, text = kernel.check("remember")
    assert "another process ran it" in text
    assert score == 0 or "builtins" in line
    assert kernel.run("survivor, len([1])")[0]["data"]["text/plain"] == "(7, 1)"


def test_an_answer_may_run_a_loop_of_its_own(kernel):
    """As it may in a script, and in a graded process; and the kernel's own loop goes on."""
    kernel.run(
        "import asyncio\nbefore = asyncio.get_running_loop()\n"
        + REMEMBER.replace("    graph = ", "    asyncio.run(asyncio.sleep(0))\n    graph = ")
    )
    assert kernel.check("remember")[0] == 4
    kernel.run(
        "await asyncio.sleep(0)\nsame = asyncio.get_running_loop() is before is asyncio.get_event_loop()"
    )
    assert kernel.run("same")[0]["data"]["text/plain"] == "True"


def test_a_loop_without_end_is_cut_and_the_kernel_lives(kernel):
    kernel.run(
        "survivor = 7\ndef build_graph():\n    while True:\n        try:\n            pass\n        except Exception: pass"
    )
    score, text = kernel.check("remember")
    assert score == 0
    assert "did not come back within 2 s" in text
    assert kernel.run("survivor")[0]["data"]["text/plain"] == "7"


def test_what_a_check_does_is_shown_while_it_does_it_and_gone_at_the_end(kernel):
    kernel.run("def build_graph():\n    while True: pass")
    follows, *shown = [data["text/html"] for data in kernel.displays("check('remember')")]
    assert "scrollIntoView" in follows
    assert "Running your code: The second turn sees the first." in shown[0]
    assert any("<span>1 s" in line for line in shown), "the clock goes on while the main thread is busy"
    assert shown[-1] == ""


def test_an_unknown_name_offers_the_nearest(kernel):
    assert "did you mean `remember`?" in kernel.check("rember")[1]


def test_what_must_be_killed_runs_in_another_process_from_the_cells_that_were_run(kernel):
    kernel.run(SURVIVE)
    kernel.run("marker = open_graph")  # not needed, so not run there
    assert kernel.check("survive")[0] == 3


def test_a_cell_that_is_no_python_is_said_so(kernel):
    kernel.run(REMEMBER)
    kernel.run("def build_graph(:")
    score, text = kernel.check("remember")
    assert (score, text) == (
        0,
        "**Remember**\n\nWhen you last ran your answer's cell, it wasn't valid Python, so none of it ran: invalid syntax in line 1. "
        "Fix that if you haven't yet, run the cell, and check again.\n",
    )
    kernel.run(REMEMBER)
    kernel.run("a cell of no answer")
    score, text = kernel.check("remember")
    assert score == 4
    assert "The last cell you ran isn't valid Python: this is about what was there before." in text


def test_a_name_that_a_later_cell_has_bound_again_is_said_so(kernel):
    state = "class State(TypedDict):\n    notes: Annotated[list, operator.add]\n"
    kernel.run(state + REMEMBER)
    kernel.run("class State(TypedDict):\n    pages: int")
    score, text = kernel.check("remember")
    assert (score, "`State`: bound again by a cell that you ran later" in text) == (0, True)
    kernel.run(state + REMEMBER)
    score, text = kernel.check("remember")
    assert (score, "bound again" in text) == (4, False)


def test_what_a_failing_answer_printed_is_on_the_card(kernel):
    kernel.run("def build_graph():\n    print('here', 6 * 7)")
    outputs = kernel.run("check('remember')")
    assert "<pre>here 42</pre>" in outputs[-1]["data"]["text/html"]


def test_a_name_that_no_cell_defines_is_named(kernel):
    kernel.run("get_ipython().user_ns['WORD'] = 'late'")
    kernel.run(SURVIVE.replace('{"notes": ["late"]}', '{"notes": [WORD]}'))
    _, text = kernel.check("survive")
    assert "so the other process does not have it: `WORD`" in text


LOADED = """
import sys
loaded = []
sys.addaudithook(lambda event, args: event in {"import", "compile"} and loaded.append((event, args)))
"""


def test_the_second_check_loads_no_tests_again(kernel):
    """What makes it quick; `make bench` has the milliseconds."""
    kernel.run(REMEMBER)
    kernel.check("remember")
    kernel.run(LOADED)
    kernel.run("loaded.clear(); _ = check('remember'); seen = [str(args) for _, args in loaded]")
    assert "test_" not in kernel.run("print(seen)")[0]["text"]


def test_what_a_star_brings_goes_along(kernel):
    kernel.run("from operator import *")
    kernel.run(SURVIVE.replace('{"notes": ["late"]}', '{"notes": concat(["late"], [])}'))
    score, text = kernel.check("survive")
    assert (score, "does not have it" in text) == (3, False)


def test_nbgrader_without_our_configuration_gets_no_grade(root, tmp_path):
    kernel = Kernel(tmp_path, COURSE_ROOT=str(root), NBGRADER_EXECUTION="autograde")
    try:
        kernel.run("from course import check\n" + IMPORTS + REMEMBER)
        (output,) = kernel.run('check("remember")')
        assert output["kind"] == "error"
        assert "nbgrader_config.py" in output["evalue"]
    finally:
        kernel.close()

"""Kernels that start at once: in a real server as `course lab` starts it, under papermill and under nbval."""

import json
import os
import site
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from course.kernels import warm
from course.kernels.provisioner import WarmProvisioner
from tests.support import patience
from tests.support.notebooks import notebook
from tests.support.processes import kill, wait_until_ended

from .jupyter import Kernel, Server, zygote_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(not warm.AVAILABLE, reason="kernels are forked on Linux only"),
]
WARM = "import sys; print('langgraph.graph' in sys.modules)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "01_basic").mkdir()
    server = Server(folder)
    server.wait()
    with Kernel(server):  # the zygote is warm when this one is there
        pass
    yield server
    server.close()


@pytest.fixture
def kernel(server):
    with Kernel(server) as kernel:
        yield kernel


def test_it_works_in_its_place(server):
    with Kernel(server, "01_basic/lesson.ipynb") as kernel:
        kernel.run("import os")
        assert kernel.run(WARM) == "True"
        assert kernel.run("print(os.getcwd())") == str(server.workspace.path / "01_basic")
        name = kernel.run("print(os.environ['JPY_SESSION_NAME'])")
        assert name == str(server.workspace.path / "01_basic" / "lesson.ipynb")
        assert kernel.run("print(os.environ['JPY_PARENT_PID'])") == str(server.process.pid)
        assert kernel.run("print(os.environ['COURSE_WORKSPACE'])") == str(server.workspace.path)


ABOUT = """
import asyncio, gc, json, os, signal, sys, threading
print(json.dumps({
    "path": sys.path, "argv": sys.argv[0], "executable": sys.executable, "flags": str(sys.flags),
    "name": __name__, "names": sorted(vars(sys.modules["__main__"])), "folder": os.getcwd(),
    "environment": {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": ""},
    "signals": {n: str(signal.getsignal(n)) for n in signal.Signals},
    "blocked": list(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "leader": os.getpgrp() == os.getsid(0) == os.getpid(), "umask": os.umask(0o22),
    "gc": [gc.isenabled(), gc.get_threshold()], "loop": type(asyncio.get_event_loop()).__name__,
    "history": get_ipython().history_manager.enabled, "hook": sys.excepthook.__qualname__,
    "recursion": sys.getrecursionlimit(), "switch": sys.getswitchinterval(), "trace": sys.gettrace(),
}))
"""


def test_it_is_like_an_ordinary_kernel_in_all_that_a_cell_can_see(monkeypatch):
    told = {}
    for name in ("local-provisioner", "course-warm"):
        monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", name)
        KernelProvisionerFactory.clear_instance()
        with started() as (manager, client):
            assert isinstance(manager.provisioner, WarmProvisioner) == (name == "course-warm")
            told[name] = json.loads(printed(client, ABOUT))
    assert told["course-warm"] == told["local-provisioner"]


def test_what_notebooks_do_works(kernel):
    assert kernel.run("print(input('name? '), 'it is')", answer="ada") == "ada it is"
    assert kernel.run("import asyncio\nprint(await asyncio.sleep(0, 'later'))") == "later"
    threads = "from concurrent.futures import ThreadPoolExecutor as P\nprint(list(P(2).map(abs, [-1, -2])))"
    assert kernel.run(threads) == "[1, 2]"
    assert (
        kernel.run(
            "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'exit(3)']).returncode)"
        )
        == "3"
    )
    assert kernel.run("!echo from the shell") == "from the shell"
    spawned = "import multiprocessing as m\nwith m.get_context('spawn').Pool(1) as p: print(p.map(abs, [-3]))"
    assert kernel.run(spawned) == "[3]"
    kernel.run("import os; os.write(1, b'past Python\\n')")
    assert kernel.run("1 / 0").startswith("ZeroDivisionError")


def test_restart_forgets(server, kernel):
    pid = kernel.pid
    kernel.run("x = 1")
    server.ask("POST", f"kernels/{kernel.id}/restart")
    kernel.socket.close()
    kernel.connect()
    assert kernel.run("print('x' in globals())") == "False"
    assert kernel.run(WARM) == "True"
    assert kernel.pid != pid
    wait_until_ended(pid)


def test_interrupt(server, kernel):
    kernel.run("x = 1; import time")
    for endless in ("while True: pass", "time.sleep(600)"):
        asked = kernel.start(endless)
        time.sleep(0.3)
        server.ask("POST", f"kernels/{kernel.id}/interrupt")
        assert kernel.finish(asked).startswith("KeyboardInterrupt")
    assert kernel.run("print(x)") == "1"


def test_shutdown_leaves_no_process(server):
    with Kernel(server) as kernel:
        pid = kernel.pid
    wait_until_ended(pid)


def test_a_kernel_that_dies_is_noticed_and_replaced(server, kernel):
    pid = kernel.pid
    kill(pid)
    states = []
    while "restarting" not in states[-1:] and "autorestarting" not in states[-1:]:
        message = kernel.receive()
        if message["msg_type"] == "status":
            states.append(message["content"]["execution_state"])
    patience.wait_for(
        lambda: "restarting" not in server.ask("GET", f"kernels/{kernel.id}")["execution_state"]
    )
    kernel.socket.close()
    kernel.connect()
    assert kernel.pid != pid


def test_five_at_once_share_no_luck(server):
    kernels = [Kernel(server, f"{number}.ipynb") for number in range(5)]
    lucky = "import random, uuid, tempfile\nprint(random.random(), uuid.uuid4(), tempfile.mktemp())"
    drawn = [kernel.run(lucky).split() for kernel in kernels]
    kernels[0].run("mine = 1")
    assert [kernel.run("print('mine' in globals())") for kernel in kernels] == ["True"] + ["False"] * 4
    for kernel in kernels:
        kernel.__exit__()
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == 5


def test_breakpoints_stop(kernel):
    def ask(command, **arguments):
        said = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
        return kernel.send("debug_request", "control", **said)

    def debug(command, **arguments):
        asked = ask(command, **arguments)
        while True:
            message = kernel.receive()
            if message["msg_type"] == "debug_reply" and message["parent_header"]["msg_id"] == asked:
                return message["content"]

    code = "y = 1\ny += 1\ny += 1"
    assert debug("initialize", clientID="test", adapterID="", pathFormat="path")["success"]
    assert debug("attach")["success"]
    source = debug("dumpCell", code=code)["body"]["sourcePath"]
    points = debug("setBreakpoints", source={"path": source}, breakpoints=[{"line": 2}], sourceModified=False)
    assert points["body"]["breakpoints"][0]["verified"]
    assert debug("configurationDone")["success"]
    asked = kernel.start(code)
    while (message := kernel.receive())["msg_type"] != "debug_event" or message["content"][
        "event"
    ] != "stopped":
        pass
    # Whether its reply comes before what the cell says then is nobody's promise, so nobody waits for it.
    ask("continue", threadId=message["content"]["body"]["threadId"])
    assert kernel.finish(asked) == ""
    assert kernel.run("print(y)") == "3"


def test_the_zygote_comes_back_and_kernels_do_not_miss_it(server, kernel):
    kernel.run("x = 1")
    before = zygote_of(server)
    kill(before)
    wait_until_ended(before)
    with Kernel(server) as other:
        assert other.run(WARM) == "True"
    assert zygote_of(server) != before
    assert kernel.run("print(x)") == "1"


def test_nothing_outlives_a_server_that_is_killed(tmp_path):
    server = Server(tmp_path)
    server.wait()
    kernel = Kernel(server)
    pid, zygote = kernel.pid, zygote_of(server)
    asked = kernel.start("import time\ntime.sleep(600)")
    assert asked
    kill(server.process.pid)
    server.process.wait()
    wait_until_ended(zygote, pid)


def test_what_was_installed_since_counts_for_the_next_kernel(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "course-warm")
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    KernelProvisionerFactory.clear_instance()
    parent = "import os; print(os.getppid())"
    with started() as (_, client):
        before = printed(client, parent)
    with started() as (_, client):
        assert printed(client, parent) == before
    (tmp_path / "new_library").mkdir()
    with started() as (_, client):
        assert printed(client, parent) != before
    wait_until_ended(int(before))


@contextmanager
def started(**options):
    """A kernel of this process, and a client that is ready."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(**options)
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(patience.seconds())
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client, code):
    said = []
    client.execute_interactive(code, output_hook=said.append)
    return "".join(message["content"]["text"] for message in said if message["msg_type"] == "stream")


@pytest.mark.parametrize("why", ["another PYTHONPATH", "no Linux"])
def test_elsewhere_there_is_an_ordinary_kernel(why, monkeypatch):
    monkeypatch.setattr(warm, "AVAILABLE", why != "no Linux")
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "course-warm")
    KernelProvisionerFactory.clear_instance()
    env = {**os.environ, "PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}:/elsewhere"}
    with started(env=env if why == "another PYTHONPATH" else os.environ) as (manager, client):
        assert isinstance(manager.provisioner, WarmProvisioner)
        assert isinstance(manager.provisioner.process, subprocess.Popen)
        assert client.execute("1 + 1", reply=True)["content"]["status"] == "ok"


@pytest.mark.nightly
@pytest.mark.parametrize("tool", ["papermill", "nbval"])
def test_other_tools_can_have_them(tool, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(notebook("import sys\nassert 'langgraph.graph' in sys.modules"))
    words = {
        "papermill": ["papermill", "--no-progress-bar", str(path), str(tmp_path / "out.ipynb")],
        "nbval": ["pytest", "-q", "-c", "/dev/null", "--nbval-lax", "--nbval-current-env", str(path)],
    }[tool]
    env = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": "course-warm"}
    ran = subprocess.run(
        [sys.executable, "-m", *words], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]

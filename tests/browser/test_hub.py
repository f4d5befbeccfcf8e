"""A real JupyterHub with deploy/'s configuration: two learners hand in and get their feedback back, in a browser."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from course.authoring.exercise_source import read_module
from course.authoring.sample_class import fill, right_answers
from course.paths import Root
from tests.support import patience

pytestmark = [pytest.mark.browser, pytest.mark.nightly, pytest.mark.slow, pytest.mark.alone]

HERE = Root.find()
HUB = HERE.path / ".cache" / "hub"
MODULE, PASSWORD = "01_basic", "for-this-test"
GRADED = "graded"


class Hub:
    """A JupyterHub, the homes of its users, and the teacher's folder."""

    def __init__(self, folder: Path) -> None:
        self.homes, self.course = folder / "homes", Root(folder / "course")
        for part in ("modules", "solutions", "autograder", "nbgrader_config.py", "deploy"):
            whole = HERE.path / part
            (shutil.copytree if whole.is_dir() else self._copy)(whole, self.course.path / part)
        (folder / "exchange").mkdir()
        (folder / "exchange").chmod(0o777)
        with socket.socket() as one, socket.socket() as other, socket.socket() as third:
            for probe in (one, other, third):
                probe.bind(("127.0.0.1", 0))
            self.port, hub, proxy = (probe.getsockname()[1] for probe in (one, other, third))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COURSE_")},
            "PATH": f"{HUB / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "COURSE_ROOT": str(self.course.path),
            "COURSE_EXCHANGE": str(folder / "exchange"),
            "JUPYTER_CONFIG_PATH": str(self.course.path / "deploy" / "nbgrader"),
            "COURSE_TEACHERS": "grace",
            "HUB_AUTHENTICATOR": "dummy",
            "HUB_SPAWNER": "simple",
            "HUB_ALLOW_ALL": "yes",
            "HUB_PROXY": f"node {HUB / 'node_modules' / '.bin' / 'configurable-http-proxy'}",
        }
        options = {
            "DummyAuthenticator.password": PASSWORD,
            "SimpleLocalProcessSpawner.home_dir_template": f"{self.homes}/{{username}}",
            "JupyterHub.bind_url": f"http://127.0.0.1:{self.port}",
            "JupyterHub.hub_bind_url": f"http://127.0.0.1:{hub}",
            "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{proxy}",
        }
        self.log = folder / "hub.log"
        config = self.course.path / "deploy" / "jupyterhub_config.py"
        words = [str(HUB / "bin" / "jupyterhub"), "--config", str(config)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*words, *(f"--{name}={value}" for name, value in options.items())],
                env=self.environment,
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        patience.wait_for(self.answers, self.log.read_text)

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return patience.answers(f"http://127.0.0.1:{self.port}/hub/api")

    def teacher(self, *words: str) -> str:
        """Run a command as a teacher does, in the course's folder."""
        done = subprocess.run(
            words, cwd=self.course.path, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def workspace(self, name: str) -> Path:
        return self.homes / name / "langgraph-course"

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(patience.seconds())


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    if not (HUB / ".ready").exists():
        pytest.skip("no JupyterHub here: `make hub` sets it up")
    hub = Hub(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.close()


def enter(hub: Hub, open_page, name: str):
    """Log in; JupyterLab opens with the course in it."""
    page = open_page(f"http://127.0.0.1:{hub.port}/hub/login")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#jp-MainMenu")).to_be_visible()
    expect(page.locator(".course-map .count")).to_contain_text("solved")
    return page


def assignments(page):
    """Open nbgrader's list, by its menu."""
    page.locator("#jp-MainMenu").get_by_text("Nbgrader").click()
    page.get_by_text("Assignment List").last.click()
    return page


def test_two_learners_hand_in_and_get_their_own_feedback(hub: Hub, open_page):
    hub.teacher("course", "build", "--answers", "build/answers")
    hub.teacher("nbgrader", "generate_assignment", MODULE, "--force")
    hub.teacher("nbgrader", "release_assignment", MODULE)
    pages = {name: enter(hub, open_page, name) for name in ("ada", "bob")}

    notebook = hub.workspace("ada") / MODULE / "exercises.ipynb"
    right = fill(json.loads(notebook.read_text("utf-8")), right_answers(read_module(HERE, MODULE)))
    notebook.write_text(json.dumps(right), "utf-8")
    for page in pages.values():
        assignments(page)
        page.get_by_role("button", name="Submit").first.click()
        expect(page.locator("#submitted_assignments_list")).to_contain_text(MODULE)

    hub.teacher("nbgrader", "collect", MODULE)
    hub.teacher("course", "grade", "build/submitted", "--out", GRADED)
    feedback = f"--CourseDirectory.feedback_directory={hub.course.path / GRADED / 'feedback'}"
    hub.teacher("nbgrader", "release_feedback", MODULE, feedback)

    shown = {}
    for name, page in pages.items():
        page.locator("#refresh_assignments_list").click()
        page.get_by_role("button", name="Fetch Feedback").first.click()
        found = lambda name=name: sorted(hub.workspace(name).rglob("feedback/**/exercises.html"))  # noqa: E731
        shown[name] = patience.wait_for(found, hub.log.read_text)[0].read_text("utf-8")
    totals = {
        row["student"]: row["earned"]
        for row in map(json.loads, (hub.course.path / GRADED / "results.jsonl").open())
    }
    assert totals["ada"] > totals["bob"] == 0
    assert "ada" in shown["ada"] and "ada" not in shown["bob"]

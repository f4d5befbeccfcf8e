"""What deploy/ names is there: files, targets, and versions that are pinned."""

import json
import re
import shlex
from types import SimpleNamespace

import pytest

from course.paths import Root

ROOT = Root.find().path
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def instructions():
    """Each instruction of the Dockerfile and its words; a line that goes on is one with the next."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [(line.split()[0], shlex.split(line)[1:]) for line in whole.splitlines() if line.strip()]


def test_what_the_image_copies_is_in_the_repository():
    copied = [words[0] for kind, words in instructions() if kind == "COPY"]
    assert copied[-1] == "."
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_is_made_from_hashes_and_starts_the_tried_configuration():
    runs = " ".join(" ".join(words) for kind, words in instructions() if kind == "RUN")
    assert "--require-hashes requirements-hub.lock" in runs
    assert "npm ci" in runs and (ROOT / "deploy" / "proxy" / "package-lock.json").is_file()
    ((_, started),) = [each for each in instructions() if each[0] == "CMD"]
    assert "deploy/jupyterhub_config.py" in " ".join(started)


def test_the_hub_gets_the_course_s_own_versions():
    def pinned(name):
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    ours, hub = pinned("requirements.lock"), pinned("requirements-hub.lock")
    assert ours.items() <= hub.items()
    assert "jupyterhub" in hub


def test_the_editor_s_container_runs_targets_that_exist():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert set(re.findall(r"make (\w+)", settings["updateContentCommand"])) <= TARGETS
    assert "bubblewrap" in settings["onCreateCommand"]
    kept_apart = {re.search(r"target=\S+?/(\.\w+),", mount)[1] for mount in settings["mounts"]}
    assert kept_apart == {".venv", ".uv"}, "what a machine made for itself isn't used in the container"


def configured(name):
    """Read a configuration as Jupyter does."""
    from traitlets.config import Config

    settings, path = Config(), ROOT / "deploy" / name
    exec(
        compile(path.read_text("utf-8"), path, "exec"),
        {"get_config": lambda: settings, "__file__": str(path)},
    )
    return settings


@pytest.mark.parametrize("name", ["jupyterhub_config.py", "nbgrader/nbgrader_config.py"])
def test_configurations_are_read_without_an_error(name, monkeypatch):
    monkeypatch.setenv("COURSE_LEARNER", "ada")
    assert configured(name)


NODE = {"bookworm": 18, "trixie": 20}
"""What Debian's own package has, by release."""


def test_the_image_s_node_runs_the_proxy():
    (base,) = [words[0] for kind, words in instructions() if kind == "FROM"]
    lock = json.loads((ROOT / "deploy" / "proxy" / "package-lock.json").read_text("utf-8"))
    asked = lock["packages"]["node_modules/configurable-http-proxy"]["engines"]["node"]
    assert NODE[base.rpartition("-")[2]] >= int(re.findall(r"\d+", asked)[0])


def test_in_the_image_learners_get_a_bundle_and_solutions_are_closed():
    runs = " ".join(" ".join(words) for kind, words in instructions() if kind == "RUN")
    (settings,) = [words for kind, words in instructions() if kind == "ENV"]
    learners = dict(word.split("=", 1) for word in settings)["COURSE_LEARNERS"]
    assert f"course release {learners}" in runs
    assert re.search(r"chmod 2770 .*\bsolutions\b", runs)


def test_a_learner_gets_the_bundle_and_a_teacher_the_course(monkeypatch):
    monkeypatch.setenv("COURSE_LEARNERS", "/srv/learners")
    monkeypatch.setenv("COURSE_ROOT", "/srv/course")
    monkeypatch.setenv("COURSE_TEACHERS", "grace, ada")
    settings = configured("jupyterhub_config.py").Spawner

    def spawned(name):
        spawner = SimpleNamespace(
            user=SimpleNamespace(name=name), environment=settings.environment, cmd=settings.cmd
        )
        settings.pre_spawn_hook(spawner)
        return spawner

    assert spawned("bob").environment["COURSE_ROOT"] == "/srv/learners"
    assert spawned("grace").environment["COURSE_ROOT"] == spawned("grace").notebook_dir == "/srv/course"
    assert spawned("bob").environment["COURSE_ROOT"] == "/srv/learners", "a teacher's is not everybody's"

"""Attacks that reach for what is outside: each is refused, and nothing outside is other than before."""

from __future__ import annotations

import json
import platform
import socket
from collections.abc import Generator

import pytest

from autograder.sandbox.process import Process
from autograder.sandbox.walls.tiers import UNISOLATED
from autograder.sandbox.zygote_client import ZygoteClient
from tests.support.patience import wait_for

from . import reaching_networks, reaching_processes, reading_files
from .zygotes import HELPERS, SECRET, Outside, Try, ask

ATTACKS = [
    *(*reading_files.reading, *reading_files.writing),
    *(*reaching_processes.others, *reaching_processes.memory, *reaching_processes.machine),
    *reaching_networks.network,
]
OURS = ("SyntaxError", "NameError", "AttributeError", "ImportError", "UnboundLocalError", "AssertionError")

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="calls are made by their numbers")


def told(process: Process, attack: Try, world: dict[str, object]) -> str:
    """Make an attack; return all that it had to say."""
    port = process.workdir.port
    reply = ask(process, attack.probe, W=world, port=port)
    text = json.dumps(reply)
    if not attack.ends:
        assert reply["kind"] in {"value", "raised", "killed"}, text
    assert not any(error in text for error in OURS), f"the attack itself does not work: {text}"
    return text


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_nothing_outside_is_reached(
    attack: Try, tier: str, zygote: ZygoteClient, outside: Outside, the_next_is_graded, record_property
):
    if attack.needs.processes and tier == "B":
        pytest.skip("nothing that starts processes runs in tier B")
    with zygote.submission([HELPERS], needs=attack.needs) as process, elsewhere(process.workdir.port):
        text = told(process, attack, outside.world(zygote))
    record_property("saw", text[:160])
    assert SECRET not in text
    assert outside.changes() == []
    the_next_is_graded()
    if tier in attack.open_on:
        assert "REACHED" in text
        pytest.xfail("known, and said in docs/security.md")
    assert "REACHED" not in text


class elsewhere:
    """Somebody who listens on the server's port at another address of this machine."""

    def __init__(self, port: int | None) -> None:
        self.listener = socket.create_server(("127.0.0.2", port)) if port else None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self.listener:
            self.listener.close()


@pytest.fixture(scope="module")
def unwalled(warm_zygotes) -> Generator[ZygoteClient]:
    with warm_zygotes.start(tier=UNISOLATED) as zygote:
        yield zygote


@pytest.mark.parametrize("control", [attack for attack in ATTACKS if attack.control], ids=str)
def test_without_walls_it_is(control: Try, unwalled: ZygoteClient, outside: Outside, warm):
    """A canary that never sings proves nothing: this is the same code, with nothing around it."""
    with unwalled.submission([HELPERS]) as process:
        text = told(process, control, outside.world(unwalled))
    # A process that was told to end takes a moment to.
    wait_for(lambda: "REACHED" in text or SECRET in text or outside.changes(), lambda: text)

"""How many submissions are graded at a time: as many as processors and memory carry, and never more than asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.executors import pace
from autograder.executors.pace import Pace
from autograder.grading.options import Options
from autograder.sandbox import machine
from autograder.sandbox.machine import Machine

GIGABYTE = 1 << 30


class Told:
    """A machine on which each submission takes so much of a processor, and so many bytes."""

    processors = 2.0

    def __init__(self, each: float, *, bytes_each: int = 0, memory: int = 100 * GIGABYTE) -> None:
        self.each, self.bytes_each, self.memory, self.running = each, bytes_each, memory, 0

    def idle_processors(self) -> float:
        return max(0.0, self.processors - self.running * self.each)

    def free_bytes(self) -> int:
        return self.memory - self.running * self.bytes_each


def settle(told: Told, *, at_most: int = 16, looks: int = 60) -> list[int]:
    """Grade on it, with never an end of submissions; return how many there were at a time."""
    found = Pace(told, at_most=at_most, bytes_each=GIGABYTE)  # pyright: ignore[reportArgumentType]
    found.begin()
    numbers: list[int] = []
    for _ in range(looks):
        told.running = found.at_a_time
        numbers.append(told.running)
        found._looked -= pace.LOOK_SECONDS  # pyright: ignore[reportPrivateUsage] — the time has passed
        found.look(told.running)
    return numbers


@pytest.mark.parametrize(
    ("each", "fewest", "most"),
    [
        pytest.param(0.05, 16, 16, id="those that wait: as many as allowed"),
        pytest.param(0.2, 7, 11, id="those that do both: until the processors are busy"),
        pytest.param(1.0, 2, 2, id="those that compute: one a processor"),
    ],
)
def test_the_number_follows_what_is_idle(each: float, fewest: int, most: int):
    numbers = settle(Told(each))
    assert fewest <= min(numbers[20:]) <= max(numbers[20:]) <= most, numbers


def test_it_grows_within_seconds():
    assert settle(Told(0.05))[12] == 16  # looks, of a quarter of a second each


def test_memory_is_a_bound_before_it_is_used_and_while_it_is():
    assert max(settle(Told(0.05, memory=4 * GIGABYTE + 1))) == 4
    assert max(settle(Told(0.05, memory=GIGABYTE // 2))) == 1
    others = Told(0.05, bytes_each=2 * GIGABYTE, memory=20 * GIGABYTE)  # more than they may
    assert settle(others)[-1] <= 10


def test_what_was_asked_is_an_upper_bound():
    assert max(settle(Told(0.05), at_most=3)) == 3
    assert max(settle(Told(0.05), at_most=1)) == 1
    assert Options(executor=lambda *_: None, jobs=5).at_most(2) == 2  # pyright: ignore
    assert Options(executor=lambda *_: None, jobs=5).at_most(50) == 5  # pyright: ignore


def test_this_machine_can_be_measured():
    here = Machine()
    assert here.processors > 0
    assert 0 <= here.idle_processors() <= here.processors
    assert here.free_bytes() > 0


@pytest.mark.parametrize(
    ("line", "folder", "files"),
    [
        pytest.param(
            "0::/box",
            "box",
            {
                "cpu.max": "150000 100000",
                "memory.max": str(3 * GIGABYTE),
                "memory.current": str(2 * GIGABYTE),
                "memory.stat": f"anon 1\ninactive_file {GIGABYTE // 2}\n",
                "cpu.stat": "usage_usec 5000000\nuser_usec 1\n",
            },
            id="version 2",
        ),
        pytest.param(
            "3:cpu:/box\n4:memory:/box",
            "{}/box",
            {
                "cpu/cpu.cfs_quota_us": "150000",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": str(3 * GIGABYTE),
                "memory/memory.usage_in_bytes": str(2 * GIGABYTE),
                "memory/memory.stat": f"cache 1\ntotal_inactive_file {GIGABYTE // 2}\n",
            },
            id="version 1",
        ),
    ],
)
def test_a_control_group_s_bounds_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, folder: str, files: dict[str, str]
):
    for name, text in files.items():
        controller, _, file = name.rpartition("/")
        place = tmp_path / folder.format(controller) / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / "ours").write_text(line)
    monkeypatch.setattr(machine, "GROUPS", tmp_path)
    monkeypatch.setattr(machine, "OURS", tmp_path / "ours")
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    here = Machine()
    assert here.processors == 1.5
    assert here.free_bytes() == 3 * GIGABYTE // 2
    assert here.idle_processors() <= 1.5

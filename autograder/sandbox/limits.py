"""Limits what a submission may use, and says what an exercise may need beyond that."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one submission may use. The walls' numbers hold for each of its processes."""

    wall_seconds: float = 300.0  #: for the whole submission: what is not graded by then has timed out
    cell_seconds: float = 20.0  #: for each of its cells
    cpu_seconds: int = 120
    memory_bytes: int = 3 << 29  #: of address space: LangGraph and 170 threads fit into 1.5 GiB
    disk_bytes: int = 64 << 20  #: of its scratch folder, all files together
    file_bytes: int = 64 << 20  #: of one file
    files: int = 2048  #: in its scratch folder
    open_files: int = 512
    processes: int = 256  #: and threads; counted in tier A
    output_bytes: int = 1 << 20  #: of what one cell puts out

    @property
    def most_bytes(self) -> int:
        """The memory that a submission may use, with what is in its scratch folder."""
        return self.memory_bytes + self.disk_bytes

    def words(self) -> dict[str, Any]:
        """Return them as the zygote is told."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What an exercise needs that learners' code has not by itself.

    Its tests' marks say so: `needs=("server",)`, `limits={"memory_bytes": 3 << 30}`.
    """

    server: bool = False  #: to reach a server that the test runs, over TCP, and nothing else
    processes: bool = False  #: to start processes of its own
    limits: tuple[tuple[str, int], ...] = ()  #: fields of `Limits` that are other for it

    def within(self, usual: Limits) -> Limits:
        """Return the limits that hold for the exercise."""
        return replace(usual, **dict(self.limits))

"""What one submission may use. Defaults fit two hundred small LangGraph notebooks on a laptop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one submission may use. All but `wall_seconds` hold for each of its processes."""

    wall_seconds: float = 300.0  #: for the whole submission: what is not graded by then has timed out
    cell_seconds: float = 20.0  #: for each of its cells
    cpu_seconds: int = 120
    memory_bytes: int = 3 << 29  #: of address space: LangGraph and 170 threads fit into 1.5 GiB
    disk_bytes: int = 64 << 20  #: of its scratch folder, all files together
    file_bytes: int = 64 << 20  #: of one file
    files: int = 2048  #: in its scratch folder
    open_files: int = 128
    processes: int = 512  #: where an exercise may start any; threads count among them
    output_bytes: int = 1 << 20  #: of what one cell prints

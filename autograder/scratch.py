"""Where learners' code keeps its files while it is graded: in memory where there is room.

Half of a check's time was fsync. Nothing is lost by leaving it out: the tests kill processes, not machines.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 512 << 20  #: bytes that must be free there; a container often has but 64 MB


def scratch_folder(prefix: str) -> Path:
    """Make a new, empty folder. The caller removes it."""
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if in_memory else None))

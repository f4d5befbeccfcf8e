"""Implements the kernel provisioner that Jupyter, papermill and nbval call."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from course.kernels import warm

LAUNCH = [sys.executable, "-m", "ipykernel_launcher"]


class WarmProvisioner(LocalProvisioner):
    """Forks kernels of this Python from the warm process; starts all others, and all in need, as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401
        """Start the kernel, in one way or the other."""
        forked = await asyncio.to_thread(_fork, cmd, kwargs)
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = forked, forked.pid, forked.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info


def _fork(cmd: list[str], wanted: dict[str, Any]) -> warm.Forked | None:
    plain = not any(wanted.get(name) for name in ("stdin", "stdout", "independent"))
    if cmd[:3] != LAUNCH or not plain:
        return None
    cwd, env = wanted.get("cwd") or Path.cwd(), {**wanted["env"], "JPY_PARENT_PID": str(os.getpid())}
    match wanted.get("stderr"):
        case None:
            return warm.fork(cmd[3:], str(cwd), env)
        case subprocess.DEVNULL:
            with Path(os.devnull).open("wb") as nowhere:
                return warm.fork(cmd[3:], str(cwd), env, nowhere.fileno())
        case file if hasattr(file, "fileno"):
            return warm.fork(cmd[3:], str(cwd), env, file.fileno())
        case _:
            return None

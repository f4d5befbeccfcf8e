"""Joins a cluster: finds its scheduler, and makes sure that its workers grade as this machine would."""

from __future__ import annotations

import gc
from typing import Any

from distributed import Client

from autograder.cluster.machine import Machine, mismatch, this_machine
from autograder.cluster.parcel import pack
from autograder.cluster.station import Station
from autograder.job import Setup

CONNECT_SECONDS = 10.0


def join(address: str, setup: Setup, station: str) -> Any:  # noqa: ANN401 — a client's methods have no types
    """Give every worker, and those that join later, a station of that name; return a client of the scheduler.

    Raises:
        RuntimeError: no scheduler answers, or a worker would grade otherwise than this machine.
    """
    wanted = this_machine(setup.tier)
    client = _connect(address)
    try:
        _compare(client, address, wanted)
        client.register_plugin(Station(pack(setup), wanted), name=station)
    except OSError as error:
        client.close()
        raise RuntimeError(f"a worker at {address} was lost before it could begin: {error}") from None
    except BaseException:
        client.close()
        raise
    return client


def _connect(address: str) -> Any:  # noqa: ANN401
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        fault = str(error)
    gc.collect()  # a client that is half made ends now: at the end of the program that would take 20 s
    raise RuntimeError(f"no Dask scheduler answers at {address}: {fault}")


def _compare(client: Any, address: str, wanted: Machine) -> None:  # noqa: ANN401
    found: dict[str, Machine | Exception] = client.run(this_machine, on_error="return")
    faults = {
        f"{worker}: {there}" if isinstance(there, Exception) else mismatch(wanted, there)
        for worker, there in found.items()
    } - {""}
    if faults:
        lines = [f"the workers at {address} would not grade as this machine does:", *sorted(faults)]
        remedy = "Install the same requirements.lock and the same course there, and start them again."
        raise RuntimeError("\n".join([*lines, remedy]))

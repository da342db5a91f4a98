"""Ending processes that are ours: politely, then for good."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterable

import psutil


def is_alive(process: psutil.Process) -> bool:
    """Say whether `process` still runs. One that ended and that nobody has asked for its status does not."""
    try:
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def wait_for_end(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended or `seconds` are over; return those that still run."""
    deadline = time.monotonic() + seconds
    remaining = [process for process in processes if is_alive(process)]
    while remaining and time.monotonic() < deadline:
        time.sleep(0.02)
        remaining = [process for process in remaining if is_alive(process)]
    return remaining


def end_processes(
    processes: Iterable[psutil.Process], patience_seconds: float = 5, first: signal.Signals = signal.SIGTERM
) -> None:
    """Send each process `first`, wait, and kill what is left. Those already gone are fine."""
    remaining = [process for process in processes if is_alive(process)]
    for process in remaining:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(first)
    remaining = wait_for_end(remaining, patience_seconds)
    for process in remaining:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for_end(remaining, patience_seconds)

"""Processes of their own that have imported everything: forked from a server that did, because importing takes ten seconds of a core."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

# What a process ends with: its errors as (type, message).
Errors = list[list[str]]

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.chaos.night_process", "tests.chaos.close_process", "include.quality.judge"])


@dataclass
class Process:
    """A process on its way."""

    process: BaseProcess
    answer: Connection
    done: tuple[int, Errors] | None = None

    def end(self) -> tuple[int, Errors]:
        """Wait for its end: exit status (below zero: the signal that ended it), and its errors."""
        if self.done is None:
            errors: Errors = []
            if self.answer.poll(300):
                with suppress(EOFError):  # it died before it could say anything
                    errors = self.answer.recv()
            self.process.join(30)
            assert self.process.exitcode is not None, "the process goes on after 300 seconds"
            self.done = (self.process.exitcode, errors)
        return self.done

    def is_on_its_way(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.is_alive()

    def kill(self) -> None:
        """End it as a machine's failure does."""
        self.process.kill()
        self.end()


def start(main: Callable[[dict[str, Any]], Errors], settings: dict[str, Any]) -> Process:
    """Start `main` on settings; it exits with 0 where it has no errors to tell, else with 1."""
    answer, told = _FORKED.Pipe(duplex=False)
    process = _FORKED.Process(target=_run, args=(main, settings, told))
    process.start()
    told.close()  # so that the process is the only one that holds it
    return Process(process, answer)


def _run(main: Callable[[dict[str, Any]], Errors], settings: dict[str, Any], told: Connection) -> None:
    errors = main(settings)
    told.send(errors)
    sys.exit(1 if errors else 0)

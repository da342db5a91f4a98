"""Long-running programs of one state folder: started apart from us, found again by any later command, ended wholly.

Each program has a PID file, written before the program itself begins, and a session of its own (in the sense of
setsid), so that the children of a program that died are found too. A process counts as ours only if it began before
its PID file was written: a stranger that got the number of a dead one began later, and is left alone.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from include.sample.processes import end_processes, is_alive

_CLOCK_TOLERANCE_SECONDS = 2.0
_WRAPPER = 'cd "$1" && printf %s $$ > "$2.new" && mv "$2.new" "$2" && shift 2 && exec "$@"'


class Supervisor:
    """Starts and ends programs by name. PID files are in `run`, output goes to `logs`, both below `state`."""

    def __init__(self, state: Path) -> None:
        self._run = state / "run"
        self._logs = state / "logs"

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, niceness: int = 0
    ) -> None:
        """Start `command` as `name` in `folder`, after ending what an earlier, crashed run left behind."""
        self.stop(name)
        for path in (self._run, self._logs):
            path.mkdir(parents=True, exist_ok=True)
        words = [
            "/bin/sh",
            "-c",
            _WRAPPER,
            name,
            str(folder),
            str(self._pid_file(name)),
            "nice",
            f"-n{niceness}",
            *command,
        ]
        log = str(self.log(name))
        child = os.posix_spawn(
            words[0],
            words,
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        while not self._pid_file(name).exists() and not _has_ended(child):
            time.sleep(0.005)
        self._note(name, f"started as process {child}: {shlex.join(command)}")

    def stop(self, name: str, patience_seconds: float = 15) -> None:
        """End `name` and everything it started: first the program itself, then what is left of its session."""
        members = self._members(name)
        leader = self.process(name)
        if leader is not None:
            end_processes([leader], patience_seconds)
        end_processes(members + self._members(name), patience_seconds=1)
        for process in members:
            _has_ended(process.pid)
        self._pid_file(name).unlink(missing_ok=True)

    def is_running(self, name: str) -> bool:
        """Say whether the program called `name` runs."""
        return self.process(name) is not None

    def process(self, name: str) -> psutil.Process | None:
        """Return the process of `name`, or None when it does not run."""
        if (recorded := self._recorded(name)) is None:
            return None
        number, written_at = recorded
        try:
            process = psutil.Process(number)
            is_ours = process.create_time() <= written_at + _CLOCK_TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return None
        return process if is_ours and is_alive(process) else None

    def listens(self, name: str, port: int) -> bool:
        """Say whether `name` or a process of it is the server on TCP `port`, and not somebody else."""
        for process in self._members(name):
            with contextlib.suppress(psutil.Error):
                sockets = process.net_connections(kind="tcp")
                if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in sockets):
                    return True
        return False

    def names(self) -> list[str]:
        """Return the programs that have a PID file, running or crashed."""
        return sorted(file.stem for file in self._run.glob("*.pid"))

    def log(self, name: str) -> Path:
        """Return the file with the output of `name`."""
        return self._logs / f"{name}.log"

    def _members(self, name: str) -> list[psutil.Process]:
        """Processes of the session that `name` leads or led."""
        if (recorded := self._recorded(name)) is None:
            return []
        number, written_at = recorded
        if psutil.boot_time() > written_at:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            # The number was given to another process: then no process of ours has its session any more.
            if psutil.Process(number).create_time() > written_at + _CLOCK_TOLERANCE_SECONDS:
                return []
        return [process for process in psutil.process_iter() if _session(process) == number and is_alive(process)]

    def _recorded(self, name: str) -> tuple[int, float] | None:
        """Return the process number and the instant (seconds since 1970) at which it was written down."""
        file = self._pid_file(name)
        try:
            return int(file.read_text(encoding="ascii")), file.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None

    def _pid_file(self, name: str) -> Path:
        return self._run / f"{name}.pid"

    def _note(self, name: str, text: str) -> None:
        with self.log(name).open("a", encoding="utf-8") as log:
            log.write(f"--- {name} {text}\n")


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except (ProcessLookupError, PermissionError):
        return None


def _has_ended(child: int) -> bool:
    """Take note of the end of a process that we started, so that it does not linger as a zombie."""
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        return True

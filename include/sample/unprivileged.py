"""Running PostgreSQL's programs when we are root: PostgreSQL refuses to be root, and we never create a system user.

Three ways, tried in this order, the first that works is taken:

1. as user `nobody`, when `nobody` may pass through every folder on the way;
2. as `nobody` with the one right to pass through closed folders (`setpriv`, capability `dac_override`): a clone below
   a folder of mode 0700, as `mktemp -d` makes them;
3. in a user namespace in which root is called `nobody` (`unshare`).

The third way also serves a user who has a number but no name, as containers like to have: initdb wants a name.

Nothing outside our own folders is changed: no user is added, no parent folder is opened.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_NOBODY = 65534
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
# access(2) asks with the real user's rights only, unless the kernel is told to leave capabilities alone.
_PASSING = ("--securebits=+no_setuid_fixup", "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override")


class ClosedFolderError(RuntimeError):
    """PostgreSQL can't be run from here: the message names the folder and the cure."""


@dataclass(frozen=True)
class Runner:
    """One way of running a program: words put before it, user to switch to, and who owns the files (uid)."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    owner: int | None = None

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` in `folder` to its end and return its status and its output (both streams in one)."""
        # A server that the command leaves behind inherits its output: a file, because a pipe would never end.
        log = folder / "command.log"
        with log.open("w") as output:
            done = subprocess.run(
                [*self.prefix, *command],
                cwd="/" if self.user is not None else folder,
                env=dict(os.environ) | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                start_new_session=True,
                check=False,
            )
        return subprocess.CompletedProcess(
            done.args, done.returncode, log.read_text(encoding="utf-8", errors="replace")
        )

    def own(self, folder: Path) -> None:
        """Give `folder` and everything in it to the user that will run there."""
        if self.owner is None:
            return
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != self.owner:
                os.chown(path, self.owner, self.owner, follow_symlinks=False)


def choose_runner(programs: Path, folder: Path) -> Runner:
    """Return how to run `programs` (PostgreSQL's bin folder) upon `folder`, which exists.

    Raises ClosedFolderError when we are root and no way works.
    """
    own_namespace = Runner(prefix=("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--"))
    if os.geteuid() != 0:
        return Runner() if _has_name(os.geteuid()) or not _works(own_namespace, programs, folder) else own_namespace
    ways = (
        Runner(user=_NOBODY, owner=_NOBODY),
        Runner(prefix=(*_AS_NOBODY, *_PASSING, "--bounding-set=-all,+dac_override", "--"), owner=_NOBODY),
        replace(own_namespace, owner=0),
    )
    for way in ways:
        way.own(folder)
        if _works(way, programs, folder):
            return way
    raise ClosedFolderError(
        f"PostgreSQL refuses to run as root, and the user `nobody` can't reach {_first_closed(folder, programs)}. "
        "Open that folder for passing through (chmod o+x), or clone the project elsewhere, or run as another user."
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _works(way: Runner, programs: Path, folder: Path) -> bool:
    probe = 'cd "$1" && : > .probe && rm .probe && "$0/pg_config" --bindir'
    try:
        return way.run(["/bin/sh", "-c", probe, str(programs), str(folder)], folder).returncode == 0
    except OSError:
        return False


def _first_closed(*folders: Path) -> Path:
    for folder in folders:
        for path in reversed((folder, *folder.parents)):
            if not path.stat().st_mode & 0o001:
                return path
    return folders[0]
